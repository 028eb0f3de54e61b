package main

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
)

// A point is a public key that is special, as recipient's key or as kem_output.
type point struct {
	what    string
	comment string // in which role it is special stands in front
	encoded []byte

	// Whoever reads a malformed one all the same takes it for the public key of
	// private. Where that is nil, there is nothing to read, or only what a buffer
	// of fixed size cuts off, for which nobody has the private key.
	private []byte
	cut     []byte
}

// malformedKEMKeys are no public keys of the KEM (RFC 9180, Section 7.1.1).
func (s *suite) malformedKEMKeys() []point {
	key := s.kemKey("malformed")
	short := s.kemKeyWhere("short", func(public []byte) bool { return public[len(public)-1] == 0 })
	points := []point{
		{what: "empty", comment: "there are no bytes at all."},
		{what: "short", comment: "the last byte is missing, a zero, which a buffer of fixed size would bring back.", encoded: without(short.public, 1), private: short.private},
		{what: "long", comment: "there is a byte too much behind a right key.", encoded: with(key.public, 0), private: key.private},
	}
	if s.twin != 0 {
		return points[1:2] // the KEM is that of another suite
	}
	if s.signature == nil {
		p256 := must(ecdh.P256().NewPrivateKey(s.bytes("P-256", 32))).PublicKey().Bytes()
		return append(points, point{what: "other-kem", comment: "it is a public key of P-256, the curve of another suite.", encoded: p256, cut: p256[:s.scalar]})
	}
	return append(points, nistPoints(s.signature, key)...)
}

// nistPoints are encodings that are not uncompressed points of the curve (SEC 1,
// Sections 2.3.3 and 2.3.4). The key is one whose public key can be read in some.
func nistPoints(curve elliptic.Curve, key keyPair) []point {
	size := len(key.public) / 2
	x, prime := key.public[1:1+size], curve.Params().P
	points := []point{
		{what: "compressed", comment: "it is the compressed form of a right key, with 0x02 or 0x03 in front.", encoded: compressed(curve, key.public), private: key.private},
		{what: "hybrid", comment: "it is the hybrid form of a right key, with 0x06 or 0x07 in front.", encoded: with([]byte{6 | key.public[2*size]&1}, key.public[1:]...), private: key.private},
		{what: "bare", comment: "it is a right key without its first byte, 0x04.", encoded: key.public[1:], private: key.private},
		{what: "infinity", comment: "it is the point at infinity, which is encoded as 0x00.", encoded: []byte{0}},
		{what: "zero", comment: "both coordinates are zero, which is no point of the curve.", encoded: with([]byte{4}, make([]byte, 2*size)...)},
		{what: "off-curve", comment: "the last bit of y is another one, so that the point is on another curve, which can have small subgroups.", encoded: changed(key.public, -1)},
	}
	// Only for P-521 is there room for the sum in as many bytes.
	if sum := new(big.Int).Add(new(big.Int).SetBytes(x), prime); len(sum.Bytes()) <= size {
		beyond := slices.Concat([]byte{4}, sum.FillBytes(make([]byte, size)), key.public[1+size:])
		points = append(points, point{what: "beyond-prime", comment: "the prime was added to x, which is then no element of the field.", encoded: beyond, private: key.private})
	}
	return points
}

// montgomery has the parameters of RFC 7748, Sections 4.1 and 4.2.
type montgomery struct {
	prime *big.Int
	a     int64
	size  int
}

func (s *suite) montgomery() montgomery {
	power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	if s.curve != nil {
		return montgomery{power(255).Sub(power(255), big.NewInt(19)), 486662, 32}
	}
	prime := power(448)
	return montgomery{prime.Sub(prime, power(224)).Sub(prime, big.NewInt(1)), 156326, 56}
}

func littleEndian(n *big.Int, size int) []byte {
	b := n.FillBytes(make([]byte, size))
	slices.Reverse(b)
	return b
}

// aroundPrime encodes the prime plus n.
func (m montgomery) aroundPrime(n int64) []byte {
	return littleEndian(new(big.Int).Add(m.prime, big.NewInt(n)), m.size)
}

// onTwist reports whether no point of the curve has the coordinate u, only one
// of its twist.
func (m montgomery) onTwist(u []byte) bool {
	le := slices.Clone(u)
	slices.Reverse(le)
	n := new(big.Int).SetBytes(le)
	// u^3 + A u^2 + u = ((u + A) u + 1) u
	right := new(big.Int).Add(n, big.NewInt(m.a))
	right.Mul(right, n).Add(right, big.NewInt(1)).Mul(right, n)
	return big.Jacobi(right.Mod(right, m.prime), m.prime) == -1
}

// lowOrderKeys are all coordinates of points whose order divides the cofactor, on
// the curve and on its twist, in the forms that fit. Each gives the all-zero
// shared secret, which RFC 9180, Section 7.1.4, has both sides refuse.
func (s *suite) lowOrderKeys() []point {
	if s.signature != nil {
		return nil
	}
	m := s.montgomery()
	small := func(n int64) []byte { return littleEndian(big.NewInt(n), m.size) }
	points := []point{
		{what: "low-order-0", comment: "the coordinate 0, a point of order 2: the shared secret is all-zero.", encoded: small(0)},
		{what: "low-order-1", comment: "the coordinate 1, a point of order 4: the shared secret is all-zero.", encoded: small(1)},
		{what: "low-order-minus-1", comment: "the coordinate p-1, a point of order 4: the shared secret is all-zero.", encoded: m.aroundPrime(-1)},
		{what: "low-order-p", comment: "the coordinate p, which is not canonical for 0: the shared secret is all-zero.", encoded: m.aroundPrime(0)},
		{what: "low-order-p-plus-1", comment: "the coordinate p+1, which is not canonical for 1: the shared secret is all-zero.", encoded: m.aroundPrime(1)},
	}
	if s.curve != nil {
		points = append(points,
			point{what: "low-order-8", comment: "a coordinate of points of order 8: the shared secret is all-zero.",
				encoded: must(hex.DecodeString("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"))},
			point{what: "low-order-8-other", comment: "the other coordinate of points of order 8: the shared secret is all-zero.",
				encoded: must(hex.DecodeString("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"))},
			point{what: "low-order-high-bit", comment: "the coordinate 0 with the unused bit set, which is masked: the shared secret is all-zero.",
				encoded: with(small(0)[1:], 0x80)},
		)
	}
	for _, p := range points {
		if s.exchange(s.bytes("low order", s.scalar), p.encoded) != nil {
			check(fmt.Errorf("%s: a point of higher order", p.what))
		}
	}
	if s.twin != 0 {
		return points[:1]
	}
	return points
}

// oddKeys are right in spite of their looks (RFC 7748, Section 5).
func (s *suite) oddKeys() []point {
	if s.signature != nil {
		return nil
	}
	m := s.montgomery()
	twist := s.bytes("twist", m.size)
	for name := "twist"; !m.onTwist(twist); name += "+" {
		twist = s.bytes(name, m.size)
		twist[m.size-1] &= 0x7f
	}
	points := []point{
		{what: "beyond-prime", comment: "the coordinate is not below the prime, and is taken modulo it (RFC 7748, Section 5).", encoded: m.aroundPrime(9)},
		{what: "all-ones", comment: "all bits are set, the largest coordinate that is not canonical and taken modulo the prime (RFC 7748, Section 5).", encoded: bytes.Repeat([]byte{0xff}, m.size)},
		{what: "twist", comment: "the coordinate is that of a point of the twist, which RFC 7748, Section 5, takes like any other.", encoded: twist},
	}
	if s.curve != nil {
		high := s.kemKey("high bit").public
		high[31] |= 0x80
		points = append(points, point{what: "high-bit", comment: "the highest bit, which coordinates do not use, is set and has to be masked (RFC 7748, Section 5).", encoded: high})
	}
	return points
}
