package message

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A GroupInfo describes a group to those who join (RFC 9420, Section 12.4.3).
type GroupInfo struct {
	GroupContext    schedule.GroupContext
	Extensions      leaf.Extensions
	ConfirmationTag []byte
	Signer          treemath.LeafIndex
	Signature       []byte
}

func (g *GroupInfo) MarshalMLS(b *cryptobyte.Builder) {
	(*GroupInfoTBS)(g).MarshalMLS(b)
	syntax.AddOpaque(b, g.Signature)
}

func (g *GroupInfo) UnmarshalMLS(s *cryptobyte.String) error {
	if err := (*GroupInfoTBS)(g).UnmarshalMLS(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &g.Signature); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	return nil
}

// A GroupInfoTBS is what the signature of a GroupInfo covers
// (RFC 9420, Section 12.4.3). Its Signature field is not encoded.
type GroupInfoTBS GroupInfo

func (g *GroupInfoTBS) MarshalMLS(b *cryptobyte.Builder) {
	g.GroupContext.MarshalMLS(b)
	g.Extensions.MarshalMLS(b)
	syntax.AddOpaque(b, g.ConfirmationTag)
	b.AddUint32(uint32(g.Signer))
}

func (g *GroupInfoTBS) UnmarshalMLS(s *cryptobyte.String) error {
	*g = GroupInfoTBS{}
	if err := g.GroupContext.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("group_context: %w", err)
	}
	if err := g.Extensions.UnmarshalMLS(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &g.ConfirmationTag); err != nil {
		return fmt.Errorf("confirmation_tag: %w", err)
	}
	if err := syntax.ReadUint32(s, &g.Signer); err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	return nil
}

const groupInfoLabel = "GroupInfoTBS"

// Sign sets the signature.
func (g *GroupInfo) Sign(suite *ciphersuite.Suite, signer ciphersuite.Signer) error {
	tbs, err := syntax.Marshal((*GroupInfoTBS)(g))
	if err != nil {
		return fmt.Errorf("group info: %w", err)
	}
	g.Signature, err = suite.SignWithLabel(signer, groupInfoLabel, tbs)
	if err != nil {
		return fmt.Errorf("signing group info: %w", err)
	}
	return nil
}

// VerifySignature verifies the signature with the key of the signer's leaf.
func (g *GroupInfo) VerifySignature(suite *ciphersuite.Suite, signatureKey []byte) error {
	tbs, err := syntax.Marshal((*GroupInfoTBS)(g))
	if err != nil {
		return fmt.Errorf("group info: %w", err)
	}
	if err := suite.VerifyWithLabel(signatureKey, groupInfoLabel, tbs, g.Signature); err != nil {
		return rule.Errorf("rfc9420-12.4.3-04", "group info: signature: %w", err)
	}
	return nil
}
