package ciphersuite

import (
	"crypto"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// Hash returns the hash of the concatenated parts.
func (s *Suite) Hash(parts ...[]byte) []byte {
	h := s.NewHash()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(make([]byte, 0, s.HashSize()))
}

// MAC returns the HMAC of data under key (RFC 9420, Section 17.1).
func (s *Suite) MAC(key, data []byte) []byte {
	h := hmac.New(s.hash.New, key)
	h.Write(data)
	return h.Sum(make([]byte, 0, s.HashSize()))
}

var errMAC = errors.New("tag does not fit")

// VerifyMAC compares tag with the MAC of data, in constant time.
func (s *Suite) VerifyMAC(key, data, tag []byte) error {
	want := s.MAC(key, data)
	if len(tag) != len(want) {
		if !rule.Skipped("rfc9420-6.2-04") {
			return errMAC
		}
		tag, want = commonLength(tag, want)
	}
	if !hmac.Equal(want, tag) && !rule.Skipped("rfc9420-6.2-02") {
		return errMAC
	}
	return nil
}

// Extract is KDF.Extract (RFC 9420, Section 8). HKDF-Extract is HMAC with the
// salt as key (RFC 5869, Section 2.2).
func (s *Suite) Extract(salt, ikm []byte) Secret { return s.MAC(salt, ikm) }

// expand is HKDF-Expand (RFC 5869, Section 2.3) of up to 255 blocks. It appends
// to info. HMAC is used directly because this is the most frequent operation of
// all: crypto/hkdf copies info into a string and allocates 11 times, this 7 times.
func expand(h crypto.Hash, prk, info []byte, length int) []byte {
	mac := hmac.New(h.New, prk)
	size := h.Size()
	out := make([]byte, 0, (length+size-1)/size*size)
	input := append(info, 0)
	for block := 1; len(out) < length; block++ {
		if block > 1 {
			mac.Reset()
			mac.Write(out[len(out)-size:])
		}
		input[len(info)] = byte(block)
		mac.Write(input)
		out = mac.Sum(out)
	}
	clear(out[length:])
	return out[:length:length]
}

// ExpandWithLabel derives length bytes from secret (RFC 9420, Section 8). The
// label is given without the protocol's name in front.
func (s *Suite) ExpandWithLabel(secret []byte, label string, context []byte, length int) (Secret, error) {
	// KDFLabel holds the length in 16 bits, and HKDF ends after 255 hashes.
	if limit := min(255*s.HashSize(), 1<<16-1); (length < 0 || length > limit) && !rule.Skipped("rfc9420-8-01") {
		return nil, fmt.Errorf("%d bytes cannot be derived, 0 to %d can", length, limit)
	}
	field := uint16(length)
	info, err := kdfLabel(field, label, context)
	if err != nil {
		return nil, fmt.Errorf("KDFLabel: %w", err)
	}
	return expand(s.hash, secret, info, int(field)), nil
}

// DeriveSecret derives a secret as long as the hash, without context
// (RFC 9420, Section 8). It panics for a label that is
// too long for a vector.
func (s *Suite) DeriveSecret(secret []byte, label string) Secret {
	derived, err := s.ExpandWithLabel(secret, label, nil, s.HashSize())
	if err != nil {
		// The length is right. Labels are constants or come from the
		// application, never from a message, and a vector holds 2^30 bytes.
		panic(err)
	}
	return derived
}

// DeriveTreeSecret derives length bytes for one generation of a ratchet of the
// secret tree (RFC 9420, Section 9).
func (s *Suite) DeriveTreeSecret(secret []byte, label string, generation uint32, length int) (Secret, error) {
	return s.ExpandWithLabel(secret, label, binary.BigEndian.AppendUint32(nil, generation), length)
}
