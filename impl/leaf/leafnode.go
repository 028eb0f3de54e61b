// Package leaf holds the leaf node of the ratchet tree and what it is made of:
// credentials, capabilities, lifetimes and extensions (RFC 9420, Sections 5.3,
// 7.2, 7.3, 11.1 and 13.4).
package leaf

import (
	"bytes"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A LeafNodeSource tells how a leaf node came into the tree
// (RFC 9420, Section 7.2).
type LeafNodeSource uint8

// The sources of RFC 9420, Section 7.2.
const (
	SourceKeyPackage LeafNodeSource = 1
	SourceUpdate     LeafNodeSource = 2
	SourceCommit     LeafNodeSource = 3
)

func (s LeafNodeSource) String() string {
	switch s {
	case SourceKeyPackage:
		return "key_package"
	case SourceUpdate:
		return "update"
	case SourceCommit:
		return "commit"
	}
	return fmt.Sprintf("LeafNodeSource(%d)", uint8(s))
}

// A LeafNode describes a client in a group (RFC 9420, Section 7.2).
type LeafNode struct {
	EncryptionKey []byte
	SignatureKey  []byte
	Credential    Credential
	Capabilities  Capabilities
	Source        LeafNodeSource
	Lifetime      Lifetime // with source key_package
	ParentHash    []byte   // with source commit
	Extensions    Extensions
	Signature     []byte
}

func (n *LeafNode) MarshalMLS(b *cryptobyte.Builder) {
	n.marshalSigned(b)
	syntax.AddOpaque(b, n.Signature)
}

// marshalSigned appends the fields above the signature.
func (n *LeafNode) marshalSigned(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, n.EncryptionKey)
	syntax.AddOpaque(b, n.SignatureKey)
	n.Credential.MarshalMLS(b)
	n.Capabilities.MarshalMLS(b)
	b.AddUint8(uint8(n.Source))
	switch n.Source {
	case SourceKeyPackage:
		n.Lifetime.MarshalMLS(b)
	case SourceUpdate:
	case SourceCommit:
		syntax.AddOpaque(b, n.ParentHash)
	default:
		if rule.Skipped("rfc9420-7.2-10") {
			break
		}
		b.SetError(rule.Errorf("rfc9420-7.2-10", "leaf_node_source is %d", uint8(n.Source)))
	}
	n.Extensions.MarshalMLS(b)
}

func (n *LeafNode) UnmarshalMLS(s *cryptobyte.String) error {
	if err := n.unmarshalSigned(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &n.Signature); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	return nil
}

// unmarshalSigned reads the fields above the signature.
func (n *LeafNode) unmarshalSigned(s *cryptobyte.String) error {
	*n = LeafNode{}
	if err := syntax.ReadOpaque(s, &n.EncryptionKey); err != nil {
		return fmt.Errorf("encryption_key: %w", err)
	}
	if err := syntax.ReadOpaque(s, &n.SignatureKey); err != nil {
		return fmt.Errorf("signature_key: %w", err)
	}
	if err := n.Credential.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	if err := n.Capabilities.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if err := syntax.ReadUint8(s, &n.Source); err != nil {
		return fmt.Errorf("leaf_node_source: %w", err)
	}
	switch n.Source {
	case SourceKeyPackage:
		if err := n.Lifetime.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("lifetime: %w", err)
		}
	case SourceUpdate:
	case SourceCommit:
		if err := syntax.ReadOpaque(s, &n.ParentHash); err != nil {
			return fmt.Errorf("parent_hash: %w", err)
		}
	default:
		if !rule.Skipped("rfc9420-7.2-10") {
			return rule.Errorf("rfc9420-7.2-10", "leaf_node_source is %d", uint8(n.Source))
		}
	}
	return n.Extensions.UnmarshalMLS(s)
}

// Clone returns a copy whose fields can be replaced, and whose capabilities and
// extensions can be appended to, without changing n. Byte strings are shared;
// they are never written to.
func (n *LeafNode) Clone() *LeafNode {
	c := *n
	c.Capabilities = n.Capabilities.clone()
	c.Extensions = n.Extensions.Clone()
	return &c
}

// Equal reports whether both have the same encoding.
func (n *LeafNode) Equal(o *LeafNode) bool {
	if !bytes.Equal(n.Signature, o.Signature) {
		return false
	}
	a, errA := syntax.Marshal(n)
	b, errB := syntax.Marshal(o)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// A LeafNodeTBS is what the signature of a leaf node covers: the fields above
// the signature and, unless the leaf comes from a KeyPackage, its place in the
// group (RFC 9420, Section 7.2).
type LeafNodeTBS struct {
	LeafNode  *LeafNode
	GroupID   []byte             // with sources update and commit
	LeafIndex treemath.LeafIndex // with sources update and commit
}

func (t *LeafNodeTBS) MarshalMLS(b *cryptobyte.Builder) {
	t.LeafNode.marshalSigned(b)
	if t.LeafNode.Source != SourceKeyPackage {
		marshalPlace(b, t.GroupID, t.LeafIndex)
	}
}

func marshalPlace(b *cryptobyte.Builder, groupID []byte, index treemath.LeafIndex) {
	syntax.AddOpaque(b, groupID)
	b.AddUint32(uint32(index))
}

const signatureLabel = "LeafNodeTBS"

// Sign sets the signature. The group and the index matter only with sources
// update and commit.
func (n *LeafNode) Sign(suite *ciphersuite.Suite, signer ciphersuite.Signer, groupID []byte, index treemath.LeafIndex) error {
	tbs, err := syntax.Marshal(&LeafNodeTBS{LeafNode: n, GroupID: groupID, LeafIndex: index})
	if err != nil {
		return fmt.Errorf("leaf node: %w", err)
	}
	n.Signature, err = suite.SignWithLabel(signer, signatureLabel, tbs)
	if err != nil {
		return fmt.Errorf("signing leaf node: %w", err)
	}
	return nil
}

// VerifySignature verifies the signature with the leaf's own key
// (RFC 9420, Section 7.3).
func (n *LeafNode) VerifySignature(suite *ciphersuite.Suite, groupID []byte, index treemath.LeafIndex) error {
	signed, err := n.signed()
	if err != nil {
		return err
	}
	return n.verifySignature(nil, suite, signed, groupID, index)
}

// signed returns the fields above the signature in encoded form.
func (n *LeafNode) signed() ([]byte, error) {
	var b cryptobyte.Builder
	n.marshalSigned(&b)
	signed, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("leaf node: %w", err)
	}
	return signed, nil
}

// verifySignature gets the fields above the signature in encoded form.
func (n *LeafNode) verifySignature(known *ciphersuite.Verified, suite *ciphersuite.Suite, signed, groupID []byte, index treemath.LeafIndex) error {
	tbs := signed
	if n.Source != SourceKeyPackage {
		tbs = placed(signed, groupID, index)
	}
	err := known.VerifyWithLabel(suite, n.SignatureKey, signatureLabel, tbs, n.Signature)
	if err == nil {
		return nil
	}
	err = suite.Mislabelled(n.SignatureKey, signatureLabel, tbs, n.Signature, err)
	if rule.Of(err) == "" && err != nil {
		err = n.misplaced(suite, signed, groupID, index, err)
	}
	if err == nil { // in test builds
		return nil
	}
	return rule.Errorf("rfc9420-7.3-01", "signature: %w", err)
}

// placed returns the fields above the signature and the leaf's place behind them.
func placed(signed, groupID []byte, index treemath.LeafIndex) []byte {
	b := cryptobyte.NewBuilder(slices.Clip(signed))
	marshalPlace(b, groupID, index)
	return b.BytesOrPanic()
}

// misplaced names the rule that a refused signature breaks if it is right but
// for the leaf's place in the group. Otherwise it returns refused.
func (n *LeafNode) misplaced(suite *ciphersuite.Suite, signed, groupID []byte, index treemath.LeafIndex, refused error) error {
	tbs := signed
	if n.Source == SourceKeyPackage {
		tbs = placed(signed, groupID, index)
	}
	switch {
	case suite.VerifyWithLabel(n.SignatureKey, signatureLabel, tbs, n.Signature) != nil:
		return refused
	case n.Source != SourceKeyPackage:
		return rule.Errorf("rfc9420-7.2-11", "does not cover group_id and leaf_index with source %v: %w", n.Source, refused)
	case rule.Skipped("rfc9420-7.2-12"):
		return nil
	}
	return rule.Errorf("rfc9420-7.2-12", "covers group_id and leaf_index with source key_package: %w", refused)
}

// ReadSigned reads a leaf node from the front of s and returns the part of it
// that is above the signature.
func ReadSigned(s *cryptobyte.String) (signed []byte, err error) {
	var n LeafNode
	start := *s
	if err := n.unmarshalSigned(s); err != nil {
		return nil, err
	}
	signed = syntax.Consumed(start, *s)
	if err := syntax.ReadOpaque(s, &n.Signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return signed, nil
}
