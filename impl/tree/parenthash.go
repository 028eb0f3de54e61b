package tree

import (
	"bytes"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ParentHash returns the hash of a ParentHashInput (RFC 9420, Section 7.9): the
// parent hash of a node with the given key and parent_hash, as seen from one of
// its children, of which the other one is the sibling.
func ParentHash(suite *ciphersuite.Suite, encryptionKey, parentHash, originalSiblingTreeHash []byte) []byte {
	return newHasher(suite).link(new(digest), encryptionKey, parentHash, originalSiblingTreeHash)
}

// OriginalTreeHash returns the tree hash of node n as if the given leaves were
// blank and in no list of unmerged leaves (RFC 9420, Section 7.9). It is nil for
// a node outside of the tree.
func (t *RatchetTree) OriginalTreeHash(n treemath.NodeIndex, without []treemath.LeafIndex) []byte {
	if !t.size.Contains(n) {
		return nil
	}
	return bytes.Clone(newOriginals(t).treeHash(n, below(inOrder(without), n)))
}

// originals computes tree hashes of the tree without some of its leaves. Where
// none of these is below a node, its tree hash is the present one. Otherwise the
// last result is kept: the parents above a leaf mostly agree on what is unmerged.
type originals struct {
	tree   *RatchetTree
	hasher *hasher
	last   map[treemath.NodeIndex]original
	// What the last node needed is used again for the next.
	resolution []treemath.NodeIndex
	link       digest
}

type original struct {
	without []treemath.LeafIndex
	hash    []byte
}

// newOriginals also has the present hashes computed.
func newOriginals(t *RatchetTree) *originals {
	t.treeHash(t.size.Root())
	return &originals{tree: t, hasher: newHasher(t.suite), last: make(map[treemath.NodeIndex]original)}
}

// treeHash returns the tree hash of n without the given leaves, which are in
// order and below n.
func (o *originals) treeHash(n treemath.NodeIndex, without []treemath.LeafIndex) []byte {
	if len(without) == 0 {
		return o.hasher.subtree(o.tree, n)
	}
	if last, ok := o.last[n]; ok && slices.Equal(last.without, without) {
		return last.hash
	}
	var h []byte
	if n.IsLeaf() {
		h = o.hasher.leaf(new(digest), n.Leaf(), nil)
	} else {
		left := o.treeHash(n.Left(), below(without, n.Left()))
		right := o.treeHash(n.Right(), below(without, n.Right()))
		h = o.hasher.parent(new(digest), o.tree.parents[n/2].withMerged(without), left, right)
	}
	o.last[n] = original{without, h}
	return h
}

// withMerged returns the parent node without the given leaves, which are in
// order, among its unmerged ones.
func (n *ParentNode) withMerged(merged []treemath.LeafIndex) *ParentNode {
	if n == nil || len(n.UnmergedLeaves) == 0 {
		return n
	}
	c := *n
	c.UnmergedLeaves = slices.DeleteFunc(slices.Clone(n.UnmergedLeaves), func(l treemath.LeafIndex) bool {
		return contains(merged, l)
	})
	return &c
}

// below returns the part of an ordered list that lies below node n.
func below(list []treemath.LeafIndex, n treemath.NodeIndex) []treemath.LeafIndex {
	half := treemath.NodeIndex(1)<<n.Level() - 1
	first, _ := slices.BinarySearch(list, (n - half).Leaf())
	end, _ := slices.BinarySearch(list, (n+half).Leaf()+1)
	return list[first:end]
}

// VerifyParentHashes verifies that every parent node is linked to a leaf by
// valid parent hashes (RFC 9420, Section 7.9.2), as new members do. The tree has
// passed [RatchetTree.VerifyUnmergedLeaves]; for others the verdict may differ
// in the rule that it names.
func (t *RatchetTree) VerifyParentHashes() error {
	o := newOriginals(t)
	if root := t.Parent(t.size.Root()); root != nil && len(root.ParentHash) != 0 {
		return rule.Errorf("rfc9420-7.9-02", "root: parent_hash has %d bytes", len(root.ParentHash))
	}
	for n, p := range t.occupiedParents() {
		if err := o.verifyLinked(n, p); err != nil {
			return err
		}
	}
	return nil
}

// verifyLinked verifies that one node below P has a parent hash that is valid
// with respect to P. As that holds for each parent in the tree, the chain from
// there goes on down to a leaf.
func (o *originals) verifyLinked(n treemath.NodeIndex, p *ParentNode) error {
	unmerged := inOrder(p.UnmergedLeaves)
	for _, c := range [...]treemath.NodeIndex{n.Left(), n.Right()} {
		d, ok := o.merged(c, below(unmerged, c))
		if ok && bytes.Equal(o.tree.parentHash(d), o.linkTo(n, p, c, unmerged)) {
			return nil
		}
	}
	// There is no link. Tell the case of a parent hash that is right.
	for _, c := range [...]treemath.NodeIndex{n.Left(), n.Right()} {
		link := o.linkTo(n, p, c, unmerged)
		for _, d := range o.tree.Resolution(c) {
			if bytes.Equal(o.tree.parentHash(d), link) {
				return rule.Errorf("rfc9420-7.9.2-02",
					"parent node %d: linked from node %d, but the unmerged leaves do not cover the rest of its side", n, d)
			}
		}
	}
	return rule.Errorf("rfc9420-7.9.2-01", "parent node %d: no node below has its parent hash", n)
}

// merged returns the node D of the resolution of C that can be linked to the
// parent of C: the rest of the resolution is what is unmerged below C. There is
// at most one such node.
func (o *originals) merged(c treemath.NodeIndex, unmerged []treemath.LeafIndex) (d treemath.NodeIndex, ok bool) {
	rest := 0
	o.resolution = o.tree.appendResolution(o.resolution[:0], c)
	for _, n := range o.resolution {
		switch {
		case n.IsLeaf() && contains(unmerged, n.Leaf()):
			rest++
		case ok:
			return 0, false
		default:
			d, ok = n, true
		}
	}
	return d, ok && rest == len(unmerged)
}

// linkTo returns the parent hash of node n from the side of its child c.
func (o *originals) linkTo(n treemath.NodeIndex, p *ParentNode, c treemath.NodeIndex, unmerged []treemath.LeafIndex) []byte {
	sibling := n.Left()
	if c == sibling {
		sibling = n.Right()
	}
	return o.hasher.link(&o.link, p.EncryptionKey, p.ParentHash, o.treeHash(sibling, below(unmerged, sibling)))
}

// parentHash returns the parent_hash field of node n. It is empty where there is
// none, as in leaves that no Commit brought.
func (t *RatchetTree) parentHash(n treemath.NodeIndex) []byte {
	if p := t.Parent(n); p != nil {
		return p.ParentHash
	}
	if !n.IsLeaf() {
		return nil
	}
	if l := t.Leaf(n.Leaf()); l != nil {
		return l.ParentHash
	}
	return nil
}
