package tree_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// Path secrets, node secrets and keys follow from each other as RFC 9420,
// Section 7.4 says.
func TestDerivation(t *testing.T) {
	for _, suite := range ciphersuite.All() {
		w := worldOf(t, suite, 4)
		after, update, _ := w.newPath(t, 0)
		lower, ok := update.PathSecretFor(after, 1)
		if !ok {
			t.Fatalf("%v: no path secret for leaf 1", suite)
		}
		upper := suite.DeriveSecret(lower, "path")
		if got, _ := update.PathSecretFor(after, 3); !bytes.Equal(got, upper) {
			t.Errorf("%v: the upper path secret does not follow from the lower", suite)
		}
		if got, want := update.CommitSecret(), suite.DeriveSecret(upper, "path"); !bytes.Equal(got, want) {
			t.Errorf("%v: the commit secret does not follow from the upper path secret", suite)
		}
		for n, secret := range map[nodeIndex]ciphersuite.Secret{1: lower, 3: upper} {
			key, err := suite.DeriveKeyPair(suite.DeriveSecret(secret, "node"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(key.Public(), after.PublicKey(n)); diff != "" {
				t.Errorf("%v: key of node %d (-want +got):\n%s", suite, n, diff)
			}
		}
		if err := update.Private().Verify(after); err != nil {
			t.Errorf("%v: %v", suite, err)
		}
	}
}

// The example of RFC 9420, Sections 7.4 and 7.5: B sends a path while C is
// unmerged at Z. The upper path secret goes to Z and to C.
func TestRecipients(t *testing.T) {
	w := worldOf(t, suite1(t), 4)
	w.commit(t, 3)
	const A, C, D, X, Y, Z = 0, 4, 6, 1, 3, 5
	var nodes []*tree.Node
	for n := range nodeIndex(7) {
		if p := w.tree.Parent(n); p != nil {
			nodes = append(nodes, &tree.Node{Parent: p})
		} else {
			nodes = append(nodes, &tree.Node{Leaf: w.tree.Leaf(n.Leaf())})
		}
	}
	z := *w.tree.Parent(Z)
	z.UnmergedLeaves = []leafIndex{2}
	nodes[Z] = &tree.Node{Parent: &z}
	var err error
	if w.tree, err = tree.FromNodes(w.suite, nodes); err != nil {
		t.Fatal(err)
	}
	w.private[2].Drop(Z)

	_, _, p := w.newPath(t, 1)
	var ciphertexts []int
	for _, n := range p.Nodes {
		ciphertexts = append(ciphertexts, len(n.EncryptedPathSecret))
	}
	if diff := cmp.Diff([]int{1, 2}, ciphertexts); diff != "" {
		t.Errorf("ciphertexts per node (-want +got):\n%s", diff)
	}
	w.commit(t, 1)
	for i, want := range map[leafIndex][]nodeIndex{0: {A, X, Y}, 2: {Y, C}, 3: {Y, Z, D}} {
		if diff := cmp.Diff(want, slices.Collect(keysOf(w.private[i]))); diff != "" {
			t.Errorf("nodes whose key member %d knows (-want +got):\n%s", i, diff)
		}
	}
}

// An unmerged leaf of a copath node has a ciphertext of its own.
func TestUnmergedLeafDecrypts(t *testing.T) {
	w := worldOf(t, suite1(t), 7)
	w.commit(t, 4)
	i := w.add(t)
	if got := w.tree.Resolution(11); !slices.Equal(got, []nodeIndex{11, i.Node()}) {
		t.Fatalf("resolution of node 11 is %d, want itself and leaf %d", got, i)
	}
	w.check(t)
	w.commit(t, 0)
	w.check(t)
	if diff := cmp.Diff([]nodeIndex{7, i.Node()}, slices.Collect(keysOf(w.private[i]))); diff != "" {
		t.Errorf("nodes whose key the new member knows (-want +got):\n%s", diff)
	}
}

// The same randomness gives the same path, on however many cores it is made.
func TestPathIsDeterministic(t *testing.T) {
	for _, suite := range ciphersuite.All() {
		w := worldOf(t, suite, 9)
		var encoded [2][]byte
		for i := range encoded {
			random := rand.NewChaCha8([32]byte{7})
			after := w.tree.Clone()
			update, err := after.NewPath(random, 0, w.tree.Leaf(0), w.signers[1], groupID)
			if err != nil {
				t.Fatal(err)
			}
			path, err := update.Encrypt(random, after, context(after), nil)
			if err != nil {
				t.Fatal(err)
			}
			if encoded[i], err = syntax.Marshal(path); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(encoded[0], encoded[1]) {
			t.Errorf("%v: two paths out of the same randomness differ", suite)
		}
	}
}

// No two ciphertexts have an ephemeral key in common.
func TestCiphertextsHaveTheirOwnRandomness(t *testing.T) {
	w := worldOf(t, suite1(t), 9)
	for i := range leafIndex(9) {
		w.update(t, i) // blanks all parents: one ciphertext for each leaf
	}
	_, _, p := w.newPath(t, 0)
	seen := make(map[string]bool)
	for _, n := range p.Nodes {
		for _, ct := range n.EncryptedPathSecret {
			if seen[string(ct.KEMOutput)] {
				t.Errorf("kem_output %x occurs twice", ct.KEMOutput)
			}
			seen[string(ct.KEMOutput)] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d ciphertexts, want 8", len(seen))
	}
}

func TestPathSecretIsOnlyForOthers(t *testing.T) {
	w := worldOf(t, suite1(t), 3)
	after, update, _ := w.newPath(t, 0)
	for name, i := range map[string]leafIndex{"committer": 0, "blank leaf": 3, "leaf outside": 9} {
		if secret, ok := update.PathSecretFor(after, i); ok || secret != nil {
			t.Errorf("path secret for the %s", name)
		}
	}
}

// The only member of a group has a path without nodes.
func TestPathOfTheOnlyMember(t *testing.T) {
	w := newWorld(t, suite1(t), 1)
	after, update, p := w.newPath(t, 0)
	if len(p.Nodes) != 0 || len(p.LeafNode.ParentHash) != 0 {
		t.Errorf("path has %d nodes and a parent hash of %d bytes, want none", len(p.Nodes), len(p.LeafNode.ParentHash))
	}
	if got := len(update.CommitSecret()); got != w.suite.HashSize() {
		t.Errorf("commit secret has %d bytes, want %d", got, w.suite.HashSize())
	}
	if _, other, _ := w.newPath(t, 0); bytes.Equal(other.CommitSecret(), update.CommitSecret()) {
		t.Error("two paths have the same commit secret")
	}
	if err := w.tree.MergePath(0, p); err != nil || !equal(w.tree, after) {
		t.Errorf("merging gives another tree (%v)", err)
	}
	if err := update.Private().Verify(w.tree); err != nil {
		t.Error(err)
	}
}

func TestEncryptNeedsRandomness(t *testing.T) {
	w := worldOf(t, suite1(t), 5)
	after, update, _ := w.newPath(t, 0)
	if _, err := update.Encrypt(bytes.NewReader(make([]byte, 10)), after, nil, nil); err == nil {
		t.Error("ciphertexts out of ten random bytes")
	}
}

// A key in the tree that nobody can encrypt to stops the committer, with the
// rule that it breaks.
func TestEncryptToMalformedKey(t *testing.T) {
	w := worldOf(t, suite1(t), 3)
	l := w.tree.Leaf(2).Clone()
	l.EncryptionKey = []byte("short")
	w.tree.SetLeaf(2, l)
	update, err := w.tree.NewPath(w.rand, 0, w.tree.Leaf(0), w.signers[0], groupID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = update.Encrypt(w.rand, w.tree, nil, nil)
	refused(t, err, "rfc9420-5.1.1-01")
}

// Erase clears the secrets that were handed out, but not the commit secret.
func TestErase(t *testing.T) {
	w := worldOf(t, suite1(t), 4)
	after, update, _ := w.newPath(t, 0)
	secret, _ := update.PathSecretFor(after, 1)
	commitSecret := bytes.Clone(update.CommitSecret())
	update.Erase()
	if !bytes.Equal(secret, make([]byte, len(secret))) {
		t.Error("the path secret is still there")
	}
	if !bytes.Equal(update.CommitSecret(), commitSecret) {
		t.Error("the commit secret is gone")
	}
	if err := update.Private().Verify(after); err != nil {
		t.Error(err)
	}
}

// Groups in which members come, go, update and commit at random: whoever
// receives a path gets the committer's secret, everybody knows exactly the keys
// above its leaf, and each tree is one that a new member accepts.
func TestRandomGroups(t *testing.T) {
	suite := suite1(t)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, suite, rapid.Byte().Draw(t, "seed"))
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			var added []leafIndex
			pathRequired := false
			sender := rapid.SampledFrom(w.members()).Draw(t, "sender")
			for range rapid.IntRange(0, 2).Draw(t, "others") {
				i := rapid.SampledFrom(w.members()).Draw(t, "member")
				if i == sender {
					continue
				}
				pathRequired = true
				if rapid.Bool().Draw(t, "remove") {
					w.remove(i)
				} else {
					w.update(t, i)
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "adds") {
				added = append(added, w.add(t))
			}
			if pathRequired || rapid.IntRange(0, 2).Draw(t, "path") > 0 {
				w.commit(t, sender, added...)
			}
			w.check(t)
		}
	})
}
