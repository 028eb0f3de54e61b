package group_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// Whoever sees a group from outside judges a KeyPackage as its members do.
func TestAddChecks(t *testing.T) {
	const typ = codepoint.ExtensionType(0xf0f0)
	eachSuite(t, func(t *testing.T, w *world) {
		required, err := leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{ExtensionTypes: []codepoint.ExtensionType{typ}})
		if err != nil {
			t.Fatal(err)
		}
		m := w.found("alice", "bob", "carol")
		w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(1))})
		m = []*client{m[0], m[2]}
		context := *m[0].GroupContext()
		context.Extensions = leaf.Extensions{required}

		c, err := group.AddChecks(&context, m[0].Tree(), &w.config.Policy)
		if err != nil {
			t.Fatal(err)
		}
		if c.Suite != w.suite || c.LeafIndex != 1 || !bytes.Equal(c.GroupID, context.GroupID) {
			t.Errorf("suite %v, leaf %d of group %x", c.Suite, c.LeafIndex, c.GroupID)
		}
		if _, err := w.client("dave").bundle.KeyPackage.Validate(c); rule.Of(err) != "rfc9420-10.1-03" || rule.All(err)[1] != "rfc9420-7.3-02" {
			t.Errorf("a client that lacks what is required: %v", err)
		}
		w.options.Capabilities.Extensions = []codepoint.ExtensionType{typ}
		if _, err := w.client("erin").bundle.KeyPackage.Validate(c); err != nil {
			t.Errorf("a client that has it: %v", err)
		}
		if c, err := group.AddChecks(&context, nil, &w.config.Policy); err != nil || c.LeafIndex != 0 {
			t.Errorf("without a tree: %v", err)
		}
	})
}

func TestAddChecksRefuses(t *testing.T) {
	broken := leaf.Extensions{{Type: codepoint.ExtensionRequiredCapabilities, Data: []byte{1}}}
	for name, c := range map[string]struct {
		context schedule.GroupContext
		want    rule.ID
	}{
		"unknown suite":                 {schedule.GroupContext{CipherSuite: 0xf001}, "rfc9420-17.1-03"},
		"required_capabilities cut off": {schedule.GroupContext{CipherSuite: 1, Extensions: broken}, "rfc9420-2.1.2-05"},
	} {
		if _, err := group.AddChecks(&c.context, nil, &leaf.Policy{}); rule.Of(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// Each rule that compares a new leaf with the members is told about, and nothing
// changes in the tree.
func TestExamineAdd(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob")
		certified := func(n *leaf.LeafNode) {
			n.Credential = leaftest.NewAuthority(t).Chain(t, w.suite, n.SignatureKey)
		}
		for _, c := range []struct {
			name   string
			change func(n *leaf.LeafNode)
			want   rule.ID
		}{
			{"as it is", func(*leaf.LeafNode) {}, ""},
			{"signature key of a member", func(n *leaf.LeafNode) { n.SignatureKey = m[1].OwnLeaf().SignatureKey }, "rfc9420-7.3-09"},
			{"encryption key of a member", func(n *leaf.LeafNode) { n.EncryptionKey = m[0].OwnLeaf().EncryptionKey }, "rfc9420-7.3-10"},
			{"credential that all support", certified, ""},
			{"credential that no member lists", func(n *leaf.LeafNode) {
				n.Credential = leaf.Credential{Type: 0xf003}
				n.Capabilities.Credentials = append(n.Capabilities.Credentials, 0xf003)
			}, "rfc9420-7.3-03"},
			{"lists only what it has itself", func(n *leaf.LeafNode) {
				certified(n)
				n.Capabilities.Credentials = []codepoint.CredentialType{codepoint.CredentialX509}
			}, "rfc9420-7.3-04"},
		} {
			n := w.client("carol").bundle.KeyPackage.LeafNode.Clone()
			c.change(n)
			members := m[0].Tree()
			before := must(members.Marshal())
			for _, f := range group.ExamineAdd(members, n) {
				if f.Open != "" || (f.Err != nil) != (f.ID == c.want) {
					t.Errorf("%s: %s: %v %s", c.name, f.ID, f.Err, f.Open)
				}
			}
			if !bytes.Equal(before, must(members.Marshal())) {
				t.Errorf("%s: the tree has changed", c.name)
			}
		}
	})
}
