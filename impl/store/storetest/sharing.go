package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// What a caller does to its arguments after a call, or to what it got, does not
// change the store.
func noSharedMemory(t testing.TB, s group.Store) {
	ref, b, _ := NewBundle(t, suite1(), keypackage.Options{
		NoGREASE:   true,
		Extensions: leaf.Extensions{{Type: codepoint.ExtensionLastResort}, {Type: 0xf001, Data: []byte("data")}},
	})
	must(t, s.PutBundles(b))
	original := *b
	original.KeyPackage.LeafNode = *b.KeyPackage.LeafNode.Clone()
	id, snapshot := []byte("group"), []byte("snapshot")
	must(t, s.PutGroup(id, snapshot))
	other := []byte("other")
	must(t, s.Joined(other, snapshot, nil))

	spoilKeyPackage(&b.KeyPackage)
	spoil(id, snapshot, other)
	for range 2 {
		got, err := s.Bundle(ref)
		must(t, err)
		if again, err := got.KeyPackage.Ref(); err != nil || string(again) != string(ref) {
			t.Fatalf("the bundle has changed: its reference is %x, was %x: %v", again, ref, err)
		}
		spoilKeyPackage(&got.KeyPackage)
		for _, id := range []string{"group", "other"} {
			wantGroup(t, s, []byte(id), []byte("snapshot"))
			got, err := s.Group([]byte(id))
			must(t, err)
			spoil(got)
		}
		ids, err := s.GroupIDs()
		must(t, err)
		spoil(ids...)
		refs, err := s.BundleRefs()
		must(t, err)
		spoil(refs...)
	}
	wantBundleRefs(t, s, ref)
	wantGroupIDs(t, s, []byte("group"), []byte("other"))
}

func spoilKeyPackage(k *keypackage.KeyPackage) {
	spoil(k.InitKey, k.LeafNode.SignatureKey, k.LeafNode.Credential.Identity, k.Signature)
	for i := range k.Extensions {
		k.Extensions[i].Type++
		spoil(k.Extensions[i].Data)
	}
	k.LeafNode.Capabilities.Credentials[0]++
}

func spoil(values ...[]byte) {
	for _, v := range values {
		for i := range v {
			v[i] ^= 0xff
		}
	}
}

// Goroutines that do all things at once do not see each other's, and nothing is
// lost.
func concurrentUse(t testing.TB, s group.Store) {
	const goroutines, rounds = 8, 5
	var wg sync.WaitGroup
	errs := make(chan error, goroutines)
	for i := range goroutines {
		wg.Go(func() {
			for round := range rounds {
				if err := useAll(s, fmt.Appendf(nil, "group %d of %d", round, i)); err != nil {
					errs <- fmt.Errorf("goroutine %d, round %d: %w", i, round, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	ids, err := s.GroupIDs()
	must(t, err)
	if len(ids) != goroutines*rounds {
		t.Errorf("%d groups, want %d", len(ids), goroutines*rounds)
	}
}

func useAll(s group.Store, groupID []byte) error {
	suite := suite1()
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		return err
	}
	b, err := keypackage.Build(suite, leaf.Basic(groupID), signer, keypackage.Options{})
	if err != nil {
		return err
	}
	ref, err := b.KeyPackage.Ref()
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return s.PutSignatureKey(suite, signer) },
		func() error { _, err := s.SignatureKey(signer.Public()); return err },
		func() error { return s.PutBundles(b) },
		func() error { _, err := s.Bundle(ref); return err },
		func() error { return s.DeleteBundle(ref) },
		func() error { return s.PutBundles(b) },
		func() error { _, err := s.BundleRefs(); return err },
		func() error { _, err := s.GroupIDs(); return err },
		func() error { return s.PutGroup(groupID, groupID) },
		func() error { return s.DeleteGroup(groupID) },
		func() error { return s.Joined(groupID, groupID, ref) },
		func() error {
			if got, err := s.Group(groupID); err != nil || string(got) != string(groupID) {
				return fmt.Errorf("group comes back as %q: %w", got, err)
			}
			return nil
		},
		func() error {
			if _, err := s.Bundle(ref); !errors.Is(err, keypackage.ErrNotFound) {
				return fmt.Errorf("used bundle: %v", err)
			}
			return nil
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Of joins with the same bundle at the same time, one is accepted.
func oneOfManyJoins(t testing.TB, s group.Store) {
	const joins = 16
	ref, b, _ := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutBundles(b))
	var accepted atomic.Int32
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range joins {
		wg.Go(func() {
			<-start
			err := s.Joined(fmt.Appendf(nil, "group %d", i), []byte("snapshot"), ref)
			switch {
			case err == nil:
				accepted.Add(1)
			case !errors.Is(err, keypackage.ErrNotFound):
				t.Errorf("join %d: %v", i, err)
			}
		})
	}
	close(start)
	wg.Wait()
	if n := accepted.Load(); n != 1 {
		t.Errorf("%d joins with one bundle are accepted", n)
	}
	ids, err := s.GroupIDs()
	must(t, err)
	if len(ids) != 1 {
		t.Errorf("%d groups after one join", len(ids))
	}
}

// Printing a store shows no secret, whatever the verb.
func printing(t testing.TB, s group.Store) {
	_, b, signer := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutSignatureKey(suite1(), signer))
	must(t, s.PutBundles(b))
	snapshot := b.InitKey.Private()
	must(t, s.PutGroup([]byte("group"), snapshot))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		printed := fmt.Sprintf(verb, s)
		if printed == "" {
			t.Errorf("%s prints nothing", verb)
		}
		for name, secret := range map[string][]byte{
			"signature key":  signer.Private(),
			"init key":       b.InitKey.Private(),
			"encryption key": b.EncryptionKey.Private(),
		} {
			for _, form := range []string{"%s", "%x", "%X", "%d", "%#v"} {
				text := strings.Trim(strings.TrimPrefix(fmt.Sprintf(form, secret), "[]byte"), "[]{}")
				if strings.Contains(printed, text) {
					t.Errorf("%s prints the %s as %s", verb, name, form)
				}
			}
		}
	}
}
