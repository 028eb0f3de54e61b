package family

import (
	"context"
	"fmt"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type treeKEMCase struct {
	Suite                   codepoint.CipherSuite `json:"cipher_suite"`
	GroupID                 strict.Hex            `json:"group_id"`
	Epoch                   uint64                `json:"epoch"`
	ConfirmedTranscriptHash strict.Hex            `json:"confirmed_transcript_hash"`
	RatchetTree             strict.Hex            `json:"ratchet_tree"`
	LeavesPrivate           []leafPrivateCase     `json:"leaves_private"`
	UpdatePaths             []updatePathCase      `json:"update_paths"`
}

type leafPrivateCase struct {
	Index             treemath.LeafIndex `json:"index"`
	EncryptionPrivate strict.Hex         `json:"encryption_priv"`
	SignaturePrivate  strict.Hex         `json:"signature_priv"`
	PathSecrets       []pathSecretCase   `json:"path_secrets"`
}

type pathSecretCase struct {
	Node       treemath.NodeIndex `json:"node"`
	PathSecret strict.Hex         `json:"path_secret"`
}

type updatePathCase struct {
	Sender        treemath.LeafIndex `json:"sender"`
	UpdatePath    strict.Hex         `json:"update_path"`
	PathSecrets   []*strict.Hex      `json:"path_secrets"`
	CommitSecret  strict.Hex         `json:"commit_secret"`
	TreeHashAfter strict.Hex         `json:"tree_hash_after"`
}

func treeKEM() Family {
	return Family{
		Name: "treekem", Title: "TreeKEM", Section: "7.4, 7.5, 7.6", Cases: 77,
		Requirements: []rule.ID{
			"rfc9420-4.1.2-01", "rfc9420-4.2-01", "rfc9420-7.4-01", "rfc9420-7.5-09", "rfc9420-7.6-03", "rfc9420-7.9-01", "rfc9420-12.4.1-04",
		},
		Check: replay(checkTreeKEM),
	}
}

// A treeKEMReplay is the tree of a case with the private keys of its members.
type treeKEMReplay struct {
	*treeKEMCase
	suite   *ciphersuite.Suite
	tree    *tree.RatchetTree
	members map[treemath.LeafIndex]*treeKEMMember
	// keys are the key pairs that path secrets give: all who know a node are
	// given the same secret.
	keys   map[string]*ciphersuite.KEMKey
	random io.Reader
}

type treeKEMMember struct {
	private *tree.PrivateTree
	signer  *ciphersuite.SignatureKey
}

func checkTreeKEM(ctx context.Context, c *treeKEMCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	t, err := tree.Parse(suite, c.RatchetTree)
	if err != nil {
		return at("ratchet_tree", err)
	}
	r := &treeKEMReplay{
		treeKEMCase: c, suite: suite, tree: t,
		members: make(map[treemath.LeafIndex]*treeKEMMember),
		keys:    make(map[string]*ciphersuite.KEMKey),
		random:  newRandom(),
	}
	for i := range c.LeavesPrivate {
		if err := r.addMember(&c.LeavesPrivate[i]); err != nil {
			return at(index("leaves_private", i), err)
		}
	}
	for i := range t.Leaves() {
		if r.members[i] == nil {
			return at("leaves_private", fmt.Errorf("nothing for leaf %d", i))
		}
	}
	for i := range c.UpdatePaths {
		if err := ctx.Err(); err != nil {
			return err
		}
		u := &c.UpdatePaths[i]
		if t.Leaf(u.Sender) == nil {
			return at(index("update_paths", i), at("sender", fmt.Errorf("leaf %d is blank", u.Sender)))
		}
		if err := r.checkGiven(u); err != nil {
			return at(index("update_paths", i), err)
		}
		if err := r.checkNew(u.Sender); err != nil {
			return at(index("update_paths", i), at("path made anew", err))
		}
	}
	return nil
}

// addMember makes the private state of a member and compares it with the tree.
func (r *treeKEMReplay) addMember(c *leafPrivateCase) error {
	leafNode := r.tree.Leaf(c.Index)
	if leafNode == nil {
		return at("index", fmt.Errorf("leaf %d is blank", c.Index))
	}
	if r.members[c.Index] != nil {
		return at("index", fmt.Errorf("leaf %d is given twice", c.Index))
	}
	signer, err := parseSignatureKey(r.suite, c.SignaturePrivate)
	if err != nil {
		return at("signature_priv", err)
	}
	leafKey, err := parseKEMKey(r.suite, c.EncryptionPrivate)
	if err != nil {
		return at("encryption_priv", err)
	}
	if err := firstDifference([]comparison{
		{"signature_priv: public key", leafNode.SignatureKey, signer.Public()},
		{"encryption_priv: public key", leafNode.EncryptionKey, leafKey.Public()},
	}); err != nil {
		return err
	}
	private := tree.NewPrivateTree(c.Index, leafKey)
	for i, s := range c.PathSecrets {
		if r.tree.Parent(s.Node) == nil || !c.Index.Node().InSubtree(s.Node) {
			return at(index("path_secrets", i), at("node", fmt.Errorf("node %d is no parent of leaf %d", s.Node, c.Index)))
		}
		key, err := r.nodeKey(s.PathSecret)
		if err != nil {
			return at(index("path_secrets", i), err)
		}
		if err := equal("path_secret: public key", r.tree.PublicKey(s.Node), key.Public()); err != nil {
			return at(index("path_secrets", i), err)
		}
		private.Set(s.Node, key)
	}
	r.members[c.Index] = &treeKEMMember{private, signer}
	return private.Verify(r.tree)
}

func (r *treeKEMReplay) nodeKey(pathSecret []byte) (*ciphersuite.KEMKey, error) {
	if key, ok := r.keys[string(pathSecret)]; ok {
		return key, nil
	}
	key, err := tree.NodeKey(r.suite, pathSecret)
	if err == nil {
		r.keys[string(pathSecret)] = key
	}
	return key, err
}

// checkGiven has all members process an UpdatePath of the case.
func (r *treeKEMReplay) checkGiven(c *updatePathCase) error {
	path, err := recode[tree.UpdatePath]("update_path", c.UpdatePath)
	if err != nil {
		return err
	}
	if err := path.LeafNode.VerifySignature(r.suite, r.GroupID, c.Sender); err != nil {
		return at("update_path.leaf_node", err)
	}
	merged, err := r.merge(c.Sender, path)
	if err != nil {
		return at("update_path", err)
	}
	if err := equal("tree_hash_after", c.TreeHashAfter, merged.Hash()); err != nil {
		return err
	}
	secrets, err := r.receive(c.Sender, path, merged, c.CommitSecret)
	if err != nil {
		return err
	}
	// Blank leaves at the end of the list may be left out.
	for i := range max(len(c.PathSecrets), int(merged.Size())) {
		var want *strict.Hex
		if i < len(c.PathSecrets) {
			want = c.PathSecrets[i]
		}
		if err := equalOrNull(index("path_secrets", i), want, secrets[treemath.LeafIndex(i)]); err != nil {
			return err
		}
	}
	return nil
}

// checkNew has the sender make an UpdatePath and all others process it.
func (r *treeKEMReplay) checkNew(sender treemath.LeafIndex) error {
	updated := r.tree.Clone()
	update, err := updated.NewPath(r.random, sender, updated.Leaf(sender), r.members[sender].signer, r.GroupID)
	if err != nil {
		return err
	}
	groupContext, err := r.context(updated)
	if err != nil {
		return err
	}
	made, err := update.Encrypt(r.random, updated, groupContext, nil)
	if err != nil {
		return err
	}
	encoded, err := syntax.Marshal(made)
	if err != nil {
		return err
	}
	path, err := recode[tree.UpdatePath]("encoding", encoded)
	if err != nil {
		return err
	}
	merged, err := r.merge(sender, path)
	if err != nil {
		return err
	}
	if err := equal("tree hash", updated.Hash(), merged.Hash()); err != nil {
		return err
	}
	_, err = r.receive(sender, path, merged, update.CommitSecret())
	return err
}

// merge verifies an UpdatePath and returns the tree with it.
func (r *treeKEMReplay) merge(sender treemath.LeafIndex, path *tree.UpdatePath) (*tree.RatchetTree, error) {
	if err := r.tree.CheckPath(sender, path, nil); err != nil {
		return nil, err
	}
	merged := r.tree.Clone()
	if err := merged.MergePath(sender, path); err != nil {
		return nil, err
	}
	return merged, nil
}

// receive has every member but the sender process an UpdatePath. It returns the
// path secrets that they decrypted.
func (r *treeKEMReplay) receive(sender treemath.LeafIndex, path *tree.UpdatePath, merged *tree.RatchetTree, commitSecret []byte) (map[treemath.LeafIndex][]byte, error) {
	groupContext, err := r.context(merged)
	if err != nil {
		return nil, err
	}
	secrets := make(map[treemath.LeafIndex][]byte)
	shares := make(map[treemath.NodeIndex]*opened)
	for i := range r.tree.Leaves() {
		if i == sender {
			continue
		}
		private := r.members[i].private
		recipient, err := private.Recipient(merged, sender, nil)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", i, err)
		}
		next := private.Clone()
		if shares[recipient] == nil {
			o := new(opened)
			next, o.pathSecret, o.commitSecret, err = private.Decrypt(merged, sender, path, groupContext, nil)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", i, err)
			}
			o.private = next
			shares[recipient] = o
		}
		o := shares[recipient]
		o.give(merged, sender, next)
		if err := equal("commit_secret", commitSecret, o.commitSecret); err != nil {
			return nil, err
		}
		if err := next.Verify(merged); err != nil {
			return nil, fmt.Errorf("leaf %d, new private keys: %w", i, err)
		}
		secrets[i] = o.pathSecret
	}
	return secrets, nil
}

// An opened part of an UpdatePath is the same for all members who hold the key
// that it is encrypted to: they get the same secrets, and so it is decrypted
// once. That each of them holds that key is verified for each.
type opened struct {
	pathSecret, commitSecret []byte
	private                  *tree.PrivateTree // of the member that decrypted
}

// give sets the keys that a member learns.
func (o *opened) give(t *tree.RatchetTree, sender treemath.LeafIndex, private *tree.PrivateTree) {
	for _, step := range t.FilteredDirectPath(sender) {
		if private.Index.Node().InSubtree(step.Node) {
			private.Set(step.Node, o.private.Key(step.Node))
		}
	}
	private.Prune(t)
}

// context returns the GroupContext for an UpdatePath that gives the tree.
func (r *treeKEMReplay) context(t *tree.RatchetTree) ([]byte, error) {
	return syntax.Marshal(&schedule.GroupContext{
		Version:                 codepoint.MLS10,
		CipherSuite:             r.Suite,
		GroupID:                 r.GroupID,
		Epoch:                   r.Epoch,
		TreeHash:                t.Hash(),
		ConfirmedTranscriptHash: r.ConfirmedTranscriptHash,
	})
}

// equalOrNull is equal for a field that may be null; got is nil for that.
func equalOrNull(field string, want *strict.Hex, got []byte) error {
	if want != nil && got != nil {
		return equal(field, *want, got)
	}
	return same(field, nullOrValue(want != nil), nullOrValue(got != nil))
}

func nullOrValue(there bool) string {
	if there {
		return "a value"
	}
	return "null"
}
