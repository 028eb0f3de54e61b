package ciphersuite

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/edwards25519"
	"github.com/cloudflare/circl/ecc/goldilocks"
	"github.com/cloudflare/circl/sign/ed448"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// An eddsa is what the two schemes do in different ways.
type eddsa interface {
	size() int     // of a public key, and of R and S
	order() []byte // of the base point, big-endian in size bytes
	// decode checks the form of a public key.
	decode(public []byte) error
	// valid is false for all keys and signatures of wrong form.
	valid(public, message, signature []byte) bool
}

func checkEdDSAKey(e eddsa, public []byte) error {
	err := e.decode(public)
	if err != nil && !rule.Skipped("rfc9420-5.1.1-02") {
		return rule.Errorf("rfc9420-5.1.1-02", "EdDSA public key of %d bytes: %w", len(public), err)
	}
	return nil
}

// verifyEdDSA looks at the forms only when it has to say what is wrong: decoding
// a key takes long.
func verifyEdDSA(e eddsa, public, message, signature []byte) error {
	if rule.Skipped("rfc9420-5.1.1-02") {
		if len(public) == 0 { // nothing to verify with
			return nil
		}
		if public = fit(public, e.size()); e.decode(public) != nil {
			return nil
		}
	}
	if rule.Skipped("rfc9420-5.1.2-04") {
		if len(signature) == 0 { // nothing to verify
			return nil
		}
		signature = looseEdDSA(signature, e.size(), e.order())
	}
	if e.valid(public, message, signature) {
		return nil
	}
	if err := checkEdDSAKey(e, public); err != nil {
		return err
	}
	return eddsaMismatch(signature, e.size(), e.order())
}

// ed25519Scheme is Ed25519 (RFC 8032, Section 5.1).
type ed25519Scheme struct{}

func (e ed25519Scheme) generateKey(rand io.Reader) (*SignatureKey, error) {
	seed, err := readSeed(rand, ed25519.SeedSize)
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

func (e ed25519Scheme) checkPublicKey(public []byte) error { return checkEdDSAKey(e, public) }

func (e ed25519Scheme) verify(public, message, signature []byte) error {
	return verifyEdDSA(e, public, message, signature)
}

func (ed25519Scheme) size() int { return ed25519.PublicKeySize }

func (ed25519Scheme) order() []byte { return ed25519Order[:] }

func (ed25519Scheme) decode(public []byte) error {
	if _, err := new(edwards25519.Point).SetBytes(public); err != nil {
		return err
	}
	return checkCanonical(public)
}

func (ed25519Scheme) valid(public, message, signature []byte) bool {
	// The library panics on a key of another length.
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature) &&
		checkCanonical(public) == nil
}

// The order of the base point, the prime of the field, and the prime less one,
// all in big-endian order (RFC 8032, Section 5.1).
var (
	ed25519Order    = [32]byte{0: 0x10, 16: 0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed}
	ed25519Prime    = [32]byte(slices.Concat([]byte{0x7f}, bytes.Repeat([]byte{0xff}, 30), []byte{0xed}))
	ed25519MinusOne = [32]byte(slices.Concat([]byte{0x7f}, bytes.Repeat([]byte{0xff}, 30), []byte{0xec}))
)

// checkCanonical refuses what RFC 8032, Section 5.1.3, refuses and the libraries
// decode: y that is not below the prime, and a negative x where x is 0.
func checkCanonical(public []byte) error {
	y := [32]byte(public)
	slices.Reverse(y[:])
	negative := y[0]&0x80 != 0
	y[0] &= 0x7f
	if bytes.Compare(y[:], ed25519Prime[:]) >= 0 || negative && (y == [32]byte{31: 1} || y == ed25519MinusOne) {
		return errors.New("not the canonical form")
	}
	return nil
}

// ed448Scheme is Ed448 with an empty context (RFC 8032, Section 5.2).
type ed448Scheme struct{}

func (e ed448Scheme) generateKey(rand io.Reader) (*SignatureKey, error) {
	seed, err := readSeed(rand, ed448.SeedSize)
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

func (e ed448Scheme) checkPublicKey(public []byte) error { return checkEdDSAKey(e, public) }

func (e ed448Scheme) verify(public, message, signature []byte) error {
	return verifyEdDSA(e, public, message, signature)
}

func (ed448Scheme) size() int { return ed448.PublicKeySize }

func (ed448Scheme) order() []byte {
	order := goldilocks.Curve{}.Order()
	slices.Reverse(order[:])
	return append([]byte{0}, order[:]...)
}

func (ed448Scheme) decode(public []byte) error {
	if len(public) != ed448.PublicKeySize {
		return fmt.Errorf("Ed448 public keys have %d", ed448.PublicKeySize)
	}
	_, err := goldilocks.FromBytes(public)
	return err
}

func (ed448Scheme) valid(public, message, signature []byte) bool {
	return ed448.Verify(public, message, signature, "")
}

// eddsaMismatch says why a signature was refused: R and S take size bytes each,
// and S is below the order (RFC 8032, Sections 5.1.7 and 5.2.7).
func eddsaMismatch(signature []byte, size int, order []byte) error {
	if len(signature) != 2*size {
		return rule.Errorf("rfc9420-5.1.2-04", "EdDSA signature of %d bytes, not %d", len(signature), 2*size)
	}
	s := slices.Clone(signature[size:])
	slices.Reverse(s)
	if bytes.Compare(s, order) >= 0 {
		return rule.Errorf("rfc9420-5.1.2-04", "S of an EdDSA signature is not below the group order")
	}
	return errSignature
}
