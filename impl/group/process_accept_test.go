package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// An acceptance is an unusual Commit that all members have to accept, and that
// has to bring them into the epoch that the forge has computed by itself.
type acceptance struct {
	id   rule.ID
	name string
	make func(*scene) *recipe
	// check looks at the new tree; nil has no wishes.
	check func(s *scene, t *tree.RatchetTree)
}

func runAcceptances(t *testing.T, cases []acceptance) {
	t.Helper()
	base := newScene(t)
	for _, c := range cases {
		for _, format := range []codepoint.WireFormat{public, private} {
			t.Run(string(c.id)+"/"+c.name+"/"+format.String(), func(t *testing.T) {
				t.Parallel()
				c.run(base.fork(t), format)
			})
		}
	}
}

func (c *acceptance) run(s *scene, format codepoint.WireFormat) {
	s.t.Helper()
	r := c.make(s)
	var made *draft
	m, err := r.at(tagged, func(d *draft) { made = d }).forge(format)
	if err != nil {
		s.t.Fatal(err)
	}
	epoch := s.alice.Epoch()
	members := s.except(s.sentBy(r))
	s.deliver(m, members...)
	for _, m := range members {
		switch {
		case m.IsRemoved() != made.removes(m):
			s.t.Errorf("%s was removed: %v", m.name, made.removes(m))
		case m.IsRemoved():
		case !bytes.Equal(m.EpochAuthenticator(), made.next.EpochAuthenticator):
			s.t.Errorf("%s is in another epoch than the committer", m.name)
		case m.Epoch() != epoch+1 || !bytes.Equal(m.ID(), []byte("group")):
			s.t.Errorf("%s is in epoch %d of %q", m.name, m.Epoch(), m.ID())
		case !bytes.Equal(m.Tree().Hash(), made.tree.Hash()):
			s.t.Errorf("%s has another tree than the committer", m.name)
		}
	}
	if c.check != nil {
		c.check(s, made.tree)
	}
}

// removes reports whether the Commit removes a member.
func (d *draft) removes(c *client) (found bool) {
	each(d, func(r *message.Remove, _ framing.Sender) { found = found || r.Removed == c.OwnIndex() })
	return found
}

// updated has a member send an Update, which all others accept, and covers it.
func (s *scene) updated(c *client, change *group.LeafChange) covered {
	s.t.Helper()
	m, err := c.ProposeUpdate(change, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.arrives(c, m, s.except(c)...)
}

func TestCommitAccepted(t *testing.T) {
	runAcceptances(t, []acceptance{
		{id: "rfc9420-7.5-02", name: "new signature key, extension and capability", make: func(s *scene) *recipe {
			signer := s.newSigner()
			return s.committing(s.alice).at(leafReady, func(d *draft) {
				n := d.path.leaf
				n.SignatureKey, d.path.signer = signer.Public(), signer
				n.Capabilities.Extensions = append(n.Capabilities.Extensions, extUnknown)
				n.Extensions = append(n.Extensions, leaf.Extension{Type: extUnknown, Data: []byte("new")})
			})
		}},
		{id: "rfc9420-7.5-09", name: "merges and blanks", make: func(s *scene) *recipe { return s.committing(s.dave) },
			check: func(s *scene, t *tree.RatchetTree) {
				if p := t.Parent(3); p == nil || len(p.UnmergedLeaves) != 0 {
					s.t.Errorf("node 3: %v", p)
				}
				if t.Parent(5) == nil || t.Parent(11) != nil {
					s.t.Error("node 5 is blank, or node 11 is not")
				}
			}},
		{id: "rfc9420-12.4-05", name: "no proposals", make: func(s *scene) *recipe { return s.committing(s.bob) }},
		{id: "rfc9420-12.4-03", name: "a proposal left out", make: func(s *scene) *recipe {
			s.sent(s.bob, s.addition(s.frank))
			return s.committing(s.alice)
		}, check: memberCount(5)},
		{id: "rfc9420-12.4-08", name: "Add without a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank))).withoutPath()
		}, check: memberCount(6)},
		{id: "rfc9420-12.4-08", name: "Add with a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)))
		}, check: memberCount(6)},
		{id: "rfc9420-12.4-08", name: "PSK without a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.externalPSK("known"))).withoutPath()
		}},
		{id: "rfc9420-12.4-08", name: "PSK with a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.externalPSK("known")))
		}},
		{id: "rfc9420-12.4-08", name: "ReInit without a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(successor())).withoutPath()
		}},
		{id: "rfc9420-12.4-08", name: "ReInit with a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, successor()))
		}},
		{id: "rfc9420-8.4-03", name: "PSKs in their order", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.resumptionPSK(s.alice.ID(), s.alice.Epoch())),
				s.sent(s.bob, s.externalPSK("known")), inline(s.externalPSK("known")))
		}},
		{id: "rfc9420-12.2-10", name: "one PSK, two nonces", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.externalPSK("known")), inline(s.externalPSK("known")))
		}},
		{id: "rfc9420-12.2-08", name: "client whose leaf is removed", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.double(s.bob))), inline(group.Remove(1)))
		}, check: func(s *scene, t *tree.RatchetTree) {
			if !bytes.Equal(t.Leaf(1).Credential.Identity, []byte("double")) {
				s.t.Error("the new leaf did not take the freed place")
			}
		}},
		{id: "rfc9420-12.2-17", name: "the only one without support is removed", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Credential = leaf.Credential{Type: credRare} })
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}), inline(group.Remove(1)))
		}},
		{id: "rfc9420-12.2-15", name: "the only one without support is removed", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(1)), inline(group.Custom(proposalRare, nil)))
		}},
		{id: "rfc9420-12.1.7-02", name: "the only one without support is removed", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(1)), inline(s.requiring(func(r *leaf.RequiredCapabilities) {
				r.ExtensionTypes = append(r.ExtensionTypes, extRare)
			})))
		}},
		{id: "rfc9420-12.1.7-02", name: "the only one without support is removed, and its place taken", make: func(s *scene) *recipe {
			s.config.Capabilities = capabilities("bob")
			*s.bob = *s.restore(s.bob, s.snapshot(s.bob))
			return s.committing(s.alice, inline(group.Remove(1)), inline(s.addition(s.frank)),
				inline(group.GroupContextExtensions(s.groupExtensions(extInUse, extRare))))
		}},
		{id: "rfc9420-12.3-02", name: "requirement dropped", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extRequired) })
			return s.committing(s.alice, s.sent(s.bob, message.Proposal{Body: &message.Add{KeyPackage: kp}}),
				inline(s.requiring(func(r *leaf.RequiredCapabilities) { r.ExtensionTypes = nil })))
		}, check: memberCount(6)},
		{id: "rfc9420-12.1.7-03", name: "the list is replaced", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.GroupContextExtensions(leaf.Extensions{{Type: extRequired, Data: []byte("alone")}})))
		}, check: func(s *scene, _ *tree.RatchetTree) {
			if got := s.bob.Extensions(); len(got) != 1 || got[0].Type != extRequired {
				s.t.Errorf("extensions: %v", got)
			}
		}},
	})
}

// memberCount returns a check of how many members there are.
func memberCount(n int) func(*scene, *tree.RatchetTree) {
	return func(s *scene, t *tree.RatchetTree) {
		if got := t.MemberCount(); got != n {
			s.t.Errorf("%d members, want %d", got, n)
		}
	}
}

func TestProposalsApplied(t *testing.T) {
	runAcceptances(t, []acceptance{
		{id: "rfc9420-12.3-01", name: "in the order of their types", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(group.Remove(2)),
				s.updated(s.bob, nil), inline(group.GroupContextExtensions(s.groupExtensions())))
		}, check: func(s *scene, t *tree.RatchetTree) {
			if !t.Leaf(2).Equal(&s.frank.bundle.KeyPackage.LeafNode) {
				s.t.Error("frank is not at the leaf that was freed")
			}
			if t.Leaf(1).Source != leaf.SourceUpdate {
				s.t.Error("bob's Update was not applied")
			}
			if _, ok := s.bob.Extensions().Find(extInUse); ok {
				s.t.Error("the extensions were not replaced")
			}
		}},
		{id: "rfc9420-12.1.1-01", name: "blank leaves from the left, in order", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(2)), inline(s.addition(s.frank)), inline(s.addition(s.member("grace"))))
		}, check: func(s *scene, t *tree.RatchetTree) {
			names := []string{"alice", "bob", "frank", "", "erin", "grace"}
			for i, l := range t.Leaves() {
				if got := string(l.Credential.Identity); got != names[i] { // dave has no basic credential
					s.t.Errorf("leaf %d is %q", i, got)
				}
			}
		}},
		{id: "rfc9420-12.1.1-01", name: "the tree is extended", make: func(s *scene) *recipe {
			var adds []covered
			for _, name := range []string{"frank", "grace", "heidi", "ivan"} {
				adds = append(adds, inline(s.addition(s.member(name))))
			}
			return s.committing(s.alice, adds...)
		}, check: func(s *scene, t *tree.RatchetTree) {
			if t.Size() != 16 || !bytes.Equal(t.Leaf(8).Credential.Identity, []byte("ivan")) {
				s.t.Errorf("%d leaves", t.Size())
			}
		}},
		{id: "rfc9420-12.1.1-02", name: "unmerged", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank))).withoutPath()
		}, check: func(s *scene, t *tree.RatchetTree) {
			if got := t.Parent(7).UnmergedLeaves; !slices.Equal(got, []leafIndex{5}) {
				s.t.Errorf("unmerged at the root: %v", got)
			}
		}},
		{id: "rfc9420-12.1.2-01", name: "Update", make: func(s *scene) *recipe {
			return s.committing(s.dave, s.updated(s.bob, nil))
		}, check: func(s *scene, t *tree.RatchetTree) {
			if t.Parent(1) != nil || t.Parent(3) == nil {
				s.t.Error("node 1 is not blank, or node 3 is")
			}
		}},
		{id: "rfc9420-12.1.3-02", name: "Remove", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(4)))
		}, check: func(s *scene, t *tree.RatchetTree) {
			if t.Size() != 4 {
				s.t.Errorf("%d leaves", t.Size())
			}
		}},
		{id: "rfc9420-12.4-11", name: "for its sender, not for the committer", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.updated(s.erin, &group.LeafChange{
				Extensions: &leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("of erin")}},
			}))
		}, check: func(s *scene, t *tree.RatchetTree) {
			if data, _ := t.Leaf(4).Extensions.Find(codepoint.ExtensionApplicationID); string(data) != "of erin" {
				s.t.Errorf("application_id of erin: %q", data)
			}
		}},
		{id: "rfc9420-12.1.8-01", name: "external sender", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sentFrom(s.fromExternal(1, group.Remove(2))))
		}, check: memberCount(4)},
		{id: "rfc9420-12.1.8-01", name: "new member", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sentFrom(s.fromNewMember(s.frank, s.addition(s.frank)))).withoutPath()
		}, check: memberCount(6)},
	})
}

// sentFrom sends a proposal from outside of the group, and covers it.
func (s *scene) sentFrom(r *recipe) covered {
	s.t.Helper()
	m, err := r.forge(public)
	if err != nil {
		s.t.Fatal(err)
	}
	received := s.deliver(m, s.members...)[0]
	return covered{proposal: received.Proposal, from: received.Sender, ref: received.Ref}
}

// What nobody knows does no harm (rfc9420-7.2-06, rfc9420-13.4-01, rfc9420-13.4-03,
// rfc9420-13.5-02, rfc9420-13.5-05).
func TestUnknownValuesAccepted(t *testing.T) {
	values := []uint16{0x1234, 0xff00}
	for i := range uint16(15) {
		values = append(values, i<<12|0x0a00|i<<4|0x0a)
	}
	unknown := func(n *leaf.LeafNode) {
		c := &n.Capabilities
		for _, v := range values {
			c.Versions = append(c.Versions, codepoint.ProtocolVersion(v))
			c.CipherSuites = append(c.CipherSuites, codepoint.CipherSuite(v))
			c.Extensions = append(c.Extensions, codepoint.ExtensionType(v))
			c.Proposals = append(c.Proposals, codepoint.ProposalType(v))
			c.Credentials = append(c.Credentials, codepoint.CredentialType(v))
		}
		n.Extensions = nil
		for _, v := range values {
			n.Extensions = append(n.Extensions, leaf.Extension{Type: codepoint.ExtensionType(v), Data: []byte{byte(v)}})
		}
	}
	runAcceptances(t, []acceptance{
		{id: "rfc9420-13.5-05", name: "add", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, unknown)
			kp.Extensions = kp.LeafNode.Extensions
			if err := kp.Sign(s.suite, s.frank.signer); err != nil {
				s.t.Fatal(err)
			}
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}))
		}, check: memberCount(6)},
		{id: "rfc9420-13.5-05", name: "update", make: func(s *scene) *recipe {
			n := s.bob.OwnLeaf().Clone()
			unknown(n)
			return s.committing(s.alice, s.updated(s.bob, &group.LeafChange{Capabilities: &n.Capabilities, Extensions: &n.Extensions}))
		}},
		{id: "rfc9420-13.5-05", name: "path", make: func(s *scene) *recipe {
			return s.committing(s.alice).at(leafReady, func(d *draft) { unknown(d.path.leaf) })
		}},
	})
}

// Who was removed knows it (rfc9420-12.4.2-09), whoever said so.
func TestRemovedMemberKnows(t *testing.T) {
	base := newScene(t)
	for _, format := range []codepoint.WireFormat{public, private} {
		s := base.fork(t)
		m, err := s.committing(s.alice, s.sent(s.carol, group.Remove(1)), inline(group.Remove(4))).forge(format)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range s.deliver(m, s.except(s.alice)...) {
			c := s.except(s.alice)[i]
			gone := c == s.bob || c == s.erin
			if c.IsRemoved() != gone || r.Commit.SelfRemoved != gone || !slices.Equal(r.Commit.Removed, []leafIndex{1, 4}) {
				t.Errorf("%s: removed %v, told %+v", c.name, c.IsRemoved(), r.Commit)
			}
			if r.Sender != framing.Member(0) {
				t.Errorf("%s: sender %v", c.name, r.Sender)
			}
		}
	}
}

// A path node above new members alone has no ciphertexts, and their clients join
// all the same (rfc9420-7.6-02).
func TestPathNodeForNewMembersOnly(t *testing.T) {
	w := suite1(t)
	w.config.PublicHandshake = true
	m := w.found("alice", "bob")
	carol := w.client("carol")
	p := w.commit(m, group.CommitOptions{Proposals: propose(group.Add(m[0].validated(carol)))})
	nodes := p.Message.PublicMessage.Content.Commit.Path.Nodes
	if len(nodes) != 2 || len(nodes[0].EncryptedPathSecret) != 1 || len(nodes[1].EncryptedPathSecret) != 0 {
		t.Errorf("path %+v", nodes)
	}
	w.join(carol, p.Welcome, group.JoinOptions{})
	w.agree(m[0], m[1], carol)
	w.commit([]*client{carol, m[0], m[1]}, group.CommitOptions{})
	w.agree(m[0], m[1], carol)
}

// Leaves may hold default extensions without listing them, and two may hold the
// same application_id (rfc9420-5.3.3-02, rfc9420-7.2-04).
func TestSameApplicationID(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	w.options.LeafExtensions = leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("id")}}
	w.options.Capabilities = leaf.DefaultCapabilities()
	w.options.Capabilities.Extensions = []codepoint.ExtensionType{codepoint.ExtensionApplicationID} // which is left out
	w.options.NoGREASE = true
	carol, dave := w.client("carol"), w.client("dave")
	w.add(m, carol, dave)
	if got := m[1].Member(2).Capabilities.Extensions; len(got) != 0 {
		t.Errorf("carol lists %v", got)
	}
}
