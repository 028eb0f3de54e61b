package group_test

import (
	"bytes"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type (
	nodeIndex = treemath.NodeIndex
	leafIndex = treemath.LeafIndex
)

// A sketch is a ratchet tree of which any node can be wrong. It computes its
// hashes itself, straight from RFC 9420, Sections 7.8 and 7.9.
type sketch struct {
	suite   *ciphersuite.Suite
	groupID []byte
	signers map[leafIndex]ciphersuite.Signer
	nodes   []*tree.Node
	// links names, for a parent node, the node below that carries its parent
	// hash. Without an entry, that node keeps the hash that it has.
	links map[nodeIndex]nodeIndex
}

func sketchOf(t *tree.RatchetTree, groupID []byte, signers map[leafIndex]ciphersuite.Signer) *sketch {
	s := unlinked(t, groupID, signers)
	for n := range s.nodes {
		if n := nodeIndex(n); t.Parent(n) != nil {
			s.findLink(t, n)
		}
	}
	return s
}

// unlinked returns a sketch in which no node carries the parent hash of another.
func unlinked(t *tree.RatchetTree, groupID []byte, signers map[leafIndex]ciphersuite.Signer) *sketch {
	s := &sketch{suite: t.Suite(), groupID: groupID, signers: signers, links: map[nodeIndex]nodeIndex{}}
	for n := range nodeIndex(t.Size().Nodes()) {
		var node *tree.Node
		switch {
		case n.IsLeaf() && t.Leaf(n.Leaf()) != nil:
			node = &tree.Node{Leaf: t.Leaf(n.Leaf()).Clone()}
		case t.Parent(n) != nil:
			p := *t.Parent(n)
			p.UnmergedLeaves = slices.Clone(p.UnmergedLeaves)
			node = &tree.Node{Parent: &p}
		}
		s.nodes = append(s.nodes, node)
	}
	return s
}

func (s *sketch) findLink(t *tree.RatchetTree, n nodeIndex) {
	for _, c := range []nodeIndex{n.Left(), n.Right()} {
		for _, d := range t.Resolution(c) {
			if bytes.Equal(*s.parentHashField(d), s.parentHash(n, c)) {
				s.links[n] = d
			}
		}
	}
}

func (s *sketch) root() nodeIndex { return nodeIndex(len(s.nodes) / 2) }

func (s *sketch) leaf(i leafIndex) *leaf.LeafNode      { return s.nodes[i.Node()].Leaf }
func (s *sketch) parent(n nodeIndex) *tree.ParentNode  { return s.nodes[n].Parent }
func (s *sketch) unmerged(n nodeIndex, l ...leafIndex) { s.parent(n).UnmergedLeaves = l }

// key is where node n carries its encryption key.
func (s *sketch) key(n nodeIndex) *[]byte {
	if n.IsLeaf() {
		return &s.leaf(n.Leaf()).EncryptionKey
	}
	return &s.parent(n).EncryptionKey
}

// sign signs a leaf anew.
func (s *sketch) sign(i leafIndex) { s.signAs(i, i) }

// signAs signs a leaf with the key of another one.
func (s *sketch) signAs(i, other leafIndex) {
	if err := s.leaf(i).Sign(s.suite, s.signers[other], s.groupID, i); err != nil {
		panic(err)
	}
}

// signFor signs a leaf for another group or place.
func (s *sketch) signFor(i leafIndex, groupID []byte, place leafIndex) {
	if err := s.leaf(i).Sign(s.suite, s.signers[i], groupID, place); err != nil {
		panic(err)
	}
}

// hash returns the tree hash of node n, with the given leaves left out
// (RFC 9420, Sections 7.8 and 7.9).
func (s *sketch) hash(n nodeIndex, without ...leafIndex) []byte {
	var b cryptobyte.Builder
	node := s.nodes[n]
	if n.IsLeaf() {
		b.AddUint8(uint8(tree.TypeLeaf))
		b.AddUint32(uint32(n.Leaf()))
		var l *leaf.LeafNode
		if node != nil && !slices.Contains(without, n.Leaf()) {
			l = node.Leaf
		}
		syntax.AddOptional(&b, l)
		return s.suite.Hash(b.BytesOrPanic())
	}
	b.AddUint8(uint8(tree.TypeParent))
	var p *tree.ParentNode
	if node != nil {
		c := *node.Parent
		c.UnmergedLeaves = slices.DeleteFunc(slices.Clone(c.UnmergedLeaves), func(l leafIndex) bool {
			return slices.Contains(without, l)
		})
		p = &c
	}
	syntax.AddOptional(&b, p)
	syntax.AddOpaque(&b, s.hash(n.Left(), without...))
	syntax.AddOpaque(&b, s.hash(n.Right(), without...))
	return s.suite.Hash(b.BytesOrPanic())
}

// children returns the child of n that is above d, or d itself, and the other.
func children(n, d nodeIndex) (c, sibling nodeIndex) {
	if d < n {
		return n.Left(), n.Right()
	}
	return n.Right(), n.Left()
}

// parentHash returns the parent hash of parent node n as seen from its child c
// (RFC 9420, Section 7.9).
func (s *sketch) parentHash(n, c nodeIndex) []byte {
	p := s.parent(n)
	_, sibling := children(n, c)
	return s.parentHashOver(p, s.hash(sibling, p.UnmergedLeaves...))
}

// parentHashOver hashes a ParentHashInput.
func (s *sketch) parentHashOver(p *tree.ParentNode, originalSiblingTreeHash []byte) []byte {
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, p.EncryptionKey)
	syntax.AddOpaque(&b, p.ParentHash)
	syntax.AddOpaque(&b, originalSiblingTreeHash)
	return s.suite.Hash(b.BytesOrPanic())
}

// parentHashField is where node n carries a parent hash.
func (s *sketch) parentHashField(n nodeIndex) *[]byte {
	if n.IsLeaf() {
		return &s.leaf(n.Leaf()).ParentHash
	}
	return &s.parent(n).ParentHash
}

// relink computes the parent hashes of all links below n, and signs the leaves
// that carry one. A link depends on the links above it and on the nodes beside
// it, so the side without the link comes first.
func (s *sketch) relink(n nodeIndex) {
	if n.IsLeaf() {
		return
	}
	d, linked := s.links[n]
	c, sibling := children(n, d)
	s.relink(sibling)
	if linked && s.nodes[n] != nil {
		s.link(d, s.parentHash(n, c))
	}
	s.relink(c)
}

// link gives node d a parent hash.
func (s *sketch) link(d nodeIndex, parentHash []byte) {
	*s.parentHashField(d) = parentHash
	if d.IsLeaf() {
		s.sign(d.Leaf())
	}
}

// marshal returns the ratchet_tree, which ends with the last node that is not
// blank (RFC 9420, Section 12.4.3.3).
func (s *sketch) marshal() []byte {
	last := len(s.nodes)
	for s.nodes[last-1] == nil {
		last--
	}
	return encodeNodes(s.nodes[:last])
}

func encodeNodes(nodes []*tree.Node) []byte {
	var body, b cryptobyte.Builder
	for _, n := range nodes {
		syntax.AddOptional(&body, n)
	}
	syntax.AddOpaque(&b, body.BytesOrPanic())
	return b.BytesOrPanic()
}
