package group_test

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A pathDraft is an UpdatePath in the making.
type pathDraft struct {
	suite *ciphersuite.Suite
	steps []tree.PathStep
	// secrets and keys are the path secrets of the steps, and the public keys to
	// publish.
	secrets      []ciphersuite.Secret
	keys         [][]byte
	commitSecret ciphersuite.Secret
	// leafKey is the new key pair of the leaf.
	leafKey *ciphersuite.KEMKey
	// leaf is the new leaf, parentHash what its parent_hash has to be.
	leaf       *leaf.LeafNode
	parentHash []byte
	// signer, groupID and index are for the signature of the leaf.
	signer  ciphersuite.Signer
	groupID []byte
	index   treemath.LeafIndex
	// added leaves get no path secrets.
	added []treemath.LeafIndex
}

// derive sets the path secret of a step and those above it, and their keys.
func (p *pathDraft) derive(first int, secret ciphersuite.Secret) {
	for i := first; i < len(p.steps); i++ {
		p.secrets[i], p.keys[i] = secret, p.key(secret)
		secret = p.suite.DeriveSecret(secret, "path")
	}
	p.commitSecret = secret
}

// key returns the public key that belongs to a path secret.
func (p *pathDraft) key(secret ciphersuite.Secret) []byte { return p.pair(secret).Public() }

func (p *pathDraft) pair(secret ciphersuite.Secret) *ciphersuite.KEMKey {
	key, err := p.suite.DeriveKeyPair(p.suite.DeriveSecret(secret, "node"))
	if err != nil {
		panic(err)
	}
	return key
}

func (d *draft) makeKeys() error {
	steps := d.tree.FilteredDirectPath(d.committer)
	d.path = &pathDraft{
		suite:   d.by.Suite,
		steps:   steps,
		secrets: make([]ciphersuite.Secret, len(steps)),
		keys:    make([][]byte, len(steps)),
		signer:  d.signer,
		groupID: d.by.Context.GroupID,
		index:   d.committer,
		added:   d.added,
	}
	d.path.derive(0, d.random(d.by.Suite.HashSize()))
	var err error
	d.path.leafKey, err = d.by.Suite.GenerateKEMKey(d.rand)
	return err
}

// makeLeaf computes the parent hashes from the root down to the leaf.
func (d *draft) makeLeaf() error {
	p := d.path
	p.parentHash = []byte{}
	for i, s := range slices.Backward(p.steps) {
		p.parentHash = tree.ParentHash(d.by.Suite, p.keys[i], p.parentHash, d.tree.NodeHash(s.Copath))
	}
	p.leaf = d.leaf.Clone()
	p.leaf.EncryptionKey = p.leafKey.Public()
	p.leaf.Source, p.leaf.Lifetime, p.leaf.ParentHash = leaf.SourceCommit, leaf.Lifetime{}, p.parentHash
	return nil
}

func (d *draft) signLeaf() error {
	p := d.path
	if err := p.leaf.Sign(d.by.Suite, p.signer, p.groupID, p.index); err != nil {
		return err
	}
	// Only a leaf that is right can be merged, so the true one comes after.
	stand := *p.leaf
	stand.Source, stand.ParentHash = leaf.SourceCommit, p.parentHash
	path := &tree.UpdatePath{LeafNode: stand}
	for _, key := range p.keys {
		path.Nodes = append(path.Nodes, tree.UpdatePathNode{EncryptionKey: key})
	}
	return d.tree.MergePath(d.committer, path)
}

// encryptPath encrypts the path secrets and completes the Commit.
func (d *draft) encryptPath() error {
	p := d.path
	if p == nil {
		return nil
	}
	path := &tree.UpdatePath{LeafNode: *p.leaf}
	for i, s := range p.steps {
		node := tree.UpdatePathNode{EncryptionKey: p.keys[i]}
		for _, n := range d.tree.Resolution(s.Copath) {
			if n.IsLeaf() && slices.Contains(p.added, n.Leaf()) {
				continue
			}
			c, err := d.by.Suite.EncryptWithLabel(d.rand, d.tree.PublicKey(n), "UpdatePathNode", d.pathContext, p.secrets[i])
			if err != nil {
				return err
			}
			node.EncryptedPathSecret = append(node.EncryptedPathSecret, c)
		}
		path.Nodes = append(path.Nodes, node)
	}
	d.commit.Path = path
	return nil
}
