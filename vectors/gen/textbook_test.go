package main

import (
	"crypto/elliptic"
	"math/big"
)

// What is here follows the formulas of the standards with numbers of any size,
// slowly, and shares no code with the libraries that make and judge the cases.

// ladder is the function X25519 or X448 (RFC 7748, Section 5).
func (m montgomery) ladder(private, u []byte) []byte {
	k := fromLittleEndian(private)
	if m.size == 32 {
		k.SetBit(k, 255, 0).SetBit(k, 254, 1)
		for i := range 3 {
			k.SetBit(k, i, 0)
		}
	} else {
		k.SetBit(k, 447, 1).SetBit(k, 0, 0).SetBit(k, 1, 0)
	}
	x1 := fromLittleEndian(u)
	if m.size == 32 {
		x1.SetBit(x1, 255, 0)
	}
	f := field{m.prime}
	a24 := big.NewInt((m.a - 2) / 4)
	x2, z2, x3, z3 := big.NewInt(1), new(big.Int), x1, big.NewInt(1)
	for t := k.BitLen() - 1; t >= 0; t-- {
		if k.Bit(t) == 1 {
			x2, z2, x3, z3 = x3, z3, x2, z2
		}
		a, b := f.add(x2, z2), f.sub(x2, z2)
		aa, bb := f.mul(a, a), f.mul(b, b)
		e := f.sub(aa, bb)
		da, cb := f.mul(f.sub(x3, z3), a), f.mul(f.add(x3, z3), b)
		sum, difference := f.add(da, cb), f.sub(da, cb)
		x3, z3 = f.mul(sum, sum), f.mul(x1, f.mul(difference, difference))
		x2, z2 = f.mul(aa, bb), f.mul(e, f.add(aa, f.mul(a24, e)))
		if k.Bit(t) == 1 {
			x2, z2, x3, z3 = x3, z3, x2, z2
		}
	}
	return littleEndian(f.div(x2, z2), m.size)
}

// A field is that of the numbers modulo a prime.
type field struct{ p *big.Int }

func (f field) reduce(n *big.Int) *big.Int { return n.Mod(n, f.p) }
func (f field) int(n int64) *big.Int       { return f.reduce(big.NewInt(n)) }
func (f field) add(a, b *big.Int) *big.Int { return f.reduce(new(big.Int).Add(a, b)) }
func (f field) sub(a, b *big.Int) *big.Int { return f.reduce(new(big.Int).Sub(a, b)) }
func (f field) mul(a, b *big.Int) *big.Int { return f.reduce(new(big.Int).Mul(a, b)) }
func (f field) root(a *big.Int) *big.Int   { return new(big.Int).ModSqrt(a, f.p) }

// div gives 0 for a divisor of 0, as RFC 7748 has it.
func (f field) div(a, b *big.Int) *big.Int {
	inverse := new(big.Int)
	if b.Sign() != 0 {
		inverse.ModInverse(b, f.p)
	}
	return f.mul(a, inverse)
}

// An affine is a point. Both coordinates are nil at infinity.
type affine struct{ x, y *big.Int }

func (p affine) equal(q affine) bool { return p.x.Cmp(q.x) == 0 && p.y.Cmp(q.y) == 0 }

// times is k p, by doubling and adding.
func times(k *big.Int, p, zero affine, add func(p, q affine) affine) affine {
	sum := zero
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = add(sum, sum)
		if k.Bit(i) == 1 {
			sum = add(sum, p)
		}
	}
	return sum
}

// ecdsaVerifies is the verification of FIPS 186-5, Section 6.4.2.
func ecdsaVerifies(curve *elliptic.CurveParams, public affine, digest []byte, n ecdsaSignature) bool {
	for _, v := range []*big.Int{n.r, n.s} {
		if v.Sign() <= 0 || v.Cmp(curve.N) >= 0 {
			return false
		}
	}
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - curve.N.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	scalars := field{curve.N}
	w := scalars.div(big.NewInt(1), n.s)
	add := weierstrassAddition(curve)
	sum := add(
		times(scalars.mul(e, w), affine{curve.Gx, curve.Gy}, affine{}, add),
		times(scalars.mul(n.r, w), public, affine{}, add))
	return sum.x != nil && new(big.Int).Mod(sum.x, curve.N).Cmp(n.r) == 0
}

// weierstrassAddition is point addition on y^2 = x^3 - 3x + b.
func weierstrassAddition(curve *elliptic.CurveParams) func(p, q affine) affine {
	f := field{curve.P}
	return func(p, q affine) affine {
		switch {
		case p.x == nil:
			return q
		case q.x == nil:
			return p
		}
		var slope *big.Int
		switch {
		case p.x.Cmp(q.x) != 0:
			slope = f.div(f.sub(q.y, p.y), f.sub(q.x, p.x))
		case p.y.Cmp(q.y) != 0 || p.y.Sign() == 0:
			return affine{}
		default:
			slope = f.div(f.sub(f.mul(f.int(3), f.mul(p.x, p.x)), f.int(3)), f.add(p.y, p.y))
		}
		x := f.sub(f.sub(f.mul(slope, slope), p.x), q.x)
		return affine{x, f.sub(f.mul(slope, f.sub(p.x, x)), p.y)}
	}
}

// An edwardsCurve is a x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032, Sections 5.1 and 5.2).
type edwardsCurve struct {
	field
	a, d     *big.Int
	base     affine
	cofactor int64
}

func textbookEdwards(c *edCurve) *edwardsCurve {
	if c.size == 32 {
		f := field{new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))}
		e := &edwardsCurve{field: f, a: f.int(-1), d: f.div(f.int(-121665), f.int(121666)), cofactor: 8}
		e.base = e.decode(littleEndian(f.div(f.int(4), f.int(5)), 32))
		return e
	}
	p := new(big.Int).Lsh(big.NewInt(1), 448)
	p.Sub(p, new(big.Int).Lsh(big.NewInt(1), 224)).Sub(p, big.NewInt(1))
	f := field{p}
	e := &edwardsCurve{field: f, a: f.int(1), d: f.int(-39081), cofactor: 4}
	y, _ := new(big.Int).SetString("298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660", 10)
	e.base = e.decode(littleEndian(y, 57))
	return e
}

// decode takes y modulo the prime, and any sign of x = 0. Its y is nil for what
// is no point.
func (e *edwardsCurve) decode(encoded []byte) affine {
	y := fromLittleEndian(encoded)
	top := 8*len(encoded) - 1
	sign := y.Bit(top)
	y = e.reduce(y.SetBit(y, top, 0))
	yy := e.mul(y, y)
	x := e.root(e.div(e.sub(yy, e.int(1)), e.sub(e.mul(e.d, yy), e.a)))
	if x == nil {
		return affine{}
	}
	if x.Bit(0) != sign {
		x = e.sub(new(big.Int), x)
	}
	return affine{x, y}
}

func (e *edwardsCurve) add(p, q affine) affine {
	product := e.mul(e.d, e.mul(e.mul(p.x, q.x), e.mul(p.y, q.y)))
	return affine{
		e.div(e.field.add(e.mul(p.x, q.y), e.mul(p.y, q.x)), e.field.add(e.int(1), product)),
		e.div(e.sub(e.mul(p.y, q.y), e.mul(e.a, e.mul(p.x, q.x))), e.sub(e.int(1), product)),
	}
}

func (e *edwardsCurve) times(k *big.Int, p affine) affine {
	return times(k, p, affine{new(big.Int), big.NewInt(1)}, e.add)
}

// holds says whether [S]B = R + [k]A, and whether both sides are the same after
// multiplication with the cofactor.
func (e *edwardsCurve) holds(c *edCurve, public, message, signature []byte) (exactly, withCofactor bool) {
	r, s := signature[:c.size], fromLittleEndian(signature[c.size:])
	k := c.challenge(r, public, message)
	left := e.times(s, e.base)
	right := e.add(e.decode(r), e.times(k, e.decode(public)))
	h := big.NewInt(e.cofactor)
	return left.equal(right), e.times(h, left).equal(e.times(h, right))
}
