package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func (s *suite) ecdsaSigner(name string) signer {
	return s.ecdsaSignerOf(s.kemKey(name).private, s.hash)
}

// ecdsaSignerOf signs as in RFC 6979, so that signatures stay the same.
func (s *suite) ecdsaSignerOf(private []byte, h crypto.Hash) signer {
	key := must(ecdsa.ParseRawPrivateKey(s.signature, private))
	return signer{
		public: must(key.PublicKey.Bytes()),
		sign:   func(message []byte) []byte { return must(key.Sign(nil, digest(h, message), h)) },
	}
}

// An ecdsaSignature is a signature as its two numbers.
type ecdsaSignature struct{ r, s *big.Int }

func parseECDSA(signature []byte) ecdsaSignature {
	der := cryptobyte.String(signature)
	var body cryptobyte.String
	n := ecdsaSignature{new(big.Int), new(big.Int)}
	if !der.ReadASN1(&body, asn1.SEQUENCE) || !body.ReadASN1Integer(n.r) || !body.ReadASN1Integer(n.s) {
		panic("the library gives no DER")
	}
	return n
}

// der encodes numbers as a SEQUENCE.
func der(numbers ...*big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
	return must(b.Bytes())
}

// signedWhere signs contents until the signature is as wanted.
func (s *suite) signedWhere(name string, key signer, wanted func(n ecdsaSignature) bool) (content []byte, n ecdsaSignature) {
	for {
		content = s.bytes(name, 32)
		if n = parseECDSA(key.sign(signContent(content))); wanted(n) {
			return content, n
		}
		name += "+"
	}
}

// ecdsaNumberClaims are about r and s (FIPS 186-5, Sections 6.4.1 and 6.4.2).
func (s *suite) ecdsaNumberClaims() []claim {
	key, order := s.signer("signer"), s.signature.Params().N
	half := new(big.Int).Rsh(order, 1)
	claims := func(content []byte, numbers ...*big.Int) *format.VerifyWithLabelArguments {
		return signed(key.public, content, der(numbers...))
	}
	lowContent, low := s.signedWhere("low s", key, func(n ecdsaSignature) bool { return n.s.Cmp(half) <= 0 })
	shortContent, short := s.signedWhere("short r", key, func(n ecdsaSignature) bool { return n.r.BitLen() < order.BitLen()-8 })
	content, n := s.signedWhere("numbers", key, func(n ecdsaSignature) bool { return n.r.BitLen()%8 == 0 })
	zero := new(big.Int)
	minus := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	plus := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	// Without the zero in front, the INTEGER is negative.
	negative := minus(n.r, new(big.Int).Lsh(big.NewInt(1), uint(n.r.BitLen())))
	otherHash := crypto.SHA512
	if s.hash == crypto.SHA512 {
		otherHash = crypto.SHA256
	}
	usual := s.bytes("content", 100)
	other := s.ecdsaSignerOf(s.kemKey("signer").private, otherHash).sign(signContent(usual))

	mismatch := func(what, comment string, numbers ...*big.Int) claim {
		return reject(what, comment, claims(content, numbers...), "rfc9420-6.1-02")
	}
	return []claim{
		accept("low-s", "The number s is in the lower half of its range.", claims(lowContent, low.r, low.s), "rfc9420-5.1.2-02"),
		accept("high-s", "The number s is in the upper half of its range, n-s of a valid signature, which ECDSA takes as well.",
			claims(lowContent, low.r, minus(order, low.s)), "rfc9420-5.1.2-02"),
		accept("short-r", "The number r begins with zeros, which DER leaves out.", claims(shortContent, short.r, short.s), "rfc9420-5.1.2-02"),
		mismatch("r-zero", "The number r is 0, and has to be from 1 to n-1.", zero, n.s),
		mismatch("s-zero", "The number s is 0, and has to be from 1 to n-1.", n.r, zero),
		mismatch("zeros", "Both numbers are 0, which satisfies the equation for a verifier that does not look.", zero, zero),
		mismatch("r-order", "The number r is the order n, 0 modulo n.", order, n.s),
		mismatch("s-order", "The number s is the order n, which has no inverse.", n.r, order),
		mismatch("r-plus-order", "The order was added to r, which is right modulo n and out of range.", plus(n.r, order), n.s),
		mismatch("s-plus-order", "The order was added to s, which is right modulo n and out of range.", n.r, plus(n.s, order)),
		mismatch("r-negative", "The INTEGER of r lacks the zero in front of its highest bit and is negative.", negative, n.s),
		mismatch("swapped", "The numbers r and s are exchanged.", n.s, n.r),
		reject("other-hash", "The message was hashed with another algorithm than that of the signature scheme.",
			signed(key.public, usual, other), "rfc9420-6.1-02"),
	}
}

// ecdsaEncodingClaims are about the encoding (RFC 8446, Section 4.2.3).
func (s *suite) ecdsaEncodingClaims() []claim {
	key := s.signer("signer")
	content := s.bytes("content", 100)
	right := key.sign(signContent(content))
	n := parseECDSA(right)
	lastZero, zeroEnd := s.signedWhere("last zero", key, func(n ecdsaSignature) bool { return n.s.TrailingZeroBits() >= 8 })
	size := (s.signature.Params().BitSize + 7) / 8
	fixed := append(n.r.FillBytes(make([]byte, size)), n.s.FillBytes(make([]byte, size))...)
	head, body := sequenceParts(right)
	claims := func(signature []byte) *format.VerifyWithLabelArguments {
		return signed(key.public, content, signature)
	}
	loose := func(what, comment string, signature []byte) claim {
		return either(what, comment, claims(signature), "rfc9420-5.1.2-03")
	}
	no := func(what, comment string, signature []byte) claim {
		return reject(what, comment, claims(signature), "rfc9420-5.1.2-02")
	}
	return []claim{
		loose("ber-long-length", "The length of the SEQUENCE has a byte more than it needs, which is BER and not DER.",
			slices.Concat([]byte{0x30, byte(0x80 + len(head) - 1)}, make([]byte, len(head)-2), []byte{byte(len(body))}, body)),
		loose("ber-zero-before-r", "A zero more stands in front of r, which is BER and not DER.", sequence(integer(n.r, 1), integer(n.s, 0))),
		loose("ber-zero-before-s", "A zero more stands in front of s, which is BER and not DER.", sequence(integer(n.r, 0), integer(n.s, 1))),
		loose("ber-indefinite-length", "The SEQUENCE has no length and goes on to an end marker, which is BER and not DER.",
			slices.Concat([]byte{0x30, 0x80}, body, []byte{0, 0})),
		loose("ber-byte-behind", "A byte follows the SEQUENCE, which many readers overlook.", with(right, 0)),
		loose("ber-third-integer", "A third INTEGER stands in the SEQUENCE, for which SEC 1, Appendix C.5, has a place, RFC 8446 has none, and many readers overlook it.", der(n.r, n.s, big.NewInt(0))),
		no("fixed-width", "The numbers stand side by side in fixed width, as in IEEE P1363, and not in a SEQUENCE.", fixed),
		no("set", "The numbers are in a SET, and not in a SEQUENCE.", with([]byte{0x31}, right[1:]...)),
		no("octet-strings", "The numbers are OCTET STRINGs, and not INTEGERs.", octetStrings(n)),
		no("one-integer", "The SEQUENCE ends after r.", der(n.r)),
		no("empty-signature", "There is no signature.", nil),
		reject("truncated-signature", "The signature lacks its last byte, a zero, which a buffer of fixed size would bring back.",
			signed(key.public, lastZero, without(der(zeroEnd.r, zeroEnd.s), 1)), "rfc9420-5.1.2-02"),
	}
}

// sequenceParts cuts a SEQUENCE into tag and length, and what is in it.
func sequenceParts(der []byte) (head, body []byte) {
	if der[1] == 0x81 {
		return der[:3], der[3:]
	}
	return der[:2], der[2:]
}

// integer encodes n with more zeros in front than it needs.
func integer(n *big.Int, zeros int) []byte {
	content := append(make([]byte, zeros), n.Bytes()...)
	if n.BitLen()%8 == 0 {
		content = slices.Concat([]byte{0}, content)
	}
	return slices.Concat([]byte{0x02, byte(len(content))}, content)
}

func sequence(values ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(values...)) })
	return must(b.Bytes())
}

func octetStrings(n ecdsaSignature) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1OctetString(n.r.Bytes())
		b.AddASN1OctetString(n.s.Bytes())
	})
	return must(b.Bytes())
}

// ecdsaKeyClaims are about public keys that have another form than Section 5.1.1
// asks for. The signatures are by the key that can be read in them.
func (s *suite) ecdsaKeyClaims() []claim {
	content := s.bytes("content", 100)
	key := s.kemKey("signer")
	short := s.kemKeyWhere("short signer", func(public []byte) bool { return public[len(public)-1] == 0 })
	points := append(nistPoints(s.signature, key),
		point{what: "empty", comment: "there are no bytes at all."},
		point{what: "short", comment: "the last byte is missing, a zero, which a buffer of fixed size would bring back.", encoded: without(short.public, 1), private: short.private},
		point{what: "long", comment: "there is a byte too much behind a right key.", encoded: with(key.public, 0), private: key.private},
		point{what: "spki", comment: "it is a SubjectPublicKeyInfo with a right key in it, as libraries export it.", encoded: s.subjectPublicKeyInfo(key)},
	)
	var claims []claim
	for _, p := range points {
		private := key.private
		if p.private != nil {
			private = p.private
		}
		signature := s.ecdsaSignerOf(private, s.hash).sign(signContent(content))
		claims = append(claims, reject("key-"+p.what, "As signature key: "+p.comment, signed(p.encoded, content, signature), "rfc9420-5.1.1-03"))
	}
	otherCurve := suites()[1]
	if s.number == otherCurve.number {
		otherCurve = suites()[6]
	}
	stranger := otherCurve.signer("other curve")
	ed := ed25519.NewKeyFromSeed(s.bytes("other scheme", ed25519.SeedSize))
	scheme := []rule.ID{"rfc9420-5.1.1-03", "rfc9420-5.1.2-01"}
	return append(claims,
		reject("key-other-curve", "Key and signature are ECDSA of another curve.",
			signed(stranger.public, content, stranger.sign(signContent(content))), scheme...),
		reject("key-other-scheme", "Key and signature are Ed25519, the scheme of another suite.",
			signed(ed.Public().(ed25519.PublicKey), content, ed25519.Sign(ed, signContent(content))), scheme...),
	)
}

func (s *suite) subjectPublicKeyInfo(key keyPair) []byte {
	public := must(ecdsa.ParseUncompressedPublicKey(s.signature, key.public))
	return must(x509.MarshalPKIXPublicKey(public))
}
