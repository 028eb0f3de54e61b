package storetest

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

func groups(t testing.TB, s group.Store) {
	wantGroupIDs(t, s)
	a, b := []byte("group a"), []byte("group b")
	must(t, s.PutGroup(b, []byte("epoch 0 of b")))
	must(t, s.PutGroup(a, []byte("epoch 0 of a")))
	must(t, s.PutGroup(b, []byte("epoch 1 of b")))
	wantGroup(t, s, a, []byte("epoch 0 of a"))
	wantGroup(t, s, b, []byte("epoch 1 of b"))
	wantGroupIDs(t, s, a, b)
	must(t, s.DeleteGroup(b))
	wantNoGroup(t, s, b)
	wantGroup(t, s, a, []byte("epoch 0 of a"))
	wantGroupIDs(t, s, a)
	wantError(t, "DeleteGroup, a second time", s.DeleteGroup(b), keypackage.ErrNotFound)
	must(t, s.PutGroup(b, []byte("a new b")))
	wantGroup(t, s, b, []byte("a new b"))
}

// RFC 9420 bounds neither group_id nor, of course, the state of a group.
func unusualGroups(t testing.TB, s group.Store) {
	ids := [][]byte{{}, {0}, {0, 0}, []byte("meta"), bytes.Repeat([]byte{0xff}, 100_000)}
	for i, id := range ids {
		must(t, s.PutGroup(id, bytes.Repeat([]byte{byte(i)}, i*100_000)))
	}
	for i, id := range ids {
		wantGroup(t, s, id, bytes.Repeat([]byte{byte(i)}, i*100_000))
	}
	wantGroupIDs(t, s, ids...)
	wantNoGroup(t, s, []byte{0, 0, 0})
	for _, id := range ids {
		must(t, s.DeleteGroup(id))
	}
	wantGroupIDs(t, s)
}

func notFound(t testing.TB, s group.Store) {
	must(t, s.PutSignatureKey(suite1(), newSignatureKey(t, suite1())))
	ref, b, signer := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutBundles(b))
	must(t, s.PutGroup([]byte("group"), []byte("snapshot")))
	for _, key := range [][]byte{nil, {}, []byte("other"), make([]byte, len(ref)), signer.Public(), bytes.Repeat([]byte{1}, 100_000)} {
		_, err := s.SignatureKey(key)
		wantError(t, "SignatureKey", err, keypackage.ErrNotFound)
		wantNoBundle(t, s, key)
		wantNoGroup(t, s, key)
		wantError(t, "DeleteBundle", s.DeleteBundle(key), keypackage.ErrNotFound)
		wantError(t, "DeleteGroup", s.DeleteGroup(key), keypackage.ErrNotFound)
	}
	wantBundle(t, s, ref, b)
	wantGroupIDs(t, s, []byte("group"))
}

func joinWithBundle(t testing.TB, s group.Store) {
	used, b, _ := NewBundle(t, suite1(), keypackage.Options{})
	other, c, _ := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutBundles(b, c))
	must(t, s.PutGroup([]byte("group"), []byte("left before")))
	must(t, s.Joined([]byte("group"), []byte("snapshot"), used))
	wantGroup(t, s, []byte("group"), []byte("snapshot"))
	wantGroupIDs(t, s, []byte("group"))
	wantNoBundle(t, s, used)
	wantBundle(t, s, other, c)
}

func joinWithoutBundle(t testing.TB, s group.Store) {
	ref, b, _ := NewBundle(t, suite1(), keypackage.Options{LastResort: true})
	must(t, s.PutBundles(b))
	must(t, s.Joined([]byte("group"), []byte("snapshot"), nil))
	wantGroup(t, s, []byte("group"), []byte("snapshot"))
	wantBundle(t, s, ref, b)
}

// A second join with a bundle is refused and changes nothing.
func joinWithUsedBundle(t testing.TB, s group.Store) {
	used, b, _ := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutBundles(b))
	must(t, s.Joined([]byte("group"), []byte("snapshot"), used))
	for _, ref := range [][]byte{used, {}} {
		for _, id := range []string{"group", "second group"} {
			wantError(t, "Joined", s.Joined([]byte(id), []byte("second snapshot"), ref), keypackage.ErrNotFound)
		}
	}
	wantGroup(t, s, []byte("group"), []byte("snapshot"))
	wantGroupIDs(t, s, []byte("group"))
}
