package leaftest

import (
	"bytes"
	"crypto/elliptic"
	"math/big"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Signature is a right signature in another form, and the requirement which
// that form breaks; none, if it is as good as the first.
type Signature struct {
	Name   string
	Bytes  []byte
	Breaks rule.ID
}

// Curve returns the curve of the suite's signature scheme, nil for EdDSA.
func Curve(suite *ciphersuite.Suite) elliptic.Curve {
	switch suite.ID() {
	case codepoint.P256AES128GCMSHA256P256:
		return elliptic.P256()
	case codepoint.P384AES256GCMSHA384P384:
		return elliptic.P384()
	case codepoint.P521AES256GCMSHA512P521:
		return elliptic.P521()
	}
	return nil
}

// Forms returns other forms of a right signature (RFC 9420, Section 5.1.2).
func Forms(t testing.TB, suite *ciphersuite.Suite, signature []byte) []Signature {
	t.Helper()
	if curve := Curve(suite); curve != nil {
		return ecdsaForms(t, curve, signature)
	}
	return []Signature{
		{"one byte short", signature[:len(signature)-1], "rfc9420-5.1.2-04"},
		{"one byte long", append(slices.Clone(signature), 0), "rfc9420-5.1.2-04"},
		{"empty", nil, "rfc9420-5.1.2-04"},
		{"S plus the group order", addOrder(signature), "rfc9420-5.1.2-04"},
	}
}

// addOrder returns the signature R||S with the group order added to S, which is
// in little-endian order. The orders are those of RFC 8032, Sections 5.1 and 5.2.
func addOrder(signature []byte) []byte {
	size := len(signature) / 2
	order, decimal := new(big.Int), new(big.Int)
	if size == 32 {
		decimal.SetString("27742317777372353535851937790883648493", 10)
		order.Add(order.Lsh(big.NewInt(1), 252), decimal)
	} else {
		decimal.SetString("13818066809895115352007386748515426880336692474882178609894547503885", 10)
		order.Sub(order.Lsh(big.NewInt(1), 446), decimal)
	}
	s := slices.Clone(signature[size:])
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(make([]byte, size))
	slices.Reverse(sum)
	return slices.Concat(signature[:size], sum)
}

func ecdsaForms(t testing.TB, curve elliptic.Curve, signature []byte) []Signature {
	t.Helper()
	var r, s big.Int
	var body cryptobyte.String
	der := cryptobyte.String(signature)
	if !der.ReadASN1(&body, asn1.SEQUENCE) || !der.Empty() ||
		!body.ReadASN1Integer(&r) || !body.ReadASN1Integer(&s) || !body.Empty() {
		t.Fatalf("%x is no ECDSA signature", signature)
	}
	order := curve.Params().N
	size := (order.BitLen() + 7) / 8
	content := integers(&r, &s)
	header := signature[:len(signature)-len(content)]
	longForm := slices.Concat([]byte{0x30, 0x81, byte(len(content))}, content)
	if len(content) > 127 { // which already takes two bytes, so that three are loose
		longForm = slices.Concat([]byte{0x30, 0x82, 0, byte(len(content))}, content)
	}
	zeros := slices.Concat([]byte{0x02, content[1] + 1, 0}, content[2:])
	return []Signature{
		{"r and s without DER", slices.Concat(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))), "rfc9420-5.1.2-02"},
		{"empty", nil, "rfc9420-5.1.2-02"},
		{"length in the long form", longForm, "rfc9420-5.1.2-03"},
		{"a redundant zero before r", sequence(zeros), "rfc9420-5.1.2-03"},
		{"a byte behind the SEQUENCE", append(slices.Clone(signature), 0), "rfc9420-5.1.2-03"},
		{"a byte inside the SEQUENCE", sequence(append(slices.Clone(content), 0)), "rfc9420-5.1.2-03"},
		{"s taken from the group order", sequence(integers(&r, new(big.Int).Sub(order, &s))), ""},
		{"put together again", slices.Concat(header, content), ""},
	}
}

func integers(list ...*big.Int) []byte {
	var b cryptobyte.Builder
	for _, n := range list {
		b.AddASN1BigInt(n)
	}
	return b.BytesOrPanic()
}

func sequence(content []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	return b.BytesOrPanic()
}

// Flipped returns the signature with one bit flipped such that its form stays
// right: in R for EdDSA, in s for ECDSA.
func Flipped(suite *ciphersuite.Suite, signature []byte) []byte {
	flipped := bytes.Clone(signature)
	if Curve(suite) == nil {
		flipped[0] ^= 1
	} else {
		flipped[len(flipped)-1] ^= 1
	}
	return flipped
}
