package tree

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A NodeType tells leaves from parents (RFC 9420, Section 7.8).
type NodeType uint8

// The node types of RFC 9420, Section 7.8.
const (
	TypeLeaf   NodeType = 1
	TypeParent NodeType = 2
)

// A ParentNode holds the key of a subgroup (RFC 9420, Section 7.1).
type ParentNode struct {
	EncryptionKey  []byte
	ParentHash     []byte
	UnmergedLeaves []treemath.LeafIndex
}

func (n *ParentNode) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, n.EncryptionKey)
	syntax.AddOpaque(b, n.ParentHash)
	syntax.AddUint32s(b, n.UnmergedLeaves)
}

func (n *ParentNode) UnmarshalMLS(s *cryptobyte.String) error {
	*n = ParentNode{}
	if err := syntax.ReadOpaque(s, &n.EncryptionKey); err != nil {
		return fmt.Errorf("encryption_key: %w", err)
	}
	if err := syntax.ReadOpaque(s, &n.ParentHash); err != nil {
		return fmt.Errorf("parent_hash: %w", err)
	}
	if err := syntax.ReadUint32s(s, &n.UnmergedLeaves); err != nil {
		return fmt.Errorf("unmerged_leaves: %w", err)
	}
	return nil
}

// A Node is an occupied node of a ratchet_tree (RFC 9420, Section 12.4.3.3):
// exactly one of its fields is set.
type Node struct {
	Leaf   *leaf.LeafNode
	Parent *ParentNode
}

var errNode = errors.New("node is not exactly one of leaf and parent")

func (n *Node) MarshalMLS(b *cryptobyte.Builder) {
	switch {
	case n.Leaf != nil && n.Parent == nil:
		b.AddUint8(uint8(TypeLeaf))
		n.Leaf.MarshalMLS(b)
	case n.Parent != nil && n.Leaf == nil:
		b.AddUint8(uint8(TypeParent))
		n.Parent.MarshalMLS(b)
	default:
		b.SetError(errNode)
	}
}

func (n *Node) UnmarshalMLS(s *cryptobyte.String) error {
	*n = Node{}
	var t NodeType
	if err := syntax.ReadUint8(s, &t); err != nil {
		return fmt.Errorf("node_type: %w", err)
	}
	switch t {
	case TypeLeaf:
		n.Leaf = new(leaf.LeafNode)
		if err := n.Leaf.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("leaf_node: %w", err)
		}
	case TypeParent:
		n.Parent = new(ParentNode)
		if err := n.Parent.UnmarshalMLS(s); err != nil {
			return fmt.Errorf("parent_node: %w", err)
		}
	default:
		return rule.Errorf("rfc9420-12.4.3.3-06", "node_type is %d", uint8(t))
	}
	return nil
}
