package main

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type treeOperationsVector struct {
	Suite          codepoint.CipherSuite `json:"cipher_suite"`
	TreeBefore     hexBytes              `json:"tree_before"`
	Proposal       hexBytes              `json:"proposal"`
	ProposalSender treemath.LeafIndex    `json:"proposal_sender"`
	TreeHashBefore hexBytes              `json:"tree_hash_before"`
	TreeAfter      hexBytes              `json:"tree_after"`
	TreeHashAfter  hexBytes              `json:"tree_hash_after"`
}

func treeOperations() family {
	return family{name: "tree-operations", suites: true, scenarios: []scenario{
		{"add-to-full-tree", "the tree doubles", func(m *maker) any {
			return m.grove().grow(4).addition(1)
		}},
		{"add-to-blank-leaf", "the leftmost of two blank leaves is taken, and the parents above note an unmerged leaf", func(m *maker) any {
			g := m.grove().grow(8)
			g.remove(2, 5)
			g.path(0)
			g.path(7)
			return g.addition(3)
		}},
		{"add-second-unmerged", "the root, which has one unmerged leaf, gets a second one", func(m *maker) any {
			g := m.grove().grow(6)
			g.remove(1)
			g.path(0)
			g.path(4)
			g.add()
			return g.addition(0)
		}},
		{"update", "the leaf of the sender is replaced, and all above it blanked", func(m *maker) any {
			g := m.grove().grow(5)
			g.path(2)
			return g.operation(2, message.Proposal{Body: &message.Update{LeafNode: *g.newLeaf(2).node}})
		}},
		{"remove-inner", "the tree keeps its size", func(m *maker) any {
			return m.grove().grow(6).removal(3, 1)
		}},
		{"remove-last", "the right half has no member left, and the tree is halved", func(m *maker) any {
			return m.grove().grow(5).removal(0, 4)
		}},
		{"remove-last-after-blanks", "the tree is halved three times", func(m *maker) any {
			g := m.grove().grow(9)
			g.remove(1, 2, 3, 4, 5, 6, 7)
			return g.removal(0, 8)
		}},
		{"remove-unmerged", "the removed leaf was unmerged at its parents, which turn blank with it", func(m *maker) any {
			g := m.grove().grow(4)
			g.remove(3)
			g.path(0)
			g.add()
			return g.removal(1, 3)
		}},
	}}
}

func (g *grove) addition(sender treemath.LeafIndex) treeOperationsVector {
	_, kp := g.newcomer()
	return g.operation(sender, message.Proposal{Body: &message.Add{KeyPackage: *kp}})
}

func (g *grove) removal(sender, removed treemath.LeafIndex) treeOperationsVector {
	return g.operation(sender, message.Proposal{Body: &message.Remove{Removed: removed}})
}

func (g *grove) operation(sender treemath.LeafIndex, p message.Proposal) treeOperationsVector {
	v := treeOperationsVector{
		Suite:          g.suite.ID(),
		TreeBefore:     g.encoded(),
		Proposal:       encode(&p),
		ProposalSender: sender,
		TreeHashBefore: g.tree.Hash(),
	}
	switch b := p.Body.(type) {
	case *message.Add:
		g.tree.Add(&b.KeyPackage.LeafNode)
	case *message.Update:
		g.tree.Update(sender, &b.LeafNode)
	case *message.Remove:
		g.tree.Remove(b.Removed)
	}
	v.TreeAfter, v.TreeHashAfter = g.encoded(), g.tree.Hash()
	return v
}
