package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

var (
	// ErrLocked reports that the file is open already, as a rule in another
	// process.
	ErrLocked = errors.New("bolt: the file is in use")
	// ErrFormat reports a file that is no store, or a damaged one.
	ErrFormat = errors.New("bolt: the file is not an intact store")
	// ErrVersion reports a store in a format of another version of this program.
	ErrVersion = errors.New("bolt: unknown format version")
)

// Options say how to open a file. The zero value is useful.
type Options struct {
	// Key seals the private keys and groups in the file; nil leaves them
	// readable for whoever can read the file. It has [KeySize] bytes of full
	// entropy, so no password, and should not seal more than 2^32 records.
	Key  ciphersuite.Secret
	Rand io.Reader // of the nonces of sealed records; nil means crypto/rand.Reader
}

const (
	// version is that of the format. It is written in every file.
	version uint16 = 1
	// patience is how long Open waits for another process to close the file.
	patience = time.Second
	// smallest is the size that no file of bbolt goes below: four pages.
	smallest = 4 * 4096
)

// The keys of the bucket for meta data.
var (
	versionKey = []byte("version")
	checkKey   = []byte("check") // a sealed record without content, in sealed files only
)

// Open opens the store in the file of that name. Where there is none, it makes
// one that only the user can read; the file system has to have hard links.
func Open(path string, o Options) (*Store, error) {
	seal, err := newSealer(o.Key, o.Rand)
	if err != nil {
		return nil, err
	}
	s, err := open(path, seal)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path, seal); err != nil {
			return nil, fmt.Errorf("new store %q: %w", path, err)
		}
		s, err = open(path, seal)
	}
	if err != nil {
		return nil, fmt.Errorf("store %q: %w", path, err)
	}
	return s, nil
}

func open(path string, seal *sealer) (*Store, error) {
	s := &Store{path: path, sealer: seal}
	_, err := guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      patience,
			FreelistType: bbolt.FreelistMapType,
			NoStatistics: true,
			OpenFile:     openExisting,
		})
		return err
	})
	if err != nil {
		return nil, openError(err)
	}
	if err := s.view(s.check); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// openError tells the ways in which bbolt fails to open a file.
func openError(err error) error {
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return ErrLocked
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok || errors.Is(err, ErrFormat) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// openExisting keeps bbolt from making a file, and from taking an empty one for
// a new one: a store that has lost its content must not begin anew unnoticed.
func openExisting(path string, flag int, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, flag&^os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < smallest {
		err = fmt.Errorf("%w: it has %d bytes", ErrFormat, info.Size())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// check verifies that the file is a store, whole, and fits the key.
func (s *Store) check(tx *bbolt.Tx) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: it has %d bytes of %d", ErrFormat, info.Size(), tx.Size())
	}
	b := bucket(tx, meta)
	if b == nil || b.Get(versionKey) == nil {
		return fmt.Errorf("%w: it is a database of another kind", ErrFormat)
	}
	if v := b.Get(versionKey); len(v) != 2 || binary.BigEndian.Uint16(v) != version {
		return fmt.Errorf("%w %x, this program knows %d", ErrVersion, v, version)
	}
	for _, k := range []kind{signatureKeys, bundles, groups} {
		if bucket(tx, k) == nil {
			return fmt.Errorf("%w: it has no place for %s", ErrFormat, k)
		}
	}
	return s.checkKey(b.Get(checkKey))
}

func (s *Store) checkKey(sealed []byte) error {
	switch {
	case sealed == nil && s.sealer == nil:
		return nil
	case sealed == nil:
		return ErrNotSealed
	case s.sealer == nil:
		return ErrSealed
	}
	if _, err := s.sealer.open(meta, checkKey, sealed); err != nil {
		return ErrWrongKey
	}
	return nil
}

// create makes the file. A crash must not leave half of it: it is made under
// another name, and gets its own once it is on the disk.
func create(path string, seal *sealer) error {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+name+".new-*") // for the user only
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := fill(f.Name(), seal); err != nil {
		return err
	}
	// Unlike Rename, Link does not replace the store of a process that was faster.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func fill(path string, seal *sealer) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: patience})
	if err != nil {
		return err
	}
	s := &Store{db: db, sealer: seal}
	err = s.update(func(tx *bbolt.Tx) error {
		for _, k := range []kind{meta, signatureKeys, bundles, groups} {
			if _, err := tx.CreateBucket([]byte(k)); err != nil {
				return err
			}
		}
		if seal != nil {
			if err := s.put(tx, meta, checkKey, nil); err != nil {
				return err
			}
		}
		return bucket(tx, meta).Put(versionKey, binary.BigEndian.AppendUint16(nil, version))
	})
	return errors.Join(err, db.Close())
}

// syncDir makes the names in a directory last.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be opened for that
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
