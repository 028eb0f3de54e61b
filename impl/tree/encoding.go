package tree

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Parse reads a ratchet_tree (RFC 9420, Section 12.4.3.3). It copies data once.
func Parse(suite *ciphersuite.Suite, data []byte) (*RatchetTree, error) {
	return parse(suite, bytes.Clone(data))
}

// FromNodes makes a tree of the nodes in the order of a ratchet_tree and by the
// same rules; nil is a blank node. Beyond those rules the nodes may be anything.
func FromNodes(suite *ciphersuite.Suite, nodes []*Node) (*RatchetTree, error) {
	body := newVector(0)
	for _, n := range nodes {
		syntax.AddOptional(body, n)
	}
	data, err := finishVector(body)
	if err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	return parse(suite, data)
}

// parse reads a ratchet_tree into nodes that alias data.
func parse(suite *ciphersuite.Suite, data []byte) (*RatchetTree, error) {
	s := cryptobyte.String(data)
	var body []byte
	if err := syntax.ReadOpaque(&s, &body); err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	if !s.Empty() {
		return nil, rule.Errorf("rfc9420-2.1-03", "%d bytes follow the ratchet_tree", len(s))
	}
	t := newTree(suite, 1)
	if err := t.readNodes(body); err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	return t, nil
}

// readNodes reads the nodes from left to right. The tree doubles whenever it is
// full, and so ends with the least number of leaves that has room for all.
func (t *RatchetTree) readNodes(s cryptobyte.String) error {
	var i treemath.NodeIndex
	var n *Node
	for ; !s.Empty(); i++ {
		before := s
		if err := syntax.ReadOptional(&s, &n); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		if !t.size.Contains(i) {
			t.extend()
		}
		switch {
		case n == nil:
		case i.IsLeaf() != (n.Leaf != nil):
			return rule.Errorf("rfc9420-12.4.3.3-05", "node %d: leaves stand at even positions, parents at odd ones", i)
		case i.IsLeaf():
			// The leaf node comes after its presence octet and its node_type.
			t.leaves[i/2] = &member{leaf: n.Leaf, encoded: before[2 : len(before)-len(s)]}
		default:
			t.parents[i/2] = n.Parent
		}
	}
	switch {
	case i == 0:
		return rule.Errorf("rfc9420-12.4.3.3-03", "no nodes")
	case n == nil:
		return rule.Errorf("rfc9420-12.4.3.3-02", "the last of %d nodes is blank", i)
	case i%2 == 0:
		return rule.Errorf("rfc9420-12.4.3.3-04", "the last of %d nodes is a parent", i)
	}
	return nil
}

// Marshal returns the ratchet_tree (RFC 9420, Section 12.4.3.3), which ends with
// the last node that is not blank.
func (t *RatchetTree) Marshal() ([]byte, error) {
	last := t.size.Nodes()
	for last > 0 && t.PublicKey(treemath.NodeIndex(last-1)) == nil {
		last--
	}
	body := newVector(t.encodedSize())
	for i := range treemath.NodeIndex(last) {
		if m, p := t.leaves[i/2], t.Parent(i); i.IsLeaf() && m != nil {
			body.AddUint8(1)
			body.AddUint8(uint8(TypeLeaf))
			body.AddBytes(m.encoded)
		} else if p != nil {
			body.AddUint8(1)
			body.AddUint8(uint8(TypeParent))
			p.MarshalMLS(body)
		} else {
			body.AddUint8(0)
		}
	}
	return finishVector(body)
}

// encodedSize estimates the length of the ratchet_tree.
func (t *RatchetTree) encodedSize() int {
	const headers = 16
	size := 0
	for _, m := range t.leaves {
		if m != nil {
			size += headers + len(m.encoded)
		}
	}
	for _, p := range t.occupiedParents() {
		size += headers + len(p.EncryptionKey) + len(p.ParentHash) + 4*len(p.UnmergedLeaves)
	}
	return size
}

// maxHeader is the length of the longest length header.
const maxHeader = 4

// newVector begins a vector of about size bytes, with room for its header.
func newVector(size int) *cryptobyte.Builder {
	return cryptobyte.NewBuilder(make([]byte, maxHeader, maxHeader+size))
}

// finishVector puts the length header right before the body. A tree can be large
// enough for another copy to matter.
func finishVector(body *cryptobyte.Builder) ([]byte, error) {
	encoded, err := body.Bytes()
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	syntax.AddLength(&b, len(encoded)-maxHeader)
	header, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	encoded = encoded[maxHeader-len(header):]
	copy(encoded, header)
	return encoded, nil
}
