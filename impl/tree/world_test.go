package tree_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

var groupID = []byte("group")

// A reporter is the part of testing.TB that rapid.T has as well.
type reporter interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// A world is a group as all of its members see it: one public tree and the
// private keys of each.
type world struct {
	suite   *ciphersuite.Suite
	rand    io.Reader
	tree    *tree.RatchetTree
	signers map[leafIndex]ciphersuite.Signer
	private map[leafIndex]*tree.PrivateTree
	names   int
}

// newWorld returns a group of one member, in which all randomness comes from the
// seed.
func newWorld(t reporter, suite *ciphersuite.Suite, seed byte) *world {
	t.Helper()
	w := &world{
		suite:   suite,
		rand:    rand.NewChaCha8([32]byte{seed}),
		signers: make(map[leafIndex]ciphersuite.Signer),
		private: make(map[leafIndex]*tree.PrivateTree),
	}
	l, signer, key := w.newMember(t)
	w.tree = tree.New(suite, l)
	w.signers[0], w.private[0] = signer, tree.NewPrivateTree(0, key)
	return w
}

// worldOf returns a group whose member 0 added n-1 others in one Commit.
func worldOf(t reporter, suite *ciphersuite.Suite, n int) *world {
	t.Helper()
	w := newWorld(t, suite, 1)
	var added []leafIndex
	for range n - 1 {
		added = append(added, w.add(t))
	}
	w.commit(t, 0, added...)
	return w
}

// newMember returns a leaf as it comes with a KeyPackage, and its private keys.
func (w *world) newMember(t reporter) (*leaf.LeafNode, ciphersuite.Signer, *ciphersuite.KEMKey) {
	t.Helper()
	signer, err := w.suite.GenerateSignatureKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	key, err := w.suite.GenerateKEMKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	w.names++
	l := &leaf.LeafNode{
		EncryptionKey: key.Public(),
		SignatureKey:  signer.Public(),
		Credential:    leaf.Basic(fmt.Appendf(nil, "member %d", w.names)),
		Capabilities: leaf.Capabilities{
			Versions:     []codepoint.ProtocolVersion{1},
			CipherSuites: []codepoint.CipherSuite{w.suite.ID()},
			Credentials:  []codepoint.CredentialType{codepoint.CredentialBasic},
		},
		Source:   leaf.SourceKeyPackage,
		Lifetime: leaf.Lifetime{NotAfter: 1 << 40},
	}
	if err := l.Sign(w.suite, signer, nil, 0); err != nil {
		t.Fatal(err)
	}
	return l, signer, key
}

// add adds a member that knows nothing but its leaf key.
func (w *world) add(t reporter) leafIndex {
	t.Helper()
	l, signer, key := w.newMember(t)
	i := w.tree.Add(l)
	w.signers[i], w.private[i] = signer, tree.NewPrivateTree(i, key)
	w.prune()
	return i
}

func (w *world) remove(i leafIndex) {
	w.tree.Remove(i)
	delete(w.signers, i)
	delete(w.private, i)
	w.prune()
}

func (w *world) update(t reporter, i leafIndex) {
	t.Helper()
	key, err := w.suite.GenerateKEMKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	l := w.tree.Leaf(i).Clone()
	l.EncryptionKey, l.Source = key.Public(), leaf.SourceUpdate
	if err := l.Sign(w.suite, w.signers[i], groupID, i); err != nil {
		t.Fatal(err)
	}
	w.tree.Update(i, l)
	w.private[i].Set(i.Node(), key)
	w.prune()
}

func (w *world) prune() {
	for _, p := range w.private {
		p.Prune(w.tree)
	}
}

// members returns the occupied leaves.
func (w *world) members() []leafIndex {
	var list []leafIndex
	for i := range w.tree.Leaves() {
		list = append(list, i)
	}
	return list
}

// context stands for the encoded provisional GroupContext.
func context(t *tree.RatchetTree) []byte { return append([]byte("context of "), t.Hash()...) }

// newPath makes an UpdatePath of the sender. It returns the tree with the path
// merged and leaves that of the world as it is.
func (w *world) newPath(t reporter, sender leafIndex, added ...leafIndex) (*tree.RatchetTree, *tree.PathUpdate, *tree.UpdatePath) {
	t.Helper()
	after := w.tree.Clone()
	update, err := after.NewPath(w.rand, sender, w.tree.Leaf(sender), w.signers[sender], groupID)
	if err != nil {
		t.Fatal(err)
	}
	path, err := update.Encrypt(w.rand, after, context(after), added)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := syntax.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	if path, err = syntax.Parse[tree.UpdatePath](encoded); err != nil {
		t.Fatal(err)
	}
	return after, update, path
}

// commit lets the sender commit with a path and everybody else process it. The
// added members get their path secrets.
func (w *world) commit(t reporter, sender leafIndex, added ...leafIndex) {
	t.Helper()
	after, update, path := w.newPath(t, sender, added...)
	merged := w.tree.Clone()
	if err := merged.CheckPath(sender, path, added); err != nil {
		t.Fatalf("CheckPath: %v", err)
	}
	if err := merged.MergePath(sender, path); err != nil {
		t.Fatalf("MergePath: %v", err)
	}
	if !equal(merged, after) {
		t.Fatal("committer and receivers have different trees")
	}
	for _, i := range w.members() {
		switch {
		case i == sender:
			w.private[i] = update.Private()
		case slices.Contains(added, i):
			secret, ok := update.PathSecretFor(after, i)
			if !ok {
				t.Fatalf("no path secret for new member %d", i)
			}
			common := treemath.CommonAncestor(sender.Node(), i.Node())
			if err := w.private[i].SetPathSecret(merged, common, secret); err != nil {
				t.Fatalf("new member %d: %v", i, err)
			}
		default:
			next, _, commitSecret, err := w.private[i].Decrypt(merged, sender, path, context(merged), added)
			if err != nil {
				t.Fatalf("member %d: %v", i, err)
			}
			if !bytes.Equal(commitSecret, update.CommitSecret()) {
				t.Fatalf("member %d has another commit secret", i)
			}
			w.private[i] = next
		}
		if err := w.private[i].Verify(merged); err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
	}
	w.tree = merged
}

// check verifies the tree as a new member does, and that every member knows the
// keys that the tree invariant gives it (RFC 9420, Section 4.2).
func (w *world) check(t reporter) {
	t.Helper()
	if err := verify(w.tree); err != nil {
		t.Fatal(err)
	}
	if err := w.tree.VerifyParentKeys(); err != nil {
		t.Fatal(err)
	}
	if err := w.tree.VerifyLeafSignatures(groupID); err != nil {
		t.Fatal(err)
	}
	for n := range nodeIndex(w.tree.Size().Nodes()) {
		key := w.tree.PublicKey(n)
		for i, p := range w.private {
			merged := key != nil && i.Node().InSubtree(n)
			if parent := w.tree.Parent(n); merged && parent != nil {
				merged = !slices.Contains(parent.UnmergedLeaves, i)
			}
			if got := p.Key(n) != nil; got != merged {
				t.Fatalf("member %d knows the key of node %d: %v, want %v", i, n, got, merged)
			}
		}
	}
}

// verify makes the checks of a received tree that are not about leaves alone.
func verify(t *tree.RatchetTree) error {
	for _, check := range []func() error{t.VerifyUnmergedLeaves, t.VerifyParentHashes, t.VerifyUniqueKeys} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// equal reports whether two trees have the same nodes.
func equal(a, b *tree.RatchetTree) bool { return bytes.Equal(a.Hash(), b.Hash()) }

// refused asserts that an input was refused for a rule.
func refused(t *testing.T, err error, want rule.ID) {
	t.Helper()
	if got := rule.Of(err); got != want {
		t.Errorf("error %v names rule %q, want %q", err, got, want)
	}
}
