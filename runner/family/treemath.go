package family

import (
	"context"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/treemath"
)

type treeMathCase struct {
	Leaves  uint32    `json:"n_leaves"`
	Nodes   uint32    `json:"n_nodes"`
	Root    uint32    `json:"root"`
	Left    []*uint32 `json:"left"`
	Right   []*uint32 `json:"right"`
	Parent  []*uint32 `json:"parent"`
	Sibling []*uint32 `json:"sibling"`
}

func treeMath() Family {
	return Family{
		Name: "tree-math", Title: "Tree math", Section: "4.1, Appendix C", Cases: 10,
		Check: replay(checkTreeMath),
	}
}

func checkTreeMath(_ context.Context, c *treeMathCase) error {
	if c.Leaves == 0 || c.Leaves > treemath.MaxLeaves {
		return at("n_leaves", fmt.Errorf("no tree has %d leaves", c.Leaves))
	}
	size := treemath.SizeFor(c.Leaves)
	if err := same("n_nodes", c.Nodes, size.Nodes()); err != nil {
		return err
	}
	if err := same("root", c.Root, uint32(size.Root())); err != nil {
		return err
	}
	for _, relation := range []struct {
		field string
		want  []*uint32
		of    func(treemath.NodeIndex) (treemath.NodeIndex, bool)
	}{
		{"left", c.Left, child(treemath.NodeIndex.Left)},
		{"right", c.Right, child(treemath.NodeIndex.Right)},
		{"parent", c.Parent, size.Parent},
		{"sibling", c.Sibling, size.Sibling},
	} {
		if err := sameLength(relation.field, len(relation.want), int(size.Nodes())); err != nil {
			return err
		}
		for i, want := range relation.want {
			got := "null"
			if n, ok := relation.of(treemath.NodeIndex(i)); ok {
				got = fmt.Sprint(n)
			}
			if err := same(index(relation.field, i), orNull(want), got); err != nil {
				return err
			}
		}
	}
	return nil
}

// child gives leaves no children.
func child(of func(treemath.NodeIndex) treemath.NodeIndex) func(treemath.NodeIndex) (treemath.NodeIndex, bool) {
	return func(n treemath.NodeIndex) (treemath.NodeIndex, bool) {
		if n.IsLeaf() {
			return 0, false
		}
		return of(n), true
	}
}

func orNull(n *uint32) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}

// sameLength compares how many elements the array field has.
func sameLength(field string, want, got int) error {
	return same(field, fmt.Sprintf("%d elements", want), fmt.Sprintf("%d elements", got))
}
