package keypackage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// The columns of the registry in RFC 9420, Section 17.3, and of 0x000A in
// draft-ietf-mls-extensions.
func TestWarnings(t *testing.T) {
	const none = ""
	for _, c := range []struct {
		typ                  extensionType
		inKeyPackage, inLeaf string // where the extension belongs
	}{
		{codepoint.ExtensionApplicationID, "LeafNode", none},
		{codepoint.ExtensionRatchetTree, "GroupInfo", "GroupInfo"},
		{codepoint.ExtensionRequiredCapabilities, "GroupContext", "GroupContext"},
		{codepoint.ExtensionExternalPub, "GroupInfo", "GroupInfo"},
		{codepoint.ExtensionExternalSenders, "GroupContext", "GroupContext"},
		{codepoint.ExtensionLastResort, none, "KeyPackage"},
		{private, none, none},
		{0x0a0a, none, none},
	} {
		list := leaf.Extensions{{Type: private + 1}, {Type: c.typ}}
		kp := build(t, suite1(t), keypackage.Options{Extensions: list})
		warned(t, kp, "KeyPackage", c.typ, c.inKeyPackage)
		kp = build(t, suite1(t), keypackage.Options{LeafExtensions: list})
		warned(t, kp, "LeafNode", c.typ, c.inLeaf)
	}
}

func warned(t *testing.T, kp *keypackage.KeyPackage, here string, typ extensionType, place string) {
	t.Helper()
	warnings := kp.Warnings()
	if place == "" {
		if len(warnings) > 0 {
			t.Errorf("%v in %s: %q", typ, here, warnings)
		}
		return
	}
	if len(warnings) != 1 || rule.Of(warnings[0]) != "rfc9420-17.3-01" {
		t.Fatalf("%v in %s: %q", typ, here, warnings)
	}
	for _, part := range []string{typ.String(), "in a " + here, "the " + place} {
		if !strings.Contains(warnings[0].Error(), part) {
			t.Errorf("%v in %s: %v: says nothing of %q", typ, here, warnings[0], part)
		}
	}
}

func TestWarningsOfBothLists(t *testing.T) {
	kp := build(t, suite1(t), keypackage.Options{
		Extensions:     leaf.Extensions{{Type: codepoint.ExtensionApplicationID}, {Type: codepoint.ExtensionRatchetTree}},
		LeafExtensions: leaf.Extensions{{Type: codepoint.ExtensionLastResort}},
	})
	if got := kp.Warnings(); len(got) != 3 {
		t.Errorf("%q", got)
	}
}

// What the rules about capabilities ask of a sender only.
func TestWarningsAboutCapabilities(t *testing.T) {
	w := newWorld(t, suite1(t))
	if got := w.kp.Warnings(); len(got) > 0 {
		t.Errorf("as built: %q", got)
	}
	w.kp.Extensions = append(w.kp.Extensions, leaf.Extension{Type: private})
	c := &w.kp.LeafNode.Capabilities
	c.Extensions = append(c.Extensions, codepoint.ExtensionExternalPub)
	c.Proposals = append(c.Proposals, codepoint.ProposalRemove, private)
	var got []string
	for _, warning := range w.kp.Warnings() {
		got = append(got, warning.Error())
	}
	want := []string{
		"capabilities do not list the KeyPackage's own extension 0xf001 [rfc9420-10-09]",
		"capabilities list the default extension external_pub [rfc9420-7.2-01]",
		"capabilities list the default proposal remove [rfc9420-7.2-01]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.signLeaf(t)
	w.sign(t)
	w.accepted(t, "with warnings")
}
