package tree_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// figure returns the tree with which RFC 9420, Section 7.9 illustrates parent
// hashes, as it comes about: A sends a path, then E, then F is added.
//
//	            W [F]
//	      ______|_____
//	     /             \
//	    U               Y [F]
//	  __|__           __|__
//	 /     \         /     \
//	T       _       _       _
//	/ \     / \     / \     / \
//	A   B   C   D   E   F   G   _
func figure(t testing.TB) model {
	t.Helper()
	m := draw("A T B U C _ D W[5] E _ F Y[5] G _ _")
	// What A wrote into U belonged to a root that the path of E replaced.
	m[3].Parent.ParentHash = []byte("hash of an earlier root")
	m.link(suite1(t), 0, 1, 3)
	m.link(suite1(t), 4, 11, 7)
	return m
}

func TestFigureIsValid(t *testing.T) {
	if err := verify(figure(t).tree(t)); err != nil {
		t.Error(err)
	}
}

// The original tree hash of Y with respect to W is that of a tree without F,
// drawn in the RFC next to the figure.
func TestOriginalTreeHash(t *testing.T) {
	suite := suite1(t)
	r := figure(t).tree(t)
	without := figure(t)
	without[10] = nil
	without[7].Parent.UnmergedLeaves = nil
	without[11].Parent.UnmergedLeaves = nil
	const W, Y, U = 7, 11, 3
	for _, n := range []nodeIndex{Y, W, U, 9, 10, 8} {
		if got, want := r.OriginalTreeHash(n, []leafIndex{5}), without.treeHash(suite, n); !bytes.Equal(got, want) {
			t.Errorf("original hash of node %d is %x, want %x", n, got, want)
		}
	}
	if got, want := r.OriginalTreeHash(U, []leafIndex{5}), r.NodeHash(U); !bytes.Equal(got, want) {
		t.Errorf("original hash of U is %x, want its present one, %x", got, want)
	}
	if got := r.OriginalTreeHash(15, []leafIndex{5}); got != nil {
		t.Errorf("original hash of a node outside of the tree is %x", got)
	}
	if got, want := r.OriginalTreeHash(W, []leafIndex{5, 1, 99}), r.OriginalTreeHash(W, []leafIndex{1, 5}); !bytes.Equal(got, want) {
		t.Errorf("original hash depends on the order of the leaves: %x and %x", got, want)
	}
}

// RFC 9420, Appendix A, with its table of parent hash values.
func TestEvolutionOfParentHashes(t *testing.T) {
	suite := suite1(t)
	const X, Y, Z = 1, 3, 5
	m := draw("A X B")
	m.link(suite, 0, X) // A adds B
	aHash := m[0].Leaf.ParentHash
	if want := hashOf(suite, []byte("X"), nil, draw("A X B").tree(t).NodeHash(2)); !bytes.Equal(aHash, want) {
		t.Errorf("A.parent_hash = %x, want H(X, ph=\"\", osth=th(B)) = %x", aHash, want)
	}

	m = draw("A X' B' Y C _ D") // B adds C and D
	m[0].Leaf.Source, m[0].Leaf.ParentHash = leaf.SourceCommit, aHash
	m.link(suite, 1, X, Y)
	r := m.tree(t)
	if err := verify(r); err != nil {
		t.Errorf("after B's commit: %v", err)
	}
	xHash := r.Parent(X).ParentHash
	if want := hashOf(suite, []byte("Y"), nil, r.NodeHash(Z)); !bytes.Equal(xHash, want) {
		t.Errorf("X'.parent_hash = %x, want H(Y, ph=\"\", osth=th(Z)) = %x", xHash, want)
	}
	if got, want := r.Leaf(1).ParentHash, hashOf(suite, []byte("X'"), xHash, r.NodeHash(0)); !bytes.Equal(got, want) {
		t.Errorf("B'.parent_hash = %x, want H(X', ph=X'.parent_hash, osth=th(A)) = %x", got, want)
	}

	after := draw("A X' B' Y' C' Z' D") // C commits
	copy(after[:3], m[:3])
	after.link(suite, 2, Z, Y)
	r = after.tree(t)
	if err := verify(r); err != nil {
		t.Errorf("after C's commit: %v", err)
	}
	zHash := r.Parent(Z).ParentHash
	if want := hashOf(suite, []byte("Y'"), nil, r.NodeHash(X)); !bytes.Equal(zHash, want) {
		t.Errorf("Z'.parent_hash = %x, want H(Y', ph=\"\", osth=th(X')) = %x", zHash, want)
	}
	if got, want := r.Leaf(2).ParentHash, hashOf(suite, []byte("Z'"), zHash, r.NodeHash(6)); !bytes.Equal(got, want) {
		t.Errorf("C'.parent_hash = %x, want H(Z', ph=Z'.parent_hash, osth=th(D)) = %x", got, want)
	}
	if got := len(r.Parent(Y).ParentHash); got != 0 {
		t.Errorf("Y'.parent_hash has %d bytes, want none", got)
	}
}

func TestParentHash(t *testing.T) {
	suite := suite1(t)
	got := tree.ParentHash(suite, []byte("key"), []byte{}, []byte("sibling"))
	if diff := cmp.Diff(suite.Hash([]byte("\x03key\x00\x07sibling")), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each case breaks one rule and has all hashes that cover the change computed
// anew, as far as the case does not say otherwise.
func TestBrokenParentHashes(t *testing.T) {
	suite := suite1(t)
	const A, B, T, U, W, Y = 0, 2, 1, 3, 7, 11
	for _, c := range []struct {
		name   string
		change func(m model)
		want   rule.ID
	}{
		{"key of the lowest parent replaced", func(m model) {
			m[T].Parent.EncryptionKey = []byte("T'")
			m.link(suite, 4, Y, W) // covers T by the hash of the sibling U
		}, "rfc9420-7.9.2-01"},
		{"key of a middle parent replaced", func(m model) {
			m[U].Parent.EncryptionKey = []byte("U'")
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-01"},
		{"key of the root replaced", func(m model) {
			m[W].Parent.EncryptionKey = []byte("W'")
		}, "rfc9420-7.9.2-01"},
		{"parent hash of a middle parent is another", func(m model) {
			// T names U with a hash that is not U's. The leaf below follows T.
			m[T].Parent.ParentHash = bytes.Repeat([]byte{1}, 32)
			m.link(suite, 0, T)
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-01"},
		{"leaf that was not set by a Commit", func(m model) {
			m[A].Leaf.Source = leaf.SourceUpdate
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-01"},
		{"parent hash from the present hash of the sibling", func(m model) {
			// W's link to Y goes through U, and F is unmerged at W. The sibling is
			// taken as it is now instead of without F.
			m[U].Parent.ParentHash = hashOf(suite, []byte("W"), nil, m.treeHash(suite, Y))
			m.link(suite, 0, T, U)
			m[Y].Parent.ParentHash = nil
			m.link(suite, 4, Y)
		}, "rfc9420-7.9.2-01"},
		{"parent hash from the node's own hash", func(m model) {
			m[Y].Parent.ParentHash = hashOf(suite, []byte("W"), nil, m.treeHash(suite, Y))
			m.link(suite, 4, Y)
		}, "rfc9420-7.9.2-01"},
		{"root with a parent hash", func(m model) {
			m[W].Parent.ParentHash = bytes.Repeat([]byte{1}, 32)
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9-02"},
		{"unmerged leaf looks merged", func(m model) {
			m[W].Parent.UnmergedLeaves = nil
			m[Y].Parent.UnmergedLeaves = nil
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-02"},
		{"intermediate node blanked, link kept", func(m model) {
			// A's parent hash skips T, but B is below T as well.
			m[T] = nil
			m.link(suite, 0, U)
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-02"},
		{"unmerged leaf that is merged", func(m model) {
			// E is linked to Y and cannot be unmerged there.
			m[Y].Parent.UnmergedLeaves = []leafIndex{4, 5}
			m[W].Parent.UnmergedLeaves = []leafIndex{4, 5}
			m.link(suite, 4, Y, W)
		}, "rfc9420-7.9.2-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := figure(t)
			c.change(m)
			r := m.tree(t)
			refused(t, r.VerifyParentHashes(), c.want)
			if err := r.VerifyUnmergedLeaves(); err != nil {
				t.Errorf("unmerged leaves: %v", err)
			}
			if err := r.VerifyUniqueKeys(); err != nil {
				t.Errorf("keys: %v", err)
			}
		})
	}
}

// The resolution without the linked node has to be the unmerged leaves exactly.
func TestUnmergedLeavesAroundTheLink(t *testing.T) {
	suite := suite1(t)
	const W, Y = 7, 11
	for name, change := range map[string]func(m model){
		"unmerged above but not at the linked node": func(m model) {
			m[Y].Parent.UnmergedLeaves = nil
			m[8] = nil // Y itself is in order, with F alone below its child
			m.link(suite, 5, Y, W)
		},
		"unlisted leaf left of the linked one": func(m model) {
			m[W].Parent.UnmergedLeaves = nil
			m[Y].Parent.UnmergedLeaves = nil
			m.link(suite, 5, Y, W)
		},
		"unlisted leaf right of the linked one": func(m model) {
			m[W].Parent.UnmergedLeaves = nil
			m[Y].Parent.UnmergedLeaves = nil
			m.link(suite, 4, Y, W)
		},
	} {
		m := figure(t)
		change(m)
		t.Run(name, func(t *testing.T) { refused(t, m.tree(t).VerifyParentHashes(), "rfc9420-7.9.2-02") })
	}
}

// F was added before I sent its path, G after it. What is missing below node 11
// is not the same for U and for W.
func TestOriginalHashesOfTwoParents(t *testing.T) {
	suite := suite1(t)
	m := draw("A _ _ _ _ _ _ U[5,6] E _ F _ G _ _ W[6] I")
	m[7].Parent.ParentHash = []byte("hash of an earlier root")
	m.link(suite, 0, 7)
	m.link(suite, 8, 15)
	if err := verify(m.tree(t)); err != nil {
		t.Error(err)
	}
}

// What the earlier cases break can also be right in the same place.
func TestParentHashThroughOtherChild(t *testing.T) {
	suite := suite1(t)
	const T, U, W, Y = 1, 3, 7, 11
	m := figure(t)
	// The root is linked from U this time, and F is unmerged under the sibling.
	m.link(suite, 0, T, U, W)
	m[Y].Parent.ParentHash = []byte("hash of an earlier root")
	m.link(suite, 4, Y)
	m.link(suite, 0, T, U, W)
	if err := verify(m.tree(t)); err != nil {
		t.Error(err)
	}
}

// A tree with unmerged leaves everywhere has the longest way to its original
// hashes: those of the siblings, at each height, without any of the leaves.
func TestManyUnmergedLeaves(t *testing.T) {
	suite := suite1(t)
	w := worldOf(t, suite, 2)
	for range 6 {
		var added []leafIndex
		for len(w.members()) < int(w.tree.Size()) {
			added = append(added, w.add(t))
		}
		added = append(added, w.add(t))
		w.commit(t, added[len(added)-1]-1, added...)
		w.commit(t, w.members()[1])
	}
	for range 31 {
		w.add(t)
	}
	unmerged := 0
	for n := range nodeIndex(w.tree.Size().Nodes()) {
		if p := w.tree.Parent(n); p != nil {
			unmerged += len(p.UnmergedLeaves)
		}
	}
	if unmerged < 31 {
		t.Fatalf("only %d unmerged leaves", unmerged)
	}
	w.check(t)
}
