package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// What looks odd but is right, or is left open by RFC 9420 and accepted here.
func TestJoinAccepts(t *testing.T) {
	for _, c := range acceptedCases {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) { runAccepted(t, c.at, c.do) })
	}
}

// runAccepted has clients join the group of [eight] in both ways.
func runAccepted(t *testing.T, at step, do func(*welcomeDraft)) {
	w := suite1(t)
	f, joe := eight(w)
	d := f.forge(at, do)
	g, err := joe.tryJoin(d.welcome, group.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) {
		t.Error("another epoch")
	}
	if _, _, err := w.client("eve").tryExternal(d.info, group.ExternalOptions{}); err != nil {
		t.Error(err)
	}
}

var acceptedCases = []struct {
	id   rule.ID
	name string
	at   step
	do   func(*welcomeDraft)
}{
	{"rfc9420-7.2-01", "default types in capabilities", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.Extensions = append(l.Capabilities.Extensions, codepoint.ExtensionRequiredCapabilities)
		l.Capabilities.Proposals = append(l.Capabilities.Proposals, codepoint.ProposalAdd)
	})},
	{"rfc9420-7.2-04", "application_id not listed", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.Extensions = append(l.Extensions, leaf.Extension{Type: codepoint.ExtensionApplicationID, Data: []byte("\x02id")})
	})},
	{"rfc9420-7.2-06", "unknown values in capabilities", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		listAll(&l.Capabilities, 0x1234)
		l.Capabilities.Versions = append(l.Capabilities.Versions, 0x1234)
	})},
	{"rfc9420-7.2-13", "lifetime that ends before it begins", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.Lifetime.NotBefore, l.Lifetime.NotAfter = l.Lifetime.NotAfter, l.Lifetime.NotBefore
	})},
	{"rfc9420-7.3-06", "lifetime over", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.Lifetime.NotAfter = uint64(present.Unix()) - 1
	})},
	{"rfc9420-8.4-06", "short psk_nonce", beforeKeys, func(d *welcomeDraft) {
		d.psks[1].ID.Nonce = d.psks[1].ID.Nonce[1:]
	}},
	{"rfc9420-11.1-03", "default types required", beforeKeys, func(d *welcomeDraft) {
		d.context.Extensions[0] = must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
			ExtensionTypes: []codepoint.ExtensionType{codepoint.ExtensionRequiredCapabilities},
			ProposalTypes:  []codepoint.ProposalType{codepoint.ProposalAdd},
		}))
	}},
	{"rfc9420-12.4.3-01", "unknown extensions before and after ratchet_tree", beforeSigning, func(d *welcomeDraft) {
		d.info.Extensions = slices.Concat(
			leaf.Extensions{{Type: greaseType, Data: d.random(20)}},
			d.info.Extensions,
			leaf.Extensions{{Type: 0xf003}, {Type: 0x1a1a, Data: d.random(5)}},
		)
	}},
	{"rfc9420-13.4-03", "unknown extension in a leaf", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.Extensions = append(l.Extensions, leaf.Extension{Type: 0x1234, Data: []byte("x")})
		l.Capabilities.Extensions = append(l.Capabilities.Extensions, 0x1234)
	})},
	{"rfc9420-17.3-01", "application_id in the GroupContext", beforeKeys, func(d *welcomeDraft) {
		d.context.Extensions = append(d.context.Extensions, leaf.Extension{Type: codepoint.ExtensionApplicationID})
	}},
	{"rfc9420-16.7-02", "encryption_key of the same bytes as signature_key", beforeLinks, changeLeaf(6, func(l *leaf.LeafNode) {
		l.EncryptionKey = l.SignatureKey
	})},
}

// listAll lists a value wherever RFC 9420, Section 13.5 permits reserved ones.
func listAll(c *leaf.Capabilities, v uint16) {
	c.CipherSuites = append(c.CipherSuites, codepoint.CipherSuite(v))
	c.Extensions = append(c.Extensions, codepoint.ExtensionType(v))
	c.Proposals = append(c.Proposals, codepoint.ProposalType(v))
	c.Credentials = append(c.Credentials, codepoint.CredentialType(v))
}

// Each of the fifteen reserved values in all places where a joiner meets them
// (RFC 9420, Section 13.5): leaves of each source, its own KeyPackage, and the
// GroupInfo.
func TestJoinAcceptsGREASE(t *testing.T) {
	for i := range 15 {
		v := codepoint.GREASE(i)
		t.Run(codepoint.ExtensionType(v).String(), func(t *testing.T) {
			grease := leaf.Extensions{{Type: codepoint.ExtensionType(v), Data: []byte{byte(i)}}}
			w := suite1(t)
			w.options.NoGREASE, w.config.NoGREASE = true, true
			w.options.Capabilities = leaf.DefaultCapabilities()
			listAll(&w.options.Capabilities, v)
			w.options.Extensions, w.options.LeafExtensions = grease, grease
			m := w.found("alice", "bob", "carol")
			u, err := m[1].ProposeUpdate(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			w.deliver(u, m[0], m[2])
			w.commit(m, group.CommitOptions{})

			dave := w.client("dave")
			p, err := m[2].Commit(group.CommitOptions{
				Proposals: propose(group.Add(m[2].validated(dave))),
				Welcome:   group.GroupInfoOptions{Extensions: grease},
			})
			if err != nil {
				t.Fatal(err)
			}
			w.deliver(p.Message, m...)
			w.join(dave, p.Welcome, group.JoinOptions{})
			erin := w.client("erin")
			m = append(m, dave)
			w.joinExternal(erin, m, group.GroupInfoOptions{ExternalPub: true, Extensions: grease}, group.ExternalOptions{})
			m = append(m, erin)
			w.agree(m...)
			for _, c := range m {
				if !c.OwnLeaf().Capabilities.SupportsProposal(codepoint.ProposalType(v)) {
					t.Errorf("%s does not list %#04x", c.name, v)
				}
			}
		})
	}
}

// joinExternal has a client join by an external Commit with the GroupInfo of the
// first member, and tells the members.
func (w *world) joinExternal(c *client, members []*client, info group.GroupInfoOptions, o group.ExternalOptions) {
	w.t.Helper()
	gi, err := members[0].GroupInfo(info)
	if err != nil {
		w.t.Fatal(err)
	}
	g, m, err := c.tryExternal(gi, o)
	if err != nil {
		w.t.Fatalf("%s joins: %v", c.name, err)
	}
	w.deliver(m, members...)
	c.Group = g
}
