package main

import (
	"math/big"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// eddsaSignatureClaims are about R and S (RFC 8032, Sections 5.1.7 and 5.2.7).
func (s *suite) eddsaSignatureClaims() []claim {
	c, key, content := s.edCurve(), s.edKey("signer"), s.bytes("content", 100)
	message := signContent(content)
	right := key.sign(message)
	r, number := right[:c.size], fromLittleEndian(right[c.size:])
	claims := func(signature []byte) *format.VerifyWithLabelArguments {
		return signed(key.public, content, signature)
	}
	form := func(what, comment string, signature []byte) claim {
		return reject(what, comment, claims(signature), "rfc9420-5.1.2-04")
	}
	plusOrder := new(big.Int).Add(number, c.order)
	// As many orders as fit into the bytes of S.
	room := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(8*c.size)), number)
	largest := room.Sub(room, big.NewInt(1)).Div(room, c.order)
	largest.Mul(largest, c.order).Add(largest, number)
	identity := c.torsion[0].encoded
	zeroContent, zeroEnd := s.edSignedWithZero(key)
	return []claim{
		form("s-plus-order", "The order was added to S, which is right modulo the order and out of range.", c.signature(r, plusOrder)),
		form("s-largest", "The order was added to S as often as the bytes have room for it.", c.signature(r, largest)),
		reject("s-order", "S is the order, 0 out of range: with the identity as key and as R nothing else can be wrong.",
			signed(identity, content, c.signature(identity, c.order)), "rfc9420-5.1.2-04"),
		reject("truncated-signature", "The signature lacks its last byte, a zero, which a buffer of fixed size would bring back.",
			signed(key.public, zeroContent, without(zeroEnd, 1)), "rfc9420-5.1.2-04"),
		form("extended-signature", "A byte more behind a right signature.", with(right, 0)),
		form("empty-signature", "There is no signature.", nil),
		reject("r-bit", "A bit of R is another one.", claims(changed(right, 0)), "rfc9420-6.1-02"),
		reject("s-bit", "A bit of S is another one.", claims(changed(right, c.size)), "rfc9420-6.1-02"),
		reject("prehash", "The signature is one of the variant that hashes the message first.", claims(key.prehash(message)), "rfc9420-5.1.2-05"),
		reject("context", "The signature is one of the variant with a context.", claims(key.context(message)), "rfc9420-5.1.2-05"),
		s.cofactorClaim(c, content),
		s.smallRClaim(c, content),
	}
}

// edSignedWithZero signs contents until the signature ends with a zero.
func (s *suite) edSignedWithZero(key edKey) (content, signature []byte) {
	for name := "zero"; ; name += "+" {
		content = s.bytes(name, 32)
		if signature = key.sign(signContent(content)); signature[len(signature)-1] == 0 {
			return content, signature
		}
	}
}

// edScalar is a number below the order.
func (s *suite) edScalar(c *edCurve, name string) *big.Int {
	n := fromLittleEndian(s.bytes(name, c.size))
	return n.Mod(n, c.order)
}

// answer is r + k a, the S of a signature.
func (c *edCurve) answer(r, k, a *big.Int) *big.Int {
	n := new(big.Int).Mul(k, a)
	return n.Add(n, r).Mod(n, c.order)
}

// cofactorClaim has a torsion point added to R: the equation holds after
// multiplication with the cofactor, and not before.
func (s *suite) cofactorClaim(c *edCurve, content []byte) claim {
	a, r := s.edScalar(c, "scalar"), s.edScalar(c, "nonce")
	public := c.multiple(a, nil)
	encodedR := c.multiple(r, c.torsion[len(c.torsion)-1].encoded)
	k := c.challenge(encodedR, public, signContent(content))
	return either("r-torsion", "R has a component of small order, so that the equation holds only with the cofactor, and RFC 8032 allows to verify with and without it.",
		signed(public, content, c.signature(encodedR, c.answer(r, k, a))), "rfc9420-5.1.2-04", "rfc9420-6.1-02")
}

// smallRClaim has the identity as R, a nonce of 0.
func (s *suite) smallRClaim(c *edCurve, content []byte) claim {
	a, identity := s.edScalar(c, "scalar"), c.torsion[0].encoded
	public := c.multiple(a, nil)
	k := c.challenge(identity, public, signContent(content))
	return either("r-identity", "R is the identity and the equation holds, which RFC 8032 takes and strict verifiers refuse, as it gives the private key away.",
		signed(public, content, c.signature(identity, c.answer(new(big.Int), k, a))), "rfc9420-5.1.2-04", "rfc9420-6.1-02")
}

// eddsaKeyClaims are about public keys that are none (RFC 8032, Sections 5.1.3
// and 5.2.3).
func (s *suite) eddsaKeyClaims() []claim {
	c, key, content := s.edCurve(), s.edKey("signer"), s.bytes("content", 100)
	message := signContent(content)
	short := s.edKeyWhere("short signer", 0)
	undecodable := s.undecodable(c, func(name string) []byte { return s.bytes(name, c.size) })
	p256 := suites()[1]
	var stranger signer
	s.undecodable(c, func(name string) []byte {
		// Even what a buffer of fixed size makes of it is no point of this curve.
		stranger = p256.signer(name)
		return stranger.public[:c.size]
	})
	return []claim{
		reject("key-short", "The public key lacks its last byte, a zero, which a buffer of fixed size would bring back.",
			signed(without(short.public, 1), content, short.sign(message)), "rfc9420-5.1.1-02"),
		reject("key-long", "There is a byte too much behind a right public key.",
			signed(with(key.public, 0), content, key.sign(message)), "rfc9420-5.1.1-02"),
		reject("key-undecodable", "The public key decodes to no point of the curve.",
			signed(undecodable, content, key.sign(message)), "rfc9420-5.1.1-02"),
		reject("key-other-scheme", "Key and signature are ECDSA, the scheme of another suite.",
			signed(stranger.public, content, stranger.sign(message)), "rfc9420-5.1.1-02", "rfc9420-5.1.2-01"),
	}
}

// undecodable returns the first that is no point.
func (s *suite) undecodable(c *edCurve, encoded func(name string) []byte) []byte {
	for name := "undecodable"; ; name += "+" {
		if b := encoded(name); !c.decodes(b) {
			return b
		}
	}
}

// eddsaSmallOrderClaims are about public keys of small order, for which anybody
// can make signatures, and of mixed order. RFC 8032 has no word on them. Those
// with an encoding that is not canonical it refuses, and libraries take them.
func (s *suite) eddsaSmallOrderClaims() []claim {
	c := s.edCurve()
	var claims []claim
	for _, p := range c.torsion {
		claims = append(claims, either("key-"+p.name, "The public key is the point that is called "+p.name+" here, of small order, and the equation holds: RFC 8032 does not exclude such keys, and strict verifiers do.",
			s.smallOrderSigned(c, p.encoded), "rfc9420-5.1.1-02"))
	}
	for _, p := range c.strange {
		claims = append(claims, either("key-"+p.name, "The public key is the identity in a form ("+p.name+") that is not canonical, which RFC 8032 does not decode and many libraries do.",
			s.smallOrderSigned(c, p.encoded), "rfc9420-5.1.1-02"))
	}

	// With a component of small order the equation holds only with the cofactor,
	// unless the challenge is a multiple of the component's order.
	a, r := s.edScalar(c, "scalar"), s.edScalar(c, "nonce")
	public, encodedR := c.multiple(a, c.torsion[len(c.torsion)-1].encoded), c.multiple(r, nil)
	content := s.contentWhere("mixed", func(message []byte) bool {
		return c.challenge(encodedR, public, message).Bit(0) == 1
	})
	k := c.challenge(encodedR, public, signContent(content))
	return append(claims, either("key-mixed-order", "The public key has a component of small order, so that the equation holds only with the cofactor, and RFC 8032 allows to verify with and without it.",
		signed(public, content, c.signature(encodedR, c.answer(r, k, a))), "rfc9420-5.1.1-02", "rfc9420-6.1-02"))
}

// smallOrderSigned signs for a key of small order without a private key.
func (s *suite) smallOrderSigned(c *edCurve, public []byte) *format.VerifyWithLabelArguments {
	r := s.edScalar(c, "nonce")
	encodedR := c.multiple(r, nil)
	content := s.contentWhere("small order", func(message []byte) bool {
		return c.multipleOf8(c.challenge(encodedR, public, message))
	})
	return signed(public, content, c.signature(encodedR, r))
}

// contentWhere returns the first content whose SignContent is as wanted.
func (s *suite) contentWhere(name string, wanted func(message []byte) bool) []byte {
	for {
		content := s.bytes(name, 32)
		if wanted(signContent(content)) {
			return content
		}
		name += "+"
	}
}
