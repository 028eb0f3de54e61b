// Package tree is the ratchet tree: its nodes and their hashes, the checks of a
// tree that was received, and the update paths with which members bring new
// keys into it (RFC 9420, Sections 4 and 7).
package tree

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ErrNoLeaf is returned for a sender that has no place in the tree.
var ErrNoLeaf = errors.New("tree: no such leaf")

// A RatchetTree is the public state of a group's tree (RFC 9420, Section 4.1).
//
// Nodes never change once they are in a tree, and neither do computed hashes, so
// clones share both and differ only in where they point. What a tree hands out
// is shared as well: callers must not write to it. A tree is not safe for
// concurrent use, not even for reading, since hashes are computed by need;
// different clones are independent.
type RatchetTree struct {
	suite *ciphersuite.Suite
	size  treemath.Size
	// leaves and parents hold the even and the odd nodes; nil is a blank node.
	leaves  []*member
	parents []*ParentNode
	// hashes holds the tree hash of each node, nil where it has to be computed.
	// It is nil as a whole until a hash is asked for.
	hashes []*digest
}

// A digest has room for the longest hash of any suite. Pointers to arrays make a
// clone smaller than slices would.
type digest [sha512.Size]byte

// A member is an occupied leaf. Its encoding is kept because every tree hash
// and every ratchet_tree contains it.
type member struct {
	leaf    *leaf.LeafNode
	encoded []byte
}

// newMember makes the tree's own copy of a leaf, independent of the message
// that the leaf came with.
func newMember(l *leaf.LeafNode) (*member, error) {
	encoded, err := syntax.Marshal(l)
	if err != nil {
		return nil, err
	}
	own := new(leaf.LeafNode)
	if err := syntax.Unmarshal(encoded, own); err != nil {
		return nil, err
	}
	return &member{leaf: own, encoded: encoded}, nil
}

// mustMember is newMember for leaves that were signed or verified. Both need
// the encoding, so no such leaf is without one.
func mustMember(l *leaf.LeafNode) *member {
	m, err := newMember(l)
	if err != nil {
		panic(fmt.Sprintf("tree: leaf node without encoding: %v", err))
	}
	return m
}

// newTree returns a tree of blank nodes.
func newTree(suite *ciphersuite.Suite, size treemath.Size) *RatchetTree {
	return &RatchetTree{
		suite:   suite,
		size:    size,
		leaves:  make([]*member, size),
		parents: make([]*ParentNode, size-1),
	}
}

// New returns the tree of a group with one member (RFC 9420, Section 11).
func New(suite *ciphersuite.Suite, first *leaf.LeafNode) *RatchetTree {
	t := newTree(suite, 1)
	t.leaves[0] = mustMember(first)
	return t
}

// Clone returns a tree that can be changed without changing t.
func (t *RatchetTree) Clone() *RatchetTree {
	c := *t
	c.leaves = slices.Clone(t.leaves)
	c.parents = slices.Clone(t.parents)
	c.hashes = slices.Clone(t.hashes)
	return &c
}

// Suite returns the cipher suite of the group.
func (t *RatchetTree) Suite() *ciphersuite.Suite { return t.suite }

// Size returns the number of leaves, blank ones included.
func (t *RatchetTree) Size() treemath.Size { return t.size }

// Leaf returns the leaf node at index i, or nil when it is blank or outside of
// the tree.
func (t *RatchetTree) Leaf(i treemath.LeafIndex) *leaf.LeafNode {
	if uint32(i) >= uint32(t.size) || t.leaves[i] == nil {
		return nil
	}
	return t.leaves[i].leaf
}

// Parent returns the parent node at index n, or nil when it is blank, outside of
// the tree, or a leaf.
func (t *RatchetTree) Parent(n treemath.NodeIndex) *ParentNode {
	if n.IsLeaf() || !t.size.Contains(n) {
		return nil
	}
	return t.parents[n/2]
}

// PublicKey returns the encryption key of node n, or nil when it is blank or
// outside of the tree.
func (t *RatchetTree) PublicKey(n treemath.NodeIndex) []byte {
	if p := t.Parent(n); p != nil {
		return p.EncryptionKey
	}
	if !n.IsLeaf() {
		return nil
	}
	if l := t.Leaf(n.Leaf()); l != nil {
		return l.EncryptionKey
	}
	return nil
}

// Leaves yields the occupied leaves from left to right.
func (t *RatchetTree) Leaves() iter.Seq2[treemath.LeafIndex, *leaf.LeafNode] {
	return func(yield func(treemath.LeafIndex, *leaf.LeafNode) bool) {
		for i, m := range t.leaves {
			if m != nil && !yield(treemath.LeafIndex(i), m.leaf) {
				return
			}
		}
	}
}

// occupiedParents yields the parents that are not blank, from left to right.
func (t *RatchetTree) occupiedParents() iter.Seq2[treemath.NodeIndex, *ParentNode] {
	return func(yield func(treemath.NodeIndex, *ParentNode) bool) {
		for i, p := range t.parents {
			if p != nil && !yield(treemath.NodeIndex(2*i+1), p) {
				return
			}
		}
	}
}

// MemberCount returns the number of occupied leaves.
func (t *RatchetTree) MemberCount() int {
	n := 0
	for range t.Leaves() {
		n++
	}
	return n
}
