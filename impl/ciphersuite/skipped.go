package ciphersuite

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"math/big"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// What is here runs only in test builds that take a check out (rule.Skipped)
// where a library has the same check and would go on refusing: each function
// does what a library without the check does.

// fit returns the first n bytes of b, with zeros behind where b is shorter: what
// copying into a buffer of fixed size does.
func fit(b []byte, n int) []byte {
	fitted := make([]byte, n)
	copy(fitted, b)
	return fitted
}

// commonLength cuts the longer of two values.
func commonLength(a, b []byte) (_, _ []byte) {
	n := min(len(a), len(b))
	return a[:n], b[:n]
}

// unverified decrypts without a look at the tag: both AEADs add a key stream, so
// that encrypting again takes it off.
func unverified(c cipher.AEAD, nonce, ciphertext []byte) []byte {
	body := ciphertext[:max(0, len(ciphertext)-aeadTagSize)]
	return c.Seal(nil, nonce, body, nil)[:len(body)]
}

// looseCipher takes keys and nonces of any length: AES has three sizes of keys,
// GCM takes any nonce, and ChaCha20 has a variant with a longer one.
func (a aead) looseCipher(key, nonce []byte) (cipher.AEAD, error) {
	if a.id != chaCha20Poly1305.id {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCMWithNonceSize(block, len(nonce))
	}
	key = fit(key, chacha20poly1305.KeySize)
	if len(nonce) == chacha20poly1305.NonceSizeX {
		return chacha20poly1305.NewX(key)
	}
	c, err := chacha20poly1305.New(key)
	return fittingAEAD{c}, err
}

// A fittingAEAD makes every nonce fit.
type fittingAEAD struct{ cipher.AEAD }

func (f fittingAEAD) Seal(dst, nonce, plaintext, aad []byte) []byte {
	return f.AEAD.Seal(dst, fit(nonce, f.NonceSize()), plaintext, aad)
}

func (f fittingAEAD) Open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	return f.AEAD.Open(dst, fit(nonce, f.NonceSize()), ciphertext, aad)
}

// looseExchange is DH with a public key that exchange refused. Where there is no
// other way to read the key, or no result, that is all-zero: the buffer that an
// exchange leaves behind when its error is overlooked.
func (p *hpke) looseExchange(key groupKey, public []byte) []byte {
	if dh, err := key.exchange(p.loosePoint(public)); err == nil {
		return dh
	}
	return make([]byte, p.privateSize())
}

func (g nistGroup) loosePoint(public []byte) []byte {
	for _, e := range []ecdsaScheme{ecdsaP256, ecdsaP384, ecdsaP521} {
		if e.scalarSize() == g.size {
			return e.loosePoint(public)
		}
	}
	return nil
}

func (g *montgomeryGroup) loosePoint(public []byte) []byte { return fit(public, g.size) }

// loosePoint returns the uncompressed form of a point that is compressed, has
// other bytes in front than 0x04 or none, is too short or too long, or has
// coordinates beyond the prime.
func (e ecdsaScheme) loosePoint(point []byte) []byte {
	size, prime := e.scalarSize(), e.curve.Params().P
	if len(point) == 1+size {
		if x, y := elliptic.UnmarshalCompressed(e.curve, point); x != nil {
			return uncompressed(x, y, size)
		}
	}
	if len(point) == 2*size && point[0] != 4 {
		point = append([]byte{4}, point...)
	}
	point = fit(point, 1+2*size)
	x, y := new(big.Int).SetBytes(point[1:1+size]), new(big.Int).SetBytes(point[1+size:])
	return uncompressed(x.Mod(x, prime), y.Mod(y, prime), size)
}

func uncompressed(x, y *big.Int, size int) []byte {
	return slices.Concat([]byte{4}, x.FillBytes(make([]byte, size)), y.FillBytes(make([]byte, size)))
}

// looseKey is nil where there is no other way to read the key.
func (e ecdsaScheme) looseKey(public []byte) *ecdsa.PublicKey {
	key, err := ecdsa.ParseUncompressedPublicKey(e.curve, e.loosePoint(public))
	if err != nil {
		return nil
	}
	return key
}

// looseSignature returns as DER what has two numbers side by side, or other tags
// in front of them. It is nil for what has no two numbers.
func (e ecdsaScheme) looseSignature(signature []byte) []byte {
	size := e.scalarSize()
	if isDER(signature) || len(signature) != 2*size && isBER(signature) {
		return signature
	}
	_, pair, ok := readPair(signature)
	if len(signature) == 2*size {
		pair, ok = [2]cryptobyte.String{signature[:size], signature[size:]}, true
	}
	if !ok {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range pair {
			b.AddASN1BigInt(new(big.Int).SetBytes(n))
		}
	})
	return b.BytesOrPanic()
}

// looseEdDSA returns a signature of twice size bytes with S below the order,
// given in big-endian order.
func looseEdDSA(signature []byte, size int, order []byte) []byte {
	fitted := fit(signature, 2*size)
	s := fitted[size:]
	slices.Reverse(s)
	if bytes.Compare(s, order) >= 0 {
		n := new(big.Int).SetBytes(s)
		n.Mod(n, new(big.Int).SetBytes(order)).FillBytes(s)
	}
	slices.Reverse(s)
	return fitted
}

// looseScheme verifies with the scheme that the length of the key points to,
// where that is another one than the suite's.
func (s *Suite) looseScheme(public, message, signature []byte) bool {
	var scheme signatureScheme
	switch len(public) {
	case 32:
		scheme = ed25519Scheme{}
	case 57:
		scheme = ed448Scheme{}
	case 65:
		scheme = ecdsaP256
	case 97:
		scheme = ecdsaP384
	case 133:
		scheme = ecdsaP521
	}
	return scheme != nil && scheme != s.signature && scheme.verify(public, message, signature) == nil
}
