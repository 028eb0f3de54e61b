package group

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// An opened message has passed the checks of RFC 9420, Section 6: its framing
// and its signature.
type opened struct {
	*framing.AuthenticatedContent
	// consume deletes the key that the message was encrypted with. It is called
	// when the message has been accepted.
	consume func()
}

// open verifies the framing of a message and its signature.
func (g *Group) open(m *framing.MLSMessage) (*opened, error) {
	switch {
	case m.PublicMessage != nil:
		return g.openPublic(m.PublicMessage)
	case m.PrivateMessage != nil:
		return g.openPrivate(m.PrivateMessage)
	}
	return nil, fmt.Errorf("%w: %v", ErrUnexpectedMessage, m.WireFormat())
}

// checkEpoch verifies that a message is for this group, and a handshake message
// for its present epoch.
func (g *Group) checkEpoch(groupID []byte, epoch uint64, t framing.ContentType, from framing.SenderType) error {
	if !bytes.Equal(groupID, g.ID()) {
		return rule.Errorf("rfc9420-6-08", "group_id is %x, want %x", groupID, g.ID())
	}
	switch {
	case epoch == g.Epoch() && g.reinit != nil && t != framing.ContentApplication:
		return errEnded(t, from)
	case epoch == g.Epoch():
		return nil
	case t == framing.ContentProposal:
		return rule.Errorf("rfc9420-12.1-01", "proposal for epoch %d, present is %d", epoch, g.Epoch())
	case t == framing.ContentCommit:
		return rule.Errorf("rfc9420-12.4.2-01", "commit for epoch %d, present is %d", epoch, g.Epoch())
	case epoch > g.Epoch():
		return rule.Errorf("rfc9420-6-09", "application message of epoch %d, present is %d", epoch, g.Epoch())
	}
	return nil
}

// errEnded refuses a handshake message after a ReInit. A member that is in that
// epoch must not send any more. Others may not know that, but this member is to
// wait for the Welcome of the successor: that one follows from the group whose
// last Commit had the ReInit, so that there can be no further Commit
// (RFC 9420, Sections 12.4.2 and 12.4.3.1).
func errEnded(t framing.ContentType, from framing.SenderType) error {
	if from == framing.SenderMember {
		return rule.Errorf("rfc9420-12.4.2-07", "%v in a group that a ReInit has ended", t)
	}
	return rule.Errorf("rfc9420-12.4.2-08", "%v from outside to a group that a ReInit has ended", t)
}

func (g *Group) openPublic(m *framing.PublicMessage) (*opened, error) {
	c := &m.Content
	if err := g.checkEpoch(c.GroupID, c.Epoch, c.ContentType, c.Sender.Type); err != nil {
		return nil, err
	}
	a, err := m.Unprotect(g.suite, g.secrets.MembershipKey, g.encoded)
	if err != nil {
		return nil, err
	}
	key, err := g.senderKey(c)
	if err != nil {
		if c.Sender.Type != framing.SenderNewMemberCommit && isExternal(c.Commit) {
			return nil, rule.Errorf("rfc9420-12.4.3.2-05", "external Commit with sender type %v: %w", c.Sender.Type, err)
		}
		return nil, err
	}
	if err := a.VerifyOnce(g.config.Policy.Verified, g.suite, key, g.encoded); err != nil {
		err = rule.Errorf("rfc9420-6.2-03", "%w", err)
		switch c.Sender.Type {
		case framing.SenderExternal:
			return nil, rule.Errorf("rfc9420-12.1.8-03", "%w", err)
		case framing.SenderNewMemberCommit:
			return nil, rule.Errorf("rfc9420-12.4.3.2-03", "%w", err)
		}
		return nil, err
	}
	return &opened{AuthenticatedContent: a, consume: func() {}}, nil
}

// isExternal reports whether the content is that of an external Commit.
func isExternal(c *message.Commit) bool {
	return c != nil && slices.ContainsFunc(c.Proposals, func(p message.ProposalOrRef) bool {
		return p.Proposal != nil && p.Proposal.Type() == codepoint.ProposalExternalInit
	})
}

// senderKey returns the signature key that belongs to the sender of a
// PublicMessage, and verifies that the sender may send such a content
// (RFC 9420, Section 6.1).
func (g *Group) senderKey(c *framing.FramedContent) ([]byte, error) {
	switch c.Sender.Type {
	case framing.SenderExternal:
		return g.externalSenderKey(c)
	case framing.SenderNewMemberProposal:
		if c.ContentType != framing.ContentProposal {
			return nil, rule.Errorf("rfc9420-6.1-06", "sender type new_member_proposal with a %v", c.ContentType)
		}
		add, ok := c.Proposal.Body.(*message.Add)
		if !ok {
			return nil, rule.Errorf("rfc9420-6.1-07", "sender type new_member_proposal with proposal %v", c.Proposal.Type())
		}
		return add.KeyPackage.LeafNode.SignatureKey, nil
	case framing.SenderNewMemberCommit:
		if c.ContentType != framing.ContentCommit {
			return nil, rule.Errorf("rfc9420-6.1-05", "sender type new_member_commit with a %v", c.ContentType)
		}
		if c.Commit.Path == nil {
			return nil, rule.Errorf("rfc9420-12.4.3.2-01", "external Commit without path")
		}
		return c.Commit.Path.LeafNode.SignatureKey, nil
	}
	key := g.signatureKey(c.Sender.LeafIndex)
	if key == nil {
		return nil, rule.Errorf("rfc9420-6.1-11", "sender: leaf %d is blank", c.Sender.LeafIndex)
	}
	return key, nil
}

func (g *Group) externalSenderKey(c *framing.FramedContent) ([]byte, error) {
	if c.ContentType != framing.ContentProposal {
		return nil, rule.Errorf("rfc9420-6.1-03", "external sender with a %v", c.ContentType)
	}
	if !c.Proposal.Type().FromExternal() {
		return nil, rule.Errorf("rfc9420-6.1-04", "external sender with proposal %v", c.Proposal.Type())
	}
	senders, err := g.context.Extensions.ExternalSenders()
	if err != nil {
		return nil, err
	}
	if int64(c.Sender.SenderIndex) >= int64(len(senders)) {
		return nil, rule.Errorf("rfc9420-12.1.8-02", "sender_index is %d, there are %d external senders", c.Sender.SenderIndex, len(senders))
	}
	return senders[c.Sender.SenderIndex].SignatureKey, nil
}

// openPrivate decrypts a message with the keys of its epoch, which for
// application data can be a past one.
func (g *Group) openPrivate(m *framing.PrivateMessage) (*opened, error) {
	if err := g.checkEpoch(m.GroupID, m.Epoch, m.ContentType, framing.SenderMember); err != nil {
		return nil, err
	}
	keys, context, signatureKey := g.keys(), g.encoded, g.signatureKey
	if m.Epoch != g.Epoch() {
		p := g.pastEpoch(m.Epoch)
		if p == nil {
			return nil, rule.Errorf("rfc9420-6-10", "keys of epoch %d are not kept", m.Epoch)
		}
		keys, context, signatureKey = p.keys(g.suite), p.encoded, p.signatureKey
	}
	occupied := func(i treemath.LeafIndex) bool { return signatureKey(i) != nil }
	u, err := m.Unprotect(keys, occupied, g.config.maxForward())
	if err != nil {
		return nil, err
	}
	if err := u.VerifyOnce(g.config.Policy.Verified, g.suite, signatureKey(u.Content.Sender.LeafIndex), context); err != nil {
		return nil, rule.Errorf("rfc9420-6.3.1-05", "%w", err)
	}
	return &opened{AuthenticatedContent: u.AuthenticatedContent, consume: func() { u.Consume(keys.SecretTree) }}, nil
}

func (g *Group) pastEpoch(epoch uint64) *pastEpoch {
	for i := range g.past {
		if g.past[i].epoch == epoch {
			return &g.past[i]
		}
	}
	return nil
}
