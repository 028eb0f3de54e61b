// Package framing wraps proposals, Commits and application data for the way to
// the group: signed, and then authenticated or encrypted (RFC 9420, Section 6).
package framing

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A ContentType tells what a message carries (RFC 9420, Section 6).
type ContentType uint8

// The content types of RFC 9420, Section 6.
const (
	ContentApplication ContentType = 1
	ContentProposal    ContentType = 2
	ContentCommit      ContentType = 3
)

func (t ContentType) String() string {
	switch t {
	case ContentApplication:
		return "application"
	case ContentProposal:
		return "proposal"
	case ContentCommit:
		return "commit"
	}
	return fmt.Sprintf("ContentType(%d)", uint8(t))
}

func readContentType(s *cryptobyte.String, t *ContentType) error {
	if err := syntax.ReadUint8(s, t); err != nil {
		return fmt.Errorf("content_type: %w", err)
	}
	if (*t < ContentApplication || *t > ContentCommit) && !rule.Skipped("rfc9420-6-07") {
		return rule.Errorf("rfc9420-6-07", "content_type is %d", uint8(*t))
	}
	return nil
}

// A SenderType tells in which role a message is sent (RFC 9420, Section 6).
type SenderType uint8

// The sender types of RFC 9420, Section 6.
const (
	SenderMember            SenderType = 1
	SenderExternal          SenderType = 2
	SenderNewMemberProposal SenderType = 3
	SenderNewMemberCommit   SenderType = 4
)

func (t SenderType) String() string {
	switch t {
	case SenderMember:
		return "member"
	case SenderExternal:
		return "external"
	case SenderNewMemberProposal:
		return "new_member_proposal"
	case SenderNewMemberCommit:
		return "new_member_commit"
	}
	return fmt.Sprintf("SenderType(%d)", uint8(t))
}

// A Sender names who sends a message (RFC 9420, Section 6).
type Sender struct {
	Type        SenderType
	LeafIndex   treemath.LeafIndex // of a member
	SenderIndex uint32             // of an external sender
}

// Member returns the sender that is the member at the leaf.
func Member(i treemath.LeafIndex) Sender { return Sender{Type: SenderMember, LeafIndex: i} }

func (d *Sender) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint8(uint8(d.Type))
	switch d.Type {
	case SenderMember:
		b.AddUint32(uint32(d.LeafIndex))
	case SenderExternal:
		b.AddUint32(d.SenderIndex)
	case SenderNewMemberProposal, SenderNewMemberCommit:
	default:
		if rule.Skipped("rfc9420-6-06") {
			break
		}
		b.SetError(rule.Errorf("rfc9420-6-06", "sender_type is %d", uint8(d.Type)))
	}
}

func (d *Sender) UnmarshalMLS(s *cryptobyte.String) error {
	*d = Sender{}
	if err := syntax.ReadUint8(s, &d.Type); err != nil {
		return fmt.Errorf("sender_type: %w", err)
	}
	switch d.Type {
	case SenderMember:
		if err := syntax.ReadUint32(s, &d.LeafIndex); err != nil {
			return fmt.Errorf("leaf_index: %w", err)
		}
	case SenderExternal:
		if err := syntax.ReadUint32(s, &d.SenderIndex); err != nil {
			return fmt.Errorf("sender_index: %w", err)
		}
	case SenderNewMemberProposal, SenderNewMemberCommit:
	default:
		if rule.Skipped("rfc9420-6-06") {
			break
		}
		return rule.Errorf("rfc9420-6-06", "sender_type is %d", uint8(d.Type))
	}
	return nil
}

// A FramedContent is a message before it is protected (RFC 9420, Section 6).
// Exactly the field that belongs to ContentType is used.
type FramedContent struct {
	GroupID           []byte
	Epoch             uint64
	Sender            Sender
	AuthenticatedData []byte
	ContentType       ContentType
	ApplicationData   []byte
	Proposal          *message.Proposal
	Commit            *message.Commit
}

func (c *FramedContent) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, c.GroupID)
	b.AddUint64(c.Epoch)
	c.Sender.MarshalMLS(b)
	syntax.AddOpaque(b, c.AuthenticatedData)
	b.AddUint8(uint8(c.ContentType))
	c.marshalBody(b)
}

// marshalBody appends what the content type selects.
func (c *FramedContent) marshalBody(b *cryptobyte.Builder) {
	switch {
	case c.ContentType == ContentApplication:
		syntax.AddOpaque(b, c.ApplicationData)
	case c.ContentType == ContentProposal && c.Proposal != nil:
		c.Proposal.MarshalMLS(b)
	case c.ContentType == ContentCommit && c.Commit != nil:
		c.Commit.MarshalMLS(b)
	case rule.Skipped("rfc9420-6-07"):
	default:
		b.SetError(rule.Errorf("rfc9420-6-07", "content_type is %v without that content", c.ContentType))
	}
}

func (c *FramedContent) UnmarshalMLS(s *cryptobyte.String) error {
	*c = FramedContent{}
	if err := syntax.ReadOpaque(s, &c.GroupID); err != nil {
		return fmt.Errorf("group_id: %w", err)
	}
	if err := syntax.ReadUint64(s, &c.Epoch); err != nil {
		return fmt.Errorf("epoch: %w", err)
	}
	if err := c.Sender.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.AuthenticatedData); err != nil {
		return fmt.Errorf("authenticated_data: %w", err)
	}
	if err := readContentType(s, &c.ContentType); err != nil {
		return err
	}
	return c.unmarshalBody(s)
}

func (c *FramedContent) unmarshalBody(s *cryptobyte.String) error {
	switch c.ContentType {
	case ContentApplication:
		if err := syntax.ReadOpaque(s, &c.ApplicationData); err != nil {
			return fmt.Errorf("application_data: %w", err)
		}
	case ContentProposal:
		c.Proposal = new(message.Proposal)
		if err := c.Proposal.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("proposal: %w", err)
		}
	case ContentCommit:
		c.Commit = new(message.Commit)
		if err := c.Commit.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return nil
}
