package bolt_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

func TestOpenMakesOneFile(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			path := newPath(t)
			open(t, path, form.options)
			files, err := os.ReadDir(filepath.Dir(path))
			must(t, err)
			if len(files) != 1 || files[0].Name() != "store" {
				t.Errorf("files are %v", files)
			}
		})
	}
}

func TestOpenInTheCurrentDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	c := fill(t, "store", bolt.Options{})
	must(t, c.read(open(t, "store", bolt.Options{})))
}

func TestOpenWithoutDirectory(t *testing.T) {
	_, err := bolt.Open(filepath.Join(t.TempDir(), "none", "store"), bolt.Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
}

func TestOpenDirectory(t *testing.T) {
	var pathErr *fs.PathError
	if _, err := bolt.Open(t.TempDir(), bolt.Options{}); !errors.As(err, &pathErr) {
		t.Errorf("err = %v", err)
	}
}

func TestOpenTwice(t *testing.T) {
	path := newPath(t)
	s, err := bolt.Open(path, bolt.Options{})
	must(t, err)
	if _, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("err = %v", err)
	}
	must(t, s.Close())
	open(t, path, bolt.Options{})
}

// Of many that make the same file at once, one has it, and its content stays.
func TestOpenAtOnce(t *testing.T) {
	path := newPath(t)
	stores, start := make(chan *bolt.Store, 4), make(chan struct{})
	var wg sync.WaitGroup
	for range cap(stores) {
		wg.Go(func() {
			<-start
			s, err := bolt.Open(path, bolt.Options{})
			if err == nil {
				stores <- s
				err = s.PutGroup(groupID, snapshot)
			}
			if err != nil && !errors.Is(err, bolt.ErrLocked) {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if len(stores) != 1 {
		t.Fatalf("%d have the file open", len(stores))
	}
	s := <-stores
	if got, err := s.Group(groupID); err != nil || !bytes.Equal(got, snapshot) {
		t.Errorf("group is %q, %v", got, err)
	}
	must(t, s.Close())
}

func TestFilesThatAreNoStore(t *testing.T) {
	for _, c := range []struct {
		name    string
		options bolt.Options
		change  func(t *testing.T, path string)
		want    error
	}{
		{"empty", bolt.Options{}, replaced(nil), bolt.ErrFormat},
		{"short", bolt.Options{}, replaced([]byte("BEGIN PRIVATE KEY")), bolt.ErrFormat},
		{"long", bolt.Options{}, replaced(bytes.Repeat([]byte("BEGIN PRIVATE KEY"), 10_000)), bolt.ErrFormat},
		{"zeros", bolt.Options{}, replaced(make([]byte, 1<<16)), bolt.ErrFormat},
		{"another database", bolt.Options{}, func(t *testing.T, path string) {
			must(t, os.Remove(path))
			edit(t, path, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err })
		}, bolt.ErrFormat},
		{"bucket of another database", bolt.Options{}, edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Delete([]byte("version"))
		}), bolt.ErrFormat},
		{"without bundles", bolt.Options{}, edited(func(tx *bbolt.Tx) error {
			return tx.DeleteBucket([]byte("bundles"))
		}), bolt.ErrFormat},
		{"version 2", bolt.Options{}, edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte{0, 2})
		}), bolt.ErrVersion},
		{"version in three bytes", bolt.Options{}, edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte{0, 1, 0})
		}), bolt.ErrVersion},
		{"damaged check record", bolt.Options{Key: key}, edited(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("check"), []byte("short"))
		}), bolt.ErrWrongKey},
		{"cut off", bolt.Options{}, cutOff(5), bolt.ErrFormat},
		{"cut off after one meta page", bolt.Options{}, func(t *testing.T, path string) {
			// A file of a computer with larger pages.
			must(t, os.Remove(path))
			db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4 * 4096})
			must(t, err)
			must(t, db.Close())
			must(t, os.Truncate(path, 5*4096))
		}, bolt.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := newPath(t)
			fill(t, path, c.options)
			c.change(t, path)
			before, err := os.ReadFile(path)
			must(t, err)
			if _, err := bolt.Open(path, c.options); !errors.Is(err, c.want) {
				t.Errorf("err = %v, want %v", err, c.want)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file has changed: %v", err)
			}
		})
	}
}

// replaced replaces the content of the file.
func replaced(data []byte) func(t *testing.T, path string) {
	return func(t *testing.T, path string) { must(t, os.WriteFile(path, data, 0o600)) }
}

func cutOff(pages int) func(t *testing.T, path string) {
	return func(t *testing.T, path string) { must(t, os.Truncate(path, int64(pages*os.Getpagesize()))) }
}

func edited(change func(tx *bbolt.Tx) error) func(t *testing.T, path string) {
	return func(t *testing.T, path string) { edit(t, path, change) }
}

// Whatever a page of the file holds, a reader gets the right content or an
// error, and no panic. Without the last of the two meta pages the file is in the
// state before the last call, as after a crash in the middle of that call.
func TestDamagedPages(t *testing.T) {
	original := newPath(t)
	c := fill(t, original, bolt.Options{})
	data, err := os.ReadFile(original)
	must(t, err)
	refused := 0
	for at := 0; at < len(data); at += 4096 {
		for _, filler := range []byte{0, 1, 0xff} {
			damaged := bytes.Clone(data)
			copy(damaged[at:], bytes.Repeat([]byte{filler}, 4096))
			// A path of its own, as bbolt does not unlock a file that makes it panic.
			path := newPath(t)
			must(t, os.WriteFile(path, damaged, 0o600))
			s, err := bolt.Open(path, bolt.Options{})
			if err == nil {
				err = c.read(s)
				must(t, s.Close())
			}
			switch {
			case errors.Is(err, bolt.ErrFormat):
				refused++
			case err != nil && !errors.Is(err, keypackage.ErrNotFound) && !errors.Is(err, store.ErrRecord):
				t.Errorf("byte %d and on are %#x: %v", at, filler, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage is noticed")
	}
}
