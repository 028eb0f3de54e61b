package keypackage_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/store"
)

var errMallory = errors.New("mallory again")

// build builds a KeyPackage with the clock and randomness of the tests, and
// validates it as one who is about to add it does.
func build(t *testing.T, suite *ciphersuite.Suite, o keypackage.Options) *keypackage.KeyPackage {
	t.Helper()
	w := newWorld(t, suite)
	if o.Rand == nil {
		o.Rand = seeded(2)
	}
	o.Now = clock
	b, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), w.signer, o)
	if err != nil {
		t.Fatal(err)
	}
	w.checks.Sending = true
	if _, err := b.KeyPackage.Validate(w.checks); err != nil {
		t.Error(err)
	}
	return &b.KeyPackage
}

func TestBuild(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		if !bytes.Equal(w.bundle.InitKey.Public(), w.kp.InitKey) {
			t.Error("init_key is not that of the bundle")
		}
		if !bytes.Equal(w.bundle.EncryptionKey.Public(), w.kp.LeafNode.EncryptionKey) {
			t.Error("encryption_key is not that of the bundle")
		}
		if !bytes.Equal(w.signer.Public(), w.kp.LeafNode.SignatureKey) {
			t.Error("signature_key is not that of the signer")
		}
		if w.kp.Version != codepoint.MLS10 || w.kp.CipherSuite != suite.ID() {
			t.Errorf("version %v, suite %v", w.kp.Version, w.kp.CipherSuite)
		}
		alice := leaf.Basic([]byte("alice"))
		if !w.kp.LeafNode.Credential.Equal(&alice) || w.kp.LeafNode.Source != leaf.SourceKeyPackage {
			t.Errorf("leaf is %+v", w.kp.LeafNode)
		}
	})
}

// The caller's randomness decides, and nothing else.
func TestBuildIsDeterministic(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		if a, b := marshal(t, newWorld(t, suite).kp), marshal(t, newWorld(t, suite).kp); !bytes.Equal(a, b) {
			t.Errorf("the same randomness gives %x and %x", a, b)
		}
	})
}

func TestKeysAreFresh(t *testing.T) {
	w := newWorld(t, suite1(t))
	seen := map[string]bool{}
	for range 200 {
		b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		seen[string(b.KeyPackage.InitKey)] = true
		seen[string(b.KeyPackage.LeafNode.EncryptionKey)] = true
	}
	if len(seen) != 400 {
		t.Errorf("200 KeyPackages have %d keys, want 400 [rfc9420-10-04]", len(seen))
	}
}

func TestLifetimeOptions(t *testing.T) {
	present := uint64(now.Unix())
	for _, c := range []struct {
		name    string
		options keypackage.Options
		want    leaf.Lifetime
		err     error
	}{
		{"by default", keypackage.Options{}, leaf.Lifetime{NotBefore: present - 3600, NotAfter: present + 90*24*3600}, nil},
		{"an hour", keypackage.Options{Lifetime: time.Hour}, leaf.Lifetime{NotBefore: present - 3600, NotAfter: present + 3600}, nil},
		{"explicit", keypackage.Options{NotBefore: 5, NotAfter: present}, leaf.Lifetime{NotBefore: 5, NotAfter: present}, nil},
		{"explicit from the beginning of time", keypackage.Options{NotAfter: present + 1}, leaf.Lifetime{NotAfter: present + 1}, nil},
		{"over", keypackage.Options{NotBefore: 5, NotAfter: present - 1}, leaf.Lifetime{}, keypackage.ErrLifetime},
		{"not begun", keypackage.Options{NotBefore: present + 1, NotAfter: present + 2}, leaf.Lifetime{}, keypackage.ErrLifetime},
		{"negative", keypackage.Options{Lifetime: -time.Hour}, leaf.Lifetime{}, keypackage.ErrLifetime},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, suite1(t))
			c.options.Now = clock
			b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, c.options)
			if !errors.Is(err, c.err) {
				t.Fatalf("err = %v, want %v", err, c.err)
			}
			if err == nil && b.KeyPackage.LeafNode.Lifetime != c.want {
				t.Errorf("lifetime is %v, want %v", b.KeyPackage.LeafNode.Lifetime, c.want)
			}
		})
	}
}

func TestClockSkewEndsAtTheBeginningOfTime(t *testing.T) {
	w := newWorld(t, suite1(t))
	b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{
		Now: func() time.Time { return time.Unix(60, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.KeyPackage.LeafNode.Lifetime.NotBefore; got != 0 {
		t.Errorf("not_before is %d, want 0", got)
	}
}

func TestBuildWithTheRealClock(t *testing.T) {
	w := newWorld(t, suite1(t))
	b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l := b.KeyPackage.LeafNode.Lifetime; !l.Covers(time.Now()) {
		t.Errorf("lifetime %v does not cover the present time", l)
	}
}

func TestExtensionOptions(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		o := keypackage.Options{
			Extensions: leaf.Extensions{{Type: private, Data: []byte("a")}, {Type: codepoint.ExtensionApplicationID}},
			LeafExtensions: leaf.Extensions{
				{Type: private + 1, Data: []byte("b")}, {Type: codepoint.ExtensionApplicationID, Data: []byte("c")},
			},
			NoGREASE: true,
		}
		kp := build(t, suite, o)
		if diff := cmp.Diff(o.Extensions, kp.Extensions); diff != "" {
			t.Errorf("extensions (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(o.LeafExtensions, kp.LeafNode.Extensions); diff != "" {
			t.Errorf("extensions of the leaf (-want +got):\n%s", diff)
		}
		// Types that are not defaults are listed, of both (10-09 and 7.2-03).
		want := []extensionType{codepoint.ExtensionLastResort, private, private + 1}
		if diff := cmp.Diff(want, kp.LeafNode.Capabilities.Extensions); diff != "" {
			t.Errorf("extensions listed (-want +got): [rfc9420-10-09 rfc9420-7.2-01]\n%s", diff)
		}
	})
}

func TestCapabilitiesOption(t *testing.T) {
	given := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{codepoint.MLS10},
		CipherSuites: []codepoint.CipherSuite{1},
		Extensions:   []extensionType{codepoint.ExtensionExternalPub, private},
		Proposals:    []codepoint.ProposalType{codepoint.ProposalAdd, private},
		Credentials:  []codepoint.CredentialType{codepoint.CredentialBasic},
	}
	kp := build(t, suite1(t), keypackage.Options{Capabilities: given, NoGREASE: true})
	want := given
	want.Extensions, want.Proposals = []extensionType{private}, []codepoint.ProposalType{private}
	if diff := cmp.Diff(want, kp.LeafNode.Capabilities); diff != "" {
		t.Errorf("capabilities (-want +got): [rfc9420-7.2-01 rfc9420-7.2-02]\n%s", diff)
	}
	if given.Extensions[0] != codepoint.ExtensionExternalPub || given.Proposals[0] != codepoint.ProposalAdd {
		t.Error("the caller's lists have changed")
	}
	kp = build(t, suite1(t), keypackage.Options{NoGREASE: true})
	if diff := cmp.Diff(leaf.DefaultCapabilities(), kp.LeafNode.Capabilities); diff != "" {
		t.Errorf("capabilities by default (-want +got):\n%s", diff)
	}
}

// The lists that the caller leaves empty have their defaults.
func TestCapabilitiesOptionInPart(t *testing.T) {
	kp := build(t, suite1(t), keypackage.Options{
		Capabilities: leaf.Capabilities{
			Extensions: []extensionType{codepoint.ExtensionApplicationID},
			Proposals:  []codepoint.ProposalType{private},
		},
		NoGREASE: true,
	})
	want := leaf.DefaultCapabilities()
	want.Extensions, want.Proposals = []extensionType{}, []codepoint.ProposalType{private}
	if diff := cmp.Diff(want, kp.LeafNode.Capabilities); diff != "" {
		t.Errorf("(-want +got): [rfc9420-7.2-01]\n%s", diff)
	}
}

// A KeyPackage lists what it makes use of, whatever the caller has listed.
func TestCapabilitiesListTheKeyPackagesOwn(t *testing.T) {
	w := newWorld(t, suite1(t))
	credential := leaf.Credential{Type: private, Unknown: []byte("badge")}
	b, err := keypackage.Build(w.suite, credential, w.signer, keypackage.Options{
		Capabilities: leaf.Capabilities{
			Versions:     []codepoint.ProtocolVersion{2},
			CipherSuites: []codepoint.CipherSuite{7},
			Extensions:   []extensionType{private},
			Credentials:  []codepoint.CredentialType{codepoint.CredentialBasic},
		},
		Extensions:     leaf.Extensions{{Type: private + 1}, {Type: private + 2}},
		LeafExtensions: leaf.Extensions{{Type: private}, {Type: private + 2}},
		LastResort:     true,
		NoGREASE:       true,
		Now:            clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{2, codepoint.MLS10},
		CipherSuites: []codepoint.CipherSuite{7, 1},
		Extensions:   []extensionType{private, private + 1, private + 2, codepoint.ExtensionLastResort},
		Credentials:  []codepoint.CredentialType{codepoint.CredentialBasic, private},
	}
	if diff := cmp.Diff(want, b.KeyPackage.LeafNode.Capabilities); diff != "" {
		t.Errorf("(-want +got): [rfc9420-10-09 rfc9420-7.2-02]\n%s", diff)
	}
	w.policy.CredentialTypes = []codepoint.CredentialType{private}
	if _, err := b.KeyPackage.Validate(w.checks); err != nil {
		t.Error(err)
	}
}

func TestLastResort(t *testing.T) {
	for _, given := range []leaf.Extensions{nil, {{Type: codepoint.ExtensionLastResort}}} {
		kp := build(t, suite1(t), keypackage.Options{LastResort: true, Extensions: given, NoGREASE: true})
		if !kp.IsLastResort() || len(kp.Extensions) != 1 {
			t.Errorf("given %v, extensions are %v", given, kp.Extensions)
		}
	}
	if kp := build(t, suite1(t), keypackage.Options{}); kp.IsLastResort() {
		t.Error("a KeyPackage is one of last resort by default")
	}
}

func TestGREASE(t *testing.T) {
	for seed := range byte(100) {
		kp := build(t, suite1(t), keypackage.Options{Rand: seeded(seed)})
		var types []extensionType
		for _, list := range []leaf.Extensions{kp.Extensions, kp.LeafNode.Extensions} {
			if len(list) != 1 || !codepoint.IsGREASE(uint16(list[0].Type)) {
				t.Fatalf("seed %d: extensions are %v [rfc9420-13.5-01]", seed, list)
			}
			types = append(types, list[0].Type)
		}
		c := kp.LeafNode.Capabilities
		for _, typ := range types {
			if !slices.Contains(c.Extensions, typ) {
				t.Errorf("seed %d: %v is not listed [rfc9420-13.5-01]", seed, typ)
			}
		}
		if diff := cmp.Diff(leaf.DefaultCapabilities().Extensions, c.WithoutGREASE().Extensions); diff != "" {
			t.Errorf("seed %d: other extensions (-want +got):\n%s", seed, diff)
		}
	}
}

// Where the caller's extensions have the drawn type, it does not occur twice.
func TestGREASEBesidesTheCallers(t *testing.T) {
	var all leaf.Extensions
	for i := range 15 {
		all = append(all, leaf.Extension{Type: extensionType(codepoint.GREASE(i))})
	}
	for seed := range byte(20) {
		kp := build(t, suite1(t), keypackage.Options{Rand: seeded(seed), Extensions: all, LeafExtensions: all})
		if len(kp.Extensions) != 15 || len(kp.LeafNode.Extensions) != 15 {
			t.Errorf("seed %d: %d and %d extensions", seed, len(kp.Extensions), len(kp.LeafNode.Extensions))
		}
	}
}

func TestNoGREASE(t *testing.T) {
	kp := build(t, suite1(t), keypackage.Options{NoGREASE: true})
	c := kp.LeafNode.Capabilities
	if n := len(kp.Extensions) + len(kp.LeafNode.Extensions); n > 0 {
		t.Errorf("%d extensions", n)
	}
	if diff := cmp.Diff(c.WithoutGREASE().CipherSuites, c.CipherSuites); diff != "" {
		t.Errorf("reserved values in cipher_suites:\n%s", diff)
	}
}

func TestBuildLeavesTheCallersListsAlone(t *testing.T) {
	extensions := append(make(leaf.Extensions, 0, 10), leaf.Extension{Type: private})
	o := keypackage.Options{Extensions: extensions, LeafExtensions: extensions, LastResort: true}
	build(t, suite1(t), o)
	if behind := extensions[:2][1]; behind.Type != 0 {
		t.Errorf("%v has been written behind the caller's extensions", behind.Type)
	}
}

func TestBuildNeedsRandomness(t *testing.T) {
	w := newWorld(t, suite1(t))
	used := &counter{Reader: seeded(1)}
	if _, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{Rand: used, Now: clock}); err != nil {
		t.Fatal(err)
	}
	for n := range used.n {
		o := keypackage.Options{Rand: bytes.NewReader(make([]byte, n)), Now: clock}
		if b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, o); err == nil || b != nil {
			t.Errorf("%d of %d random bytes suffice", n, used.n)
		}
	}
}

type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// failing signs until calls are used up.
type failing struct {
	*ciphersuite.SignatureKey
	calls int
}

var errUnplugged = errors.New("unplugged")

func (f *failing) Sign(message []byte) ([]byte, error) {
	if f.calls == 0 {
		return nil, errUnplugged
	}
	f.calls--
	return f.SignatureKey.Sign(message)
}

func TestBuildPassesTheErrorOfTheSignerOn(t *testing.T) {
	for calls := range 2 { // one signature for the leaf, one for the KeyPackage
		w := newWorld(t, suite1(t))
		signer := &failing{w.signer, calls}
		if _, err := keypackage.Build(w.suite, leaf.Basic(nil), signer, keypackage.Options{Now: clock}); !errors.Is(err, errUnplugged) {
			t.Errorf("signature %d: %v", calls, err)
		}
	}
}

func TestBuildWithCertificates(t *testing.T) {
	authority := leaftest.NewAuthority(t)
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		chain := authority.Chain(t, suite, w.signer.Public())
		b, err := keypackage.Build(suite, chain, w.signer, keypackage.Options{Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.KeyPackage.Validate(w.checks); err != nil {
			t.Error(err)
		}
	})
}

func TestBuildStores(t *testing.T) {
	w := newWorld(t, suite1(t))
	var s store.Memory
	b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, keypackage.Options{Store: &s, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := b.KeyPackage.Ref()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Bundle(ref)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(marshal(t, &kept.KeyPackage), marshal(t, &b.KeyPackage)) ||
		!bytes.Equal(kept.InitKey.Private(), b.InitKey.Private()) ||
		!bytes.Equal(kept.EncryptionKey.Private(), b.EncryptionKey.Private()) {
		t.Error("the store has another bundle")
	}
}

// A full store keeps nothing.
type full struct{ keypackage.Store }

var errFull = errors.New("no space left")

func (full) PutBundles(...*keypackage.Bundle) error { return errFull }

func (full) PutSignatureKey(*ciphersuite.Suite, *ciphersuite.SignatureKey) error { return errFull }

func TestWhatIsNotStoredIsNotReturned(t *testing.T) {
	w := newWorld(t, suite1(t))
	o := keypackage.Options{Store: full{}, Now: clock}
	if b, err := keypackage.Build(w.suite, leaf.Basic(nil), w.signer, o); !errors.Is(err, errFull) || b != nil {
		t.Errorf("Build: %v, %v", b, err)
	}
	if all, err := keypackage.BuildMany(w.suite, leaf.Basic(nil), w.signer, 2, o); !errors.Is(err, errFull) || all != nil {
		t.Errorf("BuildMany: %d bundles, %v", len(all), err)
	}
	if key, err := keypackage.NewSigner(full{}, w.suite, nil); !errors.Is(err, errFull) || key != nil {
		t.Errorf("NewSigner: %v, %v", key, err)
	}
}

// With randomness that repeats itself, init_key would be the encryption_key.
func TestBuildRefusesBadRandomness(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		o := keypackage.Options{Rand: constant{}, Now: clock}
		if _, err := keypackage.Build(suite, leaf.Basic(nil), w.signer, o); !errors.Is(err, keypackage.ErrRandomness) {
			t.Errorf("err = %v [rfc9420-10.1-04]", err)
		}
	})
}

type constant struct{}

func (constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 1
	}
	return len(p), nil
}
