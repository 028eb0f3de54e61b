package bolt_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

// An entry is a record in the file.
type entry struct {
	bucket     string
	key, value []byte
}

func entries(t *testing.T, path string) []entry {
	t.Helper()
	var all []entry
	edit(t, path, func(tx *bbolt.Tx) error {
		for _, name := range []string{"signature keys", "bundles", "groups"} {
			err := tx.Bucket([]byte(name)).ForEach(func(key, value []byte) error {
				all = append(all, entry{name, bytes.Clone(key), bytes.Clone(value)})
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if len(all) != 3 {
		t.Fatalf("%d records, want one of each kind", len(all))
	}
	return all
}

func (e entry) put(t *testing.T, path string) {
	t.Helper()
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte(e.bucket)).Put(e.key, e.value) })
}

// refuses checks that the content cannot be read because of a record.
func refuses(t *testing.T, path string, o bolt.Options, c content, what string) {
	t.Helper()
	s, err := bolt.Open(path, o)
	must(t, err)
	if err := c.read(s); !errors.Is(err, store.ErrRecord) {
		t.Errorf("%s: %v", what, err)
	}
	must(t, s.Close())
}

func TestDamagedRecords(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			path := newPath(t)
			c := fill(t, path, form.options)
			for _, e := range entries(t, path) {
				for _, n := range []int{0, 1, 11, 12, len(e.value) / 2, len(e.value) - 1} {
					entry{e.bucket, e.key, e.value[:n]}.put(t, path)
					refuses(t, path, form.options, c, e.bucket+", cut off")
				}
				entry{e.bucket, e.key, append(slices.Clip(e.value), 0)}.put(t, path)
				refuses(t, path, form.options, c, e.bucket+", with a byte behind it")
				for i := 0; i < len(e.value); i += 1 + len(e.value)/40 {
					if form.name == "open" && e.bucket == "groups" && i > len(groupID) {
						break // the snapshot has a checksum of its own
					}
					changed := bytes.Clone(e.value)
					changed[i] ^= 1
					entry{e.bucket, e.key, changed}.put(t, path)
					refuses(t, path, form.options, c, e.bucket+", changed")
				}
				e.put(t, path)
			}
			must(t, c.read(open(t, path, form.options)))
		})
	}
}

// Intact records at places where they do not belong are refused.
func TestForeignRecords(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			path, otherPath := newPath(t), newPath(t)
			c := fill(t, path, form.options)
			fill(t, otherPath, form.options)
			own, others := entries(t, path), entries(t, otherPath)
			for i, e := range own {
				if e.bucket != "groups" { // the group is the same in both files
					entry{e.bucket, e.key, others[i].value}.put(t, path)
					refuses(t, path, form.options, c, e.bucket+", of another key")
				}
				for j, other := range own {
					if i != j {
						entry{e.bucket, e.key, other.value}.put(t, path)
						refuses(t, path, form.options, c, e.bucket+", from "+other.bucket)
					}
				}
				e.put(t, path)
			}
			must(t, c.read(open(t, path, form.options)))
		})
	}
}

func TestGroupUnderAnotherID(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			path := newPath(t)
			s, err := bolt.Open(path, form.options)
			must(t, err)
			must(t, s.PutGroup([]byte("a"), snapshot))
			must(t, s.PutGroup([]byte("b"), snapshot))
			must(t, s.Close())
			edit(t, path, func(tx *bbolt.Tx) error {
				b := tx.Bucket([]byte("groups"))
				first, value := b.Cursor().First()
				last, _ := b.Cursor().Last()
				return errors.Join(b.Put(last, value), b.Delete(first))
			})
			s = open(t, path, form.options)
			failed := 0
			for _, id := range []string{"a", "b"} {
				switch _, err := s.Group([]byte(id)); {
				case errors.Is(err, store.ErrRecord):
					failed++
				case !errors.Is(err, keypackage.ErrNotFound):
					t.Errorf("group %s: %v", id, err)
				}
			}
			if failed != 1 {
				t.Errorf("%d groups are refused, want one", failed)
			}
			if _, err := s.GroupIDs(); !errors.Is(err, store.ErrRecord) {
				t.Errorf("GroupIDs: %v", err)
			}
		})
	}
}

// A sealed group is bound to its group_id even where that is rewritten.
func TestSealedGroupUnderAnotherID(t *testing.T) {
	path := newPath(t)
	o := bolt.Options{Key: key}
	s, err := bolt.Open(path, o)
	must(t, err)
	must(t, s.PutGroup([]byte("a"), []byte("state of a")))
	must(t, s.PutGroup([]byte("b"), []byte("state of b")))
	must(t, s.Close())
	edit(t, path, func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("groups"))
		first, from := b.Cursor().First()
		last, to := b.Cursor().Last()
		// A record begins with the length of the group_id, and the group_id.
		from, to = bytes.Clone(from), bytes.Clone(to)
		from[1], to[1] = to[1], from[1]
		return errors.Join(b.Put(first, to), b.Put(last, from))
	})
	s = open(t, path, o)
	for _, id := range []string{"a", "b"} {
		if _, err := s.Group([]byte(id)); !errors.Is(err, store.ErrRecord) {
			t.Errorf("group %s: %v", id, err)
		}
	}
}
