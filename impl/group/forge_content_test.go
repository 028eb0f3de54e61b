package group_test

import (
	"bytes"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// sender returns a recipe for a message of a member with the given content.
func (s *scene) sender(c *client, content framing.FramedContent) *recipe {
	content.GroupID, content.Epoch, content.Sender = c.ID(), c.Epoch(), framing.Member(c.OwnIndex())
	insider := c.Insider()
	return &recipe{by: insider, content: content, signer: insider.Signer, rand: s.config.Rand, psk: s.secretOf}
}

// secretOf returns the secret of a pre-shared key; one that nobody knows has an
// invented secret.
func (s *scene) secretOf(id *schedule.PreSharedKeyID) ciphersuite.Secret {
	if id.Type == schedule.PSKResumption {
		if secret, ok := s.alice.Resumption(id.Epoch); ok && bytes.Equal(id.GroupID, s.alice.ID()) {
			return secret
		}
	}
	if secret, ok := s.psks[string(id.ID)]; ok {
		return secret
	}
	return ciphersuite.Secret("invented")
}

// proposal returns a recipe for a proposal of a member.
func (s *scene) proposal(c *client, p message.Proposal) *recipe {
	return s.sender(c, framing.FramedContent{ContentType: framing.ContentProposal, Proposal: &p})
}

// application returns a recipe for application data of a member.
func (s *scene) application(c *client, data string) *recipe {
	return s.sender(c, framing.FramedContent{ContentType: framing.ContentApplication, ApplicationData: []byte(data)})
}

// committing returns a recipe for a Commit of a member, with a path.
func (s *scene) committing(c *client, list ...covered) *recipe {
	r := s.sender(c, framing.FramedContent{ContentType: framing.ContentCommit})
	r.leaf = c.OwnLeaf()
	for _, p := range list {
		if p.ref == nil {
			p.from = r.content.Sender
		}
		r.list = append(r.list, p)
	}
	return r
}

// withoutPath returns the recipe for a Commit that has no path.
func (r *recipe) withoutPath() *recipe {
	c := *r
	c.leaf = nil
	return &c
}

// inline covers a proposal by value.
func inline(p message.Proposal) covered { return covered{proposal: &p} }

// sent has a member send a proposal that all accept, and covers it by reference.
func (s *scene) sent(c *client, p message.Proposal) covered {
	s.t.Helper()
	m, err := s.proposal(c, p).forge(codepoint.WireFormatPublicMessage)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.arrives(c, m, s.members...)
}

// arrives takes a proposal of a member to members, all of which have to accept it.
func (s *scene) arrives(c *client, m *framing.MLSMessage, members ...*client) covered {
	s.t.Helper()
	r := s.deliver(m, members...)[0]
	return covered{proposal: r.Proposal, from: framing.Member(c.OwnIndex()), ref: r.Ref}
}

// addition returns a proposal to add a client, which is not verified.
func (s *scene) addition(c *client) message.Proposal {
	return message.Proposal{Body: &message.Add{KeyPackage: c.bundle.KeyPackage}}
}

// keyPackage returns the client's KeyPackage with its leaf changed, signed anew.
func (s *scene) keyPackage(c *client, change func(*leaf.LeafNode)) keypackage.KeyPackage {
	s.t.Helper()
	kp := c.bundle.KeyPackage
	kp.LeafNode = *kp.LeafNode.Clone()
	change(&kp.LeafNode)
	if err := kp.LeafNode.Sign(s.suite, c.signer, nil, 0); err != nil {
		s.t.Fatal(err)
	}
	if err := kp.Sign(s.suite, c.signer); err != nil {
		s.t.Fatal(err)
	}
	return kp
}

// updateOf returns an Update of a member with the new leaf changed before it is
// signed.
func (s *scene) updateOf(c *client, change func(*leaf.LeafNode)) message.Proposal {
	s.t.Helper()
	key, err := s.suite.GenerateKEMKey(s.config.Rand)
	if err != nil {
		s.t.Fatal(err)
	}
	n := c.OwnLeaf().Clone()
	n.EncryptionKey = key.Public()
	n.Source, n.Lifetime, n.ParentHash = leaf.SourceUpdate, leaf.Lifetime{}, nil
	change(n)
	if err := n.Sign(s.suite, c.signer, c.ID(), c.OwnIndex()); err != nil {
		s.t.Fatal(err)
	}
	return message.Proposal{Body: &message.Update{LeafNode: *n}}
}

// fromExternal returns a recipe for a proposal of an external sender.
func (s *scene) fromExternal(i uint32, p message.Proposal) *recipe {
	r := s.proposal(s.alice, p)
	r.content.Sender = framing.Sender{Type: framing.SenderExternal, SenderIndex: i}
	r.signer = s.external[i]
	return r
}

// fromNewMember returns a recipe for a proposal of a client that wants to join.
func (s *scene) fromNewMember(c *client, p message.Proposal) *recipe {
	r := s.proposal(s.alice, p)
	r.content.Sender = framing.Sender{Type: framing.SenderNewMemberProposal}
	r.signer = c.signer
	return r
}

// custom returns a proposal that all members support.
func custom(data string) message.Proposal { return group.Custom(proposalRequired, []byte(data)) }

func (s *scene) externalPSK(id string) message.Proposal {
	return s.psk(schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: []byte(id)})
}

func (s *scene) resumptionPSK(groupID []byte, epoch uint64) message.Proposal {
	return s.psk(schedule.PreSharedKeyID{
		Type:    schedule.PSKResumption,
		Usage:   schedule.UsageApplication,
		GroupID: groupID,
		Epoch:   epoch,
	})
}

// psk returns a proposal for the pre-shared key, with a fresh nonce.
func (s *scene) psk(id schedule.PreSharedKeyID) message.Proposal {
	s.t.Helper()
	id.Nonce = make([]byte, s.suite.HashSize())
	if _, err := io.ReadFull(s.config.Rand, id.Nonce); err != nil {
		s.t.Fatal(err)
	}
	return message.Proposal{Body: &message.PreSharedKey{PSK: id}}
}
