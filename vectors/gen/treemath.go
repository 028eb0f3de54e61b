package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/treemath"
)

type treeMathVector struct {
	Leaves  uint32    `json:"n_leaves"`
	Nodes   uint32    `json:"n_nodes"`
	Root    uint32    `json:"root"`
	Left    []*uint32 `json:"left"`
	Right   []*uint32 `json:"right"`
	Parent  []*uint32 `json:"parent"`
	Sibling []*uint32 `json:"sibling"`
}

func treeMath() family {
	f := family{name: "tree-math"}
	for level := range 11 {
		leaves := uint32(1) << level
		f.scenarios = append(f.scenarios, scenario{
			id:     fmt.Sprintf("leaves-%d", leaves),
			reason: fmt.Sprintf("a root of level %d", level),
			make:   func(*maker) any { return treeOf(leaves) },
		})
	}
	return f
}

func treeOf(leaves uint32) treeMathVector {
	size := treemath.Size(leaves)
	v := treeMathVector{Leaves: leaves, Nodes: size.Nodes(), Root: uint32(size.Root())}
	for n := range treemath.NodeIndex(size.Nodes()) {
		var left, right *uint32
		if !n.IsLeaf() {
			left, right = known(n.Left(), true), known(n.Right(), true)
		}
		v.Left = append(v.Left, left)
		v.Right = append(v.Right, right)
		v.Parent = append(v.Parent, known(size.Parent(n)))
		v.Sibling = append(v.Sibling, known(size.Sibling(n)))
	}
	return v
}

// known returns the node, or nil where there is none.
func known(n treemath.NodeIndex, ok bool) *uint32 {
	if !ok {
		return nil
	}
	v := uint32(n)
	return &v
}
