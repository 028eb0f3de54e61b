package main

import "fmt"

// endsAfter has the input end some bytes after the header of a field begins.
func endsAfter(place string, n int) change {
	return func(s *sketch) {
		s.cut = func(w *writer) int { return w.at(place).header + n }
	}
}

// endsInside has the input end some bytes after the content of a field begins.
func endsInside(place string, n int) change {
	return func(s *sketch) {
		s.cut = func(w *writer) int { return w.at(place).content + n }
	}
}

// endsShort has the input end a byte before the field does.
func endsShort(place string) change {
	return func(s *sketch) {
		s.cut = func(w *writer) int { return w.at(place).end - 1 }
	}
}

// truncations are accepted KeyPackages whose end is missing: one for each kind
// of place (Sections 2.1 and 2.1.2).
func (p *packages) truncations() {
	p.cutIntegers()
	p.cutHeaders()
	p.cutContents()
}

func (p *packages) cutIntegers() {
	fixed := ids{"rfc9420-2.1-01"}
	p.reject("2.1-01-empty", "There are no bytes at all.", fixed, everything, endsAfter("message version", 0))
	p.reject("2.1-01-empty-in-add", "There are no bytes at all where an Add proposal has its KeyPackage.", fixed, inAdd, everything, endsAfter("version", 0))
	for _, c := range []struct {
		what, place string
		n           int
		usual       change
		comment     string
	}{
		{"message-version", "message version", 1, fetched, "The input ends inside the version of the MLSMessage."},
		{"wire-format", "wire_format", 1, fetched, "The input ends inside the wire format."},
		{"no-key-package", "version", 0, fetched, "The input ends behind the wire format, with no KeyPackage."},
		{"version", "version", 1, inAdd, "The input ends inside the version of the KeyPackage."},
		{"cipher-suite", "cipher_suite", 1, fetched, "The input ends inside cipher_suite."},
		{"no-init-key", "init_key", 0, inAdd, "The input ends where the length of the init_key should be."},
		{"credential-type", "credential_type", 1, fetched, "The input ends inside credential_type."},
		{"no-source", "leaf_node_source", 0, fetched, "The input ends where leaf_node_source should be."},
		{"not-before", "not_before", 5, fetched, "The input ends inside not_before."},
		{"not-after", "not_after", 7, inAdd, "The input ends inside not_after."},
		{"no-extensions", "extensions", 0, fetched, "The input ends behind the leaf."},
		{"no-signature", "signature", 0, inAdd, "The input ends where the length of the KeyPackage's signature should be."},
	} {
		p.reject("2.1-01-"+c.what, c.comment, fixed, everything, c.usual, endsAfter(c.place, c.n))
	}
}

func (p *packages) cutHeaders() {
	inHeader := ids{"rfc9420-2.1-01", "rfc9420-2.1.2-08"}
	for _, c := range []struct {
		what, place string
		usual       change
		comment     string
	}{
		{"identity", "identity", fetched, "The input ends after the first of two bytes of the length of the identity."},
		{"leaf-extensions", leafPlace + "extensions", inAdd, "The input ends after the first of two bytes of the length of the leaf's extensions."},
		{"leaf-signature", leafPlace + "signature", fetched, "The input ends after the first of two bytes of the length of the leaf's signature."},
		{"extensions", "extensions", inAdd, "The input ends after the first of two bytes of the length of the KeyPackage's extensions."},
		{"signature", "signature", fetched, "The input ends after the first of two bytes of the length of the KeyPackage's signature."},
	} {
		p.reject("2.1.2-08-"+c.what, c.comment, inHeader, everything, c.usual, endsAfter(c.place, 1))
	}
	p.reject("2.1.2-08-certificates", "The input ends after the first of two bytes of the length of the chain.", inHeader, inAdd, p.hasChain(p.chainOfTwo()...), endsAfter("certificates", 1))
	for n := 1; n <= 3; n++ {
		p.reject(fmt.Sprintf("2.1.2-08-four-bytes-%d", n), fmt.Sprintf("Of the four bytes of the length of the identity, the input has %d.", n), inHeader,
			identity(pattern(20000)), endsAfter("identity", n))
	}
}

func (p *packages) cutContents() {
	inContent := ids{"rfc9420-2.1-01", "rfc9420-2.1.2-05"}
	for _, c := range []struct {
		what, place string
		usual       change
		comment     string
	}{
		{"init-key", "init_key", fetched, "The input ends inside the init_key."},
		{"encryption-key", "encryption_key", inAdd, "The input ends inside the encryption_key."},
		{"signature-key", "signature_key", fetched, "The input ends inside the signature_key."},
		{"identity", "identity", inAdd, "The input ends inside the identity."},
		{"versions", "versions", fetched, "The input ends inside the versions of the capabilities."},
		{"cipher-suites", "cipher_suites", inAdd, "The input ends inside the suites of the capabilities."},
		{"capabilities-extensions", "capabilities.extensions", fetched, "The input ends inside the extension types of the capabilities."},
		{"proposals", "proposals", inAdd, "The input ends inside the proposal types of the capabilities."},
		{"credentials", "credentials", fetched, "The input ends inside the credential types of the capabilities."},
		{"leaf-extension", leafPlace + extensionPlace + "1", fetched, "The input ends inside the data of an extension of the leaf."},
		{"leaf-signature", leafPlace + "signature", inAdd, "The input ends inside the leaf's signature."},
		{"extension", extensionPlace + "1", fetched, "The input ends inside the data of an extension of the KeyPackage."},
	} {
		p.reject("2.1.2-05-"+c.what+"-cut", c.comment, inContent, everything, c.usual, endsInside(c.place, 1))
	}
	p.reject("2.1.2-05-certificate-cut", "The input ends inside the second certificate.", inContent, inAdd, p.hasChain(p.chainOfTwo()...), endsInside(certificatePlace+"1", 5))
	p.reject("2.1.2-05-identity-20000-cut", "The input ends inside an identity of 20000 bytes.", inContent, identity(pattern(20000)), endsInside("identity", 30))
	p.reject("2.1.2-05-signature-cut", "The last byte of the KeyPackage's signature is missing.", inContent, everything, endsShort("signature"))
	p.reject("2.1.2-05-signature-cut-in-add", "In an Add proposal, the last byte of the KeyPackage's signature is missing.", inContent, inAdd, endsShort("signature"))
}
