//go:build unix

package bolt_test

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

func TestFileIsForTheUserOnly(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	for _, form := range forms {
		path := newPath(t)
		open(t, path, form.options)
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode() != 0o600 {
			t.Errorf("%s: mode is %v", form.name, info.Mode())
		}
	}
}

// Nothing panics or hangs when pages are gone under the mapping of the file.
func TestFileIsCutOffWhileOpen(t *testing.T) {
	for name, left := range map[string]int{"all": 0, "all but the meta pages": 2} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			c := fill(t, path, bolt.Options{})
			s, err := bolt.Open(path, bolt.Options{})
			must(t, err)
			cutOff(left)(t, path)
			for name, call := range map[string]func() error{
				"reading": func() error { return c.read(s) },
				"writing": func() error { return s.PutGroup(groupID, bytes.Repeat(snapshot, 1000)) },
			} {
				if err := call(); !errors.Is(err, bolt.ErrFormat) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := s.Close(); !errors.Is(err, bolt.ErrFormat) {
				t.Errorf("Close: %v", err)
			}
		})
	}
}
