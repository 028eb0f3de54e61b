package schedule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// DefaultSkipped is how many skipped keys a new [SecretTree] keeps in each
// ratchet.
const DefaultSkipped = 1024

// A SecretTree derives the message keys of one epoch (RFC 9420, Section 9). It
// derives what a key needs when the key is wanted, and deletes what the key came
// from when the key is used (Section 9.2).
//
// Each tree owns its secrets: they are copied when they come in, go out or are
// cloned, so that clearing one in place takes it from no one else.
//
// A SecretTree is not safe for concurrent use; Peek is no exception.
type SecretTree struct {
	suite   *ciphersuite.Suite
	size    treemath.Size
	skipped uint32 // bound on the skipped keys of a ratchet
	// The roots of the subtrees that are left; together they cover the leaves.
	subtrees map[treemath.NodeIndex]subtree
	// What Peek last derived from a subtree, so that Consume need not do it
	// again. All of it can still be derived from the subtree.
	ahead *opening
}

// A subtree holds the secret of its root, none of whose descendants has been
// used, or, at a leaf that has been used, the leaf's ratchets.
type subtree struct {
	secret   ciphersuite.Secret
	ratchets *[2]ratchet // by RatchetType
}

// NewSecretTree returns the secret tree with the given number of leaves. It
// takes the encryptionSecret over: the argument is cleared.
func NewSecretTree(suite *ciphersuite.Suite, size treemath.Size, encryptionSecret ciphersuite.Secret) *SecretTree {
	root := subtree{secret: slices.Clone(encryptionSecret)}
	clear(encryptionSecret)
	return &SecretTree{
		suite:    suite,
		size:     size,
		skipped:  DefaultSkipped,
		subtrees: map[treemath.NodeIndex]subtree{size.Root(): root},
	}
}

// Format prints the size alone: fmt would look into the unexported fields.
func (t SecretTree) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "secret tree of %d leaves", t.size)
}

// Suite returns the cipher suite.
func (t *SecretTree) Suite() *ciphersuite.Suite { return t.suite }

// Size returns the number of leaves.
func (t *SecretTree) Size() treemath.Size { return t.size }

// LimitSkipped sets how many keys of skipped generations each ratchet keeps for
// messages that come late; the oldest go first (RFC 9420, Section 15.3). The
// limit is no part of a snapshot.
func (t *SecretTree) LimitSkipped(n uint32) {
	t.skipped = n
	for _, s := range t.subtrees {
		if s.ratchets != nil {
			s.ratchets[Handshake].trim(n)
			s.ratchets[Application].trim(n)
		}
	}
}

// Next returns the next unused key and nonce of a sender, and deletes what they
// came from.
func (t *SecretTree) Next(leaf treemath.LeafIndex, typ RatchetType) (KeyNonce, error) {
	ratchets, err := t.open(leaf)
	if err != nil {
		return KeyNonce{}, err
	}
	k, err := ratchets[typ].take(t.suite)
	if err != nil {
		return KeyNonce{}, fmt.Errorf("%v ratchet of leaf %d: %w", typ, leaf, err)
	}
	return k, nil
}

// Peek returns the key and nonce that a received message names. It uses nothing
// up, as the message may be forged (RFC 9420, Section 9.2): when it has been
// decrypted, call Consume. A message that skips more than maxForward generations
// of the ratchet is refused.
func (t *SecretTree) Peek(leaf treemath.LeafIndex, typ RatchetType, generation, maxForward uint32) (KeyNonce, error) {
	ratchets, err := t.look(leaf)
	if err != nil {
		return KeyNonce{}, err
	}
	k, err := ratchets[typ].peek(t.suite, generation, maxForward)
	if err != nil {
		return KeyNonce{}, fmt.Errorf("%v ratchet of leaf %d: %w", typ, leaf, err)
	}
	return k, nil
}

// Consume deletes the key that Peek has returned, and what it came from. The
// keys of the generations that it skips are kept, up to the limit. It does
// nothing where the key has been deleted before.
func (t *SecretTree) Consume(leaf treemath.LeafIndex, typ RatchetType, generation uint32) {
	ratchets, err := t.open(leaf)
	if err != nil {
		return
	}
	ratchets[typ].consume(t.suite, generation, t.skipped)
}

// Clone returns a tree with the same state and with memory of its own.
func (t *SecretTree) Clone() *SecretTree {
	c := &SecretTree{suite: t.suite, size: t.size, skipped: t.skipped, subtrees: maps.Clone(t.subtrees)}
	for n, s := range c.subtrees {
		c.subtrees[n] = s.clone()
	}
	return c
}

// Erase clears and deletes all secrets. No key can be had afterwards.
func (t *SecretTree) Erase() {
	for _, s := range t.subtrees {
		s.erase()
	}
	clear(t.subtrees)
	t.forget()
}

func (s subtree) clone() subtree {
	if s.ratchets == nil {
		return subtree{secret: slices.Clone(s.secret)}
	}
	return subtree{ratchets: &[2]ratchet{s.ratchets[Handshake].clone(), s.ratchets[Application].clone()}}
}

func (s subtree) erase() {
	clear(s.secret)
	if s.ratchets != nil {
		s.ratchets[Handshake].erase()
		s.ratchets[Application].erase()
	}
}

// An opening replaces the subtree at a node by those that its secret gives once
// a leaf below it is used: the children off the way to the leaf, and the leaf's
// ratchets.
type opening struct {
	leaf     treemath.LeafIndex
	from     treemath.NodeIndex
	subtrees map[treemath.NodeIndex]subtree
}

func (o *opening) ratchets() *[2]ratchet { return o.subtrees[o.leaf.Node()].ratchets }

// look returns the ratchets of a leaf without a change to the tree. They are not
// to be moved.
func (t *SecretTree) look(leaf treemath.LeafIndex) (*[2]ratchet, error) {
	root, err := t.root(leaf)
	if err != nil {
		return nil, err
	}
	if s := t.subtrees[root]; s.ratchets != nil {
		return s.ratchets, nil
	}
	if t.ahead == nil || t.ahead.leaf != leaf {
		t.forget()
		t.ahead = t.derive(root, leaf)
	}
	return t.ahead.ratchets(), nil
}

// open returns the ratchets of a leaf, to be moved: the secrets that they come
// from are deleted.
func (t *SecretTree) open(leaf treemath.LeafIndex) (*[2]ratchet, error) {
	ratchets, err := t.look(leaf)
	if err != nil || t.ahead == nil || t.ahead.leaf != leaf {
		return ratchets, err // refused, or open already
	}
	t.subtrees[t.ahead.from].erase()
	delete(t.subtrees, t.ahead.from)
	maps.Copy(t.subtrees, t.ahead.subtrees)
	t.ahead = nil
	return ratchets, nil
}

// forget drops what Peek derived.
func (t *SecretTree) forget() {
	if t.ahead == nil {
		return
	}
	for _, s := range t.ahead.subtrees {
		s.erase()
	}
	t.ahead = nil
}

// root returns the root of the subtree that holds the leaf.
func (t *SecretTree) root(leaf treemath.LeafIndex) (treemath.NodeIndex, error) {
	if uint32(leaf) >= uint32(t.size) {
		return 0, rule.Errorf("rfc9420-6.3.2-02", "leaf %d is outside of a tree of %d leaves", leaf, t.size)
	}
	n := leaf.Node()
	for {
		if _, ok := t.subtrees[n]; ok {
			return n, nil
		}
		parent, ok := t.size.Parent(n)
		if !ok {
			return 0, rule.Errorf("rfc9420-9.2-01", "the secrets of leaf %d have been deleted", leaf)
		}
		n = parent
	}
}

// derive goes from the subtree at node n down to the leaf
// (RFC 9420, Section 9).
func (t *SecretTree) derive(n treemath.NodeIndex, leaf treemath.LeafIndex) *opening {
	o := &opening{leaf: leaf, from: n, subtrees: make(map[treemath.NodeIndex]subtree, n.Level()+1)}
	secret := slices.Clone(t.subtrees[n].secret)
	for !n.IsLeaf() {
		left := expand(t.suite, secret, "tree", []byte("left"), t.suite.HashSize())
		right := expand(t.suite, secret, "tree", []byte("right"), t.suite.HashSize())
		clear(secret)
		if leaf.Node() < n {
			o.subtrees[n.Right()] = subtree{secret: right}
			n, secret = n.Left(), left
		} else {
			o.subtrees[n.Left()] = subtree{secret: left}
			n, secret = n.Right(), right
		}
	}
	o.subtrees[n] = subtree{ratchets: &[2]ratchet{
		Handshake:   {secret: t.suite.DeriveSecret(secret, "handshake")},
		Application: {secret: t.suite.DeriveSecret(secret, "application")},
	}}
	clear(secret)
	return o
}
