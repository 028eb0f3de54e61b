package storetest

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
)

func newSignatureKey(t testing.TB, suite *ciphersuite.Suite) *ciphersuite.SignatureKey {
	t.Helper()
	key, err := suite.GenerateSignatureKey(rand.Reader)
	must(t, err)
	return key
}

func signatureKeys(t testing.TB, s group.Store) {
	keys := map[*ciphersuite.Suite]*ciphersuite.SignatureKey{}
	for _, suite := range ciphersuite.All() {
		keys[suite] = newSignatureKey(t, suite)
		for range 2 { // the second time changes nothing
			must(t, s.PutSignatureKey(suite, keys[suite]))
		}
	}
	for suite, want := range keys {
		got, err := s.SignatureKey(want.Public())
		if err != nil {
			t.Errorf("%v: %v", suite, err)
			continue
		}
		if !bytes.Equal(got.Public(), want.Public()) || !bytes.Equal(got.Private(), want.Private()) {
			t.Errorf("%v: another key pair comes back: %v, want %v", suite, got, want)
		}
	}
}

func signatureKeyOfAnotherScheme(t testing.TB, s group.Store) {
	key := newSignatureKey(t, suite1())
	p256 := ciphersuite.All()[1]
	wantError(t, "PutSignatureKey", s.PutSignatureKey(p256, key), store.ErrKeys)
	_, err := s.SignatureKey(key.Public())
	wantError(t, "SignatureKey", err, keypackage.ErrNotFound)
}

func bundles(t testing.TB, s group.Store) {
	refs, all := map[string]*keypackage.Bundle{}, []*keypackage.Bundle{}
	for _, suite := range ciphersuite.All() {
		for _, o := range []keypackage.Options{
			{NoGREASE: true},
			{LastResort: true},
			{
				Extensions:     leaf.Extensions{{Type: 0xf001, Data: make([]byte, 70000)}},
				LeafExtensions: leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("application")}},
			},
		} {
			ref, b, _ := NewBundle(t, suite, o)
			refs[string(ref)] = b
			all = append(all, b)
		}
	}
	must(t, s.PutBundles(all[0]))
	must(t, s.PutBundles(all...)) // the first one again
	must(t, s.PutBundles())
	for ref, b := range refs {
		wantBundle(t, s, []byte(ref), b)
	}
}

func allOrNone(t testing.TB, s group.Store) {
	first, b, _ := NewBundle(t, suite1(), keypackage.Options{})
	last, c, _ := NewBundle(t, suite1(), keypackage.Options{})
	for name, change := range map[string]func(*keypackage.Bundle){
		"no init key":              func(b *keypackage.Bundle) { b.InitKey = nil },
		"no encryption key":        func(b *keypackage.Bundle) { b.EncryptionKey = nil },
		"another's init key":       func(b *keypackage.Bundle) { b.InitKey = c.InitKey },
		"another's encryption key": func(b *keypackage.Bundle) { b.EncryptionKey = c.EncryptionKey },
		"keys exchanged":           func(b *keypackage.Bundle) { b.InitKey, b.EncryptionKey = b.EncryptionKey, b.InitKey },
	} {
		_, wrong, _ := NewBundle(t, suite1(), keypackage.Options{})
		change(wrong)
		wantError(t, "PutBundles, "+name, s.PutBundles(b, wrong, c), store.ErrKeys)
	}
	_, wrong, _ := NewBundle(t, suite1(), keypackage.Options{})
	wrong.KeyPackage.CipherSuite = 0xf001
	if err := s.PutBundles(b, wrong, c); rule.Of(err) != "rfc9420-17.1-03" {
		t.Errorf("PutBundles, unknown suite: %v", err)
	}
	wantNoBundle(t, s, first)
	wantNoBundle(t, s, last)
}

func deletedBundles(t testing.TB, s group.Store) {
	first, b, _ := NewBundle(t, suite1(), keypackage.Options{})
	second, c, _ := NewBundle(t, suite1(), keypackage.Options{})
	must(t, s.PutBundles(b, c))
	must(t, s.DeleteBundle(first))
	wantNoBundle(t, s, first)
	wantBundle(t, s, second, c)
	wantError(t, "DeleteBundle, a second time", s.DeleteBundle(first), keypackage.ErrNotFound)
}

func bundleRefs(t testing.TB, s group.Store) {
	wantBundleRefs(t, s)
	var refs [][]byte
	var all []*keypackage.Bundle
	for _, suite := range ciphersuite.All() { // references are not all of the same length
		ref, b, _ := NewBundle(t, suite, keypackage.Options{})
		refs, all = append(refs, ref), append(all, b)
	}
	must(t, s.PutSignatureKey(suite1(), newSignatureKey(t, suite1())))
	must(t, s.PutGroup([]byte("group"), nil))
	for range 2 { // the second time changes nothing
		must(t, s.PutBundles(all...))
		wantBundleRefs(t, s, slices.Clone(refs)...)
	}
	must(t, s.DeleteBundle(refs[1]))
	must(t, s.Joined([]byte("group"), nil, refs[2]))
	left := slices.Delete(slices.Clone(refs), 1, 3)
	wantBundleRefs(t, s, left...)
	must(t, s.PutBundles(all[1])) // what is put again is there again
	wantBundleRefs(t, s, append(left, refs[1])...)
}

// Of ten thousand bundles, put away a thousand at a time, each is found.
func manyBundles(t testing.TB, s group.Store) {
	const count, step = 10_000, 1000
	next := distinct(t)
	all, refs := make([]*keypackage.Bundle, count), make([][]byte, count)
	for i := range all {
		refs[i], all[i] = next()
	}
	for batch := range slices.Chunk(all, step) {
		must(t, s.PutBundles(batch...))
	}
	for i, ref := range refs {
		got, err := s.Bundle(ref)
		if err != nil || !bytes.Equal(got.KeyPackage.Signature, all[i].KeyPackage.Signature) {
			t.Fatalf("bundle %d is not there, or another: %v", i, err)
		}
	}
	for _, ref := range refs[:10] {
		must(t, s.DeleteBundle(ref))
		wantNoBundle(t, s, ref)
	}
	wantBundle(t, s, refs[10], all[10])
}
