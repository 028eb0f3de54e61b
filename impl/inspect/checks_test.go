package inspect_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A finding is a check that did not find the object valid.
type finding struct {
	Path, Name string
	Verdict    inspect.Verdict
	Rule       rule.ID
}

// findings are the checks of all that the object can be taken for, without those
// that passed.
func findings(t *testing.T, typ string, data []byte) []finding {
	t.Helper()
	r := read(t, data, typ)
	if len(r.Readings) == 0 {
		t.Fatalf("does not decode: %v", r.Partial.Failure)
	}
	var all []finding
	for _, f := range r.Readings[0].Findings() {
		if f.Verdict == inspect.Valid {
			continue
		}
		found := finding{Path: f.Path, Name: f.Name, Verdict: f.Verdict}
		if len(f.Rules) > 0 {
			found.Rule = f.Rules[0]
		}
		if f.Reason == "" {
			t.Errorf("%s of %s is %v without a reason", f.Name, f.Path, f.Verdict)
		}
		all = append(all, found)
	}
	return all
}

func TestFindings(t *testing.T) {
	w := newWorld(t)
	const invalid, unknown = inspect.Invalid, inspect.Unknown
	for _, tt := range []struct {
		name string
		typ  string
		v    syntax.Marshaler
		want []finding
	}{
		{"key package", "key-package", w.keyPackage("alice"), nil},
		{"signature of a key package", "key-package", w.badKeyPackage(), []finding{
			{"", "signature", invalid, "rfc9420-10.1-05"},
		}},
		{"key package of a suite that is not known", "key-package", w.unknownSuite(), []finding{
			{"", "signature", unknown, ""},
			{"leaf_node", "Section 7.3", invalid, "rfc9420-11.1-01"},
		}},
		{"leaf without a listed version", "leaf-node", w.signed("alice", w.withoutVersion()), []finding{
			{"", "Section 7.3", invalid, "rfc9420-11.1-01"},
		}},
		{"leaf with a false signature", "leaf-node", w.signed("bob", w.leaf("alice")), []finding{
			{"", "signature", invalid, "rfc9420-7.3-01"},
		}},
		{"leaf with strange keys", "leaf-node", w.strangeLeaf(), []finding{
			{"", "signature", unknown, ""},
		}},
		{"leaf of an update", "update", w.proposals()[1].Body, []finding{
			{"leaf_node", "signature", unknown, ""},
		}},
		{"certificate", "certificate", &leaf.Certificate{Data: []byte("paper")}, []finding{
			{"", "DER", invalid, ""},
		}},
		{"content of an extension", "extension", &leaf.Extension{Type: codepoint.ExtensionExternalPub, Data: []byte{9}}, []finding{
			{"", "content", invalid, "rfc9420-2.1.2-05"},
		}},
		{"content with bytes left over", "extension", &leaf.Extension{Type: codepoint.ExtensionLastResort, Data: []byte{9}}, []finding{
			{"", "content", invalid, ""},
		}},
		{"required capabilities with bytes left over", "extension", &leaf.Extension{
			Type: codepoint.ExtensionRequiredCapabilities, Data: []byte{0, 0, 0, 1},
		}, []finding{
			{"", "content", invalid, "rfc9420-2.1-02"},
		}},
		{"external senders cut off", "extension", &leaf.Extension{Type: codepoint.ExtensionExternalSenders, Data: []byte{4}}, []finding{
			{"", "content", invalid, "rfc9420-12.1.8.1-01"},
		}},
		{"group info", "group-info", w.groupInfo(), nil},
		{"signature of a group info", "group-info", w.changedInfo(func(g *message.GroupInfo) { g.ConfirmationTag = nil }), []finding{
			{"", "signature", invalid, "rfc9420-12.4.3-04"},
		}},
		{"tree hash", "group-info", w.changedInfo(func(g *message.GroupInfo) {
			g.GroupContext.TreeHash = nil
			w.must(g.Sign(w.suite, w.signer("alice")))
		}), []finding{{"", "tree_hash", invalid, ""}}},
		{"blank signer", "group-info", w.changedInfo(func(g *message.GroupInfo) { g.Signer = 1 }), []finding{
			{"", "signature", unknown, ""},
		}},
		{"group info without tree", "group-info", w.changedInfo(func(g *message.GroupInfo) { g.Extensions = nil }), []finding{
			{"", "signature", unknown, ""},
		}},
		{"group info with half a tree", "group-info", w.changedInfo(func(g *message.GroupInfo) { g.Extensions[0].Data = []byte{0} }), []finding{
			{"", "signature", unknown, ""},
			{"extensions[0]", "content", invalid, "rfc9420-12.4.3.3-03"},
		}},
		{"group info of a suite that is not known", "group-info", w.changedInfo(func(g *message.GroupInfo) {
			*g = message.GroupInfo{GroupContext: g.GroupContext}
			g.GroupContext.CipherSuite = 0x7777
		}), []finding{{"", "signature", unknown, ""}}},
		{"ciphertext in a Welcome", "welcome", w.changedWelcome(), []finding{
			{"secrets[0].encrypted_group_secrets", "kem_output", invalid, "rfc9420-5.1.1-01"},
		}},
		{"proposal by a member", "message", w.publicProposal(framing.Member(2)), []finding{
			{"public_message", "signature", unknown, ""},
			{"public_message", "membership_tag", unknown, ""},
		}},
		{"proposal by an external sender", "message", w.publicProposal(framing.Sender{Type: framing.SenderExternal}), []finding{
			{"public_message", "signature", unknown, ""},
		}},
		{"proposal by a new member", "message", w.publicProposal(framing.Sender{Type: framing.SenderNewMemberProposal}), nil},
		{"proposal by a new member, signed by another", "message", w.signedByAnother(), []finding{
			{"public_message", "signature", invalid, "rfc9420-6.1-02"},
		}},
		{"remove by a new member", "message", w.removeByNewMember(), []finding{
			{"public_message", "signature", unknown, ""},
		}},
		{"application data in public", "public-message", w.publicApplication(), []finding{
			{"", "content_type", invalid, "rfc9420-6-01"},
			{"", "signature", unknown, ""},
			{"", "membership_tag", unknown, ""},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := findings(t, tt.typ, w.encode(tt.v))
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTreeFindings(t *testing.T) {
	w := newWorld(t)
	const invalid, unknown = inspect.Invalid, inspect.Unknown
	alice, bob := w.signed("alice", w.leaf("alice")), w.signed("bob", w.leaf("bob"))
	parent := &tree.ParentNode{EncryptionKey: w.kem("parent").Public()}
	outside := &tree.ParentNode{EncryptionKey: w.kem("parent").Public(), UnmergedLeaves: []treemath.LeafIndex{7}}
	for _, tt := range []struct {
		name  string
		nodes []*tree.Node
		want  []finding
	}{
		{"two leaves", []*tree.Node{{Leaf: alice}, nil, {Leaf: bob}}, nil},
		{"no parent hash", []*tree.Node{{Leaf: alice}, {Parent: parent}, {Leaf: bob}}, []finding{
			{"", "parent hashes", invalid, "rfc9420-7.9.2-01"},
		}},
		{"unmerged leaf outside", []*tree.Node{{Leaf: alice}, {Parent: outside}, {Leaf: bob}}, []finding{
			{"", "unmerged leaves", invalid, "rfc9420-12.4.3.1-12"},
			{"", "parent hashes", unknown, ""},
		}},
		{"twice the same leaf", []*tree.Node{{Leaf: alice}, nil, {Leaf: alice}}, []finding{
			{"", "unique keys", invalid, "rfc9420-7.3-09"},
		}},
		{"strange keys", []*tree.Node{{Leaf: w.strangeLeaf()}}, []finding{
			{"", "tree", unknown, ""},
			{"[0].leaf_node", "signature", unknown, ""},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt, err := tree.FromNodes(w.suite, tt.nodes)
			w.must(err)
			data, err := rt.Marshal()
			w.must(err)
			if diff := cmp.Diff(tt.want, findings(t, "ratchet-tree", data), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The suites with the same hash function differ in nothing that is derived.
func TestSuitesByTheirKeys(t *testing.T) {
	for _, suite := range allSuites() {
		w := newWorld(t)
		w.suite = suite
		n := w.leaf("alice")
		n.Capabilities.CipherSuites = []codepoint.CipherSuite{suite.ID()}
		rt := tree.New(suite, w.signed("alice", n))
		data, err := rt.Marshal()
		w.must(err)
		r := read(t, data, "").Readings[0]
		if r.Type != "ratchet-tree" || !bytes.Equal(r.Root.Derived[0].Bytes, rt.Hash()) {
			t.Errorf("%v: tree hash %x, want %x", suite, r.Root.Derived[0].Bytes, rt.Hash())
		}
		for _, f := range r.Findings() {
			if f.Verdict != inspect.Valid {
				t.Errorf("%v: %s of %s is %v: %s", suite, f.Name, f.Path, f.Verdict, f.Reason)
			}
		}
	}
}

// References are those that the other packages compute.
func TestReferences(t *testing.T) {
	w := newWorld(t)
	k := w.keyPackage("alice")
	ref, err := k.Ref()
	w.must(err)
	member := w.publicProposal(framing.Member(2))
	proposalRef, err := member.PublicMessage.Authenticated().ProposalRef(w.suite)
	w.must(err)
	for _, tt := range []struct {
		name string
		v    syntax.Marshaler
		typ  string
		want []byte
	}{
		{"KeyPackageRef", k, "key-package", ref},
		{"ProposalRef", member.PublicMessage, "public-message", proposalRef},
		{"ProposalRef", member.PublicMessage.Authenticated(), "authenticated-content", proposalRef},
	} {
		d := read(t, w.encode(tt.v), tt.typ).Readings[0].Root.Derived
		if len(d) != 1 || d[0].Name != tt.name || !bytes.Equal(d[0].Bytes, tt.want) {
			t.Errorf("%s: derived %+v, want %x", tt.typ, d, tt.want)
		}
	}
}
