package main

import (
	"crypto"
	"math/big"
	"slices"
)

func leafSigning(edit func(*signing)) change {
	return func(s *sketch) { edit(&s.leaf.signing) }
}

func packageSigning(edit func(*signing)) change {
	return func(s *sketch) { edit(&s.signing) }
}

// by makes a signature with a key, whichever the leaf has.
func by(key signer) func(*signing) {
	return func(s *signing) { s.signer = key }
}

// finally changes a signature that was made.
func finally(edit func(signature []byte) []byte) func(*signing) {
	return func(s *signing) { s.edit = edit }
}

// over makes a signature of another message than SignContent.
func over(message func(tbs []byte) []byte) func(*signing) {
	return func(s *signing) { s.message = message }
}

// earlier has something signed before it is changed.
func earlier(edit func(tbs []byte) []byte, label string) func(*signing) {
	return over(func(tbs []byte) []byte { return labelled(protocol+label, edit(tbs)) })
}

// leafSignatures are about the signature of the leaf (Section 7.3). That of the
// KeyPackage is right.
func (p *packages) leafSignatures() {
	wrong := ids{"rfc9420-7.3-01", "rfc9420-10.1-03"}
	p.reject("7.3-01-bit", "A bit of the leaf's signature is another one.", wrong, leafSigning(finally(func(b []byte) []byte { return changed(b, -2) })))
	p.reject("7.3-01-other-key", "The leaf is signed with another key than its own, and the KeyPackage with its own.", wrong, inAdd, leafSigning(by(p.other)))
	p.reject("7.3-01-changed-identity", "A byte of the identity was changed after the leaf was signed.", wrong, leafSigning(earlier(func(tbs []byte) []byte {
		w := &writer{}
		w.opaque("encryption_key", p.leaf.public)
		w.opaque("signature_key", p.client.public)
		return changed(tbs, len(w.bytes)+3) // behind the type and the length
	}, leafLabel)))
	p.reject("7.3-01-changed-lifetime", "The end of the lifetime was changed after the leaf was signed.", wrong, inAdd, leafSigning(earlier(func(tbs []byte) []byte { return changed(tbs, -2) }, leafLabel)))
	p.reject("7.3-01-no-extensions", "The leaf's signature was made without its extensions.", wrong, leafSigning(earlier(func(tbs []byte) []byte { return without(tbs, 1) }, leafLabel)))

	other := ids{"rfc9420-5.1.2-05", "rfc9420-7.3-01", "rfc9420-10.1-03"}
	label := func(label string) change {
		return leafSigning(over(func(tbs []byte) []byte { return labelled(label, tbs) }))
	}
	p.reject("5.1.2-05-leaf-label-of-key-package", "The leaf's signature was made under the label KeyPackageTBS.", other, label(protocol+packageTBSLabel))
	p.reject("5.1.2-05-leaf-no-prefix", "The leaf's signature was made under a label without \"MLS 1.0 \" in front.", other, inAdd, label(leafLabel))
	p.reject("5.1.2-05-leaf-old-prefix", "The leaf's signature was made under a label with \"mls10 \" in front, as in drafts of MLS.", other, label("mls10 "+leafLabel))
	p.reject("5.1.2-05-leaf-bare", "The leaf's signature was made over the LeafNodeTBS without SignContent.", other, leafSigning(over(slices.Clone[[]byte])))
}

// packageSignatures are about the signature of the KeyPackage (Sections 10 and
// 10.1). That of the leaf is right.
func (p *packages) packageSignatures() {
	wrong := ids{"rfc9420-10-06", "rfc9420-10.1-05"}
	p.reject("10-06-bit", "A bit of the KeyPackage's signature is another one.", wrong, packageSigning(finally(func(b []byte) []byte { return changed(b, -2) })))
	p.reject("10-06-other-key", "The KeyPackage is signed with another key than that of its leaf.", wrong, packageSigning(by(p.other)))
	bob := p.signer("key package member bob")
	p.reject("10.1-05-member-key", "The KeyPackage is signed with the key of a member of the group.", wrong, inAdd, p.joins(p.pair()), packageSigning(by(bob)))
	p.reject("10-06-changed-init-key", "The init_key was exchanged for another one after the KeyPackage was signed.", wrong, packageSigning(earlier(func(tbs []byte) []byte {
		usual := vector(p.init.public)
		return slices.Concat(tbs[:4], vector(p.kemKey("key package other init").public), tbs[4+len(usual):])
	}, packageTBSLabel)))
	p.reject("10-06-added-extension", "An extension was added after the KeyPackage was signed.", wrong, inAdd, lists(lastResort), packageHas(lastResort, nil),
		packageSigning(earlier(func(tbs []byte) []byte { return with(without(tbs, 4), 0) }, packageTBSLabel)))
	p.reject("10-06-no-leaf-signature", "The KeyPackage's signature was made without the signature of the leaf.", wrong, packageSigning(earlier(func(tbs []byte) []byte {
		var w writer
		p.sketch().leaf.write(&w)
		signature := w.bytes[w.at(leafPlace+"signature").header:]
		return slices.Concat(tbs[:len(tbs)-1-len(signature)], tbs[len(tbs)-1:])
	}, packageTBSLabel)))

	other := ids{"rfc9420-5.1.2-05", "rfc9420-10-06", "rfc9420-10.1-05"}
	label := func(label string) change {
		return packageSigning(over(func(tbs []byte) []byte { return labelled(label, tbs) }))
	}
	p.reject("5.1.2-05-key-package-label-of-leaf", "The KeyPackage's signature was made under the label LeafNodeTBS.", other, label(protocol+leafLabel))
	p.reject("5.1.2-05-key-package-no-prefix", "The KeyPackage's signature was made under a label without \"MLS 1.0 \" in front.", other, label(packageTBSLabel))
	p.reject("5.1.2-05-key-package-double-prefix", "The KeyPackage's signature was made under a label with \"MLS 1.0 \" in front twice.", other, inAdd, label(protocol+protocol+packageTBSLabel))
	p.reject("5.1.2-05-key-package-bare", "The KeyPackage's signature was made over the KeyPackageTBS without SignContent.", other, inAdd, packageSigning(over(slices.Clone[[]byte])))
}

// A signedObject is one of the two that carry signatures.
type signedObject struct {
	section, what, comment string
	broken                 ids
	signing                func(func(*signing)) change
}

func signedObjects() []signedObject {
	return []signedObject{
		{"7.3-01", "leaf", "the leaf's signature", ids{"rfc9420-7.3-01", "rfc9420-10.1-03"}, leafSigning},
		{"10-06", "key-package", "the KeyPackage's signature", ids{"rfc9420-10-06", "rfc9420-10.1-05"}, packageSigning},
	}
}

// signatureForms are about the form and the numbers of signatures (Section
// 5.1.2), for both objects.
func (p *packages) signatureForms() {
	for _, o := range signedObjects() {
		if p.signature != nil {
			p.ecdsaNumbers(o)
			p.ecdsaEncodings(o)
		} else {
			p.eddsaForms(o)
		}
	}
}

// editing changes the signature of an object that is otherwise usual.
func (o *signedObject) editing(edit func([]byte) []byte) change { return o.signing(finally(edit)) }

// named has the identity that makes the signature what is wanted: each
// identity gives another one.
func (p *packages) named(o *signedObject, wanted func(signature []byte) bool) change {
	name := "client of " + o.what
	for {
		s := p.sketch()
		identity([]byte(name))(s)
		found := false
		o.signing(finally(func(signature []byte) []byte {
			found = wanted(signature)
			return signature
		}))(s)
		s.write()
		if found {
			return identity([]byte(name))
		}
		name += "+"
	}
}

func (p *packages) ecdsaNumbers(o signedObject) {
	order := p.suite.signature.Params().N
	half := new(big.Int).Rsh(order, 1)
	minus := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	plus := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	numbers := func(edit func(n ecdsaSignature) (r, s *big.Int)) change {
		return o.editing(func(signature []byte) []byte { return der(edit(parseECDSA(signature))) })
	}
	low := p.named(&o, func(b []byte) bool { return parseECDSA(b).s.Cmp(half) <= 0 })
	p.accept("5.1.2-02-"+o.what+"-high-s", "In "+o.comment+", s is n-s of a usual one and in the upper half of its range, which ECDSA takes as well.",
		ids{"rfc9420-5.1.2-02"}, low, numbers(func(n ecdsaSignature) (r, s *big.Int) { return n.r, minus(order, n.s) }))
	p.accept("5.1.2-02-"+o.what+"-short-r", "In "+o.comment+", r begins with zeros, which DER leaves out.", ids{"rfc9420-5.1.2-02"},
		p.named(&o, func(b []byte) bool { return len(parseECDSA(b).r.Bytes()) < len(order.Bytes()) }))
	for _, c := range []struct {
		what, comment string
		edit          func(n ecdsaSignature) (r, s *big.Int)
	}{
		{"r-zero", "r is 0, and has to be from 1 to n-1", func(n ecdsaSignature) (r, s *big.Int) { return new(big.Int), n.s }},
		{"s-zero", "s is 0, and has to be from 1 to n-1", func(n ecdsaSignature) (r, s *big.Int) { return n.r, new(big.Int) }},
		{"zeros", "both numbers are 0, which satisfies the equation for a verifier that does not look", func(n ecdsaSignature) (r, s *big.Int) { return new(big.Int), new(big.Int) }},
		{"r-plus-order", "the order was added to r, which is right modulo n and out of range", func(n ecdsaSignature) (r, s *big.Int) { return plus(n.r, order), n.s }},
		{"s-plus-order", "the order was added to s, which is right modulo n and out of range", func(n ecdsaSignature) (r, s *big.Int) { return n.r, plus(n.s, order) }},
		{"r-negative", "the order was subtracted from r, which is right modulo n and negative", func(n ecdsaSignature) (r, s *big.Int) { return minus(n.r, order), n.s }},
		{"swapped", "the numbers r and s are exchanged", func(n ecdsaSignature) (r, s *big.Int) { return n.s, n.r }},
	} {
		p.reject(o.section+"-"+o.what+"-"+c.what, "In "+o.comment+", "+c.comment+".", o.broken, numbers(c.edit))
	}
	otherHash := crypto.SHA512
	if p.hash == crypto.SHA512 {
		otherHash = crypto.SHA256
	}
	p.reject(o.section+"-"+o.what+"-other-hash", "For "+o.comment+", the message was hashed with another algorithm than that of the signature scheme.",
		o.broken, o.signing(by(p.ecdsaSignerOf(p.kemKey("key package client").private, otherHash))))
}

func (p *packages) ecdsaEncodings(o signedObject) {
	size := (p.suite.signature.Params().BitSize + 7) / 8
	fixed := func(b []byte) []byte {
		n := parseECDSA(b)
		return append(n.r.FillBytes(make([]byte, size)), n.s.FillBytes(make([]byte, size))...)
	}
	for _, c := range []struct {
		what, comment string
		edit          func(signature []byte) []byte
	}{
		{"ber-long-length", "the length of the SEQUENCE has a byte more than it needs, which is BER and not DER", func(b []byte) []byte {
			head, body := sequenceParts(b)
			return slices.Concat([]byte{0x30, byte(0x80 + len(head) - 1)}, make([]byte, len(head)-2), []byte{byte(len(body))}, body)
		}},
		{"ber-zero-before-r", "a zero more stands in front of r, which is BER and not DER", func(b []byte) []byte {
			n := parseECDSA(b)
			return sequence(integer(n.r, 1), integer(n.s, 0))
		}},
		{"ber-zero-before-s", "a zero more stands in front of s, which is BER and not DER", func(b []byte) []byte {
			n := parseECDSA(b)
			return sequence(integer(n.r, 0), integer(n.s, 1))
		}},
		{"ber-indefinite-length", "the SEQUENCE has no length and goes on to an end marker, which is BER and not DER", func(b []byte) []byte {
			_, body := sequenceParts(b)
			return slices.Concat([]byte{0x30, 0x80}, body, []byte{0, 0})
		}},
		{"ber-byte-behind", "a byte follows the SEQUENCE, which many readers overlook", func(b []byte) []byte { return with(b, 0) }},
	} {
		p.either("5.1.2-03-"+o.what+"-"+c.what, "In "+o.comment+", "+c.comment+".", ids{"rfc9420-5.1.2-03"}, o.editing(c.edit))
	}
	broken := append(ids{"rfc9420-5.1.2-02"}, o.broken...)
	no := func(what, comment string, edit func([]byte) []byte, more ...change) {
		p.reject("5.1.2-02-"+o.what+"-"+what, "In "+o.comment+", "+comment+".", broken, append(more, o.editing(edit))...)
	}
	no("fixed-width", "the numbers stand side by side in fixed width, as in IEEE P1363, and not in a SEQUENCE", fixed)
	no("set", "the numbers are in a SET, and not in a SEQUENCE", func(b []byte) []byte { return with([]byte{0x31}, b[1:]...) })
	no("octet-strings", "the numbers are OCTET STRINGs, and not INTEGERs", func(b []byte) []byte { return octetStrings(parseECDSA(b)) })
	no("one-integer", "the SEQUENCE ends after r", func(b []byte) []byte { return der(parseECDSA(b).r) })
	no("empty", "there are no bytes at all", func([]byte) []byte { return nil })
	no("truncated", "the last byte is missing, a zero, which a buffer of fixed size would bring back", func(b []byte) []byte { return without(b, 1) },
		p.named(&o, func(b []byte) bool { return parseECDSA(b).s.TrailingZeroBits() >= 8 }))
}

func (p *packages) eddsaForms(o signedObject) {
	c := p.edCurve()
	broken := append(ids{"rfc9420-5.1.2-04"}, o.broken...)
	form := func(what, comment string, edit func([]byte) []byte, more ...change) {
		p.reject("5.1.2-04-"+o.what+"-"+what, "In "+o.comment+", "+comment+".", broken, append(more, o.editing(edit))...)
	}
	number := func(b []byte) *big.Int { return fromLittleEndian(b[c.size:]) }
	form("s-plus-order", "the order was added to S, which is right modulo the order and out of range", func(b []byte) []byte {
		return c.signature(b[:c.size], new(big.Int).Add(number(b), c.order))
	})
	form("s-largest", "the order was added to S as often as the bytes have room for it", func(b []byte) []byte {
		room := new(big.Int).Lsh(big.NewInt(1), uint(8*c.size))
		room.Sub(room, number(b)).Sub(room, big.NewInt(1)).Div(room, c.order)
		return c.signature(b[:c.size], room.Mul(room, c.order).Add(room, number(b)))
	})
	form("truncated", "the last byte is missing, a zero, which a buffer of fixed size would bring back", func(b []byte) []byte { return without(b, 1) },
		p.named(&o, func(b []byte) bool { return b[len(b)-1] == 0 }))
	form("extended", "there is a byte too much behind a right one", func(b []byte) []byte { return with(b, 0) })
	form("empty", "there are no bytes at all", func([]byte) []byte { return nil })

	p.reject(o.section+"-"+o.what+"-r-bit", "In "+o.comment+", a bit of R is another one.", o.broken, o.editing(func(b []byte) []byte { return changed(b, 0) }))
	key := p.edKey("key package client")
	p.reject(o.section+"-"+o.what+"-prehash", "For "+o.comment+", the variant was used that hashes the message first.", o.broken, o.signing(by(signer{key.public, key.prehash})))
	p.reject(o.section+"-"+o.what+"-context", "For "+o.comment+", the variant was used that has a context.", o.broken, o.signing(by(signer{key.public, key.context})))

	a := p.edScalar(c, "key package scalar")
	p.either("5.1.2-04-"+o.what+"-r-torsion", "In "+o.comment+", R has a component of small order, so that the equation holds only with the cofactor, and RFC 8032 allows to verify with and without it.",
		append(ids{"rfc9420-5.1.2-04"}, o.broken[0]), p.signsBut(o, c, a, func(message []byte) []byte {
			r := p.edScalar(c, "key package nonce")
			encodedR := c.multiple(r, c.torsion[len(c.torsion)-1].encoded)
			return c.signature(encodedR, c.answer(r, c.challenge(encodedR, c.multiple(a, nil), message), a))
		}))
}

// signsBut has a scalar for a private key, and one of the signatures made in a
// special way.
func (p *packages) signsBut(o signedObject, c *edCurve, a *big.Int, special func(message []byte) []byte) change {
	public := c.multiple(a, nil)
	return func(s *sketch) {
		signs(signer{public, func(message []byte) []byte {
			r := p.edScalar(c, "key package nonce")
			encodedR := c.multiple(r, nil)
			return c.signature(encodedR, c.answer(r, c.challenge(encodedR, public, message), a))
		}})(s)
		o.signing(by(signer{public, special}))(s)
	}
}
