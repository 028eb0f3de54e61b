package main

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha3"
	"encoding/hex"
	"math/big"
	"slices"

	"filippo.io/edwards25519"
	"github.com/cloudflare/circl/ecc/goldilocks"
	"github.com/cloudflare/circl/sign/ed448"
)

// A torsionPoint is one whose order divides the cofactor.
type torsionPoint struct {
	name    string
	encoded []byte
}

// An edCurve is one of the curves of RFC 8032, for signatures that the libraries
// do not make.
type edCurve struct {
	size    int // of encoded points, and of R and S
	order   *big.Int
	torsion []torsionPoint
	// strange are encodings of two of them that Sections 5.1.3 and 5.2.3 refuse.
	strange []torsionPoint
	// multiple returns k times the base point, plus a torsion point if there is one.
	multiple func(k *big.Int, torsion []byte) []byte
	decodes  func(encoded []byte) bool
	// challenge is the number k of Sections 5.1.7 and 5.2.7, before it is reduced.
	challenge func(r, public, message []byte) *big.Int
}

func (s *suite) edCurve() *edCurve {
	if s.curve != nil {
		return newEd25519()
	}
	return newEd448()
}

func newEd25519() *edCurve {
	order, _ := new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	y := func(n *big.Int) []byte { return littleEndian(n, 32) }
	at := func(n int64) []byte { return y(new(big.Int).Add(prime, big.NewInt(n))) }
	negative := func(b []byte) []byte { return with(without(b, 1), b[31]|0x80) }
	return &edCurve{
		size:  32,
		order: order,
		torsion: []torsionPoint{
			{"identity", y(big.NewInt(1))},
			{"order-2", at(-1)},
			{"order-4", y(new(big.Int))},
			{"order-8", must(hex.DecodeString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))},
		},
		strange: []torsionPoint{
			{"y-beyond-prime", at(1)},
			{"negative-zero", negative(y(big.NewInt(1)))},
		},
		multiple: func(k *big.Int, torsion []byte) []byte {
			scalar := must(edwards25519.NewScalar().SetCanonicalBytes(littleEndian(new(big.Int).Mod(k, order), 32)))
			p := new(edwards25519.Point).ScalarBaseMult(scalar)
			if torsion != nil {
				p.Add(p, must(new(edwards25519.Point).SetBytes(torsion)))
			}
			return p.Bytes()
		},
		decodes: func(encoded []byte) bool {
			_, err := new(edwards25519.Point).SetBytes(encoded)
			return err == nil
		},
		challenge: func(r, public, message []byte) *big.Int {
			return fromLittleEndian(digest(crypto.SHA512, slices.Concat(r, public, message)))
		},
	}
}

func newEd448() *edCurve {
	order, _ := new(big.Int).SetString("3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3", 16)
	prime := new(big.Int).Lsh(big.NewInt(1), 448)
	prime.Sub(prime, new(big.Int).Lsh(big.NewInt(1), 224)).Sub(prime, big.NewInt(1))
	y := func(n *big.Int) []byte { return littleEndian(n, 57) }
	at := func(n int64) []byte { return y(new(big.Int).Add(prime, big.NewInt(n))) }
	return &edCurve{
		size:  57,
		order: order,
		torsion: []torsionPoint{
			{"identity", y(big.NewInt(1))},
			{"order-2", at(-1)},
			{"order-4", y(new(big.Int))},
		},
		strange: []torsionPoint{
			{"y-beyond-prime", at(1)},
			{"negative-zero", with(y(big.NewInt(1))[:56], 0x80)},
		},
		multiple: func(k *big.Int, torsion []byte) []byte {
			curve, scalar := goldilocks.Curve{}, new(goldilocks.Scalar)
			scalar.FromBytes(littleEndian(new(big.Int).Mod(k, order), 56))
			p := curve.ScalarBaseMult(scalar)
			if torsion != nil {
				p = curve.Add(p, must(goldilocks.FromBytes(torsion)))
			}
			return must(p.MarshalBinary())
		},
		decodes: func(encoded []byte) bool {
			_, err := goldilocks.FromBytes(encoded)
			return err == nil
		},
		challenge: func(r, public, message []byte) *big.Int {
			dom4 := []byte("SigEd448\x00\x00") // no prehash, empty context
			return fromLittleEndian(sha3.SumSHAKE256(slices.Concat(dom4, r, public, message), 114))
		},
	}
}

func fromLittleEndian(b []byte) *big.Int {
	be := slices.Clone(b)
	slices.Reverse(be)
	return new(big.Int).SetBytes(be)
}

// signature puts R and S together.
func (c *edCurve) signature(r []byte, s *big.Int) []byte {
	return slices.Concat(r, littleEndian(s, c.size))
}

// multipleOf8 reports whether a challenge is a multiple of every cofactor,
// whether or not it is reduced first: such a multiple of a torsion point is the
// identity.
func (c *edCurve) multipleOf8(challenge *big.Int) bool {
	eight := big.NewInt(8)
	reduced := new(big.Int).Mod(challenge, c.order)
	return reduced.Mod(reduced, eight).Sign() == 0 && new(big.Int).Mod(challenge, eight).Sign() == 0
}

// An edKey is a private key of the libraries, with all they can do.
type edKey struct {
	signer
	prehash func(message []byte) []byte
	context func(message []byte) []byte
}

func (s *suite) edKey(name string) edKey {
	if s.curve == nil {
		key := ed448.NewKeyFromSeed(s.bytes(name, ed448.SeedSize))
		return edKey{
			signer:  signer{key.Public().(ed448.PublicKey), func(m []byte) []byte { return ed448.Sign(key, m, "") }},
			prehash: func(m []byte) []byte { return ed448.SignPh(key, m, "") },
			context: func(m []byte) []byte { return ed448.Sign(key, m, "MLS 1.0") },
		}
	}
	key := ed25519.NewKeyFromSeed(s.bytes(name, ed25519.SeedSize))
	return edKey{
		signer: signer{key.Public().(ed25519.PublicKey), func(m []byte) []byte { return ed25519.Sign(key, m) }},
		prehash: func(m []byte) []byte {
			return must(key.Sign(nil, digest(crypto.SHA512, m), &ed25519.Options{Hash: crypto.SHA512}))
		},
		context: func(m []byte) []byte { return must(key.Sign(nil, m, &ed25519.Options{Context: "MLS 1.0"})) },
	}
}

// edKeyWhere returns the first key whose public key ends as wanted.
func (s *suite) edKeyWhere(name string, last byte) edKey {
	for {
		if k := s.edKey(name); bytes.HasSuffix(k.public, []byte{last}) {
			return k
		}
		name += "+"
	}
}
