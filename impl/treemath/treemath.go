// Package treemath does the index arithmetic of the array-based ratchet tree
// (RFC 9420, Section 4.1 and Appendix C).
//
// The tree is full: it has a power of two of leaves. Leaf i is node 2i; a
// parent stands between its two subtrees, at an odd index.
package treemath

import (
	"iter"
	"math/bits"
)

// A LeafIndex counts leaves from the left, from 0.
type LeafIndex uint32

// A NodeIndex counts nodes in in-order, from 0.
type NodeIndex uint32

// MaxLeaves bounds the number of leaves, so that a node index fits 32 bits.
const MaxLeaves = 1 << 31

// Node returns the node at which the leaf stands.
func (l LeafIndex) Node() NodeIndex { return NodeIndex(l) * 2 }

// IsLeaf reports whether the node is a leaf.
func (n NodeIndex) IsLeaf() bool { return n&1 == 0 }

// Leaf returns the leaf at node n. It makes sense only when n is a leaf.
func (n NodeIndex) Leaf() LeafIndex { return LeafIndex(n / 2) }

// Level returns the height of the node over the leaves, which have level 0.
func (n NodeIndex) Level() int { return bits.TrailingZeros32(^uint32(n)) }

// Left returns the left child. The node must be a parent.
func (n NodeIndex) Left() NodeIndex { return n - 1<<(n.Level()-1) }

// Right returns the right child. The node must be a parent.
func (n NodeIndex) Right() NodeIndex { return n + 1<<(n.Level()-1) }

// InSubtree reports whether n is root or below it.
func (n NodeIndex) InSubtree(root NodeIndex) bool {
	half := NodeIndex(1)<<root.Level() - 1
	return n >= root-half && n <= root+half
}

// A Size is the number of leaves of a tree: a power of two, at least 1.
type Size uint32

// SizeFor returns the smallest tree that has room for n leaves.
// It is 1 for n = 0; n must not exceed [MaxLeaves].
func SizeFor(n uint32) Size {
	if n <= 1 {
		return 1
	}
	return Size(1) << bits.Len32(n-1)
}

// Nodes returns the number of nodes.
func (s Size) Nodes() uint32 { return 2*uint32(s) - 1 }

// Root returns the root of the tree.
func (s Size) Root() NodeIndex { return NodeIndex(s) - 1 }

// Contains reports whether the node is in the tree.
func (s Size) Contains(n NodeIndex) bool { return uint32(n) < s.Nodes() }

// Parent returns the parent of n, and false for the root and for nodes outside
// of the tree.
func (s Size) Parent(n NodeIndex) (NodeIndex, bool) {
	if n == s.Root() || !s.Contains(n) {
		return 0, false
	}
	return n.parent(), true
}

func (n NodeIndex) parent() NodeIndex {
	k := n.Level()
	return (n | 1<<k) &^ (1 << (k + 1))
}

// Sibling returns the other child of n's parent, and false for the root and for
// nodes outside of the tree.
func (s Size) Sibling(n NodeIndex) (NodeIndex, bool) {
	p, ok := s.Parent(n)
	if !ok {
		return 0, false
	}
	if n < p {
		return p.Right(), true
	}
	return p.Left(), true
}

// DirectPath yields the ancestors of n, from its parent to the root, each with
// its child on the copath (RFC 9420, Section 4.1.2).
func (s Size) DirectPath(n NodeIndex) iter.Seq2[NodeIndex, NodeIndex] {
	return func(yield func(NodeIndex, NodeIndex) bool) {
		for n != s.Root() && s.Contains(n) {
			p := n.parent()
			sibling := p.Left()
			if n < p {
				sibling = p.Right()
			}
			if !yield(p, sibling) {
				return
			}
			n = p
		}
	}
}

// CommonAncestor returns the lowest node that is an ancestor of both, or one of
// the two where it is an ancestor of the other.
func CommonAncestor(a, b NodeIndex) NodeIndex {
	for !b.InSubtree(a) {
		a = a.parent()
	}
	return a
}
