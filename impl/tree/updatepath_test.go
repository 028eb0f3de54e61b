package tree_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// sixMembers returns a group of six in a tree of eight leaves, in which leaf 4
// and leaf 5 committed last.
//
//	0 1 2 3 4 5 _ _
func sixMembers(t *testing.T) *world {
	t.Helper()
	w := worldOf(t, suite1(t), 6)
	w.commit(t, 2)
	w.commit(t, 4)
	w.commit(t, 5)
	w.check(t)
	return w
}

// clonePath returns a path that can be changed without changing p.
func clonePath(p *tree.UpdatePath) *tree.UpdatePath {
	c := &tree.UpdatePath{LeafNode: *p.LeafNode.Clone(), Nodes: slices.Clone(p.Nodes)}
	for i := range c.Nodes {
		c.Nodes[i].EncryptedPathSecret = slices.Clone(c.Nodes[i].EncryptedPathSecret)
	}
	return c
}

// reseal computes the parent hash of the path's leaf and its signature anew,
// for the world's present tree.
func (w *world) reseal(t *testing.T, sender leafIndex, p *tree.UpdatePath) {
	t.Helper()
	parentHash := []byte{}
	for i, step := range slices.Backward(w.tree.FilteredDirectPath(sender)) {
		parentHash = hashOf(w.suite, p.Nodes[i].EncryptionKey, parentHash, w.tree.NodeHash(step.Copath))
	}
	p.LeafNode.ParentHash = parentHash
	if err := p.LeafNode.Sign(w.suite, w.signers[sender], groupID, sender); err != nil {
		t.Fatal(err)
	}
}

func TestCheckPath(t *testing.T) {
	w := sixMembers(t)
	const sender = 0
	_, _, genuine := w.newPath(t, sender)
	if got := len(genuine.Nodes); got != 3 {
		t.Fatalf("path has %d nodes, want 3", got)
	}
	old := w.tree.Leaf(sender).EncryptionKey
	for _, c := range []struct {
		name   string
		change func(p *tree.UpdatePath)
		want   rule.ID
	}{
		{"last node missing", func(p *tree.UpdatePath) { p.Nodes = p.Nodes[:2] }, "rfc9420-7.5-05"},
		{"no nodes", func(p *tree.UpdatePath) { p.Nodes = nil }, "rfc9420-7.5-05"},
		{"node twice", func(p *tree.UpdatePath) { p.Nodes = append(p.Nodes, p.Nodes[2]) }, "rfc9420-7.5-05"},
		{"ciphertext missing at the lowest node", func(p *tree.UpdatePath) {
			p.Nodes[0].EncryptedPathSecret = nil
		}, "rfc9420-7.6-01"},
		{"last ciphertext missing at the highest node", func(p *tree.UpdatePath) {
			c := p.Nodes[2].EncryptedPathSecret
			p.Nodes[2].EncryptedPathSecret = c[:len(c)-1]
		}, "rfc9420-7.6-01"},
		{"ciphertext twice", func(p *tree.UpdatePath) {
			c := p.Nodes[1].EncryptedPathSecret
			p.Nodes[1].EncryptedPathSecret = append(c, c[0])
		}, "rfc9420-7.6-01"},
		{"short key", func(p *tree.UpdatePath) {
			p.Nodes[1].EncryptionKey = p.Nodes[1].EncryptionKey[:31]
			w.reseal(t, sender, p)
		}, "rfc9420-5.1.1-01"},
		{"long key of the leaf", func(p *tree.UpdatePath) {
			p.LeafNode.EncryptionKey = append(slices.Clone(p.LeafNode.EncryptionKey), 0)
			w.reseal(t, sender, p)
		}, "rfc9420-5.1.1-01"},
		{"lowest node has the key of the node above", func(p *tree.UpdatePath) {
			p.Nodes[0].EncryptionKey = p.Nodes[1].EncryptionKey
			w.reseal(t, sender, p)
		}, "rfc9420-16.7-01"},
		{"node has the key of the new leaf", func(p *tree.UpdatePath) {
			p.Nodes[2].EncryptionKey = p.LeafNode.EncryptionKey
			w.reseal(t, sender, p)
		}, "rfc9420-16.7-01"},
		{"key of a parent off the path", func(p *tree.UpdatePath) {
			p.Nodes[1].EncryptionKey = w.tree.PublicKey(9)
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
		{"present key of the same parent", func(p *tree.UpdatePath) {
			p.Nodes[2].EncryptionKey = w.tree.PublicKey(7)
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
		{"key of another member", func(p *tree.UpdatePath) {
			p.Nodes[0].EncryptionKey = w.tree.PublicKey(10)
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
		{"leaf has the key of another member", func(p *tree.UpdatePath) {
			p.LeafNode.EncryptionKey = w.tree.PublicKey(10)
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
		{"node has the old key of the sender", func(p *tree.UpdatePath) {
			p.Nodes[0].EncryptionKey = old
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
		{"leaf has the old key of the sender", func(p *tree.UpdatePath) {
			p.LeafNode.EncryptionKey = old
			w.reseal(t, sender, p)
		}, "rfc9420-12.4.2-05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := clonePath(genuine)
			c.change(p)
			refused(t, w.tree.CheckPath(sender, p, nil), c.want)
		})
	}
	if err := w.tree.CheckPath(sender, genuine, nil); err != nil {
		t.Errorf("genuine path: %v", err)
	}
}

// A node for an ancestor that the filtered direct path leaves out is one too
// many (RFC 9420, Section 4.1.2).
func TestPathNodeForFilteredAncestor(t *testing.T) {
	w := sixMembers(t)
	w.remove(5)
	_, _, p := w.newPath(t, 4)
	if got := len(p.Nodes); got != 1 {
		t.Fatalf("path of leaf 4 has %d nodes, want 1: only the root has members on the other side", got)
	}
	_, _, other := w.newPath(t, 4)
	extra := clonePath(p)
	extra.Nodes = slices.Insert(extra.Nodes, 0, tree.UpdatePathNode{EncryptionKey: other.Nodes[0].EncryptionKey})
	refused(t, w.tree.CheckPath(4, extra, nil), "rfc9420-7.5-05")
	refused(t, w.tree.Clone().MergePath(4, extra), "rfc9420-7.5-05")
}

// No path secret goes to a member that the same Commit adds (RFC 9420,
// Section 7.5).
func TestPathSecretForAddedMember(t *testing.T) {
	w := sixMembers(t)
	added := []leafIndex{w.add(t), w.add(t)}
	after, _, p := w.newPath(t, 0, added[1], added[0])
	if got := len(p.Nodes[2].EncryptedPathSecret); got != 1 {
		t.Errorf("root has %d ciphertexts, want one for node 11 alone", got)
	}
	if err := w.tree.CheckPath(0, p, []leafIndex{added[1], added[0]}); err != nil {
		t.Errorf("genuine path: %v", err)
	}
	if _, _, _, err := w.private[5].Decrypt(after, 0, p, context(after), []leafIndex{added[1], added[0]}); err != nil {
		t.Errorf("genuine path: %v", err)
	}
	extra := clonePath(p)
	ct, err := w.suite.EncryptWithLabel(w.rand, w.tree.PublicKey(added[0].Node()), "UpdatePathNode", context(after), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	extra.Nodes[2].EncryptedPathSecret = append(extra.Nodes[2].EncryptedPathSecret, ct)
	refused(t, w.tree.CheckPath(0, extra, added), "rfc9420-7.6-01")
}

// Leaf 5 is added while node 11, above it, has a key that others know.
func TestOnlyLeavesAreLeftOut(t *testing.T) {
	w := worldOf(t, suite1(t), 7)
	w.remove(5)
	w.commit(t, 4)
	added := w.add(t)
	if got := w.tree.Resolution(11); added != 5 || !slices.Equal(got, []nodeIndex{11, 10}) {
		t.Fatalf("leaf %d added, resolution of node 11 is %d", added, got)
	}
	_, _, p := w.newPath(t, 0, added)
	if got := len(p.Nodes[2].EncryptedPathSecret); got != 1 {
		t.Errorf("root has %d ciphertexts, want one for node 11", got)
	}
	w.commit(t, 0, added)
	w.check(t)
}

// A node that the filtered direct path leaves out is blank afterwards, whatever
// was there (RFC 9420, Section 7.5).
func TestPathBlanksWhatItLeavesOut(t *testing.T) {
	w := newWorld(t, suite1(t), 1)
	r := draw("A X _ Y C Z _ W E").tree(t)
	before := r.Clone()
	update, err := r.NewPath(w.rand, 0, r.Leaf(0), w.signers[0], groupID)
	if err != nil {
		t.Fatal(err)
	}
	path := &tree.UpdatePath{LeafNode: *update.LeafNode()}
	for _, n := range []nodeIndex{3, 7} {
		path.Nodes = append(path.Nodes, tree.UpdatePathNode{EncryptionKey: r.PublicKey(n)})
	}
	if err := before.MergePath(0, path); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*tree.RatchetTree{"committer": r, "receiver": before} {
		for n, want := range map[nodeIndex]bool{1: false, 3: true, 5: true, 7: true} {
			if got := r.Parent(n) != nil; got != want {
				t.Errorf("%s: node %d is occupied: %v, want %v", name, n, got, want)
			}
		}
	}
}

// A node whose copath child has only new members has no ciphertexts (RFC 9420,
// Section 7.6).
func TestPathNodeWithoutCiphertexts(t *testing.T) {
	w := worldOf(t, suite1(t), 2)
	added := w.add(t)
	_, _, p := w.newPath(t, 0, added)
	if len(p.Nodes) != 2 || len(p.Nodes[1].EncryptedPathSecret) != 0 {
		t.Errorf("path has %d nodes, want two, and no ciphertexts at the root", len(p.Nodes))
	}
	w.commit(t, 0, added)
	w.check(t)
}

func TestMergePathVerifiesTheParentHash(t *testing.T) {
	w := sixMembers(t)
	_, _, genuine := w.newPath(t, 0)
	before := w.tree.Hash()
	for name, change := range map[string]func(p *tree.UpdatePath){
		"one bit flipped": func(p *tree.UpdatePath) {
			p.LeafNode.ParentHash = slices.Clone(p.LeafNode.ParentHash)
			p.LeafNode.ParentHash[31] ^= 1
		},
		"empty":                    func(p *tree.UpdatePath) { p.LeafNode.ParentHash = nil },
		"key of the root replaced": func(p *tree.UpdatePath) { p.Nodes[2].EncryptionKey = make([]byte, 32) },
	} {
		p := clonePath(genuine)
		change(p)
		refused(t, w.tree.MergePath(0, p), "rfc9420-7.9.2-04")
		if got := w.tree.Hash(); !bytes.Equal(got, before) {
			t.Errorf("%s: the refused path changed the tree", name)
		}
	}
	if err := w.tree.MergePath(0, genuine); err != nil {
		t.Errorf("genuine path: %v", err)
	}
}

// A path clears what is unmerged on it and blanks the rest of the direct path
// (RFC 9420, Section 7.5).
func TestMergePathReplacesTheDirectPath(t *testing.T) {
	w := sixMembers(t)
	w.remove(1)
	w.commit(t, 2)
	unmerged := w.add(t) // leaf 1 again
	if got := w.tree.Parent(7).UnmergedLeaves; !slices.Equal(got, []leafIndex{unmerged}) {
		t.Fatalf("unmerged at the root: %d, want %d", got, unmerged)
	}
	w.remove(3)
	w.commit(t, 2)
	for n, want := range map[nodeIndex]bool{7: true, 3: true, 5: false, 1: false} {
		p := w.tree.Parent(n)
		if got := p != nil; got != want {
			t.Errorf("node %d is occupied: %v, want %v", n, got, want)
		}
		if p != nil && len(p.UnmergedLeaves) != 0 {
			t.Errorf("node %d has unmerged leaves %d", n, p.UnmergedLeaves)
		}
	}
	w.check(t)
}

// The tree does not hold on to the message that a path came with.
func TestMergedLeafIsIndependentOfThePath(t *testing.T) {
	w := sixMembers(t)
	_, _, p := w.newPath(t, 0)
	if err := w.tree.MergePath(0, p); err != nil {
		t.Fatal(err)
	}
	before := w.tree.Hash()
	clear(p.LeafNode.EncryptionKey)
	clear(p.Nodes[0].EncryptionKey)
	w.tree.SetLeaf(0, w.tree.Leaf(0)) // forgets cached hashes
	if got := w.tree.Hash(); !bytes.Equal(got, before) {
		t.Errorf("tree hash is %x, was %x", got, before)
	}
}

func TestSenderOutsideOfTheTree(t *testing.T) {
	w := worldOf(t, suite1(t), 2)
	_, _, p := w.newPath(t, 0)
	after := w.tree.Clone()
	_, err := after.NewPath(w.rand, 2, after.Leaf(0), w.signers[0], groupID)
	for name, err := range map[string]error{
		"NewPath":   err,
		"CheckPath": after.CheckPath(2, p, nil),
		"MergePath": after.MergePath(1<<31, p),
	} {
		if !errors.Is(err, tree.ErrNoLeaf) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !equal(after, w.tree) {
		t.Error("the tree changed")
	}
}

// An external committer takes the leftmost blank leaf, or a new one (RFC 9420,
// Section 12.4.2).
func TestExternalCommitter(t *testing.T) {
	for _, members := range []int{4, 6} {
		w := worldOf(t, suite1(t), members)
		l, signer, _ := w.newMember(t)
		before := w.tree.Clone()
		place := w.tree.AssignLeaf()
		if place != leafIndex(members) {
			t.Fatalf("assigned leaf %d, want %d", place, members)
		}
		after := w.tree.Clone()
		update, err := after.NewPath(w.rand, place, l, signer, groupID)
		if err != nil {
			t.Fatal(err)
		}
		path, err := update.Encrypt(w.rand, after, context(after), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.tree.CheckPath(place, path, nil); err != nil {
			t.Error(err)
		}
		if err := w.tree.MergePath(place, path); err != nil {
			t.Error(err)
		}
		for i, p := range w.private {
			next, _, commitSecret, err := p.Decrypt(w.tree, place, path, context(w.tree), nil)
			if err != nil {
				t.Fatalf("member %d: %v", i, err)
			}
			if !bytes.Equal(commitSecret, update.CommitSecret()) {
				t.Errorf("member %d has another commit secret", i)
			}
			w.private[i] = next
		}
		w.private[place], w.signers[place] = update.Private(), signer
		w.check(t)
		if got := before.Leaf(place); got != nil {
			t.Error("the tree of before has the new member")
		}
	}
}

// A Commit may bring the committer a new signature key and other capabilities
// (RFC 9420, Section 7.5).
func TestPathWithChangedLeaf(t *testing.T) {
	w := sixMembers(t)
	signer, err := w.suite.GenerateSignatureKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	l := w.tree.Leaf(0).Clone()
	l.SignatureKey = signer.Public()
	l.Extensions = leaf.Extensions{{Type: 0xf001, Data: []byte("data")}}
	old := w.tree.Leaf(0)
	update, err := w.tree.NewPath(w.rand, 0, l, signer, groupID)
	if err != nil {
		t.Fatal(err)
	}
	w.signers[0], w.private[0] = signer, update.Private()
	if got := w.tree.Leaf(0); !bytes.Equal(got.SignatureKey, signer.Public()) || len(got.Extensions) != 1 {
		t.Error("the leaf in the tree is not the changed one")
	}
	if l.Source == leaf.SourceCommit && bytes.Equal(l.Signature, w.tree.Leaf(0).Signature) || len(old.Extensions) != 0 {
		t.Error("NewPath wrote to the template or to the old leaf")
	}
	if err := w.tree.VerifyLeafSignatures(groupID); err != nil {
		t.Error(err)
	}
}

type failingSigner struct{}

func (failingSigner) Public() []byte              { return nil }
func (failingSigner) Sign([]byte) ([]byte, error) { return nil, errors.New("signer fails") }

func TestNewPathThatFailsLeavesTheTree(t *testing.T) {
	w := sixMembers(t)
	before := w.tree.Hash()
	if _, err := w.tree.NewPath(w.rand, 0, w.tree.Leaf(0), failingSigner{}, groupID); err == nil {
		t.Error("path without signature")
	}
	for _, n := range []int{0, 31, 32, 63} { // randomness that ends within leaf key or path secret
		if _, err := w.tree.NewPath(bytes.NewReader(make([]byte, n)), 0, w.tree.Leaf(0), w.signers[0], groupID); err == nil {
			t.Errorf("path out of %d random bytes", n)
		}
	}
	if got := w.tree.Hash(); !bytes.Equal(got, before) {
		t.Error("the tree changed")
	}
}
