package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// A proposalRefusal is a proposal that is invalid in itself: refused when it
// arrives, and as part of a Commit.
type proposalRefusal struct {
	id   rule.ID
	name string
	as   rule.ID
	make func(*scene) message.Proposal
}

func runProposalRefusals(t *testing.T, cases []proposalRefusal) {
	t.Helper()
	var all []refusal
	for _, c := range cases {
		all = append(all,
			refusal{id: c.id, as: c.as, name: c.name + ", proposed", make: func(s *scene) *recipe { return s.proposal(s.bob, c.make(s)) }},
			refusal{id: c.id, as: c.as, name: c.name + ", committed", make: func(s *scene) *recipe { return s.committing(s.alice, inline(c.make(s))) }},
		)
	}
	runRefusals(t, all)
}

func TestProposal(t *testing.T) {
	unknown := func(typ codepoint.ProposalType) func(*scene) message.Proposal {
		return func(*scene) message.Proposal { return group.Custom(typ, []byte("data")) }
	}
	remove := func(s uint32) func(*scene) message.Proposal {
		return func(*scene) message.Proposal { return group.Remove(leafIndex(s)) }
	}
	nonce := func(n int) func(*scene) message.Proposal {
		return func(s *scene) message.Proposal {
			p := s.externalPSK("known")
			p.Body.(*message.PreSharedKey).PSK.Nonce = make([]byte, n)
			return p
		}
	}
	runProposalRefusals(t, []proposalRefusal{
		{id: "rfc9420-12.1-02", name: "0x0000", make: unknown(0)},
		{id: "rfc9420-12.1-02", name: "0x0008", make: unknown(8)},
		{id: "rfc9420-12.1-02", name: "0xf00f", make: unknown(proposalUnknown)},
		{id: "rfc9420-13.5-03", name: "GREASE", as: "rfc9420-12.1-02", make: unknown(grease)},
		{id: "rfc9420-12.1.3-01", name: "blank leaf", make: remove(5)},
		{id: "rfc9420-12.1.3-01", name: "outside of the tree", make: remove(8)},
		{id: "rfc9420-12.1.3-01", name: "last leaf there can be", make: remove(1<<32 - 1)},
		{id: "rfc9420-12.1.4-01", name: "31 bytes", make: nonce(31)},
		{id: "rfc9420-12.1.4-01", name: "33 bytes", make: nonce(33)},
		{id: "rfc9420-12.1.4-01", name: "empty", make: nonce(0)},
		{id: "rfc9420-12.1.5-01", name: "version 0", make: func(*scene) message.Proposal {
			return group.ReInit(message.ReInit{GroupID: []byte("next"), CipherSuite: 1})
		}},
		{id: "rfc9420-11.2-04", name: "usage reinit", make: func(s *scene) message.Proposal {
			return s.resumption(schedule.UsageReInit)
		}},
		{id: "rfc9420-11.3-04", name: "usage branch", make: func(s *scene) message.Proposal {
			return s.resumption(schedule.UsageBranch)
		}},
		{id: "rfc9420-10.1-01", name: "add for another suite", make: func(s *scene) message.Proposal {
			return s.changedAdd(func(kp *message.Add) { kp.KeyPackage.CipherSuite = 3 })
		}},
		{id: "rfc9420-10.1-02", name: "add for another version", make: func(s *scene) message.Proposal {
			return s.changedAdd(func(kp *message.Add) { kp.KeyPackage.Version = 2 })
		}},
		{id: "rfc9420-10.1-04", name: "init_key that is the encryption_key", make: func(s *scene) message.Proposal {
			return s.changedAdd(func(kp *message.Add) { kp.KeyPackage.InitKey = kp.KeyPackage.LeafNode.EncryptionKey })
		}},
	})
}

// changedAdd returns an Add of frank whose KeyPackage is changed and signed anew.
func (s *scene) changedAdd(change func(*message.Add)) message.Proposal {
	s.t.Helper()
	p := s.addition(s.frank)
	a := p.Body.(*message.Add)
	change(a)
	if err := a.KeyPackage.Sign(s.suite, s.frank.signer); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// cutSenders is an external_senders extension that ends within a credential.
func (s *scene) cutSenders() leaf.Extension {
	e := s.encode(codepoint.ExtensionExternalSenders, s.externalSenders("sender 0"))
	e.Data = e.Data[:len(e.Data)-3]
	e.Data[0] -= 3 // the length of the list
	return e
}

func TestProposedExtensions(t *testing.T) {
	with := func(extra func(*scene) leaf.Extensions) func(*scene) message.Proposal {
		return func(s *scene) message.Proposal {
			return group.GroupContextExtensions(append(s.groupExtensions(extInUse), extra(s)...))
		}
	}
	twice := func(t codepoint.ExtensionType) leaf.Extensions { return leaf.Extensions{{Type: t}, {Type: t}} }
	runProposalRefusals(t, []proposalRefusal{
		{id: "rfc9420-13.4-06", name: "two external_senders", make: with(func(s *scene) leaf.Extensions {
			return leaf.Extensions{s.encode(codepoint.ExtensionExternalSenders, s.externalSenders("sender 0"))}
		})},
		{id: "rfc9420-13.4-06", name: "two required_capabilities", make: with(func(s *scene) leaf.Extensions {
			return leaf.Extensions{s.encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{})}
		})},
		{id: "rfc9420-13.4-06", name: "two of an unknown type", make: with(func(*scene) leaf.Extensions { return twice(extRequired) })},
		{id: "rfc9420-13.4-06", name: "reinit", make: func(*scene) message.Proposal {
			return group.ReInit(message.ReInit{GroupID: []byte("next"), Version: 1, CipherSuite: 1, Extensions: twice(extRequired)})
		}},
		{id: "rfc9420-12.1.8.1-01", name: "cut off", make: func(s *scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{s.cutSenders()})
		}},
		{id: "rfc9420-12.1.8.1-01", name: "no list", make: func(*scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{{Type: codepoint.ExtensionExternalSenders}})
		}},
		{id: "rfc9420-2.1.2-05", name: "required_capabilities cut off", make: func(s *scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{{Type: codepoint.ExtensionRequiredCapabilities, Data: []byte{4, 0xf0}}})
		}},
		{id: "rfc9420-2.1-02", name: "bytes after required_capabilities", make: func(s *scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{{Type: codepoint.ExtensionRequiredCapabilities, Data: []byte{0, 0, 0, 0}}})
		}},
		{id: "rfc9420-5.3.1-03", name: "mallory as an external sender", make: func(s *scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{
				s.encode(codepoint.ExtensionExternalSenders, s.externalSenders("sender 0", "mallory")),
			})
		}},
	})
	commits := func(types ...codepoint.ExtensionType) func(*scene) *recipe {
		return func(s *scene) *recipe {
			return s.committing(s.alice, inline(group.GroupContextExtensions(s.groupExtensions(types...))))
		}
	}
	requires := func(change func(*leaf.RequiredCapabilities)) func(*scene) *recipe {
		return func(s *scene) *recipe { return s.committing(s.alice, inline(s.requiring(change))) }
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-12.1.7-01", name: "extension", make: requires(func(r *leaf.RequiredCapabilities) {
			r.ExtensionTypes = append(r.ExtensionTypes, extRare)
		})},
		{id: "rfc9420-12.1.7-01", name: "proposal", make: requires(func(r *leaf.RequiredCapabilities) {
			r.ProposalTypes = append(r.ProposalTypes, proposalRare)
		})},
		{id: "rfc9420-12.1.7-01", name: "credential", make: requires(func(r *leaf.RequiredCapabilities) {
			r.CredentialTypes = append(r.CredentialTypes, credRare)
		})},
		{id: "rfc9420-12.1.7-04", name: "extension that bob does not support", make: commits(extInUse, extRare)},
		{id: "rfc9420-12.1.7-04", name: "extension that nobody supports, nor the path's leaf", as: "rfc9420-13.4-08", make: commits(extUnknown)},
		// Each member lists the reserved value and does not support it.
		{id: "rfc9420-13.5-03", name: "GREASE in the GroupContext", as: "rfc9420-12.1.7-04", make: commits(extInUse, grease)},
		{id: "rfc9420-13.5-06", name: "GREASE required", as: "rfc9420-12.1.7-01", make: requires(func(r *leaf.RequiredCapabilities) {
			r.ExtensionTypes = append(r.ExtensionTypes, grease)
		})},
		{id: "rfc9420-12.1.7-02", name: "client that lacks a new requirement", as: "rfc9420-7.3-02", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.requiringSpare()), inline(s.withoutSpare(s.frank)))
		}},
		{id: "rfc9420-12.3-02", name: "Add in front of the requirement", as: "rfc9420-7.3-02", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.withoutSpare(s.frank)), inline(s.requiringSpare()))
		}},
		{id: "rfc9420-12.3-02", name: "Update that lacks a new requirement", as: "rfc9420-7.3-02", make: func(s *scene) *recipe {
			update := s.sent(s.bob, s.updateOf(s.bob, dropSpare))
			return s.committing(s.alice, update, inline(s.requiringSpare()))
		}},
		{id: "rfc9420-12.3-02", name: "path that lacks a new requirement", as: "rfc9420-7.3-02", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.requiringSpare())).at(leafReady, func(d *draft) { dropSpare(d.path.leaf) })
		}},
		{id: "rfc9420-12.3-02", name: "Add that lacks a new extension", as: "rfc9420-13.4-07", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) {
				n.Capabilities.Extensions = drop(n.Capabilities.Extensions, codepoint.ExtensionLastResort)
			})
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}),
				inline(group.GroupContextExtensions(s.groupExtensions(extInUse, codepoint.ExtensionLastResort))))
		}},
	})
}

// requiring returns a proposal of GroupContext extensions that differ from the
// present ones in what they require.
func (s *scene) requiring(change func(*leaf.RequiredCapabilities)) message.Proposal {
	s.t.Helper()
	list := s.alice.Extensions().Clone()
	required, err := list.RequiredCapabilities()
	if err != nil {
		s.t.Fatal(err)
	}
	change(required)
	i := slices.IndexFunc(list, func(e leaf.Extension) bool { return e.Type == codepoint.ExtensionRequiredCapabilities })
	list[i] = s.encode(codepoint.ExtensionRequiredCapabilities, required)
	return group.GroupContextExtensions(list)
}

// requiringSpare makes a credential type required that all members support.
func (s *scene) requiringSpare() message.Proposal {
	return s.requiring(func(r *leaf.RequiredCapabilities) { r.CredentialTypes = append(r.CredentialTypes, credSpare) })
}

func dropSpare(n *leaf.LeafNode) {
	n.Capabilities.Credentials = drop(n.Capabilities.Credentials, credSpare)
}

// withoutSpare returns a proposal to add a client that does not support that type.
func (s *scene) withoutSpare(c *client) message.Proposal {
	return message.Proposal{Body: &message.Add{KeyPackage: s.keyPackage(c, dropSpare)}}
}

func TestProposalFromOutside(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-12.1.8-02", name: "index of no sender", make: func(s *scene) *recipe {
			r := s.fromExternal(1, group.Remove(3))
			r.content.Sender.SenderIndex = 2
			return r
		}},
		{id: "rfc9420-12.1.8-02", name: "last index there can be", make: func(s *scene) *recipe {
			r := s.fromExternal(1, group.Remove(3))
			r.content.Sender.SenderIndex = 1<<32 - 1
			return r
		}},
		{id: "rfc9420-12.1.8-02", name: "no external senders", make: func(s *scene) *recipe {
			s.commit(s.members, group.CommitOptions{Proposals: propose(group.GroupContextExtensions(nil))})
			return s.fromExternal(0, group.Remove(3))
		}},
		{id: "rfc9420-12.1.8-03", name: "signed by another entry", make: func(s *scene) *recipe {
			r := s.fromExternal(0, group.Remove(3))
			r.signer = s.external[1]
			return r
		}},
		{id: "rfc9420-12.1.8-03", name: "signed by a member", make: func(s *scene) *recipe {
			r := s.fromExternal(0, group.Remove(3))
			r.signer = s.alice.signer
			return r
		}},
		{id: "rfc9420-12.1.8-04", name: "not authorized", make: func(s *scene) *recipe {
			s.reconfigure(func(c *group.Config) { c.Authorize = refuseRemoves })
			return s.fromExternal(0, group.Remove(3))
		}},
		{id: "rfc9420-12.1-01", name: "external sender in the past epoch", make: func(s *scene) *recipe {
			return s.fromExternal(0, group.Remove(3)).at(framed, inEpoch(-1))
		}},
		{id: "rfc9420-12.1-01", name: "new member in the next epoch", make: func(s *scene) *recipe {
			return s.fromNewMember(s.frank, s.addition(s.frank)).at(framed, inEpoch(1))
		}},
		{id: "rfc9420-12.1.3-01", name: "external sender removes nobody", make: func(s *scene) *recipe {
			return s.fromExternal(1, group.Remove(6))
		}},
		{id: "rfc9420-7.3-01", name: "new member's leaf", make: func(s *scene) *recipe {
			return s.fromNewMember(s.frank, s.resigned(flipLeafSignature))
		}},
	})
}
