package ciphersuite

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// A Verified remembers signatures that were right, and so saves a process that is
// many members of one group from verifying each signature for all of them. What
// has once been right for a key and a content stays right; a wrong signature is
// verified every time. A nil Verified remembers nothing. All methods may be used
// by many goroutines at once.
type Verified struct {
	size int
	mu   sync.Mutex
	// recent gives way to a new map when it is full, and older is forgotten then.
	recent, older map[[sha256.Size]byte]struct{}
}

// NewVerified returns a Verified with room for at least size signatures.
func NewVerified(size int) *Verified {
	return &Verified{size: size, recent: make(map[[sha256.Size]byte]struct{})}
}

// VerifyWithLabel does the same as [Suite.VerifyWithLabel].
func (v *Verified) VerifyWithLabel(s *Suite, public []byte, label string, content, signature []byte) error {
	if v == nil {
		return s.VerifyWithLabel(public, label, content, signature)
	}
	key := fingerprint(s, public, label, content, signature)
	if v.has(key) {
		return nil
	}
	if err := s.VerifyWithLabel(public, label, content, signature); err != nil {
		return err
	}
	v.add(key)
	return nil
}

// fingerprint hashes all that a signature depends on, each part with its length.
func fingerprint(s *Suite, public []byte, label string, content, signature []byte) (key [sha256.Size]byte) {
	h := sha256.New()
	var head [10]byte
	binary.BigEndian.PutUint16(head[:], uint16(s.id))
	for _, part := range [][]byte{public, []byte(label), content, signature} {
		binary.BigEndian.PutUint64(head[2:], uint64(len(part)))
		h.Write(head[:])
		h.Write(part)
	}
	h.Sum(key[:0])
	return key
}

func (v *Verified) has(key [sha256.Size]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.recent[key]; ok {
		return true
	}
	_, ok := v.older[key]
	return ok
}

func (v *Verified) add(key [sha256.Size]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.recent) >= v.size {
		v.older, v.recent = v.recent, make(map[[sha256.Size]byte]struct{})
	}
	v.recent[key] = struct{}{}
}
