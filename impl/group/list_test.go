package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
)

// unsent covers a proposal by a reference that is right, though the proposal has
// not arrived.
func (s *scene) unsent(c *client, p message.Proposal) covered {
	s.t.Helper()
	m, err := s.proposal(c, p).forge(public)
	if err != nil {
		s.t.Fatal(err)
	}
	ref, err := m.PublicMessage.Authenticated().ProposalRef(s.suite)
	if err != nil {
		s.t.Fatal(err)
	}
	return covered{proposal: &p, from: framing.Member(c.OwnIndex()), ref: ref}
}

func unchanged(*leaf.LeafNode) {}

// successor is a ReInit without fault.
func successor() message.Proposal {
	return group.ReInit(message.ReInit{GroupID: []byte("next"), Version: 1, CipherSuite: 1})
}

func TestProposalList(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-12.2-01", name: "an invalid proposal by value", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.changedAdd(func(a *message.Add) { a.KeyPackage.Version = 2 })))
		}},
		// Receivers keep no invalid proposals, so that the reference is to nothing.
		{id: "rfc9420-12.2-01", name: "an invalid proposal by reference", as: "rfc9420-12.4-10", make: func(s *scene) *recipe {
			p := s.changedAdd(func(a *message.Add) { a.KeyPackage.Version = 2 })
			m, err := s.proposal(s.bob, p).forge(public)
			if err != nil {
				s.t.Fatal(err)
			}
			s.refused("rfc9420-10.1-02", m, s.except(s.bob)...)
			return s.committing(s.alice, s.unsent(s.bob, p))
		}},

		{id: "rfc9420-12.2-02", name: "by value", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.updateOf(s.alice, unchanged)))
		}},
		{id: "rfc9420-12.2-02", name: "by reference", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.alice, s.updateOf(s.alice, unchanged)))
		}},
		{id: "rfc9420-12.2-03", name: "by value", make: func(s *scene) *recipe { return s.committing(s.alice, inline(group.Remove(0))) }},
		{id: "rfc9420-12.2-03", name: "by reference", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, group.Remove(0)))
		}},

		{id: "rfc9420-12.2-04", name: "two Updates", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.carol, s.updateOf(s.carol, unchanged)), s.sent(s.carol, s.updateOf(s.carol, unchanged)))
		}},
		{id: "rfc9420-12.2-04", name: "Update and Remove", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.carol, s.updateOf(s.carol, unchanged)), s.sent(s.bob, group.Remove(2)))
		}},
		{id: "rfc9420-12.2-04", name: "Remove and Update", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(2)), s.sent(s.carol, s.updateOf(s.carol, unchanged)))
		}},
		{id: "rfc9420-12.2-04", name: "two Removes", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, group.Remove(2)), inline(group.Remove(2)))
		}},
		{id: "rfc9420-12.2-04", name: "one Remove twice", make: func(s *scene) *recipe {
			p := s.sent(s.bob, group.Remove(2))
			return s.committing(s.alice, p, p)
		}},
		{id: "rfc9420-12.2-04", name: "one Update twice", make: func(s *scene) *recipe {
			p := s.sent(s.carol, s.updateOf(s.carol, unchanged))
			return s.committing(s.alice, p, p)
		}},

		{id: "rfc9420-12.2-06", name: "other keys, same signature key", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(s.addition(s.double(s.frank))))
		}},
		{id: "rfc9420-12.2-06", name: "one KeyPackage twice", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(s.addition(s.frank)))
		}},
		{id: "rfc9420-12.2-06", name: "one Add twice", make: func(s *scene) *recipe {
			p := s.sent(s.bob, s.addition(s.frank))
			return s.committing(s.alice, p, p)
		}},
		{id: "rfc9420-12.2-07", name: "two Adds, clients told by name", as: "rfc9420-12.2-06", make: func(s *scene) *recipe {
			s.tellByName()
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(s.addition(s.client("frank"))))
		}},
		{id: "rfc9420-12.2-07", name: "member, clients told by name", as: "rfc9420-12.2-08", make: func(s *scene) *recipe {
			s.tellByName()
			return s.committing(s.alice, inline(s.addition(s.client("bob"))))
		}},
		{id: "rfc9420-12.2-08", name: "by value", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.double(s.bob))))
		}},
		{id: "rfc9420-12.2-08", name: "by reference", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.carol, s.addition(s.double(s.bob))))
		}},
		{id: "rfc9420-12.2-08", name: "the committer", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.double(s.alice))))
		}},
		{id: "rfc9420-12.2-08", name: "another member is removed", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Remove(2)), inline(s.addition(s.double(s.bob))))
		}},

		{id: "rfc9420-12.2-09", name: "external PSK", make: func(s *scene) *recipe {
			p := s.externalPSK("known")
			return s.committing(s.alice, inline(p), inline(p))
		}},
		{id: "rfc9420-12.2-09", name: "resumption PSK, without a path", make: func(s *scene) *recipe {
			p := s.resumptionPSK(s.alice.ID(), s.alice.Epoch())
			return s.committing(s.alice, inline(p), s.sent(s.bob, p)).withoutPath()
		}},
		{id: "rfc9420-12.2-11", name: "equal ones", make: func(s *scene) *recipe {
			p := inline(group.GroupContextExtensions(s.groupExtensions(extInUse)))
			return s.committing(s.alice, p, p)
		}},
		{id: "rfc9420-12.2-11", name: "different ones", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.GroupContextExtensions(s.groupExtensions(extInUse))),
				s.sent(s.bob, group.GroupContextExtensions(s.groupExtensions())))
		}},
	})
}

func TestProposalListOfSpecialTypes(t *testing.T) {
	with := func(p func(*scene) message.Proposal) func(*scene) *recipe {
		return func(s *scene) *recipe { return s.committing(s.alice, inline(successor()), inline(p(s))) }
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-12.2-12", name: "Add", make: with(func(s *scene) message.Proposal { return s.addition(s.frank) })},
		{id: "rfc9420-12.2-12", name: "PSK", make: with(func(s *scene) message.Proposal { return s.externalPSK("known") })},
		{id: "rfc9420-12.2-12", name: "Remove", make: with(func(*scene) message.Proposal { return group.Remove(2) })},
		{id: "rfc9420-12.2-12", name: "a second ReInit", make: with(func(*scene) message.Proposal { return successor() })},
		{id: "rfc9420-12.2-12", name: "Add in front, no path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)), s.sent(s.bob, successor())).withoutPath()
		}},

		{id: "rfc9420-12.2-14", name: "ordinary init secret", make: func(s *scene) *recipe {
			init, _ := s.externalInit()
			return s.committing(s.alice, init)
		}},
		{id: "rfc9420-12.2-14", name: "exported init secret", make: func(s *scene) *recipe {
			init, secret := s.externalInit()
			return s.committing(s.alice, init).at(keysChosen, func(d *draft) { d.init = secret })
		}},
		{id: "rfc9420-12.2-15", name: "a type that bob does not list", to: func(s *scene) []*client { return s.except(s.alice, s.bob) }, make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Custom(proposalRare, nil)))
		}},
		{id: "rfc9420-12.2-15", name: "as bob sees it", as: "rfc9420-12.1-02", to: onlyBob, make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.Custom(proposalRare, nil)))
		}},

		{id: "rfc9420-12.2-16", name: "two Updates with one encryption key", make: func(s *scene) *recipe {
			key := s.suite.Hash([]byte("of nobody"))[:32]
			same := func(n *leaf.LeafNode) { n.EncryptionKey = key }
			return s.committing(s.alice, s.sent(s.bob, s.updateOf(s.bob, same)), s.sent(s.dave, s.updateOf(s.dave, same)))
		}},
		{id: "rfc9420-12.2-16", name: "two Updates with one signature key", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, s.updateUnder(s.bob, s.frank)), s.sent(s.dave, s.updateUnder(s.dave, s.frank)))
		}},
		{id: "rfc9420-12.2-16", name: "Update and Add with one encryption key", make: func(s *scene) *recipe {
			key := s.frank.bundle.KeyPackage.LeafNode.EncryptionKey
			return s.committing(s.alice, inline(s.addition(s.frank)),
				s.sent(s.bob, s.updateOf(s.bob, func(n *leaf.LeafNode) { n.EncryptionKey = key })))
		}},
		{id: "rfc9420-12.2-16", name: "Add with a credential that an Update gives up", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Credential = leaf.Credential{Type: credSpare} })
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}),
				s.sent(s.bob, s.updateOf(s.bob, dropSpare)))
		}},
	})
}

func TestPathPresence(t *testing.T) {
	alone := func(p func(*scene) message.Proposal) func(*scene) *recipe {
		return func(s *scene) *recipe { return s.committing(s.alice, inline(p(s))).withoutPath() }
	}
	extensions := func(s *scene) message.Proposal { return group.GroupContextExtensions(s.groupExtensions()) }
	runRefusals(t, []refusal{
		{id: "rfc9420-12.4-06", name: "no proposals", make: func(s *scene) *recipe { return s.committing(s.alice).withoutPath() }},
		{id: "rfc9420-12.4-06", name: "Update", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, s.updateOf(s.bob, unchanged))).withoutPath()
		}},
		{id: "rfc9420-12.4-06", name: "Remove", make: alone(func(*scene) message.Proposal { return group.Remove(3) })},
		{id: "rfc9420-12.4-06", name: "GroupContextExtensions", make: alone(extensions)},
		{id: "rfc9420-12.4-06", name: "custom type", make: alone(func(*scene) message.Proposal { return custom("one") })},
		{id: "rfc9420-12.4-06", name: "Remove beside an Add", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(group.Remove(3))).withoutPath()
		}},
		{id: "rfc9420-12.4-07", name: "GroupContextExtensions", make: alone(extensions)},
	})
}

func TestReferences(t *testing.T) {
	to := func(ref []byte) func(*scene) *recipe {
		return func(s *scene) *recipe {
			p := custom("not there")
			return s.committing(s.alice, covered{proposal: &p, ref: ref})
		}
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-12.4-10", name: "random", make: to(slices.Repeat([]byte{7}, 32))},
		{id: "rfc9420-12.4-10", name: "empty", make: to([]byte{})},
		{id: "rfc9420-12.4-10", name: "31 bytes", make: func(s *scene) *recipe {
			p := s.sent(s.bob, custom("one"))
			p.ref = p.ref[:31]
			return s.committing(s.alice, p)
		}},
		{id: "rfc9420-12.4-10", name: "one byte more", make: func(s *scene) *recipe {
			p := s.sent(s.bob, custom("one"))
			p.ref = append(slices.Clone(p.ref), 0)
			return s.committing(s.alice, p)
		}},
		{id: "rfc9420-12.4-10", name: "proposal of the epoch before", make: func(s *scene) *recipe {
			p := s.sent(s.bob, custom("one"))
			s.commit(s.members, group.CommitOptions{References: [][]byte{}})
			return s.committing(s.alice, p)
		}},
		{id: "rfc9420-12.4.2-02", name: "external PSK", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.externalPSK("unknown")))
		}},
		{id: "rfc9420-12.4.2-02", name: "resumption PSK of an unknown group", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.resumptionPSK([]byte("another group"), s.alice.Epoch())))
		}},
		{id: "rfc9420-12.4.2-02", name: "resumption PSK of a future epoch", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.bob, s.resumptionPSK(s.alice.ID(), s.alice.Epoch()+1))).withoutPath()
		}},
		// Carol has joined in the present epoch.
		{id: "rfc9420-12.4.2-02", name: "resumption PSK from before one has joined", to: func(s *scene) []*client { return []*client{s.carol} }, make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.resumptionPSK(s.alice.ID(), s.alice.Epoch()-1)))
		}},
	})
}
