package schedule

import (
	"cmp"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A RatchetType names one of the two ratchets of a sender
// (RFC 9420, Section 9).
type RatchetType uint8

// Proposals and Commits take their keys from the handshake ratchet, application
// messages from the application ratchet (RFC 9420, Section 6.3.1).
const (
	Handshake RatchetType = iota
	Application
)

func (t RatchetType) String() string {
	if t == Handshake {
		return "handshake"
	}
	return "application"
}

// A KeyNonce encrypts one message (RFC 9420, Section 9.1). Whoever got it from a
// SecretTree owns it and erases it.
type KeyNonce struct {
	Key, Nonce ciphersuite.Secret
	Generation uint32
}

func (k KeyNonce) clone() KeyNonce {
	return KeyNonce{slices.Clone(k.Key), slices.Clone(k.Nonce), k.Generation}
}

// Erase clears the key and the nonce.
func (k *KeyNonce) Erase() {
	clear(k.Key)
	clear(k.Nonce)
	*k = KeyNonce{}
}

// generations is the number of generations that a ratchet has: a generation is
// a uint32.
const generations = 1 << 32

// A ratchet gives the message keys of one sender, one generation after the
// other (RFC 9420, Section 9.1). It owns its secrets.
type ratchet struct {
	secret  ciphersuite.Secret // of generation next; empty after the last one
	next    uint64             // first generation that has not been passed, up to generations
	skipped []KeyNonce         // passed but not used, in ascending order
}

// keyNonce derives the key and nonce of generation next.
func (r *ratchet) keyNonce(suite *ciphersuite.Suite) KeyNonce {
	generation := uint32(r.next)
	return KeyNonce{
		Key:        deriveTree(suite, r.secret, "key", generation, suite.KeySize()),
		Nonce:      deriveTree(suite, r.secret, "nonce", generation, suite.NonceSize()),
		Generation: generation,
	}
}

// step passes generation next, and deletes the secret that it came from.
func (r *ratchet) step(suite *ciphersuite.Suite) {
	var following ciphersuite.Secret
	if r.next < generations-1 {
		following = deriveTree(suite, r.secret, "secret", uint32(r.next), suite.HashSize())
	}
	clear(r.secret)
	r.secret = following
	r.next++
}

// take uses generation next, for a sender.
func (r *ratchet) take(suite *ciphersuite.Suite) (KeyNonce, error) {
	if r.next == generations {
		return KeyNonce{}, rule.Errorf("rfc9420-9.1-01", "all generations have been used")
	}
	k := r.keyNonce(suite)
	r.step(suite)
	return k, nil
}

// peek returns the key and nonce of a generation and leaves the ratchet alone.
func (r *ratchet) peek(suite *ciphersuite.Suite, generation, maxForward uint32) (KeyNonce, error) {
	target := uint64(generation)
	if target < r.next {
		i, ok := r.find(generation)
		if !ok {
			return KeyNonce{}, rule.Errorf("rfc9420-9.2-01", "the key of generation %d has been deleted", generation)
		}
		return r.skipped[i].clone(), nil
	}
	if jump := target - r.next; jump > uint64(maxForward) && !(rule.Planted(rule.UnboundedSkip) && len(r.skipped) > 0) {
		return KeyNonce{}, rule.Errorf("rfc9420-15.3-02", "generation %d skips %d generations, limit %d", generation, jump, maxForward)
	}
	ahead := ratchet{secret: slices.Clone(r.secret), next: r.next}
	for ahead.next < target {
		ahead.step(suite)
	}
	defer clear(ahead.secret)
	return ahead.keyNonce(suite), nil
}

// consume deletes the key of a generation, and what it came from. Of the
// generations that it passes, the last few keys are kept: at most limit.
func (r *ratchet) consume(suite *ciphersuite.Suite, generation, limit uint32) {
	target := uint64(generation)
	if target < r.next {
		if i, ok := r.find(generation); ok && !rule.Planted(rule.ReusedGeneration) {
			r.skipped[i].Erase()
			r.skipped = slices.Delete(r.skipped, i, i+1)
		}
		return
	}
	for ; r.next < target; r.step(suite) {
		if target-r.next <= uint64(limit) {
			r.skipped = append(r.skipped, r.keyNonce(suite))
		}
	}
	r.step(suite)
	r.trim(limit)
}

// trim drops the oldest of more than limit skipped keys.
func (r *ratchet) trim(limit uint32) {
	if uint64(len(r.skipped)) <= uint64(limit) {
		return
	}
	extra := len(r.skipped) - int(limit)
	for i := range extra {
		r.skipped[i].Erase()
	}
	r.skipped = slices.Delete(r.skipped, 0, extra)
}

func (r *ratchet) find(generation uint32) (int, bool) {
	return slices.BinarySearchFunc(r.skipped, generation, func(k KeyNonce, g uint32) int {
		return cmp.Compare(k.Generation, g)
	})
}

func (r *ratchet) clone() ratchet {
	c := ratchet{secret: slices.Clone(r.secret), next: r.next, skipped: slices.Clone(r.skipped)}
	for i, k := range c.skipped {
		c.skipped[i] = k.clone()
	}
	return c
}

func (r *ratchet) erase() {
	r.trim(0)
	clear(r.secret)
}

// deriveTree is DeriveTreeSecret for lengths that every KDF can give.
func deriveTree(suite *ciphersuite.Suite, secret ciphersuite.Secret, label string, generation uint32, length int) ciphersuite.Secret {
	out, err := suite.DeriveTreeSecret(secret, label, generation, length)
	if err != nil {
		panic("schedule: " + err.Error())
	}
	return out
}
