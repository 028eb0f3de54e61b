package keypackage_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store"
)

// counting counts how often, and how many, bundles are put into the store.
type counting struct {
	keypackage.Store
	calls, bundles int
}

func (c *counting) PutBundles(bundles ...*keypackage.Bundle) error {
	c.calls++
	c.bundles += len(bundles)
	return c.Store.PutBundles(bundles...)
}

// Ten thousand KeyPackages have nothing in common that they should not.
func TestBuildTenThousand(t *testing.T) {
	const n = 10_000
	w := newWorld(t, suite1(t))
	s := &counting{Store: new(store.Memory)}
	bundles, err := keypackage.BuildMany(w.suite, leaf.Basic([]byte("alice")), w.signer, n, keypackage.Options{Store: s, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if len(bundles) != n || s.calls != 1 || s.bundles != n {
		t.Fatalf("%d bundles, of which %d were put away in %d calls", len(bundles), s.bundles, s.calls)
	}
	keys, refs := map[string]bool{}, map[string]bool{}
	for _, b := range bundles {
		keys[string(b.KeyPackage.InitKey)] = true
		keys[string(b.KeyPackage.LeafNode.EncryptionKey)] = true
		ref, err := b.KeyPackage.Ref()
		if err != nil {
			t.Fatal(err)
		}
		refs[string(ref)] = true
		if !bytes.Equal(b.KeyPackage.LeafNode.SignatureKey, w.signer.Public()) || string(b.KeyPackage.LeafNode.Credential.Identity) != "alice" {
			t.Fatalf("%x is another client's", ref)
		}
	}
	if len(keys) != 2*n || len(refs) != n {
		t.Errorf("%d different keys and %d references, want %d and %d [rfc9420-10-04]", len(keys), len(refs), 2*n, n)
	}
	stored, err := s.BundleRefs()
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range stored {
		delete(refs, string(ref))
	}
	if len(stored) != n || len(refs) > 0 {
		t.Errorf("%d are stored, %d are not", len(stored), len(refs))
	}
	for i := 0; i < n; i += n / 100 {
		if _, err := bundles[i].KeyPackage.Validate(w.checks); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// However the work is spread, the result is that of building one by one.
func TestBuildManyIsBuildManyTimes(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, noGREASE := range []bool{false, true} {
			const n = 5
			o := keypackage.Options{Rand: seeded(7), Now: clock, LastResort: true, NoGREASE: noGREASE, LeafExtensions: leaf.Extensions{{Type: private}}}
			many, err := keypackage.BuildMany(suite, leaf.Basic([]byte("alice")), w.signer, n, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Rand = seeded(7)
			for i := range n {
				one, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), w.signer, o)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(marshal(t, &many[i].KeyPackage), marshal(t, &one.KeyPackage)) ||
					!bytes.Equal(many[i].InitKey.Private(), one.InitKey.Private()) ||
					!bytes.Equal(many[i].EncryptionKey.Private(), one.EncryptionKey.Private()) {
					t.Errorf("KeyPackage %d, NoGREASE %v: another one", i, noGREASE)
				}
			}
		}
	})
}

func TestBuildManyCounts(t *testing.T) {
	w := newWorld(t, suite1(t))
	for n, want := range map[int]int{0: keypackage.DefaultCount, 1: 1, 3: 3} {
		all, err := keypackage.BuildMany(w.suite, leaf.Basic(nil), w.signer, n, keypackage.Options{Now: clock})
		if err != nil || len(all) != want {
			t.Errorf("%d: %d bundles, want %d: %v", n, len(all), want, err)
		}
	}
	if all, err := keypackage.BuildMany(w.suite, leaf.Basic(nil), w.signer, -1, keypackage.Options{}); !errors.Is(err, keypackage.ErrCount) || all != nil {
		t.Errorf("-1: %d bundles, %v", len(all), err)
	}
}

func TestBuildManyFails(t *testing.T) {
	w := newWorld(t, suite1(t))
	broken := &failing{w.signer, 0}
	for _, c := range []struct {
		name   string
		signer ciphersuite.Signer
		o      keypackage.Options
		want   error
	}{
		{"signer", broken, keypackage.Options{Now: clock}, errUnplugged},
		{"lifetime", w.signer, keypackage.Options{Now: clock, Lifetime: -time.Hour}, keypackage.ErrLifetime},
		{"randomness", w.signer, keypackage.Options{Now: clock, Rand: &period{}}, keypackage.ErrRandomness},
	} {
		if all, err := keypackage.BuildMany(w.suite, leaf.Basic(nil), c.signer, 5, c.o); !errors.Is(err, c.want) || all != nil {
			t.Errorf("%s: %d bundles, %v", c.name, len(all), err)
		}
	}
	short := keypackage.Options{Now: clock, Rand: bytes.NewReader(make([]byte, 100))}
	if all, err := keypackage.BuildMany(w.suite, leaf.Basic(nil), w.signer, 5, short); err == nil || all != nil {
		t.Errorf("little randomness: %d bundles, %v", len(all), err)
	}
}

// A period begins anew after the bytes of one KeyPackage.
type period struct{ n int }

func (r *period) Read(p []byte) (int, error) {
	const once = 2*32 + 4 + 2*17
	for i := range p {
		p[i] = byte(r.n % once)
		r.n++
	}
	return len(p), nil
}
