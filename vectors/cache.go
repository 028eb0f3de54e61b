package vectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// cache looks for a file that an earlier run downloaded. A damaged one is
// removed and counts as absent.
func (r *Resolver) cache(_ context.Context, pin Pin, s *Source) (bool, error) {
	path, err := r.cachePath(pin)
	if err != nil {
		return false, nil // the download says so when it has something to keep
	}
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = pin.verify(path, data)
	}
	if err != nil {
		s.note(fmt.Errorf("damaged entry of the cache: %w", err))
		s.note(os.Remove(path))
		return false, nil
	}
	s.set(KindCache, path, true, data)
	return true, nil
}

// cachePath contains the commit, so that a new pin leaves the old files alone.
func (r *Resolver) cachePath(pin Pin) (string, error) {
	dir := r.CacheDir
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "mlsconform")
	}
	return filepath.Join(dir, r.manifest().Commit, pin.Name+".json"), nil
}

// keep puts a downloaded file into the cache.
func (r *Resolver) keep(pin Pin, data []byte) error {
	path, err := r.cachePath(pin)
	if err == nil {
		err = writeDurably(path, data)
	}
	if err != nil {
		return fmt.Errorf("download not kept: %w", err)
	}
	return nil
}

// writeDurably makes path hold data in one step: whoever looks, also after a
// crash, finds the whole file or none.
func writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = cmp.Or(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // which cannot sync a folder
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return cmp.Or(d.Sync(), d.Close())
}
