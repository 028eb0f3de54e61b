package leaf_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// counts says how many reserved values each list holds.
func counts(c *leaf.Capabilities) map[string]int {
	return map[string]int{
		"versions":      greaseIn(c.Versions),
		"cipher_suites": greaseIn(c.CipherSuites),
		"extensions":    greaseIn(c.Extensions),
		"proposals":     greaseIn(c.Proposals),
		"credentials":   greaseIn(c.Credentials),
	}
}

func greaseIn[T ~uint16](list []T) int {
	n := 0
	for _, v := range list {
		if codepoint.IsGREASE(uint16(v)) {
			n++
		}
	}
	return n
}

// Section 13.5 names four of the five lists of capabilities.
func TestAddGREASE(t *testing.T) {
	for seed := range byte(50) {
		c := leaf.DefaultCapabilities()
		before := c.WithoutGREASE()
		if err := c.AddGREASE(seeded(seed)); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"versions": 0, "cipher_suites": 1, "extensions": 1, "proposals": 1, "credentials": 1}
		if diff := cmp.Diff(want, counts(&c)); diff != "" {
			t.Errorf("reserved values after AddGREASE (-want +got): [rfc9420-13.5-01 rfc9420-13.5-04]\n%s", diff)
		}
		if diff := cmp.Diff(before, c.WithoutGREASE(), emptyIsNil); diff != "" {
			t.Errorf("other values (-want +got):\n%s", diff)
		}
	}
}

// Two clients can begin with the same list, which has room behind its end.
func TestAddGREASELeavesSharedMemoryAlone(t *testing.T) {
	shared := leaf.Capabilities{Proposals: make([]codepoint.ProposalType, 0, 8)}
	a, b := shared, shared
	if err := a.AddGREASE(bytes.NewReader([]byte{0, 0, 1, 0})); err != nil {
		t.Fatal(err)
	}
	if err := b.AddGREASE(bytes.NewReader([]byte{0, 0, 2, 0})); err != nil {
		t.Fatal(err)
	}
	if a.Proposals[0] != 0x1a1a || b.Proposals[0] != 0x2a2a {
		t.Errorf("proposals are %v and %v", a.Proposals, b.Proposals)
	}
}

var emptyIsNil = cmp.Transformer("emptyIsNil", func(list []codepoint.ProposalType) []codepoint.ProposalType {
	return append([]codepoint.ProposalType{}, list...)
})

func TestAddGREASEToLeafNode(t *testing.T) {
	types := map[extensionType]bool{}
	lengths := map[int]bool{}
	for seed := range byte(200) {
		w := newWorld(t, suite1(t), leaf.InUpdate)
		old := w.node.Clone()
		old.Capabilities.Extensions = slices.Grow([]extensionType{}, 20)
		*w.node = *old.Clone()
		if err := w.node.AddGREASE(seeded(seed)); err != nil {
			t.Fatal(err)
		}
		w.sign(t)
		if err := w.node.Validate(w.checks); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if len(w.node.Extensions) != 1 || !codepoint.IsGREASE(uint16(w.node.Extensions[0].Type)) {
			t.Fatalf("seed %d: extensions are %v", seed, w.node.Extensions)
		}
		if n := len(old.Capabilities.Extensions) + len(old.Extensions); n > 0 {
			t.Errorf("seed %d: the leaf that was cloned has changed", seed)
		}
		types[w.node.Extensions[0].Type] = true
		lengths[len(w.node.Extensions[0].Data)] = true
	}
	if len(types) != 15 || len(lengths) != 16 {
		t.Errorf("%d types with %d lengths of data occur, want 15 and 16", len(types), len(lengths))
	}
}

// A leaf that carries each reserved type already gets no second one.
func TestAddGREASETwice(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InUpdate)
	for i := range 15 {
		w.node.Capabilities.Extensions = append(w.node.Capabilities.Extensions, extensionType(codepoint.GREASE(i)))
		w.extend(extensionType(codepoint.GREASE(i)))
	}
	if err := w.node.AddGREASE(seeded(1)); err != nil {
		t.Fatal(err)
	}
	if len(w.node.Extensions) != 15 || len(w.node.Capabilities.Extensions) != 15 {
		t.Errorf("%d extensions, %d listed; want 15 of each", len(w.node.Extensions), len(w.node.Capabilities.Extensions))
	}
	w.sign(t)
	if err := w.node.Validate(w.checks); err != nil {
		t.Error(err)
	}
}

func TestGREASENeedsRandomness(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InUpdate)
	for n := range 21 { // four bytes for the capabilities, seventeen for the extension
		if err := w.node.Clone().AddGREASE(bytes.NewReader(make([]byte, n))); err == nil {
			t.Errorf("%d random bytes suffice", n)
		}
	}
	if _, err := leaf.GREASEExtension(bytes.NewReader(nil)); err == nil || rule.Of(err) != "" {
		t.Errorf("without randomness: %v", err)
	}
	if err := w.node.AddGREASE(io.LimitReader(seeded(1), 21)); err != nil {
		t.Error(err)
	}
}

func TestWithoutGREASE(t *testing.T) {
	c := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{1},
		CipherSuites: []codepoint.CipherSuite{0x0a0a, 1, 0x1a1a},
		Extensions:   []extensionType{private, 0x2a2a},
		Proposals:    []codepoint.ProposalType{0x3a3a},
		Credentials:  []credentialType{0x4a4a, 1},
	}
	got := c.WithoutGREASE()
	want := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{1},
		CipherSuites: []codepoint.CipherSuite{1},
		Extensions:   []extensionType{private},
		Proposals:    []codepoint.ProposalType{},
		Credentials:  []credentialType{1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("WithoutGREASE (-want +got):\n%s", diff)
	}
	if len(c.CipherSuites) != 3 || c.CipherSuites[0] != 0x0a0a {
		t.Error("the argument has changed")
	}
	// A client that lists 0x2a2a as GREASE does not support it.
	required := leaf.RequiredCapabilities{ExtensionTypes: []extensionType{0x2a2a}}
	if err := required.MetBy(&c); err != nil {
		t.Errorf("for others it looks supported: %v", err)
	}
	if err := required.MetBy(&got); rule.Of(err) != "rfc9420-7.3-02" {
		t.Errorf("for the client itself it is not: %v [rfc9420-13.5-06]", err)
	}
}

func TestDefaultCapabilities(t *testing.T) {
	c := leaf.DefaultCapabilities()
	if !c.SupportsVersion(codepoint.MLS10) || c.SupportsVersion(2) {
		t.Errorf("versions are %v", c.Versions)
	}
	for _, s := range ciphersuite.All() {
		if !c.SupportsCipherSuite(s.ID()) {
			t.Errorf("%v is not listed", s)
		}
	}
	if len(c.CipherSuites) != 7 || c.SupportsCipherSuite(8) {
		t.Errorf("cipher suites are %v", c.CipherSuites)
	}
	if !c.SupportsCredential(codepoint.CredentialBasic) || !c.SupportsCredential(codepoint.CredentialX509) || c.SupportsCredential(3) {
		t.Errorf("credentials are %v", c.Credentials)
	}
	if !c.SupportsExtension(codepoint.ExtensionLastResort) || c.SupportsExtension(private) {
		t.Errorf("extensions are %v", c.Extensions)
	}
	for _, typ := range c.Extensions {
		if typ.IsDefault() {
			t.Errorf("default extension %v is listed [rfc9420-7.2-01]", typ)
		}
	}
	if len(c.Proposals) > 0 {
		t.Errorf("proposals are %v, all of which are defaults", c.Proposals)
	}
}

func TestDefaultTypesAreSupportedUnlisted(t *testing.T) {
	var none leaf.Capabilities
	for v := range uint16(10) {
		isExtension, isProposal := v >= 1 && v <= 5, v >= 1 && v <= 7
		if none.SupportsExtension(extensionType(v)) != isExtension || none.SupportsProposal(codepoint.ProposalType(v)) != isProposal {
			t.Errorf("type %d: extension %v, proposal %v", v, none.SupportsExtension(extensionType(v)), none.SupportsProposal(codepoint.ProposalType(v)))
		}
		if none.SupportsCredential(credentialType(v)) {
			t.Errorf("credential type %d is supported unlisted", v)
		}
	}
}

func TestWithoutDefaults(t *testing.T) {
	c := leaf.Capabilities{
		Extensions: []extensionType{1, private, 2, 5, 6},
		Proposals:  []codepoint.ProposalType{7, 8, 1},
	}
	want := leaf.Capabilities{Extensions: []extensionType{private, 6}, Proposals: []codepoint.ProposalType{8}}
	if diff := cmp.Diff(want, c.WithoutDefaults()); diff != "" {
		t.Errorf("WithoutDefaults (-want +got): [rfc9420-7.2-01]\n%s", diff)
	}
	if len(c.Extensions) != 5 || c.Extensions[0] != 1 || c.Proposals[0] != 7 {
		t.Error("the argument has changed")
	}
}

func TestOrDefault(t *testing.T) {
	defaults := leaf.DefaultCapabilities()
	var none leaf.Capabilities
	if diff := cmp.Diff(defaults, none.OrDefault()); diff != "" {
		t.Errorf("of empty lists (-want +got):\n%s", diff)
	}
	given := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{2},
		CipherSuites: []codepoint.CipherSuite{7},
		Extensions:   []extensionType{private, codepoint.ExtensionExternalPub},
		Proposals:    []codepoint.ProposalType{codepoint.ProposalAdd, private},
		Credentials:  []credentialType{private},
	}
	want := given.WithoutDefaults()
	if diff := cmp.Diff(want, given.OrDefault()); diff != "" {
		t.Errorf("of full lists (-want +got): [rfc9420-7.2-01]\n%s", diff)
	}
	one := leaf.Capabilities{Credentials: []credentialType{codepoint.CredentialBasic}}
	want = defaults
	want.Credentials = one.Credentials
	if diff := cmp.Diff(want, one.OrDefault()); diff != "" {
		t.Errorf("of one list (-want +got):\n%s", diff)
	}
	// Whoever lists default types only has none to list.
	only := leaf.Capabilities{Extensions: []extensionType{codepoint.ExtensionApplicationID}}
	if got := only.OrDefault().Extensions; len(got) > 0 {
		t.Errorf("extensions are %v, want none", got)
	}
}

func TestAddExtension(t *testing.T) {
	c := leaf.Capabilities{Extensions: append(make([]extensionType, 0, 4), 7)}
	for range 2 {
		for _, typ := range []extensionType{7, codepoint.ExtensionApplicationID, private} {
			c.AddExtension(typ)
		}
	}
	if diff := cmp.Diff([]extensionType{7, private}, c.Extensions); diff != "" {
		t.Errorf("(-want +got): [rfc9420-7.2-01]\n%s", diff)
	}
}
