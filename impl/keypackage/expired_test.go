package keypackage_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store"
)

// keep stores a KeyPackage that ends at the given time and returns its reference.
func keep(t *testing.T, s keypackage.Store, end uint64, lastResort bool) []byte {
	t.Helper()
	w := newWorld(t, suite1(t))
	b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{
		NotAfter: end, LastResort: lastResort, Store: s, Now: func() time.Time { return time.Unix(1, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := b.KeyPackage.Ref()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestDeleteExpired(t *testing.T) {
	var s store.Memory
	old, older := keep(t, &s, 999, false), keep(t, &s, 998, true)
	last, never := keep(t, &s, 1000, false), keep(t, &s, 1<<64-1, true)

	deleted, err := keypackage.DeleteExpired(&s, time.Unix(1000, 0))
	wantRefs(t, "deleted", deleted, old, older)
	if err != nil {
		t.Error(err)
	}
	left, err := s.BundleRefs()
	wantRefs(t, "left", left, last, never)
	if err != nil {
		t.Error(err)
	}
	if deleted, err := keypackage.DeleteExpired(&s, time.Unix(-5, 0)); err != nil || len(deleted) > 0 {
		t.Errorf("before the beginning of time: %x, %v", deleted, err)
	}
}

func wantRefs(t *testing.T, what string, got [][]byte, want ...[]byte) {
	t.Helper()
	slices.SortFunc(want, bytes.Compare)
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

// A moody store fails for some bundles.
type moody struct {
	keypackage.Store
	list, read, remove error
	ref                []byte // of the bundle for which read and remove fail
}

func (m *moody) BundleRefs() ([][]byte, error) {
	if m.list != nil {
		return nil, m.list
	}
	return m.Store.BundleRefs()
}

func (m *moody) Bundle(ref []byte) (*keypackage.Bundle, error) {
	if m.read != nil && bytes.Equal(ref, m.ref) {
		return nil, m.read
	}
	return m.Store.Bundle(ref)
}

func (m *moody) DeleteBundle(ref []byte) error {
	if m.remove != nil && bytes.Equal(ref, m.ref) {
		return m.remove
	}
	return m.Store.DeleteBundle(ref)
}

func TestDeleteExpiredGoesOn(t *testing.T) {
	errMood := errors.New("not today")
	for name, c := range map[string]struct {
		store moody
		want  error
	}{
		"cannot be read":     {moody{read: errMood}, errMood},
		"cannot be deleted":  {moody{remove: errMood}, errMood},
		"was just used":      {moody{read: keypackage.ErrNotFound}, nil},
		"is just being used": {moody{remove: keypackage.ErrNotFound}, nil},
	} {
		s := c.store
		s.Store = new(store.Memory)
		first, second := keep(t, &s, 5, false), keep(t, &s, 6, false)
		s.ref = first
		deleted, err := keypackage.DeleteExpired(&s, now)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		wantRefs(t, name, deleted, second)
	}
	if _, err := keypackage.DeleteExpired(&moody{list: errMood}, now); !errors.Is(err, errMood) {
		t.Errorf("cannot be listed: %v", err)
	}
}
