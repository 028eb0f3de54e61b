package group_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// proposalFault is a proposal of bob that is changed at a stage.
func proposalFault(at stage, change func(*draft)) func(*scene) *recipe {
	return func(s *scene) *recipe { return s.proposal(s.bob, custom("one")).at(at, change) }
}

// commitFault is a Commit of alice that is changed at a stage.
func commitFault(at stage, change func(*draft)) func(*scene) *recipe {
	return func(s *scene) *recipe { return s.committing(s.alice).at(at, change) }
}

// flipSignature is a hook for the stage signed.
func flipSignature(d *draft) { d.auth.Auth.Signature = toggled(d.auth.Auth.Signature) }

// flipConfirmation is a hook for the stage tagged.
func flipConfirmation(d *draft) { d.auth.Auth.ConfirmationTag = toggled(d.auth.Auth.ConfirmationTag) }

// withoutContext is a hook for the stage toSign: it takes the GroupContext out of
// what is signed.
func withoutContext(d *draft) { d.tbs = bytes.TrimSuffix(d.tbs, d.signContext) }

// withContext is a hook for the stage toSign of messages from outside.
func withContext(d *draft) { d.tbs = append(d.tbs, d.signContext...) }

// otherFormat is a hook for the stage toSign: it exchanges the wire formats
// PublicMessage and PrivateMessage in what is signed.
func otherFormat(d *draft) { d.tbs[3] ^= 3 }

// fromLeaf returns a hook for the stage framed.
func fromLeaf(i treemath.LeafIndex) func(*draft) {
	return func(d *draft) { d.auth.Content.Sender.LeafIndex = i }
}

// inEpoch returns a hook for the stage framed that changes the epoch.
func inEpoch(step int) func(*draft) {
	return func(d *draft) { d.auth.Content.Epoch += uint64(step) }
}

func otherGroup(d *draft) { d.auth.Content.GroupID = []byte("another group") }

func TestFraming(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-6-01", name: "application data in the open", only: public, make: func(s *scene) *recipe {
			return s.application(s.bob, "in the open")
		}},
		{id: "rfc9420-6-08", name: "proposal", make: proposalFault(framed, otherGroup)},
		{id: "rfc9420-6-08", name: "commit", make: commitFault(framed, otherGroup)},
		{id: "rfc9420-6-08", name: "application", make: func(s *scene) *recipe {
			return s.application(s.bob, "astray").at(framed, otherGroup)
		}},
		{id: "rfc9420-6-08", name: "one bit", make: proposalFault(framed, func(d *draft) {
			d.auth.Content.GroupID = toggled(d.auth.Content.GroupID)
		})},
		{id: "rfc9420-6-09", name: "next epoch", make: func(s *scene) *recipe {
			return s.application(s.bob, "early").at(framed, inEpoch(1))
		}},
		{id: "rfc9420-6-09", name: "last epoch of all", make: func(s *scene) *recipe {
			return s.application(s.bob, "early").at(framed, func(d *draft) { d.auth.Content.Epoch = 1<<64 - 1 })
		}},
		{id: "rfc9420-6-10", name: "before the receiver came", make: func(s *scene) *recipe {
			return s.application(s.bob, "late").at(framed, func(d *draft) { d.auth.Content.Epoch = 0 })
		}},
		{id: "rfc9420-12.1-01", name: "past epoch", make: proposalFault(framed, inEpoch(-1))},
		{id: "rfc9420-12.1-01", name: "next epoch", make: proposalFault(framed, inEpoch(1))},
		{id: "rfc9420-12.4.2-01", name: "past epoch", make: commitFault(framed, inEpoch(-1))},
		{id: "rfc9420-12.4.2-01", name: "next epoch", make: commitFault(framed, inEpoch(1))},
	})
}

func TestFramingSignature(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-6.1-02", name: "proposal", make: proposalFault(signed, flipSignature)},
		{id: "rfc9420-6.1-02", name: "commit", make: commitFault(signed, flipSignature)},
		{id: "rfc9420-6.1-02", name: "application", make: func(s *scene) *recipe {
			return s.application(s.bob, "forged").at(signed, flipSignature)
		}},
		{id: "rfc9420-6.1-02", name: "external sender", make: func(s *scene) *recipe {
			return s.fromExternal(0, group.Remove(3)).at(signed, flipSignature)
		}},
		{id: "rfc9420-6.1-02", name: "new member's proposal", make: func(s *scene) *recipe {
			return s.fromNewMember(s.frank, s.addition(s.frank)).at(signed, flipSignature)
		}},
		{id: "rfc9420-6.1-02", name: "external commit", make: func(s *scene) *recipe { return s.joining(s.frank).at(signed, flipSignature) }},
		{id: "rfc9420-6.1-02", name: "empty", make: proposalFault(signed, func(d *draft) { d.auth.Auth.Signature = nil })},

		{id: "rfc9420-6.1-08", name: "proposal without context", as: "rfc9420-6.1-02", make: proposalFault(toSign, withoutContext)},
		{id: "rfc9420-6.1-08", name: "commit without context", as: "rfc9420-6.1-02", make: commitFault(toSign, withoutContext)},
		{id: "rfc9420-6.1-08", name: "external commit without context", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(toSign, withoutContext)
		}},
		{id: "rfc9420-6.1-08", name: "context of the past epoch", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			return s.proposal(s.bob, custom("one")).at(toSign, func(d *draft) {
				withoutContext(d)
				d.tbs = append(d.tbs, encoded(s.before.Context)...)
			})
		}},
		{id: "rfc9420-6.1-09", name: "new member's proposal", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			return s.fromNewMember(s.frank, s.addition(s.frank)).at(toSign, withContext)
		}},
		{id: "rfc9420-6.1-09", name: "external sender", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			return s.fromExternal(0, group.Remove(3)).at(toSign, withContext)
		}},
		{id: "rfc9420-6.1-10", name: "proposal", as: "rfc9420-6.1-02", make: proposalFault(toSign, otherFormat)},
		{id: "rfc9420-6.1-10", name: "commit", as: "rfc9420-6.1-02", make: commitFault(toSign, otherFormat)},

		{id: "rfc9420-6.1-11", name: "proposal from a blank leaf", only: public, make: proposalFault(framed, fromLeaf(5))},
		{id: "rfc9420-6.1-11", name: "proposal from outside the tree", only: public, make: proposalFault(framed, fromLeaf(8))},
		{id: "rfc9420-6.1-11", name: "proposal from the last leaf there can be", only: public, make: proposalFault(framed, fromLeaf(1<<32-1))},
		{id: "rfc9420-6.1-11", name: "commit from a blank leaf", only: public, make: commitFault(framed, fromLeaf(5))},
		{id: "rfc9420-6.1-11", name: "commit from outside the tree", only: public, make: commitFault(framed, fromLeaf(8))},

		{id: "rfc9420-6.1-12", name: "signed with the new key", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			signer := s.newSigner()
			return s.committing(s.alice).
				at(leafReady, func(d *draft) { d.path.leaf.SignatureKey, d.path.signer = signer.Public(), signer }).
				at(framed, func(d *draft) { d.signer = signer })
		}},
	})
}

func TestSenderType(t *testing.T) {
	asExternal := func(s *scene, r *recipe) *recipe {
		r.signer = s.external[0]
		return r.at(framed, func(d *draft) { d.auth.Content.Sender = framing.Sender{Type: framing.SenderExternal} })
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-6.1-03", name: "commit", only: public, make: func(s *scene) *recipe { return asExternal(s, s.committing(s.alice)) }},
		// Application data in a PublicMessage is wrong from anybody.
		{id: "rfc9420-6.1-03", name: "application", as: "rfc9420-6-01", only: public, make: func(s *scene) *recipe {
			return asExternal(s, s.application(s.alice, "from outside"))
		}},
		{id: "rfc9420-6.1-04", name: "update", make: func(s *scene) *recipe {
			return s.fromExternal(0, s.updateOf(s.bob, func(*leaf.LeafNode) {}))
		}},
		{id: "rfc9420-6.1-04", name: "external_init", make: func(s *scene) *recipe {
			init, _ := s.externalInit()
			return s.fromExternal(0, *init.proposal)
		}},
		{id: "rfc9420-6.1-04", name: "a type that is not in the registry", make: func(s *scene) *recipe { return s.fromExternal(0, custom("one")) }},
		{id: "rfc9420-6.1-05", name: "add", make: func(s *scene) *recipe {
			r := s.fromNewMember(s.frank, s.addition(s.frank))
			r.content.Sender.Type = framing.SenderNewMemberCommit
			return r
		}},
		{id: "rfc9420-6.1-05", name: "application", as: "rfc9420-6-01", only: public, make: func(s *scene) *recipe {
			r := s.application(s.alice, "from outside")
			r.content.Sender, r.signer = framing.Sender{Type: framing.SenderNewMemberCommit}, s.frank.signer
			return r
		}},
		{id: "rfc9420-6.1-06", name: "commit", make: func(s *scene) *recipe {
			r := s.joining(s.frank)
			r.content.Sender.Type = framing.SenderNewMemberProposal
			return r
		}},
		{id: "rfc9420-6.1-07", name: "remove", make: func(s *scene) *recipe { return s.fromNewMember(s.frank, group.Remove(3)) }},
		{id: "rfc9420-6.1-07", name: "psk", make: func(s *scene) *recipe { return s.fromNewMember(s.frank, s.externalPSK("known")) }},
		{id: "rfc9420-6.1-07", name: "group_context_extensions", make: func(s *scene) *recipe {
			return s.fromNewMember(s.frank, group.GroupContextExtensions(s.groupExtensions()))
		}},
	})
}

func TestMembershipTag(t *testing.T) {
	changed := func(change func([]byte) []byte) func(*scene) *recipe {
		return proposalFault(protected, func(d *draft) {
			d.message.PublicMessage.MembershipTag = change(d.message.PublicMessage.MembershipTag)
		})
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-6.2-02", name: "one bit", only: public, make: changed(toggled)},
		{id: "rfc9420-6.2-02", name: "one bit, commit", only: public, make: commitFault(protected, func(d *draft) {
			d.message.PublicMessage.MembershipTag = toggled(d.message.PublicMessage.MembershipTag)
		})},
		{id: "rfc9420-6.2-02", name: "key of the past epoch", only: public, make: func(s *scene) *recipe {
			return s.proposal(s.bob, custom("one")).at(toTag, func(d *draft) { d.membershipKey = s.before.Secrets.MembershipKey })
		}},
		{id: "rfc9420-6.2-03", name: "confirmation_tag", only: public, make: commitFault(tagged, flipConfirmation)},
		{id: "rfc9420-6.2-03", name: "signature", only: public, make: commitFault(signed, flipSignature)},
		{id: "rfc9420-6.2-03", name: "signature of a proposal", only: public, make: proposalFault(signed, flipSignature)},
		{id: "rfc9420-6.2-04", name: "empty", as: "rfc9420-6.2-02", only: public, make: changed(func([]byte) []byte { return nil })},
		{id: "rfc9420-6.2-04", name: "16 bytes", as: "rfc9420-6.2-02", only: public, make: changed(func(tag []byte) []byte { return tag[:16] })},
		{id: "rfc9420-6.2-04", name: "one byte more", as: "rfc9420-6.2-02", only: public, make: changed(func(tag []byte) []byte { return append(tag, 0) })},
	})
}

func TestConfirmationTag(t *testing.T) {
	changed := func(change func(*scene, []byte) []byte) func(*scene) *recipe {
		return func(s *scene) *recipe {
			return s.committing(s.alice).at(tagged, func(d *draft) { d.auth.Auth.ConfirmationTag = change(s, d.auth.Auth.ConfirmationTag) })
		}
	}
	runRefusals(t, []refusal{
		{id: "rfc9420-12.4.2-06", name: "one bit", make: commitFault(tagged, flipConfirmation)},
		{id: "rfc9420-12.4.2-06", name: "that of the Commit before", make: changed(func(s *scene, _ []byte) []byte {
			info, err := s.bob.GroupInfo(group.GroupInfoOptions{})
			if err != nil {
				s.t.Fatal(err)
			}
			return info.ConfirmationTag
		})},
		{id: "rfc9420-12.4.2-06", name: "empty", make: changed(func(*scene, []byte) []byte { return nil })},
		{id: "rfc9420-12.4.2-06", name: "16 bytes", make: changed(func(_ *scene, tag []byte) []byte { return tag[:16] })},
		{id: "rfc9420-12.4.2-06", name: "without a path", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank))).withoutPath().at(tagged, flipConfirmation)
		}},
		{id: "rfc9420-12.4.2-06", name: "another commit_secret", make: commitFault(keysChosen, func(d *draft) {
			d.commitSecret = make(ciphersuite.Secret, len(d.commitSecret))
		})},
		{id: "rfc9420-12.4.2-06", name: "another psk_secret", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.externalPSK("known"))).at(keysChosen, func(d *draft) { d.psks = nil })
		}},
		{id: "rfc9420-8.4-07", name: "secret of another epoch", as: "rfc9420-12.4.2-06", make: func(s *scene) *recipe {
			psk, wrong := s.resumptionPSK(s.alice.ID(), s.alice.Epoch()-1), s.resumptionPSK(s.alice.ID(), s.alice.Epoch()-2)
			return s.committing(s.dave, inline(psk)).at(keysChosen, func(d *draft) {
				d.psks[0].Secret = s.secretOf(&wrong.Body.(*message.PreSharedKey).PSK)
			})
		}, to: func(s *scene) []*client { return s.except(s.dave, s.carol) }},
	})
}
