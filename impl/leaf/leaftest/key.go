package leaftest

import (
	"bytes"
	"crypto/elliptic"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// A Key is a public key that is not in the form of its algorithm.
type Key struct {
	Name  string
	Bytes []byte
}

// EncryptionKeys returns HPKE public keys that the suite's KEM refuses
// (RFC 9420, Section 5.1.1), made from a right one.
func EncryptionKeys(t testing.TB, suite *ciphersuite.Suite, right []byte) []Key {
	t.Helper()
	keys := lengths(right)
	if curve := Curve(suite); curve != nil { // the KEM has the curve of the signatures
		keys = append(keys, points(t, curve, right)...)
	}
	return keys
}

// SignatureKeys returns signature public keys that the suite's scheme refuses
// (RFC 9420, Section 5.1.1), made from a right one.
func SignatureKeys(t testing.TB, suite *ciphersuite.Suite, right []byte) []Key {
	t.Helper()
	keys := lengths(right)
	if curve := Curve(suite); curve != nil {
		return append(keys, points(t, curve, right)...)
	}
	// Neither edwards25519 nor edwards448 has a point with y = 2.
	return append(keys, Key{"no point of the curve", append([]byte{2}, make([]byte, len(right)-1)...)})
}

func lengths(right []byte) []Key {
	return []Key{
		{"empty", nil},
		{"one byte short", right[:len(right)-1]},
		{"one byte long", append(bytes.Clone(right), 0)},
	}
}

func points(t testing.TB, curve elliptic.Curve, right []byte) []Key {
	t.Helper()
	off := bytes.Clone(right)
	off[len(off)-1] ^= 1 // another y for the same x: on the curve are only y and -y
	size := (len(right) - 1) / 2
	return []Key{
		{"off the curve", off},
		{"compressed", Compressed(right)},
		{"the point at infinity", []byte{0}},
		{"zeros", append([]byte{4}, make([]byte, 2*size)...)},
		{"a coordinate that is not reduced", slices.Concat([]byte{4}, bytes.Repeat([]byte{0xff}, size), right[1+size:])},
	}
}

// Compressed returns an uncompressed point in its short form.
func Compressed(point []byte) []byte {
	size := (len(point) - 1) / 2
	return append([]byte{2 + point[len(point)-1]&1}, point[1:1+size]...)
}

// Stranger returns a suite with other algorithms for keys.
func Stranger(t testing.TB, suite *ciphersuite.Suite) *ciphersuite.Suite {
	t.Helper()
	id := codepoint.P256AES128GCMSHA256P256
	if Curve(suite) != nil {
		id = codepoint.X25519AES128GCMSHA256Ed25519
	}
	other, err := ciphersuite.Lookup(id)
	if err != nil {
		t.Fatal(err)
	}
	return other
}
