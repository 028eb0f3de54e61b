// Package storetest checks implementations of group.Store.
package storetest

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// A Check looks at one property of a store that is empty.
type Check struct {
	Name string
	Run  func(t testing.TB, s group.Store)
}

// Checks returns all checks.
func Checks() []Check {
	return []Check{
		{"signature keys of all suites", signatureKeys},
		{"signature key of another scheme", signatureKeyOfAnotherScheme},
		{"bundles of all suites", bundles},
		{"all bundles or none", allOrNone},
		{"deleted bundles", deletedBundles},
		{"references of bundles", bundleRefs},
		{"ten thousand bundles", manyBundles},
		{"groups", groups},
		{"unusual groups", unusualGroups},
		{"not found", notFound},
		{"join with a bundle", joinWithBundle},
		{"join without a bundle", joinWithoutBundle},
		{"join with a used bundle", joinWithUsedBundle},
		{"no shared memory", noSharedMemory},
		{"concurrent use", concurrentUse},
		{"one of many joins", oneOfManyJoins},
		{"printing", printing},
	}
}

// Run runs all checks, each on a store of its own.
func Run(t *testing.T, open func(t testing.TB) group.Store) {
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, open(t)) })
	}
}

// NewBundle returns a bundle with its reference, and the signature key in it.
func NewBundle(t testing.TB, suite *ciphersuite.Suite, o keypackage.Options) (ref []byte, b *keypackage.Bundle, signer *ciphersuite.SignatureKey) {
	t.Helper()
	signer = newSignatureKey(t, suite)
	ref, b = build(t, suite, signer, o)
	return ref, b, signer
}

func build(t testing.TB, suite *ciphersuite.Suite, signer ciphersuite.Signer, o keypackage.Options) (ref []byte, b *keypackage.Bundle) {
	t.Helper()
	b, err := keypackage.Build(suite, leaf.Basic([]byte("client")), signer, o)
	must(t, err)
	ref, err = b.KeyPackage.Ref()
	must(t, err)
	return ref, b
}

// suite1 is the suite of the checks for which any will do.
func suite1() *ciphersuite.Suite { return ciphersuite.All()[0] }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks that a call fails for the right reason.
func wantError(t testing.TB, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want: %v", call, err, want)
	}
}

// wantBundle checks that the store holds the bundle, with all its keys.
func wantBundle(t testing.TB, s group.Store, ref []byte, want *keypackage.Bundle) {
	t.Helper()
	got, err := s.Bundle(ref)
	if err != nil {
		t.Errorf("bundle is not there: %v", err)
		return
	}
	// The reference covers all of a KeyPackage.
	if own, err := got.KeyPackage.Ref(); err != nil || !bytes.Equal(own, ref) {
		t.Errorf("another KeyPackage comes back: %v (-want +got):\n%s", err, cmp.Diff(&want.KeyPackage, &got.KeyPackage, cmpopts.EquateEmpty()))
	}
	if !bytes.Equal(got.InitKey.Private(), want.InitKey.Private()) {
		t.Errorf("another init key comes back: %v, want %v", got.InitKey, want.InitKey)
	}
	if !bytes.Equal(got.EncryptionKey.Private(), want.EncryptionKey.Private()) {
		t.Errorf("another encryption key comes back: %v, want %v", got.EncryptionKey, want.EncryptionKey)
	}
}

func wantNoBundle(t testing.TB, s group.Store, ref []byte) {
	t.Helper()
	_, err := s.Bundle(ref)
	wantError(t, "Bundle", err, keypackage.ErrNotFound)
}

func wantBundleRefs(t testing.TB, s group.Store, want ...[]byte) {
	t.Helper()
	got, err := s.BundleRefs()
	must(t, err)
	slices.SortFunc(want, bytes.Compare)
	if !slices.EqualFunc(want, got, bytes.Equal) {
		t.Errorf("references are %.80x, want %.80x", got, want)
	}
}

func wantGroup(t testing.TB, s group.Store, groupID, want []byte) {
	t.Helper()
	got, err := s.Group(groupID)
	if err != nil {
		t.Errorf("group is not there: %v", err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("snapshot of %d bytes comes back, want %d others", len(got), len(want))
	}
}

func wantNoGroup(t testing.TB, s group.Store, groupID []byte) {
	t.Helper()
	_, err := s.Group(groupID)
	wantError(t, "Group", err, keypackage.ErrNotFound)
}

func wantGroupIDs(t testing.TB, s group.Store, want ...[]byte) {
	t.Helper()
	got, err := s.GroupIDs()
	must(t, err)
	slices.SortFunc(want, bytes.Compare)
	if !slices.EqualFunc(want, got, bytes.Equal) {
		t.Errorf("group_ids are %.80q, want %.80q", got, want)
	}
}
