package tree_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func TestAdd(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"second member", "A", "A _ N"},
		{"extends the tree, RFC 9420 Section 7.7", "A X B", "A X B _ N"},
		{"extends a deep tree", "A X B Y C Z D", "A X B Y C Z D _ N"},
		{"leftmost blank leaf", "A X _ Y C Z _ W E", "A X[1] N Y[1] C Z _ W[1] E"},
		{"unmerged lists stay in order", "A X _ Y[3] C Z[3] D", "A X[1] N Y[1,3] C Z[3] D"},
		{"blank parents stay blank", "A _ B Y C", "A _ B Y[3] C _ N"},
	} {
		r := draw(c.before).tree(t)
		r.Add(newLeaf("N"))
		if diff := cmp.Diff(c.after, show(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestUpdate(t *testing.T) {
	r := draw("A X B Y[3] C Z[3] D W E T F").tree(t)
	r.Update(2, newLeaf("C2"))
	if diff := cmp.Diff("A X B _ C2 _ D _ E T F", show(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		name, before string
		remove       leafIndex
		after        string
	}{
		{"truncates, RFC 9420 Section 7.7", "A X B Y C", 2, "A X B"},
		{"blanks the path", "A X B Y C Z D", 1, "A _ _ _ C Z D"},
		{"truncates by several levels", "A _ _ _ _ _ _ W E", 4, "A"},
		{"truncates to the rightmost member", "A _ _ _ C _ _ W E", 4, "A _ _ _ C"},
		{"a blank left half stays", "A Y _ _ C", 0, "_ _ _ _ C"},
		{"last member", "A", 0, "_"},
	} {
		r := draw(c.before).tree(t)
		r.Remove(c.remove)
		if diff := cmp.Diff(c.after, show(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A blank right half is what an extension leaves and a truncation takes away, so
// the hashes after both are those of before.
func TestExtendThenTruncate(t *testing.T) {
	r := draw("A X B Y C Z D").tree(t)
	before := r.Hash()
	r.Add(newLeaf("E"))
	if got := r.Size(); got != 8 {
		t.Errorf("after Add: %d leaves, want 8", got)
	}
	r.Remove(4)
	if got := r.Size(); got != 4 {
		t.Errorf("after Remove: %d leaves, want 4", got)
	}
	// The Add left E unmerged nowhere, for the new root was blank.
	if got := r.Hash(); !bytes.Equal(got, before) {
		t.Errorf("tree hash %x, was %x", got, before)
	}
}

func TestAssignLeafOnlyMakesRoom(t *testing.T) {
	r := draw("A X B").tree(t)
	if got := r.LeftmostBlank(); got != 2 {
		t.Errorf("LeftmostBlank = %d in a full tree, want 2", got)
	}
	if got := r.AssignLeaf(); got != 2 || r.Size() != 4 {
		t.Errorf("AssignLeaf = %d with %d leaves, want 2 with 4", got, r.Size())
	}
	if diff := cmp.Diff("A X B", show(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := r.AssignLeaf(); got != 2 || r.Size() != 4 {
		t.Errorf("again: AssignLeaf = %d with %d leaves, want 2 with 4", got, r.Size())
	}
}

func TestSetLeafChangesNothingElse(t *testing.T) {
	r := draw("A X B Y C Z D").tree(t)
	r.SetLeaf(1, newLeaf("B2"))
	r.SetLeaf(9, newLeaf("N"))
	if diff := cmp.Diff("A X B2 Y C Z D _ _ _ _ _ _ _ _ _ _ _ N", show(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateAndRemoveWantAMember(t *testing.T) {
	for name, f := range map[string]func(*tree.RatchetTree){
		"Update of a blank leaf": func(r *tree.RatchetTree) { r.Update(1, newLeaf("N")) },
		"Remove of a blank leaf": func(r *tree.RatchetTree) { r.Remove(1) },
		"Remove outside":         func(r *tree.RatchetTree) { r.Remove(4) },
	} {
		r := draw("A _ _ _ C").tree(t)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f(r)
		}()
		if got := show(r); got != "A _ _ _ C" {
			t.Errorf("%s: tree is %q", name, got)
		}
	}
}

// The tree keeps a leaf node of its own.
func TestLeafIsIndependentOfTheCaller(t *testing.T) {
	l := newLeaf("A")
	r := tree.New(suite1(t), l)
	before := r.Hash()
	l.EncryptionKey[0] = 'B'
	l.Credential.Identity[0] = 'B'
	if got := string(r.PublicKey(0)); got != "A" {
		t.Errorf("key is %q, want A", got)
	}
	r.SetLeaf(0, r.Leaf(0))
	if got := r.Hash(); !bytes.Equal(got, before) {
		t.Errorf("tree hash %x, was %x", got, before)
	}
}

// Clones that both add do not write to each other's lists.
func TestClonesDoNotShareUnmergedLeaves(t *testing.T) {
	r := draw("A _ B _ C _ D W E").tree(t)
	r.Add(newLeaf("F")) // the list of W has grown, with room for more
	c := r.Clone()
	c.SetLeaf(6, newLeaf("G"))
	r.Add(newLeaf("H"))
	c.Add(newLeaf("I"))
	if diff := cmp.Diff("A _ B _ C _ D W[5,6] E _ F _ H", show(r)); diff != "" {
		t.Errorf("original (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("A _ B _ C _ D W[5,7] E _ F _ G _ I", show(c)); diff != "" {
		t.Errorf("clone (-want +got):\n%s", diff)
	}
}

// A list is extended in a copy also where it has to be put in order.
func TestCloneKeepsItsUnmergedLeaves(t *testing.T) {
	r := draw("A _ _ _ C _ _ W[4] E").tree(t)
	c := r.Clone()
	for _, name := range []string{"B", "D", "F"} {
		before := r.Clone()
		list := slices.Clone(before.Parent(7).UnmergedLeaves)
		r.Add(newLeaf(name))
		if diff := cmp.Diff(list, before.Parent(7).UnmergedLeaves); diff != "" {
			t.Errorf("after adding %s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]leafIndex{1, 3, 4, 5}, r.Parent(7).UnmergedLeaves); diff != "" {
		t.Errorf("original (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]leafIndex{4}, c.Parent(7).UnmergedLeaves); diff != "" {
		t.Errorf("clone (-want +got):\n%s", diff)
	}
}

// A malformed list may name the new leaf already.
func TestAddOfALeafThatIsListed(t *testing.T) {
	r := draw("A X[1] _ Y[1] C").tree(t)
	r.Add(newLeaf("B"))
	if diff := cmp.Diff("A X[1] B Y[1] C", show(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOperationsAgreeWithTheModel(t *testing.T) { rapid.Check(t, operate) }

// FuzzOperations has the fuzzer choose the operations.
func FuzzOperations(f *testing.F) {
	for seed := range uint64(8) {
		source, choices := rand.NewPCG(seed, 0), make([]byte, 0, 1<<9)
		for len(choices) < cap(choices) {
			choices = append(choices, byte(source.Uint64()))
		}
		f.Add(choices)
	}
	f.Fuzz(rapid.MakeFuzz(operate))
}

// operate verifies that any sequence of operations gives the same tree, with the
// same hashes, as it does in a model without caches. Clones taken on the way never
// change.
func operate(t *rapid.T) {
	suite := ciphersuite.All()[0]
	random := rand.NewChaCha8([32]byte{rapid.Byte().Draw(t, "seed")})
	signer, err := suite.GenerateSignatureKey(random)
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	fresh := func() *leaf.LeafNode {
		names++
		return newLeaf(string(rune('0'+names%10)) + string(rune('a'+names/10)))
	}
	first := fresh()
	real, m := tree.New(suite, first), model{{Leaf: first}}

	type snapshot struct {
		tree    *tree.RatchetTree
		encoded []byte
		hash    []byte
	}
	var snapshots []snapshot
	member := func(t *rapid.T) leafIndex {
		var list []leafIndex
		for i := range real.Leaves() {
			list = append(list, i)
		}
		return rapid.SampledFrom(list).Draw(t, "leaf")
	}
	t.Repeat(map[string]func(*rapid.T){
		"add": func(t *rapid.T) {
			for range rapid.IntRange(1, 5).Draw(t, "count") {
				l := fresh()
				if got, want := real.Add(l), m.add(l); got != want {
					t.Fatalf("added at leaf %d, want %d", got, want)
				}
			}
		},
		"update": func(t *rapid.T) {
			i, l := member(t), fresh()
			real.Update(i, l)
			m.update(i, l)
		},
		"remove": func(t *rapid.T) {
			if i := member(t); real.MemberCount() > 1 {
				real.Remove(i)
				m.remove(i)
			}
		},
		"path": func(t *rapid.T) {
			i := member(t)
			path := m.filteredPath(i)
			if _, err := real.NewPath(random, i, real.Leaf(i), signer, groupID); err != nil {
				t.Fatal(err)
			}
			m.update(i, real.Leaf(i).Clone())
			for _, n := range path {
				m[n] = &tree.Node{Parent: &tree.ParentNode{EncryptionKey: real.PublicKey(n)}}
			}
			if len(path) > 0 {
				m.link(suite, i, path...)
			}
		},
		"clone": func(t *rapid.T) {
			encoded, err := real.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			s := snapshot{tree: real, encoded: encoded}
			if rapid.Bool().Draw(t, "hashed") {
				s.hash = real.Hash()
			}
			snapshots = append(snapshots, s)
			real = real.Clone()
		},
		"": func(t *rapid.T) {
			compare(t, real, m)
			for _, s := range snapshots {
				encoded, err := s.tree.Marshal()
				if err != nil || !bytes.Equal(encoded, s.encoded) {
					t.Fatalf("a clone changed the tree that it was taken from (%v)", err)
				}
				if s.hash != nil && !bytes.Equal(s.tree.Hash(), s.hash) {
					t.Fatal("a clone changed the hash of the tree that it was taken from")
				}
			}
		},
	})
}

// compare compares all that can be asked of a tree with the model's answers, and
// cached hashes with those of a tree that was just read.
func compare(t *rapid.T, r *tree.RatchetTree, m model) {
	t.Helper()
	if r.Size() != m.size() {
		t.Fatalf("%d leaves, want %d", r.Size(), m.size())
	}
	if want, got := m.treeHash(r.Suite(), m.size().Root()), r.Hash(); !bytes.Equal(want, got) {
		t.Fatalf("tree hash %x, want %x", got, want)
	}
	encoded, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := tree.Parse(r.Suite(), encoded)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m {
		n := nodeIndex(i)
		if want, got := fresh.NodeHash(n), r.NodeHash(n); !bytes.Equal(want, got) {
			t.Fatalf("cached hash of node %d is %x, want %x", n, got, want)
		}
		if want, got := m.resolution(n), r.Resolution(n); !slices.Equal(want, got) {
			t.Fatalf("resolution of node %d is %d, want %d", n, got, want)
		}
	}
	for i := range r.Leaves() {
		var path []nodeIndex
		for _, step := range r.FilteredDirectPath(i) {
			path = append(path, step.Node)
		}
		if want := m.filteredPath(i); !slices.Equal(want, path) {
			t.Fatalf("filtered direct path of leaf %d is %d, want %d", i, path, want)
		}
	}
}
