package main

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// A suite names the algorithms of a cipher suite as the registries do (RFC 9420,
// Section 17.1; RFC 9180, Section 7). Nothing of it comes from impl.
type suite struct {
	number    uint16
	kem       uint16
	kdf       uint16
	aead      uint16
	hash      crypto.Hash
	keySize   int        // Nk
	scalar    int        // Nsk, and the length of a shared secret
	curve     ecdh.Curve // nil for X448
	signature elliptic.Curve
	layouts   bool   // has the claims about encodings that are the same in all suites: one suite for each hash
	twin      uint16 // the suite before that differs from this one in the AEAD only
}

const (
	aes128GCM        = 1
	aes256GCM        = 2
	chaCha20Poly1305 = 3
)

func suites() []*suite {
	return []*suite{
		{number: 1, kem: 0x0020, kdf: 1, aead: aes128GCM, hash: crypto.SHA256, keySize: 16, scalar: 32, curve: ecdh.X25519(), layouts: true},
		{number: 2, kem: 0x0010, kdf: 1, aead: aes128GCM, hash: crypto.SHA256, keySize: 16, scalar: 32, curve: ecdh.P256(), signature: elliptic.P256()},
		{number: 3, kem: 0x0020, kdf: 1, aead: chaCha20Poly1305, hash: crypto.SHA256, keySize: 32, scalar: 32, curve: ecdh.X25519(), twin: 1},
		{number: 4, kem: 0x0021, kdf: 3, aead: aes256GCM, hash: crypto.SHA512, keySize: 32, scalar: 56, layouts: true},
		{number: 5, kem: 0x0012, kdf: 3, aead: aes256GCM, hash: crypto.SHA512, keySize: 32, scalar: 66, curve: ecdh.P521(), signature: elliptic.P521()},
		{number: 6, kem: 0x0021, kdf: 3, aead: chaCha20Poly1305, hash: crypto.SHA512, keySize: 32, scalar: 56, twin: 4},
		{number: 7, kem: 0x0011, kdf: 2, aead: aes256GCM, hash: crypto.SHA384, keySize: 32, scalar: 48, curve: ecdh.P384(), signature: elliptic.P384(), layouts: true},
	}
}

// bytes returns n random bytes that the name decides, others for each suite.
func (s *suite) bytes(name string, n int) []byte {
	return newMaker(fmt.Sprintf("ciphersuite/suite%d/%s", s.number, name), nil).bytes(n)
}

// digest hashes data with h.
func digest(h crypto.Hash, data []byte) []byte {
	d := h.New()
	d.Write(data)
	return d.Sum(nil)
}

func mac(h crypto.Hash, key, data []byte) []byte {
	m := hmac.New(h.New, key)
	m.Write(data)
	return m.Sum(nil)
}

// extract is HKDF-Extract.
func (s *suite) extract(salt, ikm []byte) []byte { return must(hkdf.Extract(s.hash.New, ikm, salt)) }

// expand is HKDF-Expand, of up to 255 blocks.
func (s *suite) expand(prk, info []byte, length int) []byte {
	return must(hkdf.Expand(s.hash.New, prk, string(info), length))
}

// seal encrypts with the AEAD of the given number.
func seal(aead uint16, key, nonce, aad, plaintext []byte) []byte {
	return newAEAD(aead, key, len(nonce)).Seal(nil, nonce, plaintext, aad)
}

// newAEAD takes what the libraries take: keys of all three sizes for AES, nonces
// of any size for GCM, and 24 bytes for XChaCha20-Poly1305.
func newAEAD(aead uint16, key []byte, nonceSize int) cipher.AEAD {
	switch {
	case aead != chaCha20Poly1305:
		return must(cipher.NewGCMWithNonceSize(must(aes.NewCipher(key)), nonceSize))
	case nonceSize == chacha20poly1305.NonceSizeX:
		return must(chacha20poly1305.NewX(key))
	default:
		return must(chacha20poly1305.New(key))
	}
}

// vector is a vector of variable size, its length in the shortest form (RFC 9420,
// Section 2.1.2).
func vector[B ~string | ~[]byte](content B) []byte {
	return append(header(len(content)), content...)
}

func header(n int) []byte {
	switch {
	case n < 1<<6:
		return []byte{byte(n)}
	case n < 1<<14:
		return binary.BigEndian.AppendUint16(nil, 1<<14|uint16(n))
	default:
		return binary.BigEndian.AppendUint32(nil, 2<<30|uint32(n))
	}
}

// longVector has its length in four bytes, which is one of the two longer forms
// that Section 2.1.2 forbids.
func longVector(content []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, 2<<30|uint32(len(content))), content...)
}

// labelled is a label and a content as they follow each other in SignContent,
// EncryptContext, RefHashInput and KDFLabel (Sections 5.1.2, 5.1.3, 5.2 and 8).
func labelled(label string, content []byte) []byte {
	return slices.Concat(vector(label), vector(content))
}

// tlsLabelled is the same with the length fields that drafts of MLS took from
// TLS: one byte for the label, four for the content.
func tlsLabelled(label string, content []byte) []byte {
	return slices.Concat([]byte{byte(len(label))}, []byte(label),
		binary.BigEndian.AppendUint32(nil, uint32(len(content))), content)
}

// kdfLabel is the KDFLabel of Section 8.
func kdfLabel(length uint16, label string, context []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, length), labelled(label, context)...)
}

// expandWithLabel is the function of Section 8, for a label that is complete.
func (s *suite) expandWithLabel(secret []byte, label string, context []byte, length int) []byte {
	return s.expand(secret, kdfLabel(uint16(length), label, context), length)
}

// protocol begins every label that Sections 5.1.2, 5.1.3 and 8 build. Drafts of
// MLS had "mls10 " there, and TLS 1.3 has "tls13 " (RFC 8446, Section 7.1).
const protocol = "MLS 1.0 "
