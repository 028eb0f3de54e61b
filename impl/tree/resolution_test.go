package tree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/tree"
)

// The subtree with blanks and unmerged leaves of RFC 9420, Section 4.1.1.
func TestResolution(t *testing.T) {
	r := draw("A _ B X[1] _ _ D _ E Y F _ _ _ H").tree(t)
	const x, y, b, h = 3, 9, 2, 14
	for n, want := range map[nodeIndex][]nodeIndex{
		x:  {x, b},
		4:  nil, // leaf 2
		12: nil, // leaf 6
		7:  {x, b, y, h},
		0:  {0},
		5:  {6},
		y:  {y},
		15: nil, // outside
	} {
		if diff := cmp.Diff(want, r.Resolution(n)); diff != "" {
			t.Errorf("resolution of node %d (-want +got):\n%s", n, diff)
		}
	}
}

// The complete tree with five members of RFC 9420, Section 4.1.2. Its parents
// T, X, Y are occupied, and the root W.
func TestFilteredDirectPath(t *testing.T) {
	r := draw("A T B _ _ _ _ W E X F Y G _ _").tree(t)
	const T, U, V, W, X, Y, Z = 1, 3, 5, 7, 9, 11, 13
	const A, B, E, F, G = 0, 2, 8, 10, 12
	for l, want := range map[leafIndex][]tree.PathStep{
		0: {{T, B}, {W, Y}},
		1: {{T, A}, {W, Y}},
		4: {{X, F}, {Y, Z}, {W, U}},
		5: {{X, E}, {Y, Z}, {W, U}},
		6: {{Y, X}, {W, U}},
		2: {{U, T}, {W, Y}}, // where a new member would be
		8: nil,              // outside
	} {
		if diff := cmp.Diff(want, r.FilteredDirectPath(l)); diff != "" {
			t.Errorf("filtered direct path of leaf %d (-want +got):\n%s", l, diff)
		}
	}
	if diff := cmp.Diff([]nodeIndex(nil), r.Resolution(V)); diff != "" {
		t.Errorf("resolution of V (-want +got):\n%s", diff)
	}
}

// Unmerged leaves of a copath child count: Z is in the path of A although its
// own key would be of no use to the member below.
func TestUnmergedLeavesAreInTheResolutionOfTheCopath(t *testing.T) {
	r := draw("A X B Y C Z[2] D").tree(t)
	if diff := cmp.Diff([]tree.PathStep{{1, 2}, {3, 5}}, r.FilteredDirectPath(0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]nodeIndex{5, 4}, r.Resolution(5)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A parent without members below is no honest one, but it has a key.
func TestParentWithoutMembersIsInTheResolution(t *testing.T) {
	r := draw("A _ _ _ _ Z _ W E").tree(t)
	if diff := cmp.Diff([]tree.PathStep{{3, 5}, {7, 11}}, r.FilteredDirectPath(0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
