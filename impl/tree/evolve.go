package tree

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// LeftmostBlank returns the leftmost blank leaf, or [RatchetTree.Size] when
// there is none.
func (t *RatchetTree) LeftmostBlank() treemath.LeafIndex {
	for i, m := range t.leaves {
		if m == nil {
			return treemath.LeafIndex(i)
		}
	}
	return treemath.LeafIndex(t.size)
}

// AssignLeaf returns the place of the next new member: the leftmost blank leaf.
// Where there is none, the tree is extended (RFC 9420, Sections 12.1.1 and
// 12.4.2).
func (t *RatchetTree) AssignLeaf() treemath.LeafIndex {
	i := t.LeftmostBlank()
	t.extendTo(i)
	return i
}

// Add applies an Add proposal (RFC 9420, Section 12.1.1) and returns the place
// of the new member.
func (t *RatchetTree) Add(l *leaf.LeafNode) treemath.LeafIndex {
	i := t.AssignLeaf()
	for n := range t.size.DirectPath(i.Node()) {
		if p := t.parents[n/2]; p != nil {
			t.parents[n/2] = p.withUnmerged(i)
		}
	}
	t.SetLeaf(i, l)
	return i
}

// withUnmerged returns a parent node that has leaf i among its unmerged leaves,
// in order (RFC 9420, Section 7.1).
func (n *ParentNode) withUnmerged(i treemath.LeafIndex) *ParentNode {
	at, found := slices.BinarySearch(n.UnmergedLeaves, i)
	if found {
		return n
	}
	c := *n
	c.UnmergedLeaves = slices.Insert(slices.Clone(n.UnmergedLeaves), at, i)
	return &c
}

// Update applies an Update proposal (RFC 9420, Section 12.1.2). The leaf must be
// occupied.
func (t *RatchetTree) Update(i treemath.LeafIndex, l *leaf.LeafNode) {
	t.mustBeOccupied(i)
	t.blankPath(i)
	t.SetLeaf(i, l)
}

// Remove applies a Remove proposal (RFC 9420, Section 12.1.3). The leaf must be
// occupied.
func (t *RatchetTree) Remove(i treemath.LeafIndex) {
	t.mustBeOccupied(i)
	t.blankPath(i)
	t.leaves[i] = nil
	t.truncate()
}

// mustBeOccupied panics for a blank leaf. No input leads there: that the sender
// of an Update and the member that a Remove names exist is a rule for proposals.
func (t *RatchetTree) mustBeOccupied(i treemath.LeafIndex) {
	if t.Leaf(i) == nil {
		panic("tree: leaf is blank")
	}
}

// SetLeaf puts a leaf node in its place and changes nothing else. The tree is
// extended until it has that place.
func (t *RatchetTree) SetLeaf(i treemath.LeafIndex, l *leaf.LeafNode) {
	m := mustMember(l)
	t.extendTo(i)
	t.leaves[i] = m
	t.touch(i.Node())
}

// blankPath blanks the parents above a leaf, and forgets the hashes of all.
func (t *RatchetTree) blankPath(i treemath.LeafIndex) {
	for n := range t.size.DirectPath(i.Node()) {
		t.parents[n/2] = nil
	}
	t.touch(i.Node())
}

// touch forgets the hashes that cover node n.
func (t *RatchetTree) touch(n treemath.NodeIndex) {
	if t.hashes == nil {
		return
	}
	t.hashes[n] = nil
	for p := range t.size.DirectPath(n) {
		if rule.Planted(rule.StaleTreeHash) && p.Level() > 5 {
			break
		}
		t.hashes[p] = nil
	}
}

// extendTo extends the tree until it has leaf i.
func (t *RatchetTree) extendTo(i treemath.LeafIndex) {
	for uint32(i) >= uint32(t.size) {
		t.extend()
	}
}

// extend doubles the tree: a new blank root has the present tree on its left and
// a blank one on its right (RFC 9420, Section 7.7).
func (t *RatchetTree) extend() {
	t.leaves = append(t.leaves, make([]*member, t.size)...)
	t.parents = append(t.parents, make([]*ParentNode, t.size)...)
	if t.hashes != nil {
		t.hashes = append(t.hashes, make([]*digest, 2*t.size)...)
	}
	t.size *= 2
}

// truncate halves the tree while the right half has no members
// (RFC 9420, Sections 7.7 and 12.1.3).
func (t *RatchetTree) truncate() {
	members := len(t.leaves)
	for members > 0 && t.leaves[members-1] == nil {
		members--
	}
	t.size = treemath.SizeFor(uint32(members))
	t.leaves = slices.Delete(t.leaves, int(t.size), len(t.leaves))
	t.parents = slices.Delete(t.parents, int(t.size)-1, len(t.parents))
	if t.hashes != nil {
		t.hashes = slices.Delete(t.hashes, int(t.size.Nodes()), len(t.hashes))
	}
}
