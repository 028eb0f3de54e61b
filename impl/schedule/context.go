// Package schedule derives what the members of an epoch share: the secrets of
// the key schedule (RFC 9420, Section 8), and from them the message keys of the
// secret tree (Section 9) and of the sender data (Section 6.3.2).
//
// It knows nothing of the ratchet tree and of messages: what goes into a
// derivation comes in as bytes. Whoever calls a function owns the secrets that
// go in and those that come out, and clears them when Section 9.2 says; where a
// function takes a secret over, its comment says so. Clearing is best effort,
// as the runtime may have copied what it moved.
package schedule

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A GroupContext sums up the state of a group in one epoch
// (RFC 9420, Section 8.1).
type GroupContext struct {
	Version                 codepoint.ProtocolVersion
	CipherSuite             codepoint.CipherSuite
	GroupID                 []byte
	Epoch                   uint64
	TreeHash                []byte
	ConfirmedTranscriptHash []byte
	Extensions              leaf.Extensions
}

func (c *GroupContext) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(c.Version))
	b.AddUint16(uint16(c.CipherSuite))
	syntax.AddOpaque(b, c.GroupID)
	b.AddUint64(c.Epoch)
	syntax.AddOpaque(b, c.TreeHash)
	syntax.AddOpaque(b, c.ConfirmedTranscriptHash)
	c.Extensions.MarshalMLS(b)
}

func (c *GroupContext) UnmarshalMLS(s *cryptobyte.String) error {
	*c = GroupContext{}
	if err := syntax.ReadUint16(s, &c.Version); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if err := syntax.ReadUint16(s, &c.CipherSuite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.GroupID); err != nil {
		return fmt.Errorf("group_id: %w", err)
	}
	if err := syntax.ReadUint64(s, &c.Epoch); err != nil {
		return fmt.Errorf("epoch: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.TreeHash); err != nil {
		return fmt.Errorf("tree_hash: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.ConfirmedTranscriptHash); err != nil {
		return fmt.Errorf("confirmed_transcript_hash: %w", err)
	}
	return c.Extensions.UnmarshalMLS(s)
}
