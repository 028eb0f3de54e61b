package treemath_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/treemath"
)

// The tree of eight leaves that RFC 9420, Appendix C draws.
func TestEightLeaves(t *testing.T) {
	const size = treemath.Size(8)
	if got := size.Nodes(); got != 15 {
		t.Errorf("Nodes = %d, want 15", got)
	}
	if got := size.Root(); got != 7 {
		t.Errorf("Root = %d, want 7", got)
	}
	levels := []int{0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0}
	parents := []treemath.NodeIndex{1, 3, 1, 7, 5, 3, 5, 0, 9, 11, 9, 7, 13, 11, 13}
	siblings := []treemath.NodeIndex{2, 5, 0, 11, 6, 1, 4, 0, 10, 13, 8, 3, 14, 9, 12}
	for i := range treemath.NodeIndex(15) {
		if got := i.Level(); got != levels[i] {
			t.Errorf("Level(%d) = %d, want %d", i, got, levels[i])
		}
		p, ok := size.Parent(i)
		if ok != (i != 7) || ok && p != parents[i] {
			t.Errorf("Parent(%d) = %d, %v", i, p, ok)
		}
		s, ok := size.Sibling(i)
		if ok != (i != 7) || ok && s != siblings[i] {
			t.Errorf("Sibling(%d) = %d, %v", i, s, ok)
		}
		if !i.IsLeaf() && (parents[i.Left()] != i || parents[i.Right()] != i) {
			t.Errorf("children of %d are %d and %d", i, i.Left(), i.Right())
		}
	}
}

func TestOutsideOfTheTree(t *testing.T) {
	const size = treemath.Size(2)
	if _, ok := size.Parent(3); ok {
		t.Error("node 3 has a parent in a tree of two leaves")
	}
	if _, ok := size.Sibling(4); ok {
		t.Error("node 4 has a sibling in a tree of two leaves")
	}
	for p := range size.DirectPath(4) {
		t.Errorf("node 4 has ancestor %d in a tree of two leaves", p)
	}
}

func TestSizeFor(t *testing.T) {
	for n, want := range map[uint32]treemath.Size{
		0: 1, 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 1000: 1024, 1024: 1024, 1025: 2048, treemath.MaxLeaves: treemath.MaxLeaves,
	} {
		if got := treemath.SizeFor(n); got != want {
			t.Errorf("SizeFor(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestDirectPath(t *testing.T) {
	type step struct{ Ancestor, Copath treemath.NodeIndex }
	var got []step
	for a, c := range treemath.Size(8).DirectPath(treemath.LeafIndex(2).Node()) {
		got = append(got, step{a, c})
	}
	want := []step{{5, 6}, {3, 1}, {7, 11}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("direct path of leaf 2 (-want +got):\n%s", diff)
	}
}

func TestCommonAncestor(t *testing.T) {
	for _, c := range []struct{ a, b, want treemath.NodeIndex }{
		{0, 2, 1}, {2, 0, 1}, {0, 14, 7}, {4, 4, 4}, {5, 4, 5}, {4, 5, 5}, {8, 12, 11},
	} {
		if got := treemath.CommonAncestor(c.a, c.b); got != c.want {
			t.Errorf("CommonAncestor(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestInSubtree(t *testing.T) {
	for n := range treemath.NodeIndex(15) {
		if got, want := n.InSubtree(3), n <= 6; got != want {
			t.Errorf("InSubtree(%d, 3) = %v", n, got)
		}
		if got, want := n.InSubtree(8), n == 8; got != want {
			t.Errorf("InSubtree(%d, 8) = %v", n, got)
		}
	}
}
