package message

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// A Commit starts a new epoch (RFC 9420, Section 12.4).
type Commit struct {
	Proposals []ProposalOrRef
	Path      *tree.UpdatePath
}

func (c *Commit) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddVector(b, c.Proposals)
	syntax.AddOptional(b, c.Path)
}

func (c *Commit) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Commit{}
	if err := syntax.ReadVector(s, &c.Proposals); err != nil {
		return fmt.Errorf("proposals: %w", err)
	}
	if err := syntax.ReadOptional(s, &c.Path); err != nil {
		return fmt.Errorf("path: %w", err)
	}
	return nil
}

// A ProposalOrRef covers a proposal by value or by reference
// (RFC 9420, Section 12.4). Proposal is nil for a reference.
type ProposalOrRef struct {
	Proposal  *Proposal
	Reference []byte
}

// The values of ProposalOrRefType in RFC 9420, Section 12.4.
const (
	byValue     = 1
	byReference = 2
)

func (p *ProposalOrRef) MarshalMLS(b *cryptobyte.Builder) {
	if p.Proposal != nil {
		b.AddUint8(byValue)
		p.Proposal.MarshalMLS(b)
		return
	}
	b.AddUint8(byReference)
	syntax.AddOpaque(b, p.Reference)
}

func (p *ProposalOrRef) UnmarshalMLS(s *cryptobyte.String) error {
	*p = ProposalOrRef{}
	var t uint8
	if err := syntax.ReadUint8(s, &t); err != nil {
		return fmt.Errorf("type: %w", err)
	}
	switch {
	case t == byValue:
		p.Proposal = new(Proposal)
		if err := p.Proposal.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("proposal: %w", err)
		}
	case t == byReference || rule.Skipped("rfc9420-12.4-09"):
		if err := syntax.ReadOpaque(s, &p.Reference); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
	default:
		return rule.Errorf("rfc9420-12.4-09", "type of ProposalOrRef is %d", t)
	}
	return nil
}
