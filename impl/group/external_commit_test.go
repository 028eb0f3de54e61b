package group_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// External Commits without faults: with the ExternalInit at the end, and a PSK
// and the Remove of the joiner's old leaf before it (rfc9420-12.2-23).
func TestExternalCommitAccepted(t *testing.T) {
	base := newScene(t)
	for name, make := range map[string]func(*scene) *recipe{
		"join": func(s *scene) *recipe { return s.joining(s.frank) },
		"resync with the same signature key": func(s *scene) *recipe {
			init, secret := s.externalInit()
			psk := must(s.alice.ExternalPSK([]byte("known")))
			return s.joiningWith(s.again(s.bob), secret, inline(group.Remove(1)), inline(psk), init)
		},
		"resync at the right end": func(s *scene) *recipe {
			return s.joining(s.again(s.erin), inline(group.Remove(4)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := base.fork(t)
			r := make(s)
			var next *schedule.Epoch
			m, err := r.at(tagged, func(d *draft) { next = d.next }).forge(public)
			if err != nil {
				t.Fatal(err)
			}
			for i, received := range s.deliver(m, s.members...) {
				if s.members[i].IsRemoved() {
					if !received.Commit.SelfRemoved {
						t.Errorf("%s is removed and is not told", s.members[i].name)
					}
					continue
				}
				if string(s.members[i].EpochAuthenticator()) != string(next.EpochAuthenticator) {
					t.Errorf("%s is in another epoch", s.members[i].name)
				}
			}
		})
	}
}

// joiningLeaf is an external Commit of frank whose leaf is changed before it is
// signed.
func joiningLeaf(change func(*leaf.LeafNode)) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return s.joining(s.frank).at(leafReady, func(d *draft) { change(d.path.leaf) })
	}
}

// joiningWithSender is an external Commit of frank under another sender type,
// with a signature that fits.
func joiningWithSender(sender framing.Sender) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return s.joining(s.frank).at(framed, func(d *draft) { d.auth.Content.Sender = sender })
	}
}

func joiningWithProposal(p func(*scene) message.Proposal) func(*scene) *recipe {
	return func(s *scene) *recipe { return s.joining(s.frank, inline(p(s))) }
}

// The proposal list of an external Commit (RFC 9420, Sections 12.1 and 12.2).
func TestExternalCommitProposals(t *testing.T) {
	runExternalCases(t, []externalCase{
		{id: "rfc9420-8.3-01", name: "empty kem_output", make: badKEMOutput(nil)},
		{id: "rfc9420-8.3-01", name: "short kem_output", make: badKEMOutput(make([]byte, 31))},
		{id: "rfc9420-8.3-01", name: "kem_output of low order", make: badKEMOutput(make([]byte, 32))},
		{id: "rfc9420-8.3-01", name: "kem_output for another key", as: "rfc9420-12.4.3.2-04", make: func(s *scene) *recipe {
			other := must(s.suite.GenerateKEMKey(s.config.Rand))
			kemOutput, secret, err := s.suite.ExternalInitSend(s.config.Rand, other.Public())
			if err != nil {
				s.t.Fatal(err)
			}
			return s.joiningWith(s.frank, secret, inline(message.Proposal{Body: &message.ExternalInit{KEMOutput: kemOutput}}))
		}},
		{id: "rfc9420-11.3-04", name: "branch PSK", make: joiningWithProposal(func(s *scene) message.Proposal {
			return s.resumption(schedule.UsageBranch)
		})},
		{id: "rfc9420-12.1.3-01", name: "Remove of a blank leaf", make: joiningWithProposal(func(*scene) message.Proposal {
			return group.Remove(5)
		})},
		{id: "rfc9420-12.1.4-01", name: "psk_nonce too short", make: joiningWithProposal(func(s *scene) message.Proposal {
			p := must(s.alice.ExternalPSK([]byte("known")))
			id := &p.Body.(*message.PreSharedKey).PSK
			id.Nonce = id.Nonce[1:]
			return p
		})},
		{id: "rfc9420-12.2-01", name: "Remove of a blank leaf", make: joiningWithProposal(func(*scene) message.Proposal {
			return group.Remove(0x80000000)
		})},
		{id: "rfc9420-12.2-09", name: "one PSK twice", make: func(s *scene) *recipe {
			p := inline(must(s.alice.ExternalPSK([]byte("known"))))
			return s.joining(s.frank, p, p)
		}},
		{id: "rfc9420-12.2-18", name: "none", make: func(s *scene) *recipe {
			return s.joiningWith(s.frank, s.alice.Insider().Secrets.InitSecret)
		}},
		{id: "rfc9420-12.2-18", name: "two", make: func(s *scene) *recipe {
			one, _ := s.externalInit()
			two, secret := s.externalInit()
			return s.joiningWith(s.frank, secret, one, two)
		}},
		{id: "rfc9420-12.2-18", name: "one twice", make: func(s *scene) *recipe {
			one, secret := s.externalInit()
			return s.joiningWith(s.frank, secret, one, one)
		}},
		{id: "rfc9420-12.2-19", name: "two Removes", make: func(s *scene) *recipe {
			return s.joining(s.again(s.bob), inline(group.Remove(1)), inline(group.Remove(2)))
		}},
		{id: "rfc9420-12.2-19", name: "one Remove twice", make: func(s *scene) *recipe {
			return s.joining(s.again(s.bob), inline(group.Remove(1)), inline(group.Remove(1))).at(listed, func(d *draft) {
				d.list = d.list[:2] // so that it can be applied
			})
		}},
		{id: "rfc9420-12.2-22", name: "Add", make: joiningWithProposal(func(s *scene) message.Proposal {
			return s.addition(s.member("grace"))
		})},
		{id: "rfc9420-12.2-22", name: "Update", make: joiningWithProposal(func(s *scene) message.Proposal {
			return s.updateOf(s.alice, func(*leaf.LeafNode) {})
		})},
		{id: "rfc9420-12.2-22", name: "GroupContextExtensions", make: joiningWithProposal(func(s *scene) message.Proposal {
			return group.GroupContextExtensions(s.groupExtensions(extInUse))
		})},
		{id: "rfc9420-12.2-22", name: "ReInit", make: joiningWithProposal(func(s *scene) message.Proposal {
			return group.ReInit(message.ReInit{GroupID: []byte("next"), Version: 1, CipherSuite: 1})
		})},
		{id: "rfc9420-12.2-22", name: "custom type that all know", make: joiningWithProposal(func(*scene) message.Proposal {
			return group.Custom(proposalRequired, []byte("data"))
		})},
		{id: "rfc9420-12.4.2-02", name: "unknown PSK", make: joiningWithProposal(func(s *scene) message.Proposal {
			return must(s.alice.ExternalPSK([]byte("unknown")))
		})},
		{id: "rfc9420-12.4.3.2-02", name: "PSK by reference", make: func(s *scene) *recipe {
			return s.joining(s.frank, s.sent(s.bob, must(s.bob.ExternalPSK([]byte("known")))))
		}},
		{id: "rfc9420-12.4.3.2-02", name: "Remove by reference", make: func(s *scene) *recipe {
			return s.joining(s.again(s.bob), s.sent(s.bob, group.Remove(1)))
		}},
		{id: "rfc9420-12.4.3.2-02", name: "reference to nothing", make: func(s *scene) *recipe {
			return s.joining(s.frank, covered{proposal: &message.Proposal{}, ref: make([]byte, 32)})
		}},
		{id: "rfc9420-12.4.3.2-08", name: "resync with a reinit PSK", as: "rfc9420-11.2-04", make: func(s *scene) *recipe {
			return s.joining(s.again(s.bob), inline(group.Remove(1)), inline(s.resumption(schedule.UsageReInit)))
		}},
	})
}

func badKEMOutput(kemOutput []byte) func(*scene) *recipe {
	return func(s *scene) *recipe {
		init := inline(message.Proposal{Body: &message.ExternalInit{KEMOutput: kemOutput}})
		return s.joiningWith(s.frank, make(ciphersuite.Secret, 32), init)
	}
}

// resumption returns a proposal to inject the resumption PSK of the present epoch.
func (s *scene) resumption(usage schedule.ResumptionPSKUsage) message.Proposal {
	p := must(s.alice.ResumptionPSK(s.alice.ID(), s.alice.Epoch()))
	p.Body.(*message.PreSharedKey).PSK.Usage = usage
	return p
}

// The joiner's leaf and path (RFC 9420, Sections 7.3, 7.5, 12.2 and 12.4.2).
func TestExternalCommitPath(t *testing.T) {
	runExternalCases(t, []externalCase{
		{id: "rfc9420-5.3.1-01", name: "refused identity", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Credential = leaf.Basic([]byte("mallory"))
		})},
		{id: "rfc9420-7.2-03", name: "extension not listed", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Extensions = append(l.Extensions, leaf.Extension{Type: extUnknown})
		})},
		{id: "rfc9420-7.3-01", name: "bit of the leaf's signature", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(leafSigned, func(d *draft) {
				d.path.leaf.Signature = toggled(d.path.leaf.Signature)
			})
		}},
		{id: "rfc9420-7.3-02", name: "required extension not listed", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Capabilities.Extensions = drop(l.Capabilities.Extensions, extRequired)
		})},
		{id: "rfc9420-7.3-03", name: "credential type that bob does not list", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Credential = leaf.Credential{Type: credRare}
		})},
		{id: "rfc9420-7.3-04", name: "dave's credential type not listed", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Capabilities.Credentials = drop(l.Capabilities.Credentials, credInUse)
		})},
		{id: "rfc9420-7.3-09", name: "signature_key of a member that stays", make: func(s *scene) *recipe {
			return s.joining(s.again(s.bob))
		}},
		{id: "rfc9420-7.3-10", name: "encryption_key of a member", make: func(s *scene) *recipe {
			key := s.bob.OwnLeaf().EncryptionKey
			return s.joining(s.frank).at(leafReady, func(d *draft) { d.path.leaf.EncryptionKey = key })
		}, as: "rfc9420-12.4.2-05"},
		{id: "rfc9420-7.5-05", name: "a node too few", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(pathEncrypted, func(d *draft) { d.commit.Path.Nodes = d.commit.Path.Nodes[:1] })
		}},
		{id: "rfc9420-7.6-01", name: "a ciphertext too few", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(pathEncrypted, func(d *draft) {
				n := &d.commit.Path.Nodes[1]
				n.EncryptedPathSecret = n.EncryptedPathSecret[1:]
			})
		}},
		{id: "rfc9420-7.9.2-04", name: "bit of parent_hash", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.ParentHash = toggled(l.ParentHash)
		})},
		{id: "rfc9420-11.1-01", name: "version not listed", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Capabilities.Versions = nil
		})},
		{id: "rfc9420-12.2-20", name: "encryption_key of the old leaf", make: func(s *scene) *recipe {
			old := s.bob.OwnLeaf().EncryptionKey
			return s.joining(s.again(s.bob), inline(group.Remove(1))).at(leafReady, func(d *draft) {
				d.path.leaf.EncryptionKey = old
			})
		}},
		{id: "rfc9420-12.2-21", name: "mallet removes bob", make: func(s *scene) *recipe {
			mallet := s.member("mallet")
			return s.joining(mallet, inline(group.Remove(1)))
		}},
		{id: "rfc9420-12.4.2-03", name: "source update", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Source = leaf.SourceUpdate
		})},
		{id: "rfc9420-12.4.2-03", name: "source key_package", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Source, l.Lifetime = leaf.SourceKeyPackage, leaf.Lifetime{NotAfter: 1 << 40}
		})},
		{id: "rfc9420-12.4.2-05", name: "key of a parent in the tree", make: func(s *scene) *recipe {
			key := s.alice.Tree().Parent(3).EncryptionKey
			return s.joining(s.frank).at(keyed, func(d *draft) { d.path.keys[0] = key })
		}},
		{id: "rfc9420-12.4.2-10", name: "next leaf on the right", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(applied, func(d *draft) { d.committer = 6 })
		}},
		{id: "rfc9420-12.4.2-10", name: "not the freed leaf", make: func(s *scene) *recipe {
			return s.joining(s.again(s.carol), inline(group.Remove(2))).at(applied, func(d *draft) { d.committer = 5 })
		}},
		{id: "rfc9420-13.4-08", name: "extension in use not listed", make: joiningLeaf(func(l *leaf.LeafNode) {
			l.Capabilities.Extensions = drop(l.Capabilities.Extensions, extInUse)
		})},
		{id: "rfc9420-16.7-01", name: "two nodes with one key", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(keyed, func(d *draft) { d.path.keys[0] = d.path.keys[1] })
		}},
	})
}

// The frame of an external Commit (RFC 9420, Sections 6.1, 12.4.2 and 12.4.3.2).
func TestExternalCommitFraming(t *testing.T) {
	runExternalCases(t, []externalCase{
		{id: "rfc9420-6-08", name: "another group_id", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(framed, func(d *draft) { d.auth.Content.GroupID = []byte("another") })
		}},
		{id: "rfc9420-6.1-05", name: "proposal with sender type new_member_commit", make: func(s *scene) *recipe {
			p := s.addition(s.frank)
			r := s.joining(s.frank)
			r.content.ContentType, r.content.Proposal = framing.ContentProposal, &p
			return r
		}},
		{id: "rfc9420-6.1-08", name: "signed without GroupContext", as: "rfc9420-6.1-02", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(framed, func(d *draft) { d.signContext = nil })
		}},
		{id: "rfc9420-12.4.2-01", name: "epoch before", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(framed, func(d *draft) { d.auth.Content.Epoch-- })
		}},
		{id: "rfc9420-12.4.2-01", name: "epoch after", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(framed, func(d *draft) { d.auth.Content.Epoch++ })
		}},
		{id: "rfc9420-12.4.2-06", name: "bit of confirmation_tag", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(tagged, func(d *draft) {
				d.auth.Auth.ConfirmationTag = toggled(d.auth.Auth.ConfirmationTag)
			})
		}},
		{id: "rfc9420-12.4.3.2-01", name: "no path", make: func(s *scene) *recipe {
			return s.joining(s.frank).withoutPath()
		}},
		{id: "rfc9420-12.4.3.2-03", name: "another key than that of the leaf", make: func(s *scene) *recipe {
			other := s.newSigner()
			return s.joining(s.frank).at(framed, func(d *draft) { d.signer = other })
		}},
		{id: "rfc9420-12.4.3.2-03", name: "key of the removed leaf", make: func(s *scene) *recipe {
			bob := s.again(s.bob)
			bob.signer = s.newSigner()
			bob.bundle = s.bundle(leaf.Basic([]byte("bob")), bob.signer, s.options)
			return s.joining(bob, inline(group.Remove(1))).at(framed, func(d *draft) { d.signer = s.bob.signer })
		}},
		{id: "rfc9420-12.4.3.2-04", name: "init secret of zeros", make: func(s *scene) *recipe {
			init, _ := s.externalInit()
			return s.joiningWith(s.frank, make(ciphersuite.Secret, 32), init)
		}},
		{id: "rfc9420-12.4.3.2-04", name: "init secret of the group", make: func(s *scene) *recipe {
			init, _ := s.externalInit()
			return s.joiningWith(s.frank, s.alice.Insider().Secrets.InitSecret, init)
		}},
		{id: "rfc9420-12.4.3.2-05", name: "member at the joiner's leaf", make: joiningWithSender(framing.Member(5))},
		{id: "rfc9420-12.4.3.2-05", name: "member beyond the tree", make: joiningWithSender(framing.Member(0xffffffff))},
		{id: "rfc9420-12.4.3.2-05", name: "member without the membership key", as: "rfc9420-6.2-02", make: func(s *scene) *recipe {
			return joiningWithSender(framing.Member(5))(s).at(toTag, func(d *draft) { d.membershipKey = d.random(32) })
		}},
		{id: "rfc9420-12.4.3.2-05", name: "external sender", make: joiningWithSender(framing.Sender{Type: framing.SenderExternal})},
		{id: "rfc9420-12.4.3.2-05", name: "new_member_proposal", make: joiningWithSender(framing.Sender{Type: framing.SenderNewMemberProposal})},
		{id: "rfc9420-6.1-03", name: "external sender", make: func(s *scene) *recipe {
			r := joiningWithSender(framing.Sender{Type: framing.SenderExternal})(s)
			r.signer = s.external[0]
			return r
		}},
		{id: "rfc9420-6.1-06", name: "new_member_proposal", make: joiningWithSender(framing.Sender{Type: framing.SenderNewMemberProposal})},
	})
}
