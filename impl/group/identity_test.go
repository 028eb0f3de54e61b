package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// Whoever joins from outside lists the types of its leaf's extensions, and what
// it says nothing about is as in a KeyPackage (RFC 9420, Section 7.2).
func TestCapabilitiesOfAnExternalJoiner(t *testing.T) {
	const typ = codepoint.ExtensionType(0xf0f0)
	w := suite1(t)
	m := w.found("alice", "bob")
	c := w.client("joiner")
	id := c.identity()
	id.Capabilities = leaf.Capabilities{Proposals: []codepoint.ProposalType{0xf0f1}}
	id.Extensions = leaf.Extensions{{Type: typ}}
	info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	g, commit, err := group.JoinExternal(c.config, info, id, group.ExternalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.deliver(commit, m...)
	listed := g.OwnLeaf().Capabilities
	if !listed.SupportsProposal(0xf0f1) || !listed.SupportsVersion(codepoint.MLS10) || !listed.SupportsCipherSuite(w.suite.ID()) {
		t.Errorf("capabilities %+v", listed)
	}
	others := slices.DeleteFunc(slices.Clone(listed.Extensions), func(e codepoint.ExtensionType) bool { return e == typ })
	if len(others) != len(listed.Extensions)-1 {
		t.Errorf("extensions %v, want %v once among them", listed.Extensions, typ)
	}
}
