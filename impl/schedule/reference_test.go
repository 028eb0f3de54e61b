package schedule_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// A reference holds the formulas of RFC 9420, Sections 8 and 9, written down on
// crypto/hkdf alone, so that the tests do not lean on what they test.
type reference struct {
	hash           func() hash.Hash
	nh, key, nonce int
}

// references gives the KDF and the AEAD sizes by hand (RFC 9420, Section 17.1).
var references = map[codepoint.CipherSuite]reference{
	1: {sha256.New, 32, 16, 12},
	2: {sha256.New, 32, 16, 12},
	3: {sha256.New, 32, 32, 12},
	4: {sha512.New, 64, 32, 12},
	5: {sha512.New, 64, 32, 12},
	6: {sha512.New, 64, 32, 12},
	7: {sha512.New384, 48, 32, 12},
}

// eachSuite runs a test for every suite.
func eachSuite(t *testing.T, test func(*testing.T, *ciphersuite.Suite, reference)) {
	for _, suite := range ciphersuite.All() {
		t.Run(suite.String(), func(t *testing.T) { test(t, suite, references[suite.ID()]) })
	}
}

// suite1 is the suite of the tests that need no other.
func suite1(t testing.TB) (*ciphersuite.Suite, reference) {
	t.Helper()
	suite, err := ciphersuite.Lookup(1)
	if err != nil {
		t.Fatal(err)
	}
	return suite, references[1]
}

// secret makes a value of n bytes that a name tells from others.
func secret(name string, n int) ciphersuite.Secret {
	out := make([]byte, n)
	x := sha3.NewSHAKE128()
	x.Write([]byte(name))
	x.Read(out)
	return out
}

// opaque writes a vector shorter than 2^14 bytes.
func opaque(v []byte) []byte {
	if len(v) < 64 {
		return append([]byte{byte(len(v))}, v...)
	}
	return append(binary.BigEndian.AppendUint16(nil, 0x4000|uint16(len(v))), v...)
}

func (r reference) extract(salt, ikm []byte) []byte {
	out, err := hkdf.Extract(r.hash, ikm, salt)
	if err != nil {
		panic(err)
	}
	return out
}

func (r reference) expand(secret []byte, label string, context []byte, length int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = append(info, opaque([]byte("MLS 1.0 "+label))...)
	info = append(info, opaque(context)...)
	out, err := hkdf.Expand(r.hash, secret, string(info), length)
	if err != nil {
		panic(err)
	}
	return out
}

func (r reference) derive(secret []byte, label string) []byte {
	return r.expand(secret, label, nil, r.nh)
}

func (r reference) digest(parts ...[]byte) []byte {
	h := r.hash()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// child derives the secret of a node's child: side is "left" or "right".
func (r reference) child(secret []byte, side string) []byte {
	return r.expand(secret, "tree", []byte(side), r.nh)
}

// A chain is a ratchet whose every generation stays known.
type chain struct {
	reference
	root []byte
}

// at returns the ratchet secret, the key and the nonce of a generation.
func (c chain) at(generation uint32) (secret, key, nonce []byte) {
	secret = c.root
	for j := range generation {
		secret = c.expand(secret, "secret", binary.BigEndian.AppendUint32(nil, j), c.nh)
	}
	key, nonce = c.keyNonce(secret, generation)
	return secret, key, nonce
}

func (r reference) keyNonce(secret []byte, generation uint32) (key, nonce []byte) {
	context := binary.BigEndian.AppendUint32(nil, generation)
	return r.expand(secret, "key", context, r.key), r.expand(secret, "nonce", context, r.nonce)
}

// chains returns both ratchets of a leaf in a tree of 2^height leaves.
func (r reference) chains(root []byte, height int, leaf uint32) (handshake, application chain) {
	for bit := height - 1; bit >= 0; bit-- {
		root = r.child(root, [...]string{"left", "right"}[leaf>>bit&1])
	}
	return chain{r, r.derive(root, "handshake")}, chain{r, r.derive(root, "application")}
}

func wantBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s = %x, want %x", what, got, want)
	}
}
