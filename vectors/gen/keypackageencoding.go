package main

// integers are about the end of the input and of structures (Sections 2.1 and
// 2.1.1).
func (p *packages) integers() {
	p.either("2.1-02-application-id-byte-behind", "A byte is left over in the extension_data of application_id, on which the RFC states no rule.",
		ids{"rfc9420-2.1-02"}, leafHas(applicationID, with(vector("device 1"), 0)))
	p.either("2.1-02-last-resort-data", "The last_resort extension, whose structure is empty, has a byte of data, on which the RFC states no rule.",
		ids{"rfc9420-2.1-02"}, lists(lastResort), packageHas(lastResort, []byte{0}))
	p.either("2.1-03-byte-behind-message", "A byte follows the MLSMessage, and whoever reads from a stream may leave it for later.",
		ids{"rfc9420-2.1-03"}, trailing(0))
	p.either("2.1-03-byte-behind-struct", "A byte follows the bare KeyPackage, and whoever reads from a stream may leave it for later.",
		ids{"rfc9420-2.1-03"}, inAdd, trailing(0))
	p.either("2.1-03-message-behind-message", "The header of another MLSMessage follows the first one, as in a stream.",
		ids{"rfc9420-2.1-03"}, trailing(0, mls10, 0, wireKeyPackage))
}

func trailing(b ...byte) change {
	return func(s *sketch) { s.trailer = b }
}

// lengths are headers of forms that do not occur (Section 2.1.2). Where
// signatures cover them, they cover them as they stand.
func (p *packages) lengths() {
	long := ids{"rfc9420-2.1.2-02"}
	for _, c := range []struct{ what, place, comment string }{
		{"init-key", "init_key", "the init_key"},
		{"encryption-key", "encryption_key", "the encryption_key"},
		{"signature-key", "signature_key", "the signature_key"},
		{"versions", "versions", "capabilities.versions"},
		{"proposals", "proposals", "the empty list capabilities.proposals"},
		{"leaf-extensions", leafPlace + "extensions", "the leaf's empty list of extensions"},
		{"extensions", "extensions", "the KeyPackage's empty list of extensions"},
	} {
		p.reject("2.1.2-02-"+c.what, "The length of "+c.comment+" is in the form that is next after the shortest, and the signatures cover it so.",
			long, lengthOf(c.place, longer))
	}
	p.reject("2.1.2-02-identity-63", "The length 63 of the identity is 0x403f, where 0x3f suffices.", long, inAdd, identity(letters(63)), lengthOf("identity", twoBytes))
	p.reject("2.1.2-02-identity-16383", "The length 16383 of the identity is 0x80003fff, where 0x7fff suffices.", long, identity(pattern(16383)), lengthOf("identity", fourBytes))
	p.reject("2.1.2-02-cipher-suites-four-bytes", "The length of capabilities.cipher_suites takes four bytes, where one suffices.", long, inAdd, lengthOf("cipher_suites", fourBytes))
	p.reject("2.1.2-02-credentials-four-bytes", "The length of capabilities.credentials takes four bytes, where one suffices.", long, lengthOf("credentials", fourBytes))
	p.reject("2.1.2-02-leaf-extension-data", "The length of the data of an extension in the leaf takes two bytes, where one suffices.", long, inAdd, everything, lengthOf(leafPlace+extensionPlace+"0", twoBytes))
	p.reject("2.1.2-02-extension-data", "The length of the empty data of last_resort takes two bytes, where one suffices.", long, everything, lengthOf(extensionPlace+"0", twoBytes))
	p.reject("2.1.2-02-leaf-signature", "The length of the leaf's signature takes four bytes, which only the signature of the KeyPackage covers.", long, lengthOf(leafPlace+"signature", fourBytes))
	p.reject("2.1.2-02-signature", "The length of the KeyPackage's signature takes four bytes, which no signature covers.", long, lengthOf("signature", fourBytes))
	p.reject("2.1.2-02-signature-in-add", "In an Add proposal, the length of the KeyPackage's signature takes four bytes, which no signature covers.", long, inAdd, lengthOf("signature", fourBytes))

	meaningless := ids{"rfc9420-2.1.2-03"}
	for _, c := range []struct{ what, place, comment string }{
		{"init-key", "init_key", "the init_key"},
		{"versions", "versions", "capabilities.versions"},
		{"leaf-extensions", leafPlace + "extensions", "the leaf's empty list of extensions"},
		{"signature", "signature", "the KeyPackage's signature"},
	} {
		p.reject("2.1.2-03-quic-"+c.what, "The length of "+c.comment+" takes eight bytes, which RFC 9000 has and MLS has not.", meaningless, lengthOf(c.place, quicBytes))
	}
	p.reject("2.1.2-03-masked-identity", "The length 64 of the identity is 0xc0000040, which is right for a reader that masks the first two bits.", meaningless, inAdd, identity(letters(64)), lengthOf("identity", masked))
	p.reject("2.1.2-03-masked-leaf-signature", "The length of the leaf's signature has four bytes that begin with two set bits.", meaningless, lengthOf(leafPlace+"signature", masked))
	p.reject("2.1.2-03-masked-extension-data", "The length of the data of an extension has four bytes that begin with two set bits.", meaningless, inAdd, everything, lengthOf(extensionPlace+"1", masked))
}

// boundaries are the lengths at which another form begins.
func (p *packages) boundaries() {
	shown := ids{"rfc9420-2.1.2-07"}
	p.accept("2.1.2-07-identity-63", "An identity of 63 bytes, the most that a header of one byte can announce.", shown, identity(letters(63)))
	p.accept("2.1.2-07-identity-64", "An identity of 64 bytes, the fewest for a header of two bytes.", shown, identity(letters(64)))
	p.accept("2.1.2-07-extension-data-16383", "Data of 16383 bytes in an extension of the leaf, the most that a header of two bytes can announce, in a list that needs four.",
		shown, inAdd, lists(privateUse), leafHas(privateUse, pattern(16383)))
	p.accept("2.1.2-07-extension-data-16384", "Data of 16384 bytes in an extension of the KeyPackage, the fewest for a header of four bytes.",
		shown, lists(privateUse), packageHas(privateUse, pattern(16384)))
	p.accept("2.1.2-07-capabilities-64", "A list of 32 proposal types, 64 bytes, in the capabilities.", shown, func(s *sketch) {
		s.leaf.capabilities.Proposals = from(0x1000, 32)
	})
	p.accept("2.1.2-07-capabilities-16384", "A list of 8192 extension types, 16384 bytes, in the capabilities.", shown, inAdd, func(s *sketch) {
		s.leaf.capabilities.Extensions = from(0x1000, 8192)
	})
}

// from are n code points in their order.
func from(first uint16, n int) []uint16 {
	list := make([]uint16, n)
	for i := range list {
		list[i] = first + uint16(i)
	}
	return list
}

// longLengths pass the end of what they are in. What they announce too much is
// not there, so that who takes what there is has the right value.
func (p *packages) longLengths() {
	long := ids{"rfc9420-2.1-01", "rfc9420-2.1.2-05"}
	p.reject("2.1.2-05-signature-one-more", "The length of the KeyPackage's signature is one more than there are bytes left.", long, lengthOf("signature", claiming(1)))
	p.reject("2.1.2-05-signature-one-more-in-add", "In an Add proposal, the length of the KeyPackage's signature is one more than there are bytes left.", long, inAdd, lengthOf("signature", claiming(1)))
	p.reject("2.1.2-05-signature-largest", "The length of the KeyPackage's signature is 2^30-1, for which no memory should be reserved before looking at what is left.",
		long, lengthOf("signature", exactly(0xbf, 0xff, 0xff, 0xff)))

	within := ids{"rfc9420-2.1.2-05", "rfc9420-2.1.2-06"}
	p.reject("2.1.2-05-leaf-extension-data", "The data of the leaf's last extension is announced with one byte more than its list has.", within, everything,
		lengthOf(leafPlace+extensionPlace+"1", claiming(1)))
	p.reject("2.1.2-05-extension-data", "The data of the KeyPackage's last extension is announced with one byte more than its list has.", within, inAdd, everything,
		lengthOf(extensionPlace+"1", claiming(1)))
	p.reject("2.1.2-05-extension-data-largest", "The data of the KeyPackage's last extension is announced with 2^30-1 bytes.", within, everything,
		lengthOf(extensionPlace+"1", exactly(0xbf, 0xff, 0xff, 0xff)))
	p.reject("2.1.2-05-certificate", "The last certificate is announced with one byte more than its chain has.", within, p.hasChain(p.chainOfTwo()...),
		lengthOf(certificatePlace+"1", claiming(1)))
}

// incompleteElements are at the end of vectors whose lengths fit all around
// them. The signatures cover them.
func (p *packages) incompleteElements() {
	incomplete := ids{"rfc9420-2.1.2-06"}
	more := func(place string, b ...byte) change {
		return contentOf(place, func(content []byte) []byte { return with(content, b...) })
	}
	for _, c := range []struct{ what, place string }{
		{"versions", "versions"},
		{"cipher_suites", "cipher_suites"},
		{"extensions", "capabilities.extensions"},
		{"proposals", "proposals"},
		{"credentials", "credentials"},
	} {
		p.reject("2.1.2-06-capabilities-"+c.what, "There is half a value at the end of capabilities."+c.what+".", incomplete, more(c.place, 0xf0))
	}
	p.reject("2.1.2-06-leaf-extensions-half-type", "The leaf's extensions end after the first byte of a type.", incomplete, inAdd, more(leafPlace+"extensions", 0xf0))
	p.reject("2.1.2-06-extensions-half-type", "The KeyPackage's extensions end after the first byte of a type.", incomplete, everything, more("extensions", 0xf0))
	p.reject("2.1.2-06-leaf-extensions-no-data", "The leaf's extensions end after a type, where the length of the data should be.", incomplete, lists(privateUse), more(leafPlace+"extensions", 0xf0, 0x01))
	p.reject("2.1.2-06-extensions-half-length", "The KeyPackage's extensions end after the first of two bytes of a length.", incomplete, inAdd, lists(privateUse), more("extensions", 0xf0, 0x01, 0x40))
	p.reject("2.1.2-06-certificates-half-length", "The chain ends after the first of two bytes of a certificate's length.", incomplete, p.hasChain(p.chainOfTwo()...), more("certificates", 0x40))
}
