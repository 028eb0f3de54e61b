package tree_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type (
	leafIndex = treemath.LeafIndex
	nodeIndex = treemath.NodeIndex
)

// A model is a ratchet tree that does everything as RFC 9420 words it, without
// any cache or shortcut: the array of all nodes, nil for the blank ones.
type model []*tree.Node

func (m model) size() treemath.Size { return treemath.Size(len(m)+1) / 2 }

// draw reads a tree from its nodes in order: _ is a blank node, A or B12 one with
// that as its key, X[1,2] a parent with unmerged leaves. Blank nodes on the right
// can be left out.
func draw(nodes string) model {
	tokens := strings.Fields(nodes)
	m := make(model, treemath.SizeFor(uint32(len(tokens)+2)/2).Nodes())
	for i, token := range tokens {
		switch {
		case token == "_":
		case i%2 == 0:
			m[i] = &tree.Node{Leaf: newLeaf(token)}
		default:
			key, list, _ := strings.Cut(strings.TrimSuffix(token, "]"), "[")
			n := &tree.ParentNode{EncryptionKey: []byte(key)}
			for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
				l, err := strconv.ParseUint(s, 0, 32)
				if err != nil {
					panic(err)
				}
				n.UnmergedLeaves = append(n.UnmergedLeaves, leafIndex(l))
			}
			m[i] = &tree.Node{Parent: n}
		}
	}
	return m
}

// trimmed returns the nodes up to the last that is not blank.
func (m model) trimmed() []*tree.Node {
	last := len(m)
	for m[last-1] == nil {
		last--
	}
	return m[:last]
}

func newLeaf(key string) *leaf.LeafNode {
	return &leaf.LeafNode{
		EncryptionKey: []byte(key),
		SignatureKey:  []byte("signature key of " + key),
		Credential:    leaf.Basic([]byte(key)),
		Source:        leaf.SourceUpdate,
	}
}

// show is the reverse of draw. It ends with the last node that is not blank.
func show(t *tree.RatchetTree) string {
	var tokens []string
	last := 0
	for n := range nodeIndex(t.Size().Nodes()) {
		token := "_"
		if key := t.PublicKey(n); key != nil {
			token = string(key)
			last = int(n)
		}
		if p := t.Parent(n); p != nil && len(p.UnmergedLeaves) > 0 {
			token += strings.ReplaceAll(fmt.Sprint(p.UnmergedLeaves), " ", ",")
		}
		tokens = append(tokens, token)
	}
	return strings.Join(tokens[:last+1], " ")
}

// tree returns the real tree of the same nodes.
func (m model) tree(t testing.TB) *tree.RatchetTree {
	t.Helper()
	last := len(m)
	for last > 0 && m[last-1] == nil {
		last--
	}
	r, err := tree.FromNodes(suite1(t), m[:last])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func suite1(t testing.TB) *ciphersuite.Suite {
	t.Helper()
	s, err := ciphersuite.Lookup(codepoint.CipherSuite(1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (m model) resolution(n nodeIndex) []nodeIndex {
	switch {
	case m[n] == nil && n.IsLeaf():
		return nil
	case m[n] == nil:
		return append(m.resolution(n.Left()), m.resolution(n.Right())...)
	case n.IsLeaf():
		return []nodeIndex{n}
	}
	list := []nodeIndex{n}
	for _, l := range m[n].Parent.UnmergedLeaves {
		list = append(list, l.Node())
	}
	return list
}

// filteredPath returns the nodes, lowest first, without their copath children.
func (m model) filteredPath(l leafIndex) []nodeIndex {
	var path []nodeIndex
	for n, copath := range m.size().DirectPath(l.Node()) {
		if len(m.resolution(copath)) > 0 {
			path = append(path, n)
		}
	}
	return path
}

// treeHash returns the tree hash of n with some leaves blank and in no list of
// unmerged leaves.
func (m model) treeHash(suite *ciphersuite.Suite, n nodeIndex, without ...leafIndex) []byte {
	gone := map[leafIndex]bool{}
	for _, l := range without {
		gone[l] = true
	}
	var b cryptobyte.Builder
	if n.IsLeaf() {
		b.AddUint8(1)
		b.AddUint32(uint32(n.Leaf()))
		if m[n] == nil || gone[n.Leaf()] {
			syntax.AddOptional[leaf.LeafNode](&b, nil)
		} else {
			syntax.AddOptional(&b, m[n].Leaf)
		}
		return suite.Hash(b.BytesOrPanic())
	}
	b.AddUint8(2)
	if m[n] == nil {
		syntax.AddOptional[tree.ParentNode](&b, nil)
	} else {
		p := *m[n].Parent
		p.UnmergedLeaves = nil
		for _, l := range m[n].Parent.UnmergedLeaves {
			if !gone[l] {
				p.UnmergedLeaves = append(p.UnmergedLeaves, l)
			}
		}
		syntax.AddOptional(&b, &p)
	}
	syntax.AddOpaque(&b, m.treeHash(suite, n.Left(), without...))
	syntax.AddOpaque(&b, m.treeHash(suite, n.Right(), without...))
	return suite.Hash(b.BytesOrPanic())
}

// link sets the parent hashes that a path of leaf l leaves in the given parents,
// lowest first, and in the leaf. The parent_hash of the highest stays as it is.
func (m model) link(suite *ciphersuite.Suite, l leafIndex, parents ...nodeIndex) {
	parentHash := m[parents[len(parents)-1]].Parent.ParentHash
	for i := len(parents) - 1; i >= 0; i-- {
		n := parents[i]
		p := m[n].Parent
		sibling := n.Left()
		if l.Node().InSubtree(sibling) {
			sibling = n.Right()
		}
		p.ParentHash = parentHash
		parentHash = hashOf(suite, p.EncryptionKey, p.ParentHash, m.treeHash(suite, sibling, p.UnmergedLeaves...))
	}
	m[l.Node()].Leaf.Source = leaf.SourceCommit
	m[l.Node()].Leaf.ParentHash = parentHash
}

// hashOf hashes three fields of variable size, as those of ParentHashInput.
func hashOf(suite *ciphersuite.Suite, fields ...[]byte) []byte {
	var b cryptobyte.Builder
	for _, f := range fields {
		syntax.AddOpaque(&b, f)
	}
	return suite.Hash(b.BytesOrPanic())
}

// add, update and remove follow RFC 9420, Sections 12.1.1 to 12.1.3.
func (m *model) add(l *leaf.LeafNode) leafIndex {
	i := leafIndex(0)
	for int(i.Node()) < len(*m) && (*m)[i.Node()] != nil {
		i++
	}
	if int(i.Node()) >= len(*m) {
		*m = append(*m, make(model, len(*m)+1)...)
	}
	for n := range m.size().DirectPath(i.Node()) {
		if (*m)[n] == nil {
			continue
		}
		p := *(*m)[n].Parent
		var list []leafIndex
		for _, u := range p.UnmergedLeaves {
			if u < i {
				list = append(list, u)
			}
		}
		list = append(list, i)
		for _, u := range p.UnmergedLeaves {
			if u > i {
				list = append(list, u)
			}
		}
		p.UnmergedLeaves = list
		(*m)[n] = &tree.Node{Parent: &p}
	}
	(*m)[i.Node()] = &tree.Node{Leaf: l}
	return i
}

func (m model) blankPath(i leafIndex) {
	for n := range m.size().DirectPath(i.Node()) {
		m[n] = nil
	}
}

func (m model) update(i leafIndex, l *leaf.LeafNode) {
	m.blankPath(i)
	m[i.Node()] = &tree.Node{Leaf: l}
}

func (m *model) remove(i leafIndex) {
	m.blankPath(i)
	(*m)[i.Node()] = nil
	for len(*m) > 1 && !m.membersFrom(len(*m)/2) {
		*m = (*m)[:len(*m)/2]
	}
}

func (m model) membersFrom(n int) bool {
	for ; n < len(m); n++ {
		if m[n] != nil && m[n].Leaf != nil {
			return true
		}
	}
	return false
}
