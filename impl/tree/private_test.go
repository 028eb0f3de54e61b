package tree_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// A forged path of member 0 in a group of six, which has three nodes: 1, 3, 7.
// Member 1 gets the lowest path secret, 2 and 3 the middle one, 4 and 5 the
// highest.
type forgery struct {
	*world
	tree    *tree.RatchetTree // with the path merged
	path    *tree.UpdatePath
	secrets []ciphersuite.Secret
}

// forge changes the secrets and keys of a genuine path, computes parent hash and
// signature anew, merges the path and encrypts the secrets for the new context.
func forge(t *testing.T, change func(f *forgery)) *forgery {
	t.Helper()
	f := &forgery{world: sixMembers(t)}
	after, update, path := f.newPath(t, 0)
	for _, i := range []leafIndex{1, 2, 4} {
		s, _ := update.PathSecretFor(after, i)
		f.secrets = append(f.secrets, s)
	}
	f.path = clonePath(path)
	change(f)
	f.reseal(t, 0, f.path)
	f.tree = f.world.tree.Clone()
	if err := f.tree.CheckPath(0, f.path, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.tree.MergePath(0, f.path); err != nil {
		t.Fatal(err)
	}
	for i, step := range f.tree.FilteredDirectPath(0) {
		for j, n := range f.tree.Resolution(step.Copath) {
			ct, err := f.suite.EncryptWithLabel(f.rand, f.tree.PublicKey(n), "UpdatePathNode", context(f.tree), f.secrets[i])
			if err != nil {
				t.Fatal(err)
			}
			f.path.Nodes[i].EncryptedPathSecret[j] = ct
		}
	}
	return f
}

func (f *forgery) decrypt(i leafIndex) error {
	_, _, _, err := f.private[i].Decrypt(f.tree, 0, f.path, context(f.tree), nil)
	return err
}

// keyFor returns the public key that a path secret gives.
func (f *forgery) keyFor(t *testing.T, secret ciphersuite.Secret) []byte {
	t.Helper()
	key, err := tree.NodeKey(f.suite, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

func TestForgedPaths(t *testing.T) {
	other := ciphersuite.Secret(bytes.Repeat([]byte{7}, 32))
	for _, c := range []struct {
		name   string
		change func(f *forgery)
		want   map[leafIndex]rule.ID // by member
	}{
		{"genuine", func(*forgery) {}, map[leafIndex]rule.ID{1: "", 2: "", 3: "", 4: "", 5: ""}},
		{"key of the lowest node replaced", func(f *forgery) {
			f.path.Nodes[0].EncryptionKey = f.keyFor(t, other)
		}, map[leafIndex]rule.ID{1: "rfc9420-7.5-06", 2: "", 3: "", 4: "", 5: ""}},
		{"key of the middle node replaced", func(f *forgery) {
			f.path.Nodes[1].EncryptionKey = f.keyFor(t, other)
		}, map[leafIndex]rule.ID{1: "rfc9420-7.5-07", 2: "rfc9420-7.5-06", 3: "rfc9420-7.5-06", 4: "", 5: ""}},
		{"upper secret and key unrelated", func(f *forgery) {
			f.secrets[2] = other
			f.path.Nodes[2].EncryptionKey = f.keyFor(t, other)
		}, map[leafIndex]rule.ID{1: "rfc9420-7.5-07", 2: "rfc9420-7.5-07", 3: "rfc9420-7.5-07", 4: "", 5: ""}},
		{"short path secrets", func(f *forgery) {
			f.shorten(t, 16)
		}, map[leafIndex]rule.ID{1: "rfc9420-7.5-10", 2: ""}},
		{"long path secret", func(f *forgery) {
			f.shorten(t, 33)
		}, map[leafIndex]rule.ID{1: "rfc9420-7.5-10", 2: ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, c.change)
			for i, want := range c.want {
				if got := rule.Of(f.decrypt(i)); got != want {
					t.Errorf("member %d: %v, want rule %q", i, f.decrypt(i), want)
				}
			}
		})
	}
}

// shorten begins the path with a secret of n bytes and derives the rest from it.
func (f *forgery) shorten(t *testing.T, n int) {
	t.Helper()
	s := ciphersuite.Secret(bytes.Repeat([]byte{9}, n))
	for i := range f.secrets {
		f.secrets[i] = s
		f.path.Nodes[i].EncryptionKey = f.keyFor(t, s)
		s = f.suite.DeriveSecret(s, "path")
	}
}

func TestDecryptRefuses(t *testing.T) {
	w := sixMembers(t)
	after, _, genuine := w.newPath(t, 0)
	place := slices.Index(after.Resolution(11), nodeIndex(9)) // node 11 is blank, node 9 is above 4 and 5
	if place < 0 {
		t.Fatalf("resolution of node 11 is %d", after.Resolution(11))
	}
	for _, c := range []struct {
		name   string
		change func(ct *ciphersuite.HPKECiphertext)
	}{
		{"ciphertext", func(ct *ciphersuite.HPKECiphertext) { ct.Ciphertext[3] ^= 1 }},
		{"tag", func(ct *ciphersuite.HPKECiphertext) { ct.Ciphertext[len(ct.Ciphertext)-1] ^= 1 }},
		{"empty ciphertext", func(ct *ciphersuite.HPKECiphertext) { ct.Ciphertext = nil }},
		{"kem_output", func(ct *ciphersuite.HPKECiphertext) { ct.KEMOutput[0] ^= 1 }},
		{"kem_output of low order", func(ct *ciphersuite.HPKECiphertext) { clear(ct.KEMOutput) }},
		{"short kem_output", func(ct *ciphersuite.HPKECiphertext) { ct.KEMOutput = ct.KEMOutput[:31] }},
	} {
		p := clonePath(genuine)
		ct := &p.Nodes[2].EncryptedPathSecret[place]
		ct.KEMOutput, ct.Ciphertext = bytes.Clone(ct.KEMOutput), bytes.Clone(ct.Ciphertext)
		c.change(ct)
		_, _, _, err := w.private[5].Decrypt(after, 0, p, context(after), nil)
		t.Run(c.name, func(t *testing.T) { refused(t, err, "rfc9420-7.5-08") })
		if _, _, _, err := w.private[1].Decrypt(after, 0, p, context(after), nil); err != nil {
			t.Errorf("%s: member 1, who has another ciphertext: %v", c.name, err)
		}
	}

	// The context is the provisional GroupContext (RFC 9420, Section 7.6).
	_, _, _, err := w.private[5].Decrypt(after, 0, genuine, context(w.tree), nil)
	refused(t, err, "rfc9420-7.5-08")

	p := clonePath(genuine)
	p.Nodes[2].EncryptedPathSecret = append(p.Nodes[2].EncryptedPathSecret, p.Nodes[2].EncryptedPathSecret[place])
	_, _, _, err = w.private[5].Decrypt(after, 0, p, context(after), nil)
	refused(t, err, "rfc9420-7.6-01")

	p = clonePath(genuine)
	p.Nodes = p.Nodes[:2]
	_, _, _, err = w.private[5].Decrypt(after, 0, p, context(after), nil)
	refused(t, err, "rfc9420-7.5-05")
}

// Decrypt leaves the old keys as they are; the new ones lack what the path
// replaced or blanked (RFC 9420, Section 7.5).
func TestDecryptReplacesKeys(t *testing.T) {
	w := sixMembers(t)
	after, update, path := w.newPath(t, 4)
	old := w.private[5]
	before := slices.Collect(keysOf(old))
	next, _, _, err := old.Decrypt(after, 4, path, context(after), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, slices.Collect(keysOf(old))); diff != "" {
		t.Errorf("old keys changed (-want +got):\n%s", diff)
	}
	if err := old.Verify(w.tree); err != nil {
		t.Errorf("old keys: %v", err)
	}
	if err := old.Verify(after); err == nil {
		t.Error("the old keys fit the new tree")
	}
	if err := next.Verify(after); err != nil {
		t.Errorf("new keys: %v", err)
	}
	for n, key := range update.Private().Keys() {
		if n.IsLeaf() {
			continue
		}
		if got := next.Key(n); got == nil || !bytes.Equal(got.Public(), key.Public()) {
			t.Errorf("node %d: member and committer have different keys", n)
		}
		if old.Key(n) != nil && bytes.Equal(old.Key(n).Public(), key.Public()) {
			t.Errorf("node %d kept its key", n)
		}
	}
}

// Keys of nodes that the Commit's proposals blanked go as well.
func TestDecryptForgetsBlankedNodes(t *testing.T) {
	w := sixMembers(t)
	p := w.private[4].Clone()
	if p.Key(9) == nil {
		t.Fatal("member 4 does not know the key of node 9")
	}
	w.remove(5)
	after, _, path := w.newPath(t, 0)
	next, _, _, err := p.Decrypt(after, 0, path, context(after), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]nodeIndex{7, 8}, slices.Collect(keysOf(next))); diff != "" {
		t.Errorf("known nodes (-want +got):\n%s", diff)
	}
}

// keysOf yields the nodes whose keys a member knows.
func keysOf(p *tree.PrivateTree) func(func(nodeIndex) bool) {
	return func(yield func(nodeIndex) bool) {
		for n := range p.Keys() {
			if !yield(n) {
				return
			}
		}
	}
}

func TestDecryptWithoutKey(t *testing.T) {
	w := sixMembers(t)
	after, _, path := w.newPath(t, 0)
	stranger, err := w.suite.GenerateKEMKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*tree.PrivateTree{
		"key that is not in the tree": tree.NewPrivateTree(5, stranger),
		"key of another epoch":        tree.NewPrivateTree(1, stranger),
		"the sender":                  w.private[0],
		"leaf that is blank":          tree.NewPrivateTree(6, stranger),
		"leaf outside of the tree":    tree.NewPrivateTree(100, stranger),
	} {
		if _, _, _, err := p.Decrypt(after, 0, path, context(after), nil); !errors.Is(err, tree.ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, _, err := w.private[1].Decrypt(after, 8, path, context(after), nil); !errors.Is(err, tree.ErrNoLeaf) {
		t.Errorf("sender outside of the tree: %v", err)
	}
}

func TestPathSecretOfTheWelcome(t *testing.T) {
	w := sixMembers(t)
	i := w.add(t)
	after, update, _ := w.newPath(t, 4, i)
	secret, ok := update.PathSecretFor(after, i)
	if !ok {
		t.Fatal("no path secret")
	}
	const common = 11 // of leaves 4 and 6
	random := ciphersuite.Secret(bytes.Repeat([]byte{3}, 32))
	for _, c := range []struct {
		name   string
		node   nodeIndex
		secret ciphersuite.Secret
		want   rule.ID
	}{
		{"random secret", common, random, "rfc9420-12.4.3.1-16"},
		{"secret of the node above", common, w.suite.DeriveSecret(secret, "path"), "rfc9420-12.4.3.1-16"},
		{"blank node", 13, secret, "rfc9420-12.4.3.1-16"},
		{"node outside", 99, secret, "rfc9420-12.4.3.1-16"},
		{"short secret", common, secret[:31], "rfc9420-7.5-10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := w.private[i].Clone()
			refused(t, p.SetPathSecret(after, c.node, c.secret), c.want)
			if got := slices.Collect(keysOf(p)); len(got) != 1 {
				t.Errorf("keys of nodes %d are set", got)
			}
		})
	}
	p := w.private[i]
	if err := p.SetPathSecret(after, common, secret); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]nodeIndex{7, 11, 12}, slices.Collect(keysOf(p))); diff != "" {
		t.Errorf("known nodes (-want +got):\n%s", diff)
	}
	if err := p.Verify(after); err != nil {
		t.Error(err)
	}
}

// The key of the common ancestor is right but one above is another's: the
// private key has to be that of the node (RFC 9420, Section 12.4.3.1).
func TestPathSecretHasToFitAbove(t *testing.T) {
	w := sixMembers(t)
	i := w.add(t)
	after, update, _ := w.newPath(t, 4, i)
	secret, _ := update.PathSecretFor(after, i)
	update2, err := after.NewPath(w.rand, 0, after.Leaf(0), w.signers[0], groupID)
	if err != nil {
		t.Fatal(err)
	}
	defer update2.Erase()
	refused(t, w.private[i].SetPathSecret(after, 11, secret), "rfc9420-12.4.3.1-16")
}

func TestPrivateTree(t *testing.T) {
	w := sixMembers(t)
	p := w.private[4].Clone()
	p.Drop(7)
	if p.Key(7) != nil || w.private[4].Key(7) == nil {
		t.Error("Drop on a clone changes the original, or nothing")
	}
	p.Set(3, w.private[0].Key(3))
	if err := p.Verify(w.tree); err != nil {
		t.Error(err)
	}
	p.Set(5, w.private[0].Key(3))
	if err := p.Verify(w.tree); err == nil {
		t.Error("the key of node 3 passes for that of node 5")
	}
	w.tree.Remove(0)
	p.Prune(w.tree)
	if got := slices.Collect(keysOf(p)); !slices.Equal(got, []nodeIndex{8, 9}) {
		t.Errorf("after Prune: keys of nodes %d, want those of 8 and 9", got)
	}
	for range p.Keys() {
		break // the iteration can be left
	}
}

// Members who hold the key of the copath child share a recipient.
func TestRecipient(t *testing.T) {
	f := forge(t, func(*forgery) {})
	got := map[leafIndex]nodeIndex{}
	for _, i := range []leafIndex{1, 2, 3, 4, 5} {
		n, err := f.private[i].Recipient(f.tree, 0, nil)
		if err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		if f.private[i].Key(n) == nil {
			t.Errorf("leaf %d: recipient %d, whose key it does not hold", i, n)
		}
		got[i] = n
	}
	if got[1] != 2 || got[2] != 5 || got[3] != 5 || got[4] != got[5] || !got[4].InSubtree(11) {
		t.Errorf("recipients are %v", got)
	}
	for _, sender := range []leafIndex{1, 8} {
		if _, err := f.private[1].Recipient(f.tree, sender, nil); err == nil {
			t.Errorf("leaf 1 has a recipient in a path of leaf %d", sender)
		}
	}
}
