package ciphersuite

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"filippo.io/edwards25519"
	"github.com/cloudflare/circl/ecc/goldilocks"
	"github.com/cloudflare/circl/sign/ed448"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// ed25519Scheme is Ed25519 (RFC 8032, Section 5.1).
type ed25519Scheme struct{}

func (e ed25519Scheme) generateKey(rand source) (*SignatureKey, error) {
	seed, err := rand.bytes(ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return e.parseKey(seed)
}

func (ed25519Scheme) parseKey(private []byte) (*SignatureKey, error) {
	if len(private) != ed25519.SeedSize {
		return nil, fmt.Errorf("%d bytes, Ed25519 seeds have %d", len(private), ed25519.SeedSize)
	}
	key := ed25519.NewKeyFromSeed(private)
	return &SignatureKey{
		private: Secret(key.Seed()),
		public:  key.Public().(ed25519.PublicKey),
		sign:    func(message []byte) ([]byte, error) { return ed25519.Sign(key, message), nil },
	}, nil
}

func (ed25519Scheme) checkPublicKey(public []byte) error {
	point, err := new(edwards25519.Point).SetBytes(public)
	if err != nil {
		return rule.Errorf("rfc9420-5.1.1-02", "Ed25519 public key of %d bytes: %w", len(public), err)
	}
	// The library also decodes y beyond the prime and a sign for x = 0, which
	// RFC 8032, Section 5.1.3, refuses.
	if !bytes.Equal(point.Bytes(), public) {
		return rule.Errorf("rfc9420-5.1.1-02", "Ed25519 public key is not in its canonical form")
	}
	return nil
}

// ed25519Order is the order of the base point, in little-endian order.
var ed25519Order = []byte{
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
}

func (e ed25519Scheme) verify(public, message, signature []byte) error {
	// The library panics on a key of another length.
	if len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature) {
		return nil
	}
	if err := e.checkPublicKey(public); err != nil {
		return err
	}
	return eddsaMismatch(signature, ed25519.SignatureSize/2, ed25519Order)
}

// ed448Scheme is Ed448 with an empty context (RFC 8032, Section 5.2).
type ed448Scheme struct{}

func (e ed448Scheme) generateKey(rand source) (*SignatureKey, error) {
	seed, err := rand.bytes(ed448.SeedSize)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return e.parseKey(seed)
}

func (ed448Scheme) parseKey(private []byte) (*SignatureKey, error) {
	if len(private) != ed448.SeedSize {
		return nil, fmt.Errorf("%d bytes, Ed448 seeds have %d", len(private), ed448.SeedSize)
	}
	key := ed448.NewKeyFromSeed(private)
	return &SignatureKey{
		private: Secret(key.Seed()),
		public:  key.Public().(ed448.PublicKey),
		sign:    func(message []byte) ([]byte, error) { return ed448.Sign(key, message, ""), nil },
	}, nil
}

func (ed448Scheme) checkPublicKey(public []byte) error {
	if len(public) != ed448.PublicKeySize {
		return rule.Errorf("rfc9420-5.1.1-02", "%d bytes, Ed448 public keys have %d", len(public), ed448.PublicKeySize)
	}
	if _, err := goldilocks.FromBytes(public); err != nil {
		return rule.Errorf("rfc9420-5.1.1-02", "Ed448 public key: %w", err)
	}
	return nil
}

func (e ed448Scheme) verify(public, message, signature []byte) error {
	if ed448.Verify(public, message, signature, "") {
		return nil
	}
	if err := e.checkPublicKey(public); err != nil {
		return err
	}
	order := goldilocks.Curve{}.Order()
	return eddsaMismatch(signature, ed448.SignatureSize/2, append(order[:], 0))
}

// eddsaMismatch says why a signature was refused: R and S take size bytes each,
// and S is below the order (RFC 8032, Sections 5.1.7 and 5.2.7).
func eddsaMismatch(signature []byte, size int, order []byte) error {
	if len(signature) != 2*size {
		return rule.Errorf("rfc9420-5.1.2-04", "EdDSA signature of %d bytes, not %d", len(signature), 2*size)
	}
	s, limit := slices.Clone(signature[size:]), slices.Clone(order)
	slices.Reverse(s)
	slices.Reverse(limit)
	if bytes.Compare(s, limit) >= 0 {
		return rule.Errorf("rfc9420-5.1.2-04", "S of an EdDSA signature is not below the group order")
	}
	return errSignature
}
