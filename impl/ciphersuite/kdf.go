package ciphersuite

import (
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
)

// protocolName begins every label of MLS but those of RefHash
// (RFC 9420, Section 5.1.2).
const protocolName = "MLS 1.0 "

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
	if !hmac.Equal(s.MAC(key, data), tag) {
		return errMAC
	}
	return nil
}

// Extract is KDF.Extract (RFC 9420, Section 8). HKDF-Extract is HMAC with the
// salt as key (RFC 5869, Section 2.2).
func (s *Suite) Extract(salt, ikm []byte) Secret { return s.MAC(salt, ikm) }

// ExpandWithLabel derives length bytes from secret (RFC 9420, Section 8). The
// label is given without the protocol's name in front.
func (s *Suite) ExpandWithLabel(secret []byte, label string, context []byte, length int) (Secret, error) {
	// KDFLabel holds the length in 16 bits, and HKDF ends at 255 hashes.
	if limit := min(255*s.HashSize(), 1<<16-1); length < 0 || length > limit {
		return nil, fmt.Errorf("%d bytes cannot be derived, 0 to %d can", length, limit)
	}
	b := cryptobyte.NewBuilder(make([]byte, 0, 32+len(label)+len(context)))
	b.AddUint16(uint16(length))
	addLabel(b, label)
	syntax.AddOpaque(b, context)
	info, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("KDFLabel: %w", err)
	}
	return hkdf.Expand(s.hash.New, secret, string(info), length)
}

// DeriveSecret derives a secret as long as the hash, without context
// (RFC 9420, Section 8).
func (s *Suite) DeriveSecret(secret []byte, label string) Secret {
	derived, err := s.ExpandWithLabel(secret, label, nil, s.HashSize())
	if err != nil {
		// The length is right, and labels are constants far below the 2^30
		// bytes that a vector can hold.
		panic(err)
	}
	return derived
}

// DeriveTreeSecret derives length bytes for one generation of a ratchet of the
// secret tree (RFC 9420, Section 9).
func (s *Suite) DeriveTreeSecret(secret []byte, label string, generation uint32, length int) (Secret, error) {
	return s.ExpandWithLabel(secret, label, binary.BigEndian.AppendUint32(nil, generation), length)
}

// addLabel appends "MLS 1.0 " and label as one vector.
func addLabel(b *cryptobyte.Builder, label string) {
	syntax.AddLength(b, len(protocolName)+len(label))
	b.AddBytes([]byte(protocolName))
	b.AddBytes([]byte(label))
}

// labelled returns the encoding of struct { opaque label<V>; opaque content<V>; },
// the form of SignContent and EncryptContext (RFC 9420, Sections 5.1.2 and 5.1.3).
func labelled(label string, content []byte) ([]byte, error) {
	b := cryptobyte.NewBuilder(make([]byte, 0, 32+len(label)+len(content)))
	addLabel(b, label)
	syntax.AddOpaque(b, content)
	return b.Bytes()
}
