package main

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type treeValidationVector struct {
	Suite       codepoint.CipherSuite  `json:"cipher_suite"`
	Tree        hexBytes               `json:"tree"`
	GroupID     hexBytes               `json:"group_id"`
	Resolutions [][]treemath.NodeIndex `json:"resolutions"`
	TreeHashes  []hexBytes             `json:"tree_hashes"`
}

func treeValidation() family {
	return family{name: "tree-validation", suites: true, scenarios: []scenario{
		{"one-member", "the creator alone: the root is a leaf", func(m *maker) any {
			return m.grove().validation()
		}},
		{"full", "four members, all parents in use", func(m *maker) any {
			return m.grove().grow(4).validation()
		}},
		{"trailing-blanks", "five members: the right half has one, and the encoding ends with it", func(m *maker) any {
			return m.grove().grow(5).validation()
		}},
		{"all-blank", "six members and no path: every parent is blank", func(m *maker) any {
			g := m.grove()
			for range 5 {
				g.add()
			}
			return g.validation()
		}},
		{"skipped-link", "removals leave parents blank, and parent hashes link over them", func(m *maker) any {
			g := m.grove().grow(8)
			g.remove(1, 2, 3)
			g.path(0)
			g.path(5)
			return g.validation()
		}},
		{"unmerged", "two members added without a path stand in the lists of several parents", func(m *maker) any {
			g := m.grove().grow(6)
			g.remove(2)
			g.path(0)
			g.path(4)
			g.add()
			g.add()
			return g.validation()
		}},
		{"unmerged-below", "a later path merged a member at the root, but further down it is still unmerged", func(m *maker) any {
			g := m.grove().grow(8)
			g.remove(1)
			g.path(0)
			g.add()
			g.path(6)
			return g.validation()
		}},
		{"updated", "an Update blanked the way from its leaf to the root, the rest is in use", func(m *maker) any {
			g := m.grove().grow(4)
			g.path(2)
			g.update(0)
			return g.validation()
		}},
	}}
}

func (g *grove) validation() treeValidationVector {
	v := treeValidationVector{Suite: g.suite.ID(), Tree: g.encoded(), GroupID: g.groupID}
	check(g.tree.VerifyUnmergedLeaves())
	check(g.tree.VerifyParentHashes())
	for n := range treemath.NodeIndex(g.tree.Size().Nodes()) {
		v.Resolutions = append(v.Resolutions, append([]treemath.NodeIndex{}, g.tree.Resolution(n)...))
		v.TreeHashes = append(v.TreeHashes, g.tree.NodeHash(n))
	}
	return v
}
