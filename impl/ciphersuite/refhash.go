package ciphersuite

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
)

// RefHash hashes a value under a complete label (RFC 9420, Section 5.2).
func (s *Suite) RefHash(label string, value []byte) []byte {
	b := cryptobyte.NewBuilder(make([]byte, 0, 16+len(label)))
	syntax.AddOpaque(b, []byte(label))
	syntax.AddLength(b, len(value))
	// Without the value, which need not be copied.
	return s.Hash(b.BytesOrPanic(), value)
}

// KeyPackageRef returns the reference of an encoded KeyPackage.
func (s *Suite) KeyPackageRef(encoded []byte) []byte {
	return s.RefHash("MLS 1.0 KeyPackage Reference", encoded)
}

// ProposalRef returns the reference of the encoded AuthenticatedContent that
// carried a proposal.
func (s *Suite) ProposalRef(encoded []byte) []byte {
	return s.RefHash("MLS 1.0 Proposal Reference", encoded)
}
