package keypackage_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// circumstances are what a KeyPackage is validated against, besides its own suite.
func circumstances() []keypackage.Checks {
	unknown := errors.New("not legitimate")
	open := leaf.Policy{Now: clock}
	strict := leaf.Policy{
		Now: clock, MaxLifetime: time.Hour, CheckLifetime: true,
		Authenticate: func(*leaf.Credential, []byte, *leaf.Credential) error { return unknown },
	}
	required := &leaf.RequiredCapabilities{
		ExtensionTypes:  []codepoint.ExtensionType{private},
		ProposalTypes:   []codepoint.ProposalType{private},
		CredentialTypes: []codepoint.CredentialType{codepoint.CredentialX509},
	}
	return []keypackage.Checks{
		{Version: codepoint.MLS10, Policy: &open},
		{Version: codepoint.MLS10, Policy: &open, Sending: true, GroupID: []byte("group"), LeafIndex: 1},
		{Version: codepoint.MLS10, Policy: &strict, Sending: true},
		{Version: codepoint.MLS10, Policy: &strict},
		{Version: 2, Policy: &open, GroupExtensions: leaf.Extensions{{Type: private}}, Required: required},
	}
}

// FuzzValidate has any KeyPackage validated in various circumstances. All that is
// found to be wrong has its requirement, and a KeyPackage is valid when nothing
// is.
func FuzzValidate(f *testing.F) {
	own, err := seed.Own()
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, o := range own {
		if bytes.HasPrefix(o.Data, []byte{0, 1, 0, 5}) {
			f.Add(byte(seeds), o.Data[4:])
			seeds++
		}
	}
	if seeds < 100 {
		f.Fatalf("only %d KeyPackages to begin with", seeds)
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		k, err := syntax.Parse[keypackage.KeyPackage](data)
		signed, partsErr := keypackage.ReadSigned((*cryptobyte.String)(&data))
		if err == nil && partsErr != nil {
			t.Fatalf("it decodes, but its signed parts do not: %v", partsErr)
		}
		if err != nil {
			return // as other targets look into
		}
		c := circumstances()[int(which)%len(circumstances())]
		c.Received = signed
		if c.Suite, err = ciphersuite.Lookup(k.CipherSuite); err != nil {
			c.Suite = suite1(t)
		}
		examine(t, k, &c)
	})
}

func examine(t *testing.T, k *keypackage.KeyPackage, c *keypackage.Checks) {
	t.Helper()
	faults := 0
	for _, f := range k.Examine(c) {
		if f.Err != nil {
			faults++
			requires(t, f.Err)
		}
	}
	_, err := k.Validate(c)
	if (err != nil) != (faults > 0) {
		t.Errorf("%d faults are found, and validation says: %v", faults, err)
	}
	requires(t, err)
	requires(t, k.CheckGroup(c))
	for _, w := range k.Warnings() {
		requires(t, w)
	}
	_, err = k.Ref()
	requires(t, err)
}

// requires verifies that an error, if there is one, has a requirement.
func requires(t *testing.T, err error) {
	t.Helper()
	if err != nil && rule.Of(err) == "" {
		t.Errorf("error without requirement: %v", err)
	}
}

// What FuzzBuild can let happen, as bits.
const (
	lastResort = 1 << iota
	noGREASE
	repeatingRandomness
	endingRandomness
	failingStore
	failingDeletion
	oddCapabilities
)

// oddOnes are capabilities that lack what the KeyPackage itself makes use of.
var oddOnes = leaf.Capabilities{
	Versions:     []codepoint.ProtocolVersion{2},
	CipherSuites: []codepoint.CipherSuite{private},
	Extensions:   []codepoint.ExtensionType{codepoint.ExtensionApplicationID},
	Proposals:    []codepoint.ProposalType{codepoint.ProposalAdd},
	Credentials:  []codepoint.CredentialType{private},
}

var errStore = errors.New("the store fails")

// FuzzBuild builds KeyPackages with any options. What is built is what was asked
// for, is valid, comes back out of a store, and is deleted when its time is over.
func FuzzBuild(f *testing.F) {
	f.Add(byte(0), int8(1), byte(0), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Add(byte(1), int8(2), byte(lastResort), int64(time.Hour), uint64(0), uint64(0), []byte("identity"), []byte{0xf0, 1, 0xf0, 2})
	f.Add(byte(2), int8(1), byte(noGREASE), int64(-1e12), uint64(1), uint64(1_900_000_000), []byte{}, []byte{0, 10, 0, 1})
	f.Add(byte(3), int8(2), byte(repeatingRandomness), int64(1), uint64(0), uint64(0), []byte{}, []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5})
	f.Add(byte(4), int8(1), byte(endingRandomness), int64(0), uint64(0), uint64(1<<64-1), []byte{50}, []byte{0, 0x0a, 0x1a, 0x1a})
	f.Add(byte(0), int8(1), byte(endingRandomness), int64(0), uint64(0), uint64(0), make([]byte, 40), []byte{})
	f.Add(byte(0), int8(1), byte(endingRandomness), int64(0), uint64(0), uint64(0), make([]byte, 70), []byte{})
	f.Add(byte(0), int8(2), byte(endingRandomness), int64(0), uint64(0), uint64(0), make([]byte, 70), []byte{})
	f.Add(byte(0), int8(2), byte(oddCapabilities), int64(0), uint64(0), uint64(0), []byte{}, []byte{0, 2, 0, 10})
	f.Add(byte(5), int8(1), byte(failingStore), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Add(byte(6), int8(3), byte(failingDeletion), int64(0), uint64(0), uint64(0), []byte{}, []byte{0, 1, 0, 2})
	f.Add(byte(0), int8(0), byte(0), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Add(byte(0), int8(-1), byte(0), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, which byte, count int8, happens byte, span int64, notBefore, notAfter uint64, identity, types []byte) {
		suite := ciphersuite.All()[int(which)%len(ciphersuite.All())]
		kept := new(store.Memory)
		signer, err := keypackage.NewSigner(kept, suite, seeded(which))
		if err != nil {
			t.Fatal(err)
		}
		o := keypackage.Options{
			Lifetime: time.Duration(span), NotBefore: notBefore, NotAfter: notAfter,
			LastResort: happens&lastResort > 0, NoGREASE: happens&noGREASE > 0, Store: kept, Rand: seeded(happens), Now: clock,
		}
		o.Extensions, o.LeafExtensions = extensionsOf(types, identity)
		mayFail := []error{keypackage.ErrLifetime, keypackage.ErrCount}
		if happens&repeatingRandomness > 0 {
			o.Rand, mayFail = zeros{}, append(mayFail, keypackage.ErrRandomness)
		}
		if happens&endingRandomness > 0 {
			o.Rand, mayFail = io.LimitReader(o.Rand, int64(len(identity))), append(mayFail, io.EOF, io.ErrUnexpectedEOF)
		}
		if happens&oddCapabilities > 0 {
			o.Capabilities = oddOnes
		}
		if happens&failingStore > 0 {
			if _, err := keypackage.NewSigner(full{kept}, suite, nil); !errors.Is(err, errFull) {
				t.Errorf("a signer that is not kept: %v", err)
			}
			o.Store, mayFail = full{kept}, append(mayFail, errFull)
		}
		bundles, err := buildSome(suite, leaf.Basic(identity), signer, int(count), o)
		if err != nil {
			if !slices.ContainsFunc(mayFail, func(e error) bool { return errors.Is(err, e) }) {
				t.Errorf("not built: %v", err)
			}
			return
		}
		for _, b := range bundles {
			c := keypackage.Checks{Version: codepoint.MLS10, Suite: suite, Policy: &leaf.Policy{Now: clock}, Sending: true}
			examine(t, &b.KeyPackage, &c)
			if _, err := b.KeyPackage.Validate(&c); err != nil && !asked(&b.KeyPackage) {
				t.Errorf("built, but not valid: %v", err)
			}
		}
		if happens&failingDeletion > 0 {
			failDeleting(t, kept, bundles)
		}
		deleteAll(t, kept, bundles)
	})
}

// buildSome builds one KeyPackage, or several at once. A hundred, which zero stands
// for, are too many for slow suites.
func buildSome(suite *ciphersuite.Suite, c leaf.Credential, signer ciphersuite.Signer, n int, o keypackage.Options) ([]*keypackage.Bundle, error) {
	if n == 1 || n == 0 && suite.ID() != codepoint.X25519AES128GCMSHA256Ed25519 {
		b, err := keypackage.Build(suite, c, signer, o)
		return []*keypackage.Bundle{b}, err
	}
	return keypackage.BuildMany(suite, c, signer, min(n, 4), o)
}

// extensionsOf makes two lists of extensions of the given types.
func extensionsOf(types, data []byte) (first, second leaf.Extensions) {
	for i := 0; i+1 < len(types) && i < 20; i += 2 {
		e := leaf.Extension{Type: codepoint.ExtensionType(types[i])<<8 | codepoint.ExtensionType(types[i+1]), Data: data}
		if i%4 == 0 {
			first = append(first, e)
		} else {
			second = append(second, e)
		}
	}
	return first, second
}

// deleteAll lets the time of all bundles pass, for which the store is asked.
func deleteAll(t *testing.T, kept keypackage.Store, bundles []*keypackage.Bundle) {
	t.Helper()
	all, err := kept.BundleRefs()
	if err != nil || len(all) != len(bundles) {
		t.Errorf("%d of %d bundles are kept, %v", len(all), len(bundles), err)
	}
	end := bundles[0].KeyPackage.LeafNode.Lifetime.NotAfter
	if end > 1<<62 {
		return // no clock gets there
	}
	deleted, err := keypackage.DeleteExpired(kept, time.Unix(int64(end)+1, 0))
	if err != nil || len(deleted) != len(bundles) {
		t.Errorf("%d of %d bundles are deleted, %v", len(deleted), len(bundles), err)
	}
}

// failDeleting tries it with a store that fails in every way.
func failDeleting(t *testing.T, kept keypackage.Store, bundles []*keypackage.Bundle) {
	t.Helper()
	ref, err := bundles[0].KeyPackage.Ref()
	if err != nil {
		t.Fatal(err)
	}
	late := time.Unix(1<<50, 0)
	for _, s := range []moody{{list: errStore}, {read: errStore}, {remove: errStore}, {read: keypackage.ErrNotFound}} {
		s.Store, s.ref = &onlyReading{kept}, ref
		if _, err := keypackage.DeleteExpired(&s, late); err != nil && !errors.Is(err, errStore) {
			t.Errorf("deleting fails with %v", err)
		}
	}
}

// An onlyReading store pretends to delete.
type onlyReading struct{ keypackage.Store }

func (*onlyReading) DeleteBundle([]byte) error { return nil }

// asked reports whether a KeyPackage is what it is because it was asked for: with
// the same extension twice.
func asked(k *keypackage.KeyPackage) bool {
	_, twice := k.Extensions.Repeated()
	_, twiceInLeaf := k.LeafNode.Extensions.Repeated()
	return twice || twiceInLeaf
}

// zeros are no good source of randomness.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
