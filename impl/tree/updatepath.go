package tree

import (
	"bytes"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// An UpdatePathNode gives one node of the filtered direct path a new key, and
// its path secret to each node in the resolution of the copath child
// (RFC 9420, Section 7.6).
type UpdatePathNode struct {
	EncryptionKey       []byte
	EncryptedPathSecret []ciphersuite.HPKECiphertext
}

func (n *UpdatePathNode) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, n.EncryptionKey)
	syntax.AddVector(b, n.EncryptedPathSecret)
}

func (n *UpdatePathNode) UnmarshalMLS(s *cryptobyte.String) error {
	*n = UpdatePathNode{}
	if err := syntax.ReadOpaque(s, &n.EncryptionKey); err != nil {
		return fmt.Errorf("encryption_key: %w", err)
	}
	if err := syntax.ReadVector(s, &n.EncryptedPathSecret); err != nil {
		return fmt.Errorf("encrypted_path_secret: %w", err)
	}
	return nil
}

// An UpdatePath brings the new leaf of a committer and new keys for the nodes of
// its filtered direct path, from the lowest to the highest (RFC 9420,
// Section 7.6).
type UpdatePath struct {
	LeafNode leaf.LeafNode
	Nodes    []UpdatePathNode
}

func (p *UpdatePath) MarshalMLS(b *cryptobyte.Builder) {
	p.LeafNode.MarshalMLS(b)
	syntax.AddVector(b, p.Nodes)
}

func (p *UpdatePath) UnmarshalMLS(s *cryptobyte.String) error {
	*p = UpdatePath{}
	if err := p.LeafNode.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("leaf_node: %w", err)
	}
	if err := syntax.ReadVector(s, &p.Nodes); err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	return nil
}

// pathOf returns the filtered direct path of a sender and verifies that the
// UpdatePath has a node for each of its steps.
func (t *RatchetTree) pathOf(sender treemath.LeafIndex, p *UpdatePath) ([]PathStep, error) {
	if uint32(sender) >= uint32(t.size) {
		return nil, fmt.Errorf("%w: %d", ErrNoLeaf, sender)
	}
	path := t.FilteredDirectPath(sender)
	if len(path) != len(p.Nodes) {
		return nil, rule.Errorf("rfc9420-7.5-05", "UpdatePath has %d nodes, the filtered direct path of leaf %d %d",
			len(p.Nodes), sender, len(path))
	}
	return path, nil
}

// CheckPath verifies the form of an UpdatePath against the tree that it is to be
// merged into: the one with the proposals of the Commit applied, in which the
// sender's present leaf still stands. The leaf node of the path is verified
// elsewhere, apart from its encryption key. The added leaves are the members
// that the same Commit adds.
func (t *RatchetTree) CheckPath(sender treemath.LeafIndex, p *UpdatePath, added []treemath.LeafIndex) error {
	path, err := t.pathOf(sender, p)
	if err != nil {
		return err
	}
	added = inOrder(added)
	for i, step := range path {
		if err := checkCount(&p.Nodes[i], len(t.recipients(step.Copath, added))); err != nil {
			return fmt.Errorf("path node %d: %w", i, err)
		}
	}
	return t.checkPathKeys(p)
}

// checkCount verifies that there is one ciphertext for each recipient
// (RFC 9420, Section 7.6).
func checkCount(n *UpdatePathNode, recipients int) error {
	if len(n.EncryptedPathSecret) != recipients {
		return rule.Errorf("rfc9420-7.6-01", "%d ciphertexts for %d nodes", len(n.EncryptedPathSecret), recipients)
	}
	return nil
}

// checkPathKeys verifies that the keys of an UpdatePath are well-formed and new
// (RFC 9420, Sections 5.1.1, 12.4.2 and 16.7).
func (t *RatchetTree) checkPathKeys(p *UpdatePath) error {
	keys := newKeySet(len(p.Nodes) + 1)
	for i, key := range p.keys() {
		if err := t.suite.CheckKEMPublicKey(key); err != nil {
			return fmt.Errorf("%s: encryption_key: %w", pathNodeName(i), err)
		}
		if j, taken := keys.add(key, i); taken {
			return rule.Errorf("rfc9420-16.7-01", "%s has the encryption_key of %s", pathNodeName(i), pathNodeName(j))
		}
	}
	for i, l := range t.Leaves() {
		if j, found := keys.find(l.EncryptionKey); found {
			return notNew(j, i.Node())
		}
	}
	for n, p := range t.occupiedParents() {
		if j, found := keys.find(p.EncryptionKey); found {
			return notNew(j, n)
		}
	}
	return nil
}

func notNew(i int, n treemath.NodeIndex) error {
	return rule.Errorf("rfc9420-12.4.2-05", "%s has the encryption_key of node %d", pathNodeName(i), n)
}

// keys returns the encryption keys of the leaf and of the nodes.
func (p *UpdatePath) keys() [][]byte {
	keys := [][]byte{p.LeafNode.EncryptionKey}
	for i := range p.Nodes {
		keys = append(keys, p.Nodes[i].EncryptionKey)
	}
	return keys
}

// pathNodeName names the owner of an entry of UpdatePath.keys.
func pathNodeName(i int) string {
	if i == 0 {
		return "leaf_node"
	}
	return fmt.Sprintf("path node %d", i-1)
}

// MergePath merges an UpdatePath into the tree (RFC 9420, Section 7.5). It
// refuses a leaf whose parent hash is wrong, and then leaves the tree as it was.
func (t *RatchetTree) MergePath(sender treemath.LeafIndex, p *UpdatePath) error {
	path, err := t.pathOf(sender, p)
	if err != nil {
		return err
	}
	parents, parentHash := t.newParents(path, p.keys()[1:])
	if !bytes.Equal(p.LeafNode.ParentHash, parentHash) {
		return rule.Errorf("rfc9420-7.9.2-04", "leaf_node: parent_hash is %x, computed from the tree it is %x",
			p.LeafNode.ParentHash, parentHash)
	}
	t.setPath(sender, &p.LeafNode, path, parents)
	return nil
}

// newParents returns the parent nodes with which an UpdatePath replaces those of
// the path, and the parent hash for the leaf. No new node has unmerged leaves,
// so the siblings' original tree hashes are the present ones.
func (t *RatchetTree) newParents(path []PathStep, keys [][]byte) (parents []*ParentNode, leafParentHash []byte) {
	parents = make([]*ParentNode, len(path))
	parentHash := []byte{}
	for i, step := range slices.Backward(path) {
		parents[i] = &ParentNode{EncryptionKey: bytes.Clone(keys[i]), ParentHash: parentHash}
		parentHash = ParentHash(t.suite, keys[i], parentHash, t.treeHash(step.Copath))
	}
	return parents, parentHash
}

// setPath blanks the sender's direct path and puts the new nodes in place.
func (t *RatchetTree) setPath(sender treemath.LeafIndex, l *leaf.LeafNode, path []PathStep, parents []*ParentNode) {
	t.blankPath(sender)
	for i, step := range path {
		t.parents[step.Node/2] = parents[i]
	}
	t.SetLeaf(sender, l)
}
