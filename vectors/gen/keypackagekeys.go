package main

import (
	"crypto/ed25519"
	"slices"

	"github.com/cloudflare/circl/sign/ed448"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// suites are about the suite of a KeyPackage (Sections 10.1 and 17.1).
func (p *packages) suites() {
	other := func(number uint16) change {
		return func(s *sketch) {
			s.cipherSuite = number
			s.leaf.capabilities.CipherSuites = append(s.leaf.capabilities.CipherSuites, number)
		}
	}
	unknown := ids{"rfc9420-10.1-01", "rfc9420-17.1-03"}
	p.reject("17.1-03-reserved", "The suite is 0, which is reserved.", unknown, other(0))
	p.reject("17.1-03-unassigned", "The suite is 8, the first that RFC 9420 does not assign.", unknown, inAdd, other(8))
	p.reject("17.1-03-grease", "The suite is 0x0a0a, which is for GREASE.", unknown, other(0x0a0a))
	p.reject("17.1-03-private-use", "The suite is one for private use that nobody knows.", unknown, inAdd, other(privateUse))

	wrong := ids{"rfc9420-10.1-01"}
	if same := p.sibling(); same != nil {
		p.reject("10.1-01-same-keys", "The KeyPackage is right for a suite with the same kinds of keys, and not for that of the group.", wrong, p.of(same))
		p.reject("10.1-01-same-keys-in-add", "An Add proposal for a group of this suite has a KeyPackage that is right for a suite with the same kinds of keys.",
			wrong, p.of(same), inAdd, knows(p.pair()))
	}
	p.reject("10.1-01-other-keys", "The KeyPackage is right for a suite with other kinds of keys, and not for that of the group.", wrong, p.of(p.stranger()))
	p.reject("10.1-01-other-keys-in-add", "An Add proposal for a group of this suite has a KeyPackage that is right for a suite with other kinds of keys.",
		wrong, p.of(p.stranger()), inAdd, knows(p.pair()))
}

// sibling is the other suite with the same kinds of keys, if there is one.
func (p *packages) sibling() *suite {
	for _, o := range suites() {
		if o.twin == p.number || p.twin == o.number {
			return o
		}
	}
	return nil
}

// stranger is a suite with other kinds of keys.
func (p *packages) stranger() *suite {
	return suites()[map[uint16]int{1: 1, 2: 6, 3: 4, 4: 0, 5: 6, 6: 2, 7: 1}[p.number]]
}

// of makes the KeyPackage one of another suite. It lists that of the group too.
func (p *packages) of(other *suite) change {
	return func(s *sketch) {
		o := newPackages(other).sketch()
		o.input = s.input
		o.leaf.capabilities.CipherSuites = append(o.leaf.capabilities.CipherSuites, p.number)
		*s = *o
	}
}

func initKey(key []byte) change {
	return func(s *sketch) { s.initKey = key }
}

func encryptionKey(key []byte) change {
	return func(s *sketch) { s.leaf.encryptionKey = key }
}

// kemKeys are about init_key and encryption_key (Sections 5.1.1 and 10).
func (p *packages) kemKeys() {
	roles := []struct {
		what, where string
		broken      rule.ID
		use         func(key []byte) change
	}{
		{"init-key", "As init_key: ", "rfc9420-10-03", initKey},
		{"encryption-key", "As encryption_key: ", "rfc9420-10-05", encryptionKey},
	}
	alone := *p.suite
	alone.twin = 0 // whether another suite has the same keys does not matter here
	malformed := alone.malformedKEMKeys()
	if p.signature != nil {
		malformed = append(malformed, point{what: "other-kem", comment: "it is a public key of X25519, the KEM of another suite.", encoded: suites()[0].kemKey("key package other kem").public})
	}
	for _, r := range roles {
		for _, k := range malformed {
			p.reject("5.1.1-01-"+r.what+"-"+k.what, r.where+k.comment, ids{"rfc9420-5.1.1-01", r.broken}, r.use(k.encoded))
		}
		for _, k := range alone.lowOrderKeys() {
			p.either("5.1.1-01-"+r.what+"-"+k.what, r.where+k.comment[:len(k.comment)-1]+", which shows only when something is encrypted to the key.",
				ids{"rfc9420-5.1.1-01", "rfc9420-5.1.3-02"}, r.use(k.encoded))
		}
		for _, k := range p.oddKeys() {
			p.accept("5.1.1-01-"+r.what+"-"+k.what, r.where+k.comment, ids{"rfc9420-5.1.1-01"}, r.use(k.encoded))
		}
	}
	p.reject("10.1-04-equal-keys", "The init_key is the encryption_key of the leaf.", ids{"rfc9420-10.1-04"}, initKey(p.leaf.public))
	p.reject("10.1-04-equal-keys-in-add", "In an Add proposal, the encryption_key of the leaf is the init_key.", ids{"rfc9420-10.1-04"}, inAdd, encryptionKey(p.init.public))
	if same, ok := p.encryptionSignatureKey(); ok {
		p.either("16.7-02-encryption-is-signature-key", "The encryption_key has the bytes of the signature_key: Section 7.3 compares each with others of its kind, and Section 16.7 can be read otherwise.",
			ids{"rfc9420-16.7-02"}, encryptionKey(same.public), signs(same))
	}
}

// encryptionSignatureKey is a signature key whose public key is one of the KEM
// as well.
func (p *packages) encryptionSignatureKey() (signer, bool) {
	switch {
	case p.signature != nil:
		return p.ecdsaSignerOf(p.leaf.private, p.hash), true
	case p.curve != nil:
		return p.client, true
	}
	return signer{}, false // the keys of Ed448 and X448 have different lengths
}

// signs has the client sign with another key, which is the leaf's signature_key.
func signs(key signer) change {
	return func(s *sketch) {
		s.leaf.signatureKey = key.public
		s.leaf.signing.signer, s.signing.signer = key, key
	}
}

// signatureKeys are about the form and the scheme of signature_key (Sections
// 5.1.1, 5.1.2 and 10). Signatures are by the key that can be read in them.
func (p *packages) signatureKeys() {
	if p.signature != nil {
		p.ecdsaKeys()
	} else {
		p.eddsaKeys()
	}
	stranger := p.stranger()
	o := newPackages(stranger)
	scheme := append(ids{"rfc9420-10-05"}, p.wrongScheme()...)
	p.reject("10-05-leaf-of-other-suite", "Both keys of the leaf, and so the signatures, are those of another suite than the KeyPackage names.",
		scheme, signs(o.client), encryptionKey(o.leaf.public))
	client := stranger.certifierOf("client", o.client)
	p.reject("5.1.2-01-certified", "The signature_key is one of another suite, for which the client has a certificate.",
		scheme, inAdd, signs(o.client), p.hasChain(client.certificate(client, 1, false)))
}

// wrongScheme names the rules about keys of another scheme than the suite's.
func (p *packages) wrongScheme() ids {
	if p.signature != nil {
		return ids{"rfc9420-5.1.1-03", "rfc9420-5.1.2-01"}
	}
	return ids{"rfc9420-5.1.1-02", "rfc9420-5.1.2-01"}
}

// unreadable is a key that is in the leaf while another one signs.
func (p *packages) unreadable(what, comment string, broken rule.ID, key []byte, by signer) {
	p.reject(what, comment, ids{"rfc9420-10-05", broken}, signs(by), func(s *sketch) { s.leaf.signatureKey = key })
}

func (p *packages) ecdsaKeys() {
	key := p.kemKey("key package client")
	short := p.kemKeyWhere("key package short client", func(public []byte) bool { return public[len(public)-1] == 0 })
	points := append(nistPoints(p.signature, key),
		point{what: "empty", comment: "there are no bytes at all."},
		point{what: "short", comment: "the last byte is missing, a zero, which a buffer of fixed size would bring back.", encoded: without(short.public, 1), private: short.private},
		point{what: "long", comment: "there is a byte too much behind a right key.", encoded: with(key.public, 0), private: key.private},
		point{what: "spki", comment: "it is a SubjectPublicKeyInfo with a right key in it, as libraries export it.", encoded: p.subjectPublicKeyInfo(key)},
	)
	for _, k := range points {
		private := key.private
		if k.private != nil {
			private = k.private
		}
		p.unreadable("5.1.1-03-signature-key-"+k.what, "As signature_key: "+k.comment, "rfc9420-5.1.1-03", k.encoded, p.ecdsaSignerOf(private, p.hash))
	}
	otherCurve := suites()[1]
	if p.number == otherCurve.number {
		otherCurve = suites()[6]
	}
	ed := ed25519.NewKeyFromSeed(p.bytes("key package other scheme", ed25519.SeedSize))
	scheme := append(ids{"rfc9420-10-05"}, p.wrongScheme()...)
	p.reject("5.1.2-01-other-curve", "The signature_key is on another curve of NIST, and the signatures are ECDSA with it.", scheme, signs(otherCurve.signer("key package other curve")))
	p.reject("5.1.2-01-ed25519", "The signature_key and the signatures are Ed25519.", scheme,
		signs(signer{ed.Public().(ed25519.PublicKey), func(m []byte) []byte { return ed25519.Sign(ed, m) }}))
}

func (p *packages) eddsaKeys() {
	c := p.edCurve()
	short := p.edKeyWhere("key package short client", 0)
	undecodable := p.undecodable(c, func(name string) []byte { return p.bytes("key package "+name, c.size) })
	p.unreadable("5.1.1-02-signature-key-short", "The signature_key lacks its last byte, a zero, which a buffer of fixed size would bring back.",
		"rfc9420-5.1.1-02", without(short.public, 1), short.signer)
	p.unreadable("5.1.1-02-signature-key-long", "There is a byte too much behind a right signature_key.", "rfc9420-5.1.1-02", with(p.client.public, 0), p.client)
	p.unreadable("5.1.1-02-signature-key-undecodable", "The signature_key decodes to no point of the curve.", "rfc9420-5.1.1-02", undecodable, p.client)
	p.unreadable("5.1.1-02-signature-key-empty", "The signature_key has no bytes.", "rfc9420-5.1.1-02", nil, p.client)

	scheme := append(ids{"rfc9420-10-05"}, p.wrongScheme()...)
	var ecdsa signer
	p.undecodable(c, func(name string) []byte {
		// Even what a buffer of fixed size makes of it is no point of this curve.
		ecdsa = suites()[1].signer("key package " + name)
		return ecdsa.public[:c.size]
	})
	p.reject("5.1.2-01-ecdsa", "The signature_key is an uncompressed point of P-256, and the signatures are ECDSA with it.", scheme, signs(ecdsa))
	p.reject("5.1.2-01-other-edwards", "The signature_key and the signatures are of the other scheme of RFC 8032.", scheme, signs(p.otherEdwards(c)))
	p.eddsaOddKeys(c)
}

// otherEdwards is a key of the other curve that no buffer of fixed size makes
// one of this curve.
func (p *packages) otherEdwards(c *edCurve) signer {
	for name := "key package other edwards"; ; name += "+" {
		var key signer
		if p.curve != nil {
			k := ed448.NewKeyFromSeed(p.bytes(name, ed448.SeedSize))
			key = signer{k.Public().(ed448.PublicKey), func(m []byte) []byte { return ed448.Sign(k, m, "") }}
		} else {
			k := ed25519.NewKeyFromSeed(p.bytes(name, ed25519.SeedSize))
			key = signer{k.Public().(ed25519.PublicKey), func(m []byte) []byte { return ed25519.Sign(k, m) }}
		}
		if fitted := slices.Concat(key.public, make([]byte, c.size))[:c.size]; !c.decodes(fitted) {
			return key
		}
	}
}

// eddsaOddKeys are of small or mixed order: whether signatures by them verify is
// what RFC 8032 leaves open or what libraries differ in.
func (p *packages) eddsaOddKeys(c *edCurve) {
	open := ids{"rfc9420-5.1.1-02"}
	for _, k := range c.torsion {
		p.either("5.1.1-02-signature-key-"+k.name, "The signature_key is a point of small order, "+k.name+", and both signatures satisfy the equation: RFC 8032 does not exclude such keys, and strict verifiers do.",
			open, signs(p.smallOrderSigner(c, k.encoded)))
	}
	for _, k := range c.strange {
		p.either("5.1.1-02-signature-key-"+k.name, "The signature_key is the identity in a form ("+k.name+") that is not canonical, which RFC 8032 does not decode and many libraries do.",
			open, signs(p.smallOrderSigner(c, k.encoded)))
	}
	a := p.edScalar(c, "key package scalar")
	public := c.multiple(a, c.torsion[len(c.torsion)-1].encoded)
	// An odd multiple of the component of small order is not the identity.
	mixed := func(message []byte) []byte {
		for name := "key package nonce"; ; name += "+" {
			r := p.edScalar(c, name)
			encodedR := c.multiple(r, nil)
			if k := c.challenge(encodedR, public, message); k.Bit(0) == 1 {
				return c.signature(encodedR, c.answer(r, k, a))
			}
		}
	}
	p.either("5.1.1-02-signature-key-mixed-order", "The signature_key has a component of small order, so that the equation of both signatures holds only with the cofactor, and RFC 8032 allows to verify with and without it.",
		ids{"rfc9420-5.1.1-02", "rfc9420-7.3-01"}, signs(signer{public, mixed}))
}

// smallOrderSigner signs for a key of small order without a private key: the
// challenge is one that makes the key vanish from the equation.
func (p *packages) smallOrderSigner(c *edCurve, public []byte) signer {
	return signer{public, func(message []byte) []byte {
		for name := "key package nonce"; ; name += "+" {
			r := p.edScalar(c, name)
			encodedR := c.multiple(r, nil)
			if c.multipleOf8(c.challenge(encodedR, public, message)) {
				return c.signature(encodedR, r)
			}
		}
	}}
}
