package tree

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/parallel"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// pathLabel is the label of EncryptWithLabel for path secrets (RFC 9420,
// Section 7.6).
const pathLabel = "UpdatePathNode"

// NodeKey returns the key pair of a parent node with the given path secret
// (RFC 9420, Section 7.4).
func NodeKey(suite *ciphersuite.Suite, pathSecret ciphersuite.Secret) (*ciphersuite.KEMKey, error) {
	secret := suite.DeriveSecret(pathSecret, "node")
	defer clear(secret)
	return suite.DeriveKeyPair(secret)
}

// A secretChain holds the path secrets of consecutive nodes of a path, the key
// pairs that follow from them, and the commit secret (RFC 9420, Section 7.4).
type secretChain struct {
	secrets      []ciphersuite.Secret
	keys         []*ciphersuite.KEMKey
	commitSecret ciphersuite.Secret
}

// newChain derives n path secrets, of which first is the lowest, and their keys.
//
// The commit secret is the path secret after the last. A path without nodes, as
// the only member of a group has, leaves path_secret[0] in that place: it is
// random, and there is nobody who would have to learn it.
func newChain(suite *ciphersuite.Suite, first ciphersuite.Secret, n int) (*secretChain, error) {
	c := &secretChain{
		secrets:      make([]ciphersuite.Secret, n),
		keys:         make([]*ciphersuite.KEMKey, n),
		commitSecret: slices.Clone(first),
	}
	for i := range c.secrets {
		c.secrets[i] = c.commitSecret
		c.commitSecret = suite.DeriveSecret(c.secrets[i], "path")
	}
	err := parallel.Each(n, func(i int) (err error) {
		c.keys[i], err = NodeKey(suite, c.secrets[i])
		return err
	})
	if err != nil {
		c.erase()
		clear(c.commitSecret)
		return nil, err
	}
	return c, nil
}

// erase clears the path secrets but not the commit secret.
func (c *secretChain) erase() {
	for _, s := range c.secrets {
		clear(s)
	}
	c.secrets = nil
}

// A PathUpdate is what a committer knows of the path that it made: all of its
// secrets. They are needed until the Commit is encrypted and every new member
// has its path secret; [PathUpdate.Erase] ends that.
type PathUpdate struct {
	sender  treemath.LeafIndex
	leaf    *leaf.LeafNode
	leafKey *ciphersuite.KEMKey
	path    []PathStep
	chain   *secretChain
}

// NewPath makes new keys for the sender's leaf and filtered direct path and puts
// them into the tree (RFC 9420, Sections 7.4 and 7.5). Of newLeaf it replaces
// the encryption key, source, parent hash and signature, in a copy. When it
// fails, the tree is as it was.
//
// In an external Commit the sender is the leaf that [RatchetTree.AssignLeaf]
// gave.
func (t *RatchetTree) NewPath(rand io.Reader, sender treemath.LeafIndex, newLeaf *leaf.LeafNode, signer ciphersuite.Signer, groupID []byte) (*PathUpdate, error) {
	if uint32(sender) >= uint32(t.size) {
		return nil, fmt.Errorf("%w: %d", ErrNoLeaf, sender)
	}
	leafKey, err := t.suite.GenerateKEMKey(rand)
	if err != nil {
		return nil, fmt.Errorf("leaf key: %w", err)
	}
	first := make(ciphersuite.Secret, t.suite.HashSize())
	defer clear(first)
	if _, err := io.ReadFull(rand, first); err != nil {
		return nil, fmt.Errorf("path secret: %w", err)
	}
	u := &PathUpdate{sender: sender, leaf: newLeaf.Clone(), leafKey: leafKey, path: t.FilteredDirectPath(sender)}
	if u.chain, err = newChain(t.suite, first, len(u.path)); err != nil {
		return nil, fmt.Errorf("path keys: %w", err)
	}
	public := make([][]byte, len(u.path))
	for i, key := range u.chain.keys {
		public[i] = key.Public()
	}
	parents, parentHash := t.newParents(u.path, public)
	u.leaf.EncryptionKey = leafKey.Public()
	u.leaf.Source = leaf.SourceCommit
	u.leaf.ParentHash = parentHash
	if err := u.leaf.Sign(t.suite, signer, groupID, sender); err != nil {
		u.Erase()
		return nil, err
	}
	t.setPath(sender, u.leaf, u.path, parents)
	return u, nil
}

// Encrypt returns the UpdatePath, with each path secret encrypted to the
// resolution of the copath child, new members left out (RFC 9420, Section 7.5).
// The context is the encoded provisional GroupContext; t is the tree after
// NewPath. The ciphertexts are made on all cores, but what each takes from rand
// is settled before, so that the same randomness gives the same path.
func (u *PathUpdate) Encrypt(rand io.Reader, t *RatchetTree, groupContext []byte, added []treemath.LeafIndex) (*UpdatePath, error) {
	type job struct {
		step, place int
		recipient   treemath.NodeIndex
	}
	var jobs []job
	added = inOrder(added)
	path := &UpdatePath{LeafNode: *u.leaf, Nodes: make([]UpdatePathNode, len(u.path))}
	for i, step := range u.path {
		recipients := t.recipients(step.Copath, added)
		path.Nodes[i] = UpdatePathNode{
			EncryptionKey:       u.chain.keys[i].Public(),
			EncryptedPathSecret: make([]ciphersuite.HPKECiphertext, len(recipients)),
		}
		for j, n := range recipients {
			jobs = append(jobs, job{i, j, n})
		}
	}
	size := t.suite.SeedSize()
	seeds := make([]byte, len(jobs)*size)
	defer clear(seeds)
	if _, err := io.ReadFull(rand, seeds); err != nil {
		return nil, fmt.Errorf("randomness for ciphertexts: %w", err)
	}
	err := parallel.Each(len(jobs), func(i int) (err error) {
		j, seed := jobs[i], bytes.NewReader(seeds[i*size:][:size])
		out := &path.Nodes[j.step].EncryptedPathSecret[j.place]
		*out, err = t.suite.EncryptWithLabel(seed, t.PublicKey(j.recipient), pathLabel, groupContext, u.chain.secrets[j.step])
		if err != nil {
			return fmt.Errorf("path secret for node %d: %w", j.recipient, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return path, nil
}

// LeafNode returns the committer's new leaf node.
func (u *PathUpdate) LeafNode() *leaf.LeafNode { return u.leaf }

// CommitSecret returns the path secret after the last (RFC 9420,
// Section 12.4.1).
func (u *PathUpdate) CommitSecret() ciphersuite.Secret { return u.chain.commitSecret }

// PathSecretFor returns the path secret for a member that the Commit adds: that
// of the lowest node above both it and the committer (RFC 9420,
// Section 12.4.3.1). It is false for a leaf that is blank or was when the path
// was made, and for the committer's own.
func (u *PathUpdate) PathSecretFor(t *RatchetTree, newMember treemath.LeafIndex) (ciphersuite.Secret, bool) {
	common := treemath.CommonAncestor(u.sender.Node(), newMember.Node())
	i := slices.IndexFunc(u.path, func(s PathStep) bool { return s.Node == common })
	if i < 0 || t.Leaf(newMember) == nil {
		return nil, false
	}
	return u.chain.secrets[i], true
}

// Private returns the committer's new private keys. None of the old ones is
// left: all of them belonged to its leaf and direct path.
func (u *PathUpdate) Private() *PrivateTree {
	p := NewPrivateTree(u.sender, u.leafKey)
	for i, step := range u.path {
		p.Set(step.Node, u.chain.keys[i])
	}
	return p
}

// Erase clears the path secrets, as RFC 9420, Section 7.5 asks once the path is
// made. The commit secret and the private keys stay.
func (u *PathUpdate) Erase() { u.chain.erase() }
