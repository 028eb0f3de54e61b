package group_test

import (
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A client asks to be added, and a member adds it (RFC 9420, Section 12.1.8).
func TestProposeSelf(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob")
		carol := w.client("carol")
		p, err := group.ProposeSelf(m[0].ID(), m[0].Epoch(), carol.validatedAlone(), carol.signer)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range w.deliver(p, m...) {
			if r.Sender.Type != framing.SenderNewMemberProposal || r.Proposal.Type() != codepoint.ProposalAdd {
				t.Errorf("%v from %v", r.Proposal.Type(), r.Sender)
			}
		}
		c := w.commit(first(m, 1), group.CommitOptions{})
		w.join(carol, c.Welcome, group.JoinOptions{})
		w.agree(append(m, carol)...)
	})
}

// validatedAlone is the client's own KeyPackage, validated outside of a group.
func (c *client) validatedAlone() *keypackage.Validated {
	c.w.t.Helper()
	return must(c.bundle.KeyPackage.Validate(&keypackage.Checks{
		Version: codepoint.MLS10, Suite: c.w.suite, Policy: &c.config.Policy, Sending: true,
	}))
}

// An external sender has its proposals committed: all types that are open to it,
// by the second of two entries (RFC 9420, Section 12.1.8).
func TestProposeExternal(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		w.psks["shared"] = ciphersuite.Secret("a secret of some length")
		other, server := w.newSigner(), w.newSigner()
		list := leaf.ExternalSenders{
			{SignatureKey: other.Public(), Credential: leaf.Basic([]byte("other"))},
			{SignatureKey: server.Public(), Credential: leaf.Basic([]byte("server"))},
		}
		senders := must(leaf.Encode(codepoint.ExtensionExternalSenders, &list))
		alice, bob, carol, dave := w.client("alice"), w.client("bob"), w.client("carol"), w.client("dave")
		w.create(alice, group.CreateOptions{GroupID: []byte("group"), Extensions: leaf.Extensions{senders}})
		m := []*client{alice, bob, carol}
		w.add(m[:1], bob, carol)

		for _, p := range propose(group.Add(alice.validated(dave)), group.Remove(1), must(alice.ExternalPSK([]byte("shared")))) {
			for _, r := range w.deliver(w.send(alice, server, 1, p), m...) {
				if r.Sender != (framing.Sender{Type: framing.SenderExternal, SenderIndex: 1}) {
					t.Errorf("%v from %v", r.Proposal.Type(), r.Sender)
				}
			}
		}
		c := w.commit(m, group.CommitOptions{})
		w.join(dave, c.Welcome, group.JoinOptions{})
		if !bob.IsRemoved() || dave.OwnIndex() != 1 {
			t.Errorf("bob removed: %v, dave at %d", bob.IsRemoved(), dave.OwnIndex())
		}
		m = []*client{alice, carol, dave}
		w.agree(m...)

		list = list[1:]
		senders = must(leaf.Encode(codepoint.ExtensionExternalSenders, &list))
		w.deliver(w.send(alice, server, 1, group.GroupContextExtensions(leaf.Extensions{senders})), m...)
		w.commit(first(m, 2), group.CommitOptions{})
		w.agree(m...)

		next := message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: w.suite.ID()}
		w.deliver(w.send(alice, server, 0, group.ReInit(next)), m...)
		w.commit(first(m, 1), group.CommitOptions{OmitPath: true})
		for _, c := range m {
			if c.ReInit() == nil || string(c.ReInit().GroupID) != "next" {
				t.Errorf("%s: reinit %v", c.name, c.ReInit())
			}
		}
	})
}

// send makes a proposal of an external sender.
func (w *world) send(to *client, signer ciphersuite.Signer, index uint32, p message.Proposal) *framing.MLSMessage {
	w.t.Helper()
	m, err := group.ProposeExternal(w.suite.ID(), to.ID(), to.Epoch(), index, signer, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// Whoever is outside cannot send other types at all (RFC 9420, Section 12.1.8).
func TestProposeExternalOtherTypes(t *testing.T) {
	s := newScene(t)
	for _, p := range propose(
		s.updateOf(s.alice, func(*leaf.LeafNode) {}),
		message.Proposal{Body: &message.ExternalInit{}},
		group.Custom(proposalRequired, nil),
	) {
		_, err := group.ProposeExternal(1, s.alice.ID(), s.alice.Epoch(), 0, s.external[0], p)
		if !errors.Is(err, group.ErrExternalType) {
			t.Errorf("%v: %v", p.Type(), err)
		}
	}
	_, err := group.ProposeExternal(grease, s.alice.ID(), s.alice.Epoch(), 0, s.external[0], group.Remove(1))
	refused(t, err, "rfc9420-17.1-03")
}

// outside returns a recipe for a proposal from outside of the group.
func (s *scene) outside(sender framing.Sender, signer ciphersuite.Signer, p message.Proposal) *recipe {
	r := s.proposal(s.alice, p)
	r.content.Sender, r.signer = sender, signer
	return r
}

func external(index uint32) framing.Sender {
	return framing.Sender{Type: framing.SenderExternal, SenderIndex: index}
}

// byServer is a proposal of the first external sender.
func byServer(p func(*scene) message.Proposal) func(*scene) *recipe {
	return func(s *scene) *recipe { return s.outside(external(0), s.external[0], p(s)) }
}

// byFrank is a new_member_proposal, which only an Add should be.
func byFrank(p func(*scene) message.Proposal) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return s.outside(framing.Sender{Type: framing.SenderNewMemberProposal}, s.frank.signer, p(s))
	}
}

func removeBob(*scene) message.Proposal { return group.Remove(1) }

func addFrank(s *scene) message.Proposal { return s.addition(s.frank) }

// signedWithContext has the signature cover a GroupContext.
func signedWithContext(make func(*scene) *recipe) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return make(s).at(toSign, func(d *draft) { d.tbs = append(d.tbs, d.signContext...) })
	}
}

// Proposals from outside with one fault (RFC 9420, Sections 6.1 and 12.1.8).
func TestExternalProposalRefused(t *testing.T) {
	runExternalCases(t, []externalCase{
		{id: "rfc9420-5.3.1-01", name: "mallory asks to be added", make: func(s *scene) *recipe {
			mallory := s.member("mallory")
			return s.outside(framing.Sender{Type: framing.SenderNewMemberProposal}, mallory.signer, s.addition(mallory))
		}},
		{id: "rfc9420-5.3.1-03", name: "mallory as external sender", make: byServer(func(s *scene) message.Proposal {
			list := s.groupExtensions(extInUse)
			list[1] = s.encode(codepoint.ExtensionExternalSenders, s.externalSenders("sender 0", "mallory"))
			return group.GroupContextExtensions(list)
		})},
		{id: "rfc9420-6.1-02", name: "bit of a joiner's signature", make: func(s *scene) *recipe {
			return byFrank(addFrank)(s).at(signed, func(d *draft) { d.auth.Auth.Signature = toggled(d.auth.Auth.Signature) })
		}},
		{id: "rfc9420-6.1-02", name: "another key than that of the KeyPackage", make: func(s *scene) *recipe {
			return s.outside(framing.Sender{Type: framing.SenderNewMemberProposal}, s.newSigner(), s.addition(s.frank))
		}},
		{id: "rfc9420-6.1-03", name: "application data of an external sender", as: "rfc9420-6-01", make: func(s *scene) *recipe {
			r := s.application(s.alice, "text")
			r.content.Sender, r.signer = external(0), s.external[0]
			return r
		}},
		{id: "rfc9420-6.1-03", name: "commit of an external sender", make: func(s *scene) *recipe {
			r := s.committing(s.alice)
			return r.at(framed, func(d *draft) { d.auth.Content.Sender, d.signer = external(0), s.external[0] })
		}},
		{id: "rfc9420-6.1-04", name: "Update", make: byServer(func(s *scene) message.Proposal {
			return s.updateOf(s.alice, func(*leaf.LeafNode) {})
		})},
		{id: "rfc9420-6.1-04", name: "ExternalInit", make: byServer(func(s *scene) message.Proposal {
			init, _ := s.externalInit()
			return *init.proposal
		})},
		{id: "rfc9420-6.1-04", name: "type that all members know", make: byServer(func(*scene) message.Proposal {
			return group.Custom(proposalRequired, []byte("data"))
		})},
		{id: "rfc9420-6.1-06", name: "application data of a joiner", as: "rfc9420-6-01", make: func(s *scene) *recipe {
			r := s.application(s.alice, "text")
			r.content.Sender, r.signer = framing.Sender{Type: framing.SenderNewMemberProposal}, s.frank.signer
			return r
		}},
		{id: "rfc9420-6.1-07", name: "Remove", make: byFrank(removeBob)},
		{id: "rfc9420-6.1-07", name: "PSK", make: byFrank(func(s *scene) message.Proposal {
			return must(s.alice.ExternalPSK([]byte("known")))
		})},
		{id: "rfc9420-6.1-07", name: "GroupContextExtensions", make: byFrank(func(s *scene) message.Proposal {
			return group.GroupContextExtensions(s.groupExtensions(extInUse))
		})},
		{id: "rfc9420-6.1-07", name: "Update", make: byFrank(func(s *scene) message.Proposal {
			return s.updateOf(s.alice, func(*leaf.LeafNode) {})
		})},
		{id: "rfc9420-6.1-09", name: "external signed with GroupContext", as: "rfc9420-12.1.8-03", make: signedWithContext(byServer(removeBob))},
		{id: "rfc9420-6.1-09", name: "new_member_proposal signed with GroupContext", as: "rfc9420-6.1-02", make: signedWithContext(byFrank(addFrank))},
		{id: "rfc9420-10.1-05", name: "KeyPackage with another signature", make: byServer(func(s *scene) message.Proposal {
			kp := s.keyPackage(s.frank, func(*leaf.LeafNode) {})
			kp.Signature = toggled(kp.Signature)
			return message.Proposal{Body: &message.Add{KeyPackage: kp}}
		})},
		{id: "rfc9420-11.2-04", name: "reinit PSK", make: byServer(func(s *scene) message.Proposal {
			return s.resumption(2)
		})},
		{id: "rfc9420-12.1-01", name: "epoch before", make: func(s *scene) *recipe {
			return byServer(removeBob)(s).at(framed, func(d *draft) { d.auth.Content.Epoch-- })
		}},
		{id: "rfc9420-12.1.3-01", name: "Remove of a blank leaf", make: byServer(func(*scene) message.Proposal {
			return group.Remove(6)
		})},
		{id: "rfc9420-12.1.5-01", name: "ReInit with version 0", make: byServer(func(*scene) message.Proposal {
			return group.ReInit(message.ReInit{GroupID: []byte("next"), CipherSuite: 1})
		})},
		{id: "rfc9420-12.1.8-02", name: "index after the last", make: func(s *scene) *recipe {
			return s.outside(external(2), s.external[1], group.Remove(1))
		}},
		{id: "rfc9420-12.1.8-02", name: "highest index", make: func(s *scene) *recipe {
			return s.outside(external(0xffffffff), s.external[1], group.Remove(1))
		}},
		{id: "rfc9420-12.1.8-03", name: "key of the other entry", make: func(s *scene) *recipe {
			return s.outside(external(0), s.external[1], group.Remove(1))
		}},
		{id: "rfc9420-12.1.8-04", name: "not authorized", make: func(s *scene) *recipe {
			s.unauthorized(framing.SenderExternal)
			return byServer(removeBob)(s)
		}},
		{id: "rfc9420-12.1.8-04", name: "joiner not authorized", make: func(s *scene) *recipe {
			s.unauthorized(framing.SenderNewMemberProposal)
			return byFrank(addFrank)(s)
		}},
		{id: "rfc9420-13.4-06", name: "extension twice", make: byServer(func(s *scene) message.Proposal {
			return group.GroupContextExtensions(s.groupExtensions(extInUse, extInUse))
		})},
	})
}

// unauthorized has all members restored with a policy against a type of sender.
func (s *scene) unauthorized(sender framing.SenderType) {
	s.config.Authorize = func(from framing.Sender, _ *message.Proposal) error {
		if from.Type == sender {
			return errors.New("not from outside")
		}
		return nil
	}
	for i, c := range s.members {
		s.members[i] = s.restore(c, s.snapshots[i])
	}
}

// Without faults the same proposals are accepted, and can be committed.
func TestExternalProposalAccepted(t *testing.T) {
	base := newScene(t)
	for name, make := range map[string]func(*scene) *recipe{
		"external":            byServer(removeBob),
		"new_member_proposal": byFrank(addFrank),
		"second external": func(s *scene) *recipe {
			return s.outside(external(1), s.external[1], s.resumption(1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := base.fork(t)
			m, err := make(s).forge(public)
			if err != nil {
				t.Fatal(err)
			}
			r := s.deliver(m, s.members...)
			p := s.commit(s.members, group.CommitOptions{})
			if len(p.Committed().Proposals) != 1 {
				t.Errorf("committed %v", p.Committed().Proposals)
			}
			if r[0].Proposal.Type() != p.Committed().Proposals[0].Type() {
				t.Error("another type")
			}
		})
	}
}

// A group without external_senders has no external senders (RFC 9420,
// Section 12.1.8).
func TestExternalProposalWithoutSenders(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	p := w.send(m[0], w.newSigner(), 0, group.Remove(1))
	_, err := m[0].Process(reparse(t, p))
	refused(t, err, "rfc9420-12.1.8-02")
	w.agree(m...)
}

// A PublicMessage from outside has no membership_tag: one that is there is a
// byte too many (RFC 9420, Section 12.1.8).
func TestExternalProposalWithTag(t *testing.T) {
	s := newScene(t)
	m := s.send(s.alice, s.external[0], 0, group.Remove(1))
	encoded := append(must(syntax.Marshal(m)), 32)
	_, err := framing.Parse(append(encoded, make([]byte, 32)...))
	refused(t, err, "rfc9420-2.1-03")
	s.deliver(m, s.members...)
}
