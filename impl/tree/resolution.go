package tree

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Resolution returns the nodes that together cover all members below node n
// (RFC 9420, Section 4.1.1). It is empty for nodes outside of the tree.
func (t *RatchetTree) Resolution(n treemath.NodeIndex) []treemath.NodeIndex {
	if !t.size.Contains(n) {
		return nil
	}
	return t.appendResolution(nil, n)
}

func (t *RatchetTree) appendResolution(list []treemath.NodeIndex, n treemath.NodeIndex) []treemath.NodeIndex {
	if n.IsLeaf() {
		if t.leaves[n/2] != nil {
			list = append(list, n)
		}
		return list
	}
	p := t.parents[n/2]
	if p == nil {
		return t.appendResolution(t.appendResolution(list, n.Left()), n.Right())
	}
	list = append(list, n)
	for _, l := range p.UnmergedLeaves {
		list = append(list, l.Node())
	}
	return list
}

// A PathStep is a node of a filtered direct path, with its child on the copath.
type PathStep struct {
	Node, Copath treemath.NodeIndex
}

// FilteredDirectPath returns the ancestors of a leaf whose copath child has a
// resolution that is not empty, from the lowest to the highest
// (RFC 9420, Section 4.1.2).
func (t *RatchetTree) FilteredDirectPath(l treemath.LeafIndex) []PathStep {
	return t.filteredPath(l.Node())
}

func (t *RatchetTree) filteredPath(from treemath.NodeIndex) []PathStep {
	var path []PathStep
	for n, copath := range t.size.DirectPath(from) {
		if t.anyBelow(copath) {
			path = append(path, PathStep{Node: n, Copath: copath})
		}
	}
	return path
}

// anyBelow reports whether n or any node below it is occupied, which is whether
// the resolution of n has an entry.
func (t *RatchetTree) anyBelow(n treemath.NodeIndex) bool {
	// A subtree is a contiguous part of the tree's arrays.
	half := treemath.NodeIndex(1)<<n.Level() - 1
	first, last := (n-half)/2, (n+half)/2
	for _, m := range t.leaves[first : last+1] {
		if m != nil {
			return true
		}
	}
	for _, p := range t.parents[first:last] {
		if p != nil {
			return true
		}
	}
	return false
}

// recipients returns the nodes to which the path secret of a node with the given
// copath child is encrypted: the child's resolution without the leaves that the
// same Commit added (RFC 9420, Section 7.6). The added leaves must be in order.
func (t *RatchetTree) recipients(copath treemath.NodeIndex, added []treemath.LeafIndex) []treemath.NodeIndex {
	list := t.Resolution(copath)
	if len(added) == 0 {
		return list
	}
	return slices.DeleteFunc(list, func(n treemath.NodeIndex) bool {
		return n.IsLeaf() && contains(added, n.Leaf())
	})
}

// contains reports whether a list in increasing order has leaf l.
func contains(list []treemath.LeafIndex, l treemath.LeafIndex) bool {
	_, found := slices.BinarySearch(list, l)
	return found
}

// inOrder returns the leaves in increasing order, without changing the list.
func inOrder(list []treemath.LeafIndex) []treemath.LeafIndex {
	if slices.IsSorted(list) {
		return list
	}
	return slices.Sorted(slices.Values(list))
}
