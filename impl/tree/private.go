package tree

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ErrNoKey is returned when a member holds no private key to which a path secret
// was encrypted.
var ErrNoKey = errors.New("tree: no private key to decrypt a path secret with")

// A PrivateTree holds the private keys that a member knows: that of its leaf and
// those of some of the nodes above (RFC 9420, Section 4.2).
type PrivateTree struct {
	Index treemath.LeafIndex
	keys  map[treemath.NodeIndex]*ciphersuite.KEMKey
}

// NewPrivateTree returns the private keys of a member that knows only that of its
// leaf.
func NewPrivateTree(index treemath.LeafIndex, leafKey *ciphersuite.KEMKey) *PrivateTree {
	return &PrivateTree{Index: index, keys: map[treemath.NodeIndex]*ciphersuite.KEMKey{index.Node(): leafKey}}
}

// Key returns the private key of node n, or nil when the member does not know it.
func (p *PrivateTree) Key(n treemath.NodeIndex) *ciphersuite.KEMKey { return p.keys[n] }

// Keys yields the nodes of which the member knows the private key, and the keys,
// from left to right.
func (p *PrivateTree) Keys() iter.Seq2[treemath.NodeIndex, *ciphersuite.KEMKey] {
	return func(yield func(treemath.NodeIndex, *ciphersuite.KEMKey) bool) {
		for _, n := range slices.Sorted(maps.Keys(p.keys)) {
			if !yield(n, p.keys[n]) {
				return
			}
		}
	}
}

// Set sets the private key of node n.
func (p *PrivateTree) Set(n treemath.NodeIndex, key *ciphersuite.KEMKey) { p.keys[n] = key }

// Drop forgets the private key of node n.
func (p *PrivateTree) Drop(n treemath.NodeIndex) { delete(p.keys, n) }

// Clone returns a copy that can be changed without changing p.
func (p *PrivateTree) Clone() *PrivateTree {
	return &PrivateTree{Index: p.Index, keys: maps.Clone(p.keys)}
}

// fits reports whether the key is that of node n in the tree.
func fits(t *RatchetTree, n treemath.NodeIndex, key *ciphersuite.KEMKey) bool {
	return key != nil && bytes.Equal(key.Public(), t.PublicKey(n))
}

// Verify verifies that each private key has its public key in the tree.
func (p *PrivateTree) Verify(t *RatchetTree) error {
	for n, key := range p.Keys() {
		if !fits(t, n, key) {
			return fmt.Errorf("node %d: private key does not belong to the key in the tree", n)
		}
	}
	return nil
}

// Prune forgets the keys whose nodes are blank in t, have another key, or are no
// longer there.
func (p *PrivateTree) Prune(t *RatchetTree) {
	maps.DeleteFunc(p.keys, func(n treemath.NodeIndex, key *ciphersuite.KEMKey) bool { return !fits(t, n, key) })
}

// checkSecret verifies the length of a path secret that was received.
func checkSecret(suite *ciphersuite.Suite, s ciphersuite.Secret) error {
	if len(s) != suite.HashSize() {
		return rule.Errorf("rfc9420-7.5-10", "path secret has %d bytes, want %d", len(s), suite.HashSize())
	}
	return nil
}

// SetPathSecret sets the private keys that a new member learns from the path
// secret in its Welcome (RFC 9420, Section 12.4.3.1). The node is the lowest
// above both the member and the sender of the Welcome.
func (p *PrivateTree) SetPathSecret(t *RatchetTree, node treemath.NodeIndex, secret ciphersuite.Secret) error {
	if err := checkSecret(t.suite, secret); err != nil {
		return err
	}
	nodes := []treemath.NodeIndex{node}
	// Above node, the filtered direct paths of all members below it are the same.
	for _, step := range t.filteredPath(node) {
		nodes = append(nodes, step.Node)
	}
	chain, err := newChain(t.suite, secret, len(nodes))
	if err != nil {
		return err
	}
	defer clear(chain.commitSecret)
	defer chain.erase()
	for i, n := range nodes {
		if !fits(t, n, chain.keys[i]) {
			return rule.Errorf("rfc9420-12.4.3.1-16", "path secret gives another key than node %d has", n)
		}
	}
	for i, n := range nodes {
		p.Set(n, chain.keys[i])
	}
	return nil
}

// A share is the part of an UpdatePath that is meant for a member: the steps of
// the path from the first that the member gets a secret of, the node whose key
// that secret is encrypted to, and which of the step's ciphertexts it is.
type share struct {
	steps     []PathStep
	first     int
	recipient treemath.NodeIndex
	place     int
	count     int
}

func (p *PrivateTree) share(t *RatchetTree, sender treemath.LeafIndex, added []treemath.LeafIndex) (*share, error) {
	if uint32(sender) >= uint32(t.size) {
		return nil, fmt.Errorf("%w: %d", ErrNoLeaf, sender)
	}
	steps := t.FilteredDirectPath(sender)
	common := treemath.CommonAncestor(sender.Node(), p.Index.Node())
	first := slices.IndexFunc(steps, func(s PathStep) bool { return s.Node == common })
	if first < 0 {
		return nil, fmt.Errorf("%w: leaf %d has no part in the path of leaf %d", ErrNoKey, p.Index, sender)
	}
	recipients := t.recipients(steps[first].Copath, inOrder(added))
	place := slices.IndexFunc(recipients, func(n treemath.NodeIndex) bool { return fits(t, n, p.Key(n)) })
	if place < 0 {
		return nil, fmt.Errorf("%w: leaf %d, node %d", ErrNoKey, p.Index, common)
	}
	return &share{steps: steps[first:], first: first, recipient: recipients[place], place: place, count: len(recipients)}, nil
}

// Recipient returns the node whose private key opens this member's part of an
// UpdatePath of the sender. All members with the same recipient get the same
// secrets. The tree is the one after MergePath, the added leaves the members
// that the same Commit adds.
func (p *PrivateTree) Recipient(t *RatchetTree, sender treemath.LeafIndex, added []treemath.LeafIndex) (treemath.NodeIndex, error) {
	s, err := p.share(t, sender, added)
	if err != nil {
		return 0, err
	}
	return s.recipient, nil
}

// Decrypt takes from an UpdatePath what is meant for this member (RFC 9420,
// Section 7.5). The tree is the one after MergePath, the context the encoded
// provisional GroupContext, the added leaves the members that the same Commit
// adds. It returns the member's next private keys, from which those that the path
// replaced are gone; the path secret that was encrypted to the member, which the
// caller clears; and the commit secret. p stays as it is.
func (p *PrivateTree) Decrypt(t *RatchetTree, sender treemath.LeafIndex, path *UpdatePath, groupContext []byte, added []treemath.LeafIndex) (next *PrivateTree, pathSecret, commitSecret ciphersuite.Secret, err error) {
	if _, err := t.pathOf(sender, path); err != nil {
		return nil, nil, nil, err
	}
	s, err := p.share(t, sender, added)
	if err != nil {
		return nil, nil, nil, err
	}
	nodes := path.Nodes[s.first:]
	if err := checkCount(&nodes[0], s.count); err != nil {
		return nil, nil, nil, fmt.Errorf("path node %d: %w", s.first, err)
	}
	pathSecret, err = t.suite.DecryptWithLabel(p.Key(s.recipient), pathLabel, groupContext, nodes[0].EncryptedPathSecret[s.place])
	if err != nil {
		return nil, nil, nil, rule.Errorf("rfc9420-7.5-08", "path node %d, ciphertext %d: %w", s.first, s.place, err)
	}
	chain, err := p.follow(t, nodes, pathSecret)
	if err != nil {
		clear(pathSecret)
		return nil, nil, nil, err
	}
	chain.erase()
	next = p.Clone()
	for i, step := range s.steps {
		next.Set(step.Node, chain.keys[i])
	}
	next.Prune(t)
	return next, pathSecret, chain.commitSecret, nil
}

// follow derives the secrets and keys of the path from the first node on, and
// verifies that they are those that were sent.
func (p *PrivateTree) follow(t *RatchetTree, nodes []UpdatePathNode, first ciphersuite.Secret) (*secretChain, error) {
	if err := checkSecret(t.suite, first); err != nil {
		return nil, err
	}
	chain, err := newChain(t.suite, first, len(nodes))
	if err != nil {
		return nil, err
	}
	for i, key := range chain.keys {
		if bytes.Equal(key.Public(), nodes[i].EncryptionKey) {
			continue
		}
		chain.erase()
		clear(chain.commitSecret)
		if i == 0 {
			return nil, rule.Errorf("rfc9420-7.5-06", "the decrypted path secret gives another key than its node has")
		}
		// Either that key or the secret behind it is no successor.
		return nil, rule.Errorf("rfc9420-7.5-07", "path node %d above the decrypted one: its key does not follow from below", i)
	}
	return chain, nil
}
