package bolt_test

import (
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

// key seals the files of the tests.
var key = []byte("0123456789abcdef0123456789abcdef")

func TestStore(t *testing.T) {
	t.Run("open", func(t *testing.T) { storetest.Run(t, opener(bolt.Options{})) })
	t.Run("sealed", func(t *testing.T) { storetest.Run(t, opener(bolt.Options{Key: key})) })
}

func opener(o bolt.Options) func(t testing.TB) group.Store {
	return func(t testing.TB) group.Store { return open(t, filepath.Join(t.TempDir(), "store"), o) }
}

// open opens a store and closes it at the end of the test.
func open(t testing.TB, path string, o bolt.Options) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
