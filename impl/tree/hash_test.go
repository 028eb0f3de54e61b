package tree_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// Blank nodes are absent optionals in the hash inputs, which are put together
// by hand here (RFC 9420, Section 7.8).
func TestHashInputs(t *testing.T) {
	suite := suite1(t)
	r := draw("_ X[1] B").tree(t)
	left := suite.Hash([]byte{1, 0, 0, 0, 0, 0})
	leaf := encode(t, draw("B")[:1]) // length header, presence octet, node type, leaf node
	right := suite.Hash([]byte{1, 0, 0, 0, 1, 1}, leaf[3:])
	root := suite.Hash([]byte{2, 1, 1, 'X', 0, 4, 0, 0, 0, 1, 32}, left, []byte{32}, right)
	for n, want := range [][]byte{left, root, right} {
		if got := r.NodeHash(nodeIndex(n)); !bytes.Equal(got, want) {
			t.Errorf("hash of node %d is %x, want %x", n, got, want)
		}
	}
	if got := r.NodeHash(3); got != nil {
		t.Errorf("hash of a node outside of the tree is %x", got)
	}
}

// Large trees are hashed in parts, in parallel.
func TestHashOfLargeTrees(t *testing.T) {
	suites := ciphersuite.All()
	for _, suite := range []*ciphersuite.Suite{suites[0], suites[6], suites[4]} { // SHA-256, -384, -512
		for _, members := range []int{63, 65, 128, 300} {
			nodes := []string{"L0"}
			for i := range members - 1 {
				nodes = append(nodes, fmt.Sprintf("P%d[%d]", i, i), fmt.Sprintf("L%d", i+1))
			}
			m := draw(strings.Join(nodes, " "))
			r, err := tree.FromNodes(suite, m[:len(nodes)])
			if err != nil {
				t.Fatal(err)
			}
			if got, want := r.Hash(), m.treeHash(suite, m.size().Root()); !bytes.Equal(got, want) {
				t.Errorf("%v, %d members: hash is %x, want %x", suite, members, got, want)
			}
			r.Update(5, newLeaf("N"))
			r.Update(leafIndex(members-1), newLeaf("M"))
			m.update(5, newLeaf("N"))
			m.update(leafIndex(members-1), newLeaf("M"))
			if got, want := r.Hash(), m.treeHash(suite, m.size().Root()); !bytes.Equal(got, want) {
				t.Errorf("%v, %d members, after updates: hash is %x, want %x", suite, members, got, want)
			}
		}
	}
}

// What a caller does to a hash does not reach the cache.
func TestHashIsACopy(t *testing.T) {
	r := draw("A X B").tree(t)
	want := bytes.Clone(r.Hash())
	clear(r.Hash())
	if got := r.Clone().Hash(); !bytes.Equal(got, want) {
		t.Errorf("hash is %x, want %x", got, want)
	}
}
