package schedule

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// The snapshot of a secret tree is no structure of the RFC:
//
//	struct {
//	  CipherSuite cipher_suite;
//	  uint32 leaves;
//	  SubtreeState subtrees<V>;   // from left to right
//	} SecretTreeState;
//
//	struct {
//	  uint32 root;                // node index
//	  uint8 used;                 // 0, or 1 at a leaf that has been used
//	  select (used) {
//	    case 0: opaque secret<V>;
//	    case 1: RatchetState handshake; RatchetState application;
//	  };
//	} SubtreeState;
//
//	struct {
//	  uint64 next;
//	  opaque secret<V>;           // empty when next is 2^32
//	  KeyNonce skipped<V>;        // by generation
//	} RatchetState;
//
//	struct { uint32 generation; opaque key<V>; opaque nonce<V>; } KeyNonce;
//
// One state has one encoding; reading refuses everything else.

// MarshalMLS appends a snapshot of the tree.
func (t *SecretTree) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(t.suite.ID()))
	b.AddUint32(uint32(t.size))
	states := make([]subtreeState, 0, len(t.subtrees))
	for _, root := range slices.Sorted(maps.Keys(t.subtrees)) {
		states = append(states, subtreeState{root, t.subtrees[root]})
	}
	syntax.AddVector(b, states)
}

// UnmarshalMLS reads a snapshot. It copies the secrets out of s, because they
// are cleared in place.
func (t *SecretTree) UnmarshalMLS(s *cryptobyte.String) error {
	*t = SecretTree{skipped: DefaultSkipped}
	var id codepoint.CipherSuite
	err := syntax.ReadUint16(s, &id)
	if err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if t.suite, err = ciphersuite.Lookup(id); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadUint32(s, &t.size); err != nil {
		return fmt.Errorf("leaves: %w", err)
	}
	if bits.OnesCount32(uint32(t.size)) != 1 {
		return fmt.Errorf("leaves: %d is no power of two", t.size)
	}
	var states []subtreeState
	if err := syntax.ReadVector(s, &states); err != nil {
		return fmt.Errorf("subtrees: %w", err)
	}
	if err := t.cover(states); err != nil {
		return fmt.Errorf("subtrees: %w", err)
	}
	t.subtrees = make(map[treemath.NodeIndex]subtree, len(states))
	for i, state := range states {
		if err := state.check(t.suite); err != nil {
			return fmt.Errorf("subtrees: element %d: %w", i, err)
		}
		t.subtrees[state.root] = state.clone()
	}
	return nil
}

// cover checks that the subtrees stand side by side over all leaves. A tree
// that has been erased has none.
func (t *SecretTree) cover(states []subtreeState) error {
	if len(states) == 0 {
		return nil
	}
	first := uint64(0) // leaf at which the next subtree begins
	for i, state := range states {
		if !t.size.Contains(state.root) {
			return fmt.Errorf("element %d: node %d is outside of the tree", i, state.root)
		}
		leaves := uint64(1) << state.root.Level()
		if begin := (uint64(state.root) + 1 - leaves) / 2; begin != first {
			return fmt.Errorf("element %d begins at leaf %d, want %d", i, begin, first)
		}
		first += leaves
	}
	if first != uint64(t.size) {
		return fmt.Errorf("%d leaves of %d are covered", first, t.size)
	}
	return nil
}

// A subtreeState is a subtree with its place.
type subtreeState struct {
	root treemath.NodeIndex
	subtree
}

func (s *subtreeState) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint32(uint32(s.root))
	if s.ratchets == nil {
		b.AddUint8(0)
		syntax.AddOpaque(b, s.secret)
		return
	}
	b.AddUint8(1)
	s.ratchets[Handshake].MarshalMLS(b)
	s.ratchets[Application].MarshalMLS(b)
}

func (s *subtreeState) UnmarshalMLS(in *cryptobyte.String) error {
	*s = subtreeState{}
	if err := syntax.ReadUint32(in, &s.root); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	var used uint8
	if err := syntax.ReadUint8(in, &used); err != nil {
		return fmt.Errorf("used: %w", err)
	}
	switch used {
	case 0:
		if err := syntax.ReadOpaque(in, (*[]byte)(&s.secret)); err != nil {
			return fmt.Errorf("secret: %w", err)
		}
		return nil
	case 1:
		s.ratchets = new([2]ratchet)
		for typ := range s.ratchets {
			if err := s.ratchets[typ].UnmarshalMLS(in); err != nil {
				return fmt.Errorf("%v ratchet: %w", RatchetType(typ), err)
			}
		}
		return nil
	}
	return fmt.Errorf("used: %d", used)
}

func (s *subtreeState) check(suite *ciphersuite.Suite) error {
	if s.ratchets == nil {
		return checkLength("secret", s.secret, suite.HashSize())
	}
	if !s.root.IsLeaf() {
		return fmt.Errorf("ratchets at node %d, which is no leaf", s.root)
	}
	for typ := range s.ratchets {
		if err := s.ratchets[typ].check(suite); err != nil {
			return fmt.Errorf("%v ratchet: %w", RatchetType(typ), err)
		}
	}
	return nil
}

func (r *ratchet) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint64(r.next)
	syntax.AddOpaque(b, r.secret)
	syntax.AddVector(b, r.skipped)
}

func (r *ratchet) UnmarshalMLS(s *cryptobyte.String) error {
	*r = ratchet{}
	if err := syntax.ReadUint64(s, &r.next); err != nil {
		return fmt.Errorf("next: %w", err)
	}
	if err := syntax.ReadOpaque(s, (*[]byte)(&r.secret)); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	if err := syntax.ReadVector(s, &r.skipped); err != nil {
		return fmt.Errorf("skipped: %w", err)
	}
	return nil
}

func (r *ratchet) check(suite *ciphersuite.Suite) error {
	if r.next > generations {
		return fmt.Errorf("next: generation %d", r.next)
	}
	length := suite.HashSize()
	if r.next == generations {
		length = 0
	}
	if err := checkLength("secret", r.secret, length); err != nil {
		return err
	}
	first := uint64(0) // lowest generation that may come next
	for i, k := range r.skipped {
		if g := uint64(k.Generation); g < first || g >= r.next {
			return fmt.Errorf("skipped: element %d: generation %d", i, g)
		}
		first = uint64(k.Generation) + 1
		if err := errors.Join(
			checkLength("key", k.Key, suite.KeySize()),
			checkLength("nonce", k.Nonce, suite.NonceSize()),
		); err != nil {
			return fmt.Errorf("skipped: element %d: %w", i, err)
		}
	}
	return nil
}

// MarshalMLS appends the key for a snapshot.
func (k *KeyNonce) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint32(k.Generation)
	syntax.AddOpaque(b, k.Key)
	syntax.AddOpaque(b, k.Nonce)
}

// UnmarshalMLS reads a key from a snapshot. Its secrets may alias s.
func (k *KeyNonce) UnmarshalMLS(s *cryptobyte.String) error {
	*k = KeyNonce{}
	if err := syntax.ReadUint32(s, &k.Generation); err != nil {
		return fmt.Errorf("generation: %w", err)
	}
	if err := syntax.ReadOpaque(s, (*[]byte)(&k.Key)); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	if err := syntax.ReadOpaque(s, (*[]byte)(&k.Nonce)); err != nil {
		return fmt.Errorf("nonce: %w", err)
	}
	return nil
}

func checkLength(name string, secret ciphersuite.Secret, want int) error {
	if len(secret) != want {
		return fmt.Errorf("%s: %d bytes, want %d", name, len(secret), want)
	}
	return nil
}
