// Package message holds what handshake messages say: proposals, Commit,
// GroupInfo and Welcome (RFC 9420, Sections 12.1, 12.4 and 12.4.3).
package message

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A Proposal asks for a change of the group (RFC 9420, Section 12.1).
type Proposal struct {
	Body Body
}

// A Body is what a proposal asks for: one of [Add], [Update], [Remove],
// [PreSharedKey], [ReInit], [ExternalInit], [GroupContextExtensions] and
// [Custom], by pointer.
type Body interface {
	syntax.Marshaler
	syntax.Unmarshaler
	Type() codepoint.ProposalType
}

// Type returns the proposal_type; it is 0, a reserved value, without a body.
func (p *Proposal) Type() codepoint.ProposalType {
	if p.Body == nil {
		return 0
	}
	return p.Body.Type()
}

func newBody(t codepoint.ProposalType) Body {
	switch t {
	case codepoint.ProposalAdd:
		return new(Add)
	case codepoint.ProposalUpdate:
		return new(Update)
	case codepoint.ProposalRemove:
		return new(Remove)
	case codepoint.ProposalPSK:
		return new(PreSharedKey)
	case codepoint.ProposalReInit:
		return new(ReInit)
	case codepoint.ProposalExternalInit:
		return new(ExternalInit)
	case codepoint.ProposalGroupContextExtensions:
		return new(GroupContextExtensions)
	}
	return &Custom{ProposalType: t}
}

func (p *Proposal) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(p.Type()))
	if p.Body == nil {
		b.SetError(rule.Errorf("rfc9420-12.1-02", "proposal without a body"))
		return
	}
	p.Body.MarshalMLS(b)
}

func (p *Proposal) UnmarshalMLS(s *cryptobyte.String) error {
	*p = Proposal{}
	var t codepoint.ProposalType
	if err := syntax.ReadUint16(s, &t); err != nil {
		return fmt.Errorf("proposal_type: %w", err)
	}
	body := newBody(t)
	if err := body.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("%v: %w", t, err)
	}
	p.Body = body
	return nil
}

// An Add proposes a new member (RFC 9420, Section 12.1.1).
type Add struct {
	KeyPackage keypackage.KeyPackage
}

func (*Add) Type() codepoint.ProposalType { return codepoint.ProposalAdd }

func (a *Add) MarshalMLS(b *cryptobyte.Builder) { a.KeyPackage.MarshalMLS(b) }

func (a *Add) UnmarshalMLS(s *cryptobyte.String) error {
	if err := a.KeyPackage.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("key_package: %w", err)
	}
	return nil
}

// An Update proposes a new leaf node for its sender (RFC 9420, Section 12.1.2).
type Update struct {
	LeafNode leaf.LeafNode
}

func (*Update) Type() codepoint.ProposalType { return codepoint.ProposalUpdate }

func (u *Update) MarshalMLS(b *cryptobyte.Builder) { u.LeafNode.MarshalMLS(b) }

func (u *Update) UnmarshalMLS(s *cryptobyte.String) error {
	if err := u.LeafNode.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("leaf_node: %w", err)
	}
	return nil
}

// A Remove proposes that a member leaves (RFC 9420, Section 12.1.3).
type Remove struct {
	Removed treemath.LeafIndex
}

func (*Remove) Type() codepoint.ProposalType { return codepoint.ProposalRemove }

func (r *Remove) MarshalMLS(b *cryptobyte.Builder) { b.AddUint32(uint32(r.Removed)) }

func (r *Remove) UnmarshalMLS(s *cryptobyte.String) error {
	*r = Remove{}
	if err := syntax.ReadUint32(s, &r.Removed); err != nil {
		return fmt.Errorf("removed: %w", err)
	}
	return nil
}

// A PreSharedKey proposes to inject a PSK (RFC 9420, Section 12.1.4).
type PreSharedKey struct {
	PSK schedule.PreSharedKeyID
}

func (*PreSharedKey) Type() codepoint.ProposalType { return codepoint.ProposalPSK }

func (p *PreSharedKey) MarshalMLS(b *cryptobyte.Builder) { p.PSK.MarshalMLS(b) }

func (p *PreSharedKey) UnmarshalMLS(s *cryptobyte.String) error {
	if err := p.PSK.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("psk: %w", err)
	}
	return nil
}

// A ReInit proposes to go on in a new group (RFC 9420, Section 12.1.5).
type ReInit struct {
	GroupID     []byte
	Version     codepoint.ProtocolVersion
	CipherSuite codepoint.CipherSuite
	Extensions  leaf.Extensions
}

func (*ReInit) Type() codepoint.ProposalType { return codepoint.ProposalReInit }

func (r *ReInit) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, r.GroupID)
	b.AddUint16(uint16(r.Version))
	b.AddUint16(uint16(r.CipherSuite))
	r.Extensions.MarshalMLS(b)
}

func (r *ReInit) UnmarshalMLS(s *cryptobyte.String) error {
	*r = ReInit{}
	if err := syntax.ReadOpaque(s, &r.GroupID); err != nil {
		return fmt.Errorf("group_id: %w", err)
	}
	if err := syntax.ReadUint16(s, &r.Version); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if err := syntax.ReadUint16(s, &r.CipherSuite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	return r.Extensions.UnmarshalMLS(s)
}

// An ExternalInit carries the init secret of an external Commit
// (RFC 9420, Section 12.1.6).
type ExternalInit struct {
	KEMOutput []byte
}

func (*ExternalInit) Type() codepoint.ProposalType { return codepoint.ProposalExternalInit }

func (e *ExternalInit) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, e.KEMOutput) }

func (e *ExternalInit) UnmarshalMLS(s *cryptobyte.String) error {
	*e = ExternalInit{}
	if err := syntax.ReadOpaque(s, &e.KEMOutput); err != nil {
		return fmt.Errorf("kem_output: %w", err)
	}
	return nil
}

// A GroupContextExtensions proposes a new list of group extensions in place of
// the present one (RFC 9420, Section 12.1.7).
type GroupContextExtensions struct {
	Extensions leaf.Extensions
}

func (*GroupContextExtensions) Type() codepoint.ProposalType {
	return codepoint.ProposalGroupContextExtensions
}

func (g *GroupContextExtensions) MarshalMLS(b *cryptobyte.Builder) { g.Extensions.MarshalMLS(b) }

func (g *GroupContextExtensions) UnmarshalMLS(s *cryptobyte.String) error {
	return g.Extensions.UnmarshalMLS(s)
}

// A Custom proposal has a type that the RFC does not define. The RFC does not
// say how such a body is delimited; here it is one variable-size vector, as in
// other implementations that carry custom proposals.
type Custom struct {
	ProposalType codepoint.ProposalType
	Data         []byte
}

func (c *Custom) Type() codepoint.ProposalType { return c.ProposalType }

func (c *Custom) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, c.Data) }

func (c *Custom) UnmarshalMLS(s *cryptobyte.String) error {
	c.Data = nil
	if err := syntax.ReadOpaque(s, &c.Data); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return nil
}
