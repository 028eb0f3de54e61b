// Package ciphersuite implements the seven cipher suites of RFC 9420,
// Section 17.1, and the labelled functions that MLS builds from them
// (Sections 5.1.2, 5.1.3, 5.2, 8 and 9).
//
// Curves, signatures, AEADs and hashes come from the standard library,
// golang.org/x/crypto and circl. HPKE (RFC 9180) is composed of them: crypto/hpke
// has no X448 and draws ephemeral keys of its own, circl's hpke derives key
// pairs from inputs of one length only, and both allocate more. The tests compare
// this package with both.
//
// Randomness comes only from the readers that callers give, and the same bytes
// give the same result.
package ciphersuite

import (
	"crypto"
	"crypto/cipher"
	_ "crypto/sha256" // crypto.Hash finds its functions only in programs that have them
	_ "crypto/sha512"
	"hash"
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Suite is one of the cipher suites of RFC 9420, Section 17.1. There is one
// value of each, so pointers can be compared. All methods may be used by many
// goroutines at once.
type Suite struct {
	id        codepoint.CipherSuite
	hash      crypto.Hash
	aead      aead
	hpke      hpke
	signature signatureScheme
}

// An aead is an AEAD algorithm of the HPKE registry (RFC 9180, Section 7.3).
type aead struct {
	id      uint16
	keySize int
	new     func(key []byte) (cipher.AEAD, error)
}

// A signatureScheme is the signature algorithm of a suite. Its keys and
// signatures have the forms of RFC 9420, Sections 5.1.1 and 5.1.2.
type signatureScheme interface {
	generateKey(rand io.Reader) (*SignatureKey, error)
	parseKey(private []byte) (*SignatureKey, error)
	checkPublicKey(public []byte) error
	verify(public, message, signature []byte) error
}

func newSuite(id codepoint.CipherSuite, h crypto.Hash, g group, a aead, s signatureScheme) *Suite {
	return &Suite{id: id, hash: h, aead: a, hpke: newHPKE(g, h, a), signature: s}
}

var suites = []*Suite{
	newSuite(codepoint.X25519AES128GCMSHA256Ed25519, crypto.SHA256, curve25519, aes128GCM, ed25519Scheme{}),
	newSuite(codepoint.P256AES128GCMSHA256P256, crypto.SHA256, p256, aes128GCM, ecdsaP256),
	newSuite(codepoint.X25519ChaCha20Poly1305SHA256Ed25519, crypto.SHA256, curve25519, chaCha20Poly1305, ed25519Scheme{}),
	newSuite(codepoint.X448AES256GCMSHA512Ed448, crypto.SHA512, curve448, aes256GCM, ed448Scheme{}),
	newSuite(codepoint.P521AES256GCMSHA512P521, crypto.SHA512, p521, aes256GCM, ecdsaP521),
	newSuite(codepoint.X448ChaCha20Poly1305SHA512Ed448, crypto.SHA512, curve448, chaCha20Poly1305, ed448Scheme{}),
	newSuite(codepoint.P384AES256GCMSHA384P384, crypto.SHA384, p384, aes256GCM, ecdsaP384),
}

// All returns the suites in the order of their numbers.
func All() []*Suite { return slices.Clone(suites) }

// Lookup returns the suite with the given number (RFC 9420, Section 17.1).
func Lookup(id codepoint.CipherSuite) (*Suite, error) {
	if id < 1 || int(id) > len(suites) {
		return nil, rule.Errorf("rfc9420-17.1-03", "unknown cipher suite %v", id)
	}
	return suites[id-1], nil
}

// ID returns the suite's number in the registry.
func (s *Suite) ID() codepoint.CipherSuite { return s.id }

// String returns the suite's name in the registry.
func (s *Suite) String() string { return s.id.String() }

// HashSize returns KDF.Nh, in bytes: the length of a hash, of a MAC and of the
// secrets of the key schedule.
func (s *Suite) HashSize() int { return s.hash.Size() }

// KeySize returns AEAD.Nk, in bytes.
func (s *Suite) KeySize() int { return s.aead.keySize }

// NonceSize returns AEAD.Nn, in bytes.
func (s *Suite) NonceSize() int { return aeadNonceSize }

// Overhead returns the number of bytes by which a ciphertext is longer than its
// plaintext.
func (s *Suite) Overhead() int { return aeadTagSize }

// NewHash returns a new instance of the suite's hash function.
func (s *Suite) NewHash() hash.Hash { return s.hash.New() }
