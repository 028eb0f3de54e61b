package bolt_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

// key seals the files of the tests.
var key = ciphersuite.Secret("0123456789abcdef0123456789abcdef")

// forms are the two forms of a file.
var forms = []struct {
	name    string
	options bolt.Options
}{
	{"open", bolt.Options{}},
	{"sealed", bolt.Options{Key: key}},
}

func TestStore(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) group.Store { return open(t, newPath(t), form.options) })
		})
	}
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "store") }

// open opens a store and closes it at the end of the test.
func open(t testing.TB, path string, o bolt.Options) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, o)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A content is something of each kind.
type content struct {
	ref    []byte
	bundle *keypackage.Bundle
	signer *ciphersuite.SignatureKey
}

var (
	groupID  = []byte("the group")
	snapshot = []byte("the state of the group")
)

// fill puts something of each kind into a new file. Keys of P-256 have no bits
// that do not matter.
func fill(t testing.TB, path string, o bolt.Options) content {
	t.Helper()
	suite := ciphersuite.All()[1]
	var c content
	c.ref, c.bundle, c.signer = storetest.NewBundle(t, suite, keypackage.Options{NoGREASE: true})
	s, err := bolt.Open(path, o)
	must(t, err)
	must(t, s.PutSignatureKey(suite, c.signer))
	must(t, s.PutBundles(c.bundle))
	must(t, s.PutGroup(groupID, snapshot))
	must(t, s.Close())
	return c
}

// read reads what fill has put away.
func (c content) read(s *bolt.Store) error {
	signer, err := s.SignatureKey(c.signer.Public())
	if err != nil {
		return err
	}
	b, err := s.Bundle(c.ref)
	if err != nil {
		return err
	}
	got, err := s.Group(groupID)
	if err != nil {
		return err
	}
	ids, err := s.GroupIDs()
	if err != nil {
		return err
	}
	if !bytes.Equal(signer.Private(), c.signer.Private()) || !bytes.Equal(b.InitKey.Private(), c.bundle.InitKey.Private()) ||
		!bytes.Equal(got, snapshot) || len(ids) != 1 || !bytes.Equal(ids[0], groupID) {
		return errors.New("another content comes back")
	}
	return nil
}

// edit changes a file behind the back of the store.
func edit(t testing.TB, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(change))
	must(t, db.Close())
}

func TestContentIsThereAfterReopening(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			path := newPath(t)
			c := fill(t, path, form.options)
			for range 2 {
				s, err := bolt.Open(path, form.options)
				must(t, err)
				must(t, c.read(s))
				must(t, s.Close())
			}
		})
	}
}

func TestClosedStore(t *testing.T) {
	path := newPath(t)
	c := fill(t, path, bolt.Options{})
	s, err := bolt.Open(path, bolt.Options{})
	must(t, err)
	for range 2 {
		must(t, s.Close())
	}
	for name, call := range map[string]func() error{
		"PutSignatureKey": func() error { return s.PutSignatureKey(ciphersuite.All()[1], c.signer) },
		"SignatureKey":    func() error { _, err := s.SignatureKey(c.signer.Public()); return err },
		"PutBundles":      func() error { return s.PutBundles(c.bundle) },
		"Bundle":          func() error { _, err := s.Bundle(c.ref); return err },
		"BundleRefs":      func() error { _, err := s.BundleRefs(); return err },
		"DeleteBundle":    func() error { return s.DeleteBundle(c.ref) },
		"PutGroup":        func() error { return s.PutGroup(groupID, snapshot) },
		"Group":           func() error { _, err := s.Group(groupID); return err },
		"DeleteGroup":     func() error { return s.DeleteGroup(groupID) },
		"GroupIDs":        func() error { _, err := s.GroupIDs(); return err },
		"Joined":          func() error { return s.Joined(groupID, snapshot, c.ref) },
	} {
		if err := call(); !errors.Is(err, bolt.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
