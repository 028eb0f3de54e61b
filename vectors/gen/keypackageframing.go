package main

// framing is about versions and wire formats (Sections 6, 10 and 10.1).
func (p *packages) framing() {
	message := func(version uint16) change {
		return func(s *sketch) { s.messageVersion = version }
	}
	inner := func(version uint16) change {
		return func(s *sketch) {
			s.version = version
			s.leaf.capabilities.Versions = append(s.leaf.capabilities.Versions, version)
		}
	}
	outside := ids{"rfc9420-6-04", "rfc9420-10-07"}
	p.reject("6-04-message-version-0", "The version of the MLSMessage is 0, which is reserved, and that of the KeyPackage is mls10.", outside, message(0))
	p.reject("6-04-message-version-2", "The version of the MLSMessage is 2, which RFC 9420 does not assign, and that of the KeyPackage is mls10.", outside, message(2))
	p.reject("6-04-message-version-65535", "The version of the MLSMessage is 0xffff, and that of the KeyPackage is mls10.", outside, message(0xffff))
	p.reject("6-04-message-version-256", "The version of the MLSMessage is mls10 in the wrong byte order.", outside, message(0x0100))
	inside := ids{"rfc9420-10-07", "rfc9420-10.1-02"}
	p.reject("10-07-version-0", "The version of the KeyPackage is 0, and that of the MLSMessage around it is mls10.", inside, inner(0))
	p.reject("10-07-version-2", "The version of the KeyPackage is 2, and that of the MLSMessage around it is mls10.", inside, inner(2))
	p.reject("10.1-02-version-2-in-add", "An Add proposal has a KeyPackage of version 2, which cannot be that of the group.", ids{"rfc9420-10.1-02"}, inAdd, inner(2))
	p.reject("10.1-02-version-0-in-add", "An Add proposal has a KeyPackage of version 0, which cannot be that of the group.", ids{"rfc9420-10.1-02"}, inAdd, inner(0), knows(p.pair()))
	p.reject("6-04-both-versions-2", "MLSMessage and KeyPackage have the same version, and it is not mls10.",
		ids{"rfc9420-6-04", "rfc9420-10.1-02"}, message(2), inner(2))

	format := func(number uint16) change {
		return func(s *sketch) { s.wireFormat = number }
	}
	unknown := ids{"rfc9420-6-05"}
	p.reject("6-05-wire-format-0", "The wire format is 0, which is reserved, and what follows is a right KeyPackage.", unknown, format(0))
	p.reject("6-05-wire-format-6", "The wire format is 6, the first that RFC 9420 does not assign, and what follows is a right KeyPackage.", unknown, format(6))
	p.reject("6-05-wire-format-private-use", "The wire format is 0xf000, for private use, and what follows is a right KeyPackage.", unknown, format(0xf000))
	p.reject("6-05-wire-format-byte-order", "The wire format is mls_key_package in the wrong byte order.", unknown, received, format(0x0500))
}

// sources are about leaf_node_source (Sections 7.2 and 10).
func (p *packages) sources() {
	pair, gap := p.pair(), p.gap()
	// In each group the leaf gets the third place, or that of the blank leaf, and
	// a signature that covers this place.
	source := func(number uint8, g *mlsGroup, index uint32) change {
		return func(s *sketch) {
			s.leaf.source = number
			s.leaf.place = placeOf(g.id, index)
			p.joins(g)(s)
		}
	}
	unknown := ids{"rfc9420-7.2-10", "rfc9420-10-08"}
	p.reject("7.2-10-source-0", "The source of the leaf is 0, which is reserved, with a body and a signature as for update.", unknown, source(0, pair, 2))
	p.reject("7.2-10-source-4", "The source of the leaf is 4, which is not defined, with a body and a signature as for update.", unknown, inAdd, source(4, gap, 1))
	p.reject("7.2-10-source-255", "The source of the leaf is 255, which is not defined, with a body and a signature as for update.", unknown, source(255, pair, 2))
	wrong := ids{"rfc9420-10-08", "rfc9420-10.1-03"}
	p.reject("10-08-source-update", "The source of the leaf is update, and its signature fits the place that the leaf would get, the third.", wrong, source(sourceUpdate, pair, 2))
	p.reject("10-08-source-update-in-gap", "The source of the leaf is update, and its signature fits the place that the leaf would get, between others.", wrong, inAdd, source(sourceUpdate, gap, 1))
	p.reject("10-08-source-commit", "The source of the leaf is commit, with an empty parent_hash, and its signature fits the place that the leaf would get.",
		wrong, inAdd, source(sourceCommit, pair, 2))
	p.reject("10-08-source-commit-parent-hash", "The source of the leaf is commit, with a parent_hash of 32 bytes, and its signature fits the place that the leaf would get.",
		wrong, source(sourceCommit, gap, 1), func(s *sketch) { s.leaf.parentHash = p.bytes("key package parent hash", 32) })
	placed := ids{"rfc9420-7.2-12", "rfc9420-7.3-01", "rfc9420-10.1-03"}
	p.reject("7.2-12-placed", "The signature of the leaf covers its place in the group, which it does not with source key_package.", placed, source(sourceKeyPackage, pair, 2))
	p.reject("7.2-12-placed-in-gap", "The signature of the leaf covers its place in the group, between others, which it does not with source key_package.",
		placed, inAdd, source(sourceKeyPackage, gap, 1))
}
