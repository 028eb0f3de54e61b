package storetest_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

// A recorder notes whether a check fails. It lets the check end where a real
// test would.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	failed bool
}

func (r *recorder) Helper() {}

func (r *recorder) Error(...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

func (r *recorder) Errorf(string, ...any) { r.Error() }

type ended struct{}

func (r *recorder) Fatal(...any) {
	r.Error()
	panic(ended{})
}

func (r *recorder) Fatalf(string, ...any) { r.Fatal() }

// fails reports whether the check fails for the store. A panic counts as one.
func fails(c storetest.Check, s group.Store) (failed bool) {
	var r recorder
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	c.Run(&r, s)
	return r.failed
}

// The stores below have one fault each.
type (
	forgetsSignatureKeys struct{ group.Store }
	takesAnyKey          struct{ group.Store }
	mixesKeysUp          struct{ group.Store }
	putsOneByOne         struct{ group.Store }
	keepsDeleted         struct{ group.Store }
	listsOnlyOneSize     struct{ group.Store }
	listsInReverse       struct{ group.Store }
	holdsAThousand       struct {
		group.Store
		held *int
	}
	keepsFirstGroup struct{ group.Store }
	forgetsEmptyID  struct{ group.Store }
	listsNothing    struct{ group.Store }
	findsNil        struct{ group.Store }
	keepsUsed       struct{ group.Store }
	forgetsJoined   struct{ group.Store }
	joinsAgain      struct{ group.Store }
	deletesUnasked  struct{ group.Store }
	sharesBundles   struct {
		group.Store
		bundles map[string]*keypackage.Bundle
	}
	sharesSnapshots struct {
		group.Store
		groups map[string][]byte
	}
	talkative struct {
		group.Store
		Seen *[]string
	}
)

func (s forgetsSignatureKeys) PutSignatureKey(*ciphersuite.Suite, *ciphersuite.SignatureKey) error {
	return nil
}

func (s takesAnyKey) PutSignatureKey(suite *ciphersuite.Suite, key *ciphersuite.SignatureKey) error {
	_ = s.Store.PutSignatureKey(suite, key)
	return nil
}

func (s mixesKeysUp) Bundle(ref []byte) (*keypackage.Bundle, error) {
	b, err := s.Store.Bundle(ref)
	if err == nil {
		b.InitKey, b.EncryptionKey = b.EncryptionKey, b.InitKey
	}
	return b, err
}

func (s putsOneByOne) PutBundles(bundles ...*keypackage.Bundle) error {
	for _, b := range bundles {
		if err := s.Store.PutBundles(b); err != nil {
			return err
		}
	}
	return nil
}

func (s keepsDeleted) DeleteBundle(ref []byte) error {
	_, err := s.Bundle(ref)
	return err
}

func (s listsOnlyOneSize) BundleRefs() ([][]byte, error) {
	refs, err := s.Store.BundleRefs()
	return slices.DeleteFunc(refs, func(ref []byte) bool { return len(ref) != 32 }), err
}

func (s listsInReverse) BundleRefs() ([][]byte, error) {
	refs, err := s.Store.BundleRefs()
	slices.Reverse(refs)
	return refs, err
}

func (s holdsAThousand) PutBundles(bundles ...*keypackage.Bundle) error {
	if *s.held += len(bundles); *s.held > 1000 {
		return nil
	}
	return s.Store.PutBundles(bundles...)
}

func (s keepsFirstGroup) PutGroup(groupID, snapshot []byte) error {
	if _, err := s.Group(groupID); err == nil {
		return nil
	}
	return s.Store.PutGroup(groupID, snapshot)
}

func (s forgetsEmptyID) PutGroup(groupID, snapshot []byte) error {
	if len(groupID) == 0 {
		return nil
	}
	return s.Store.PutGroup(groupID, snapshot)
}

func (s listsNothing) GroupIDs() ([][]byte, error) { return nil, nil }

func (s findsNil) Group(groupID []byte) ([]byte, error) {
	snapshot, _ := s.Store.Group(groupID)
	return snapshot, nil
}

func (s keepsUsed) Joined(groupID, snapshot, _ []byte) error {
	return s.Store.Joined(groupID, snapshot, nil)
}

func (s forgetsJoined) Joined(_, _, ref []byte) error {
	if ref == nil {
		return nil
	}
	return s.DeleteBundle(ref)
}

func (s joinsAgain) Joined(groupID, snapshot, ref []byte) error {
	err := s.Store.Joined(groupID, snapshot, ref)
	if errors.Is(err, keypackage.ErrNotFound) {
		return s.PutGroup(groupID, snapshot)
	}
	return err
}

func (s deletesUnasked) PutBundles(bundles ...*keypackage.Bundle) error {
	for _, b := range bundles {
		if b.KeyPackage.IsLastResort() {
			return nil
		}
	}
	return s.Store.PutBundles(bundles...)
}

func (s sharesBundles) PutBundles(bundles ...*keypackage.Bundle) error {
	for _, b := range bundles {
		ref, err := b.KeyPackage.Ref()
		if err != nil {
			return err
		}
		s.bundles[string(ref)] = b
	}
	return nil
}

func (s sharesBundles) Bundle(ref []byte) (*keypackage.Bundle, error) {
	if b, ok := s.bundles[string(ref)]; ok {
		return b, nil
	}
	return nil, keypackage.ErrNotFound
}

func (s sharesSnapshots) PutGroup(groupID, snapshot []byte) error {
	s.groups[string(groupID)] = snapshot
	return s.Store.PutGroup(groupID, snapshot)
}

func (s sharesSnapshots) Group(groupID []byte) ([]byte, error) {
	if snapshot, ok := s.groups[string(groupID)]; ok {
		return snapshot, nil
	}
	return s.Store.Group(groupID)
}

func (s talkative) PutBundles(bundles ...*keypackage.Bundle) error {
	for _, b := range bundles {
		*s.Seen = append(*s.Seen, fmt.Sprintf("%x", []byte(b.InitKey.Private())))
	}
	return s.Store.PutBundles(bundles...)
}

func (s talkative) String() string { return fmt.Sprint(*s.Seen) }

func TestChecksNoticeFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		broken func(group.Store) group.Store
		check  string
	}{
		{"forgets signature keys", func(s group.Store) group.Store { return forgetsSignatureKeys{s} }, "signature keys of all suites"},
		{"takes any signature key", func(s group.Store) group.Store { return takesAnyKey{s} }, "signature key of another scheme"},
		{"mixes keys up", func(s group.Store) group.Store { return mixesKeysUp{s} }, "bundles of all suites"},
		{"puts one by one", func(s group.Store) group.Store { return putsOneByOne{s} }, "all bundles or none"},
		{"keeps what is deleted", func(s group.Store) group.Store { return keepsDeleted{s} }, "deleted bundles"},
		{"lists references of one size", func(s group.Store) group.Store { return listsOnlyOneSize{s} }, "references of bundles"},
		{"lists references in reverse", func(s group.Store) group.Store { return listsInReverse{s} }, "references of bundles"},
		{"holds a thousand", func(s group.Store) group.Store { return holdsAThousand{s, new(int)} }, "ten thousand bundles"},
		{"keeps the first state", func(s group.Store) group.Store { return keepsFirstGroup{s} }, "groups"},
		{"lists nothing", func(s group.Store) group.Store { return listsNothing{s} }, "groups"},
		{"forgets the empty group_id", func(s group.Store) group.Store { return forgetsEmptyID{s} }, "unusual groups"},
		{"finds nil", func(s group.Store) group.Store { return findsNil{s} }, "not found"},
		{"keeps used bundles", func(s group.Store) group.Store { return keepsUsed{s} }, "join with a bundle"},
		{"forgets the joined group", func(s group.Store) group.Store { return forgetsJoined{s} }, "join with a bundle"},
		{"keeps no last resort", func(s group.Store) group.Store { return deletesUnasked{s} }, "join without a bundle"},
		{"joins again", func(s group.Store) group.Store { return joinsAgain{s} }, "join with a used bundle"},
		{"joins again at the same time", func(s group.Store) group.Store { return joinsAgain{s} }, "one of many joins"},
		{"forgets the joined group, and others join", func(s group.Store) group.Store { return forgetsJoined{s} }, "concurrent use"},
		{"shares bundles", func(s group.Store) group.Store { return sharesBundles{s, map[string]*keypackage.Bundle{}} }, "no shared memory"},
		{"shares snapshots", func(s group.Store) group.Store { return sharesSnapshots{s, map[string][]byte{}} }, "no shared memory"},
		{"prints secrets", func(s group.Store) group.Store { return talkative{s, new([]string)} }, "printing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := slices.IndexFunc(storetest.Checks(), func(check storetest.Check) bool { return check.Name == c.check })
			if i < 0 {
				t.Fatalf("there is no check %q", c.check)
			}
			check := storetest.Checks()[i]
			if !fails(check, c.broken(new(store.Memory))) {
				t.Errorf("the check %q notices nothing", c.check)
			}
		})
	}
}

func TestChecksAcceptASoundStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) group.Store { return new(store.Memory) })
}

// Each benchmark runs once.
func TestBench(t *testing.T) {
	if err := flag.Set("test.benchtime", "1x"); err != nil {
		t.Fatal(err)
	}
	var opened []string
	testing.Benchmark(func(b *testing.B) {
		storetest.Bench(b, func(t testing.TB) group.Store {
			opened = append(opened, t.Name())
			return new(store.Memory)
		})
	})
	if len(opened) != 4 {
		t.Errorf("benchmarks that ran: %q", opened)
	}
}
