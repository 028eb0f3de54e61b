package keypackage_test

import (
	"bytes"
	"errors"
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

// FuzzBuild builds KeyPackages with any options. What is built is what was asked
// for, is valid, comes back out of a store, and is deleted when its time is over.
func FuzzBuild(f *testing.F) {
	f.Add(byte(0), byte(0), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Add(byte(1), byte(1), int64(time.Hour), uint64(0), uint64(0), []byte("identity"), []byte{0xf0, 1, 0xf0, 2})
	f.Add(byte(2), byte(2), int64(-1e12), uint64(1), uint64(1_900_000_000), []byte{}, []byte{0, 10, 0, 1})
	f.Add(byte(3), byte(4), int64(1), uint64(1_900_000_000), uint64(1_900_000_001), []byte{}, []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5})
	f.Add(byte(4), byte(8), int64(0), uint64(0), uint64(1<<64-1), []byte{}, []byte{0, 0x0a, 0x1a, 0x1a})
	f.Add(byte(5), byte(0xff), int64(0), uint64(0), uint64(0), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, which, flags byte, span int64, notBefore, notAfter uint64, identity, types []byte) {
		suite := ciphersuite.All()[int(which)%len(ciphersuite.All())]
		kept := new(store.Memory)
		signer, err := keypackage.NewSigner(kept, suite, seeded(which))
		if err != nil {
			t.Fatal(err)
		}
		o := keypackage.Options{
			Lifetime: time.Duration(span), NotBefore: notBefore, NotAfter: notAfter,
			LastResort: flags&1 > 0, NoGREASE: flags&2 > 0, Store: kept, Rand: seeded(flags), Now: clock,
		}
		if flags&4 > 0 { // a source that gives all the same keys
			o.Rand = zeros{}
		}
		for i := 0; i+1 < len(types) && i < 20; i += 2 {
			e := leaf.Extension{Type: codepoint.ExtensionType(types[i])<<8 | codepoint.ExtensionType(types[i+1]), Data: identity}
			if i%4 == 0 {
				o.Extensions = append(o.Extensions, e)
			} else {
				o.LeafExtensions = append(o.LeafExtensions, e)
			}
		}
		bundles, err := keypackage.BuildMany(suite, leaf.Basic(identity), signer, 1+int(flags>>6), o)
		if err != nil {
			if !errors.Is(err, keypackage.ErrLifetime) && !errors.Is(err, keypackage.ErrRandomness) {
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
	})
}

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
