package ciphersuite

import (
	"crypto/aes"
	"crypto/cipher"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// All AEADs of the seven suites have these two sizes (RFC 9180, Section 7.3).
const (
	aeadNonceSize = 12
	aeadTagSize   = 16
)

var (
	aes128GCM        = aead{id: 0x0001, keySize: 16, new: newGCM}
	aes256GCM        = aead{id: 0x0002, keySize: 32, new: newGCM}
	chaCha20Poly1305 = aead{id: 0x0003, keySize: 32, new: chacha20poly1305.New}
)

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts plaintext with the suite's AEAD.
func (s *Suite) Seal(key, nonce, aad, plaintext []byte) ([]byte, error) {
	return s.aead.seal(key, nonce, aad, plaintext)
}

// Open decrypts ciphertext with the suite's AEAD.
func (s *Suite) Open(key, nonce, aad, ciphertext []byte) ([]byte, error) {
	return s.aead.open(key, nonce, aad, ciphertext, "rfc9420-6.3-02")
}

func (a aead) seal(key, nonce, aad, plaintext []byte) ([]byte, error) {
	c, err := a.cipher(key, nonce)
	if err != nil {
		return nil, err
	}
	return c.Seal(nil, nonce, plaintext, aad), nil
}

// open names the requirement that asks for the check of the tag, for test
// builds. The error does not: callers know what they open.
func (a aead) open(key, nonce, aad, ciphertext []byte, tagged rule.ID) ([]byte, error) {
	c, err := a.cipher(key, nonce)
	if err != nil {
		return nil, err
	}
	plaintext, err := c.Open(nil, nonce, ciphertext, aad)
	if err != nil && rule.Skipped(tagged) {
		return unverified(c, nonce, ciphertext), nil
	}
	return plaintext, err
}

// cipher checks both lengths: the libraries panic on a nonce of another length,
// and AES would take a key of another AEAD.
func (a aead) cipher(key, nonce []byte) (cipher.AEAD, error) {
	if rule.Skipped("rfc9420-17.1-02") {
		return a.looseCipher(key, nonce)
	}
	if len(key) != a.keySize {
		return nil, rule.Errorf("rfc9420-17.1-02", "key of %d bytes, the AEAD takes %d", len(key), a.keySize)
	}
	if len(nonce) != aeadNonceSize {
		return nil, rule.Errorf("rfc9420-17.1-02", "nonce of %d bytes, the AEAD takes %d", len(nonce), aeadNonceSize)
	}
	return a.new(key)
}
