package main

// leafExtensions are about the extensions of the leaf (Sections 7.2, 13.4 and
// 17.3).
func (p *packages) leafExtensions() {
	// Accepting is the sensible reading, since nobody could have this extension
	// otherwise; refusing is the literal one.
	p.either("7.2-04-application-id", "The leaf has an application_id that is not listed: Section 7.2 forbids to list defaults, and Section 7.3 wants the type of each extension listed.", ids{"rfc9420-7.2-04"},
		leafHas(applicationID, vector("device 1")))
	p.either("7.2-04-application-id-empty", "The application_id of the leaf is empty, and not listed, as Section 7.2 says and Section 7.3 does not.", ids{"rfc9420-7.2-04"}, inAdd, leafHas(applicationID, vector("")))
	p.accept("13.4-03-unknown-leaf-extension", "The leaf has an extension of the unknown type 0x1234, which is listed.", ids{"rfc9420-13.4-03", "rfc9420-7.2-03"},
		lists(unknownType), leafHas(unknownType, letters(5)))
	p.accept("13.4-03-leaf-extensions-unordered", "The leaf has three listed extensions in another order than their numbers and the list.", ids{"rfc9420-13.4-03"}, inAdd,
		lists(privateUse, 0x3000, unknownType), leafHas(privateUse, nil), leafHas(0x3000, letters(3)), leafHas(unknownType, []byte{0}))
	p.accept("13.4-03-many-leaf-extensions", "The leaf has 100 extensions of unknown types, all of them listed.", ids{"rfc9420-13.4-03"}, lists(from(0x3000, 100)...), func(s *sketch) {
		for _, v := range from(0x3000, 100) {
			leafHas(v, nil)(s)
		}
	})

	unlisted := ids{"rfc9420-7.2-03", "rfc9420-10.1-03"}
	p.reject("7.2-03-unlisted", "The leaf has an extension of a type that its capabilities do not list.", unlisted, leafHas(privateUse, letters(5)))
	p.reject("7.2-03-unlisted-among-listed", "Of the leaf's extensions, the last one is not listed.", unlisted, inAdd,
		lists(unknownType, 0x3000), leafHas(0x3000, nil), leafHas(unknownType, nil), leafHas(privateUse, nil))
	p.reject("7.2-03-listed-as-proposal", "The type of the leaf's extension is listed among the proposals, and not among the extensions.", unlisted, leafHas(privateUse, nil), func(s *sketch) {
		s.leaf.capabilities.Proposals = []uint16{privateUse}
	})
	p.reject("7.2-03-last-resort", "The leaf has an extension of the type of last_resort, which is no default, without listing it.", unlisted, leafHas(lastResort, nil))

	twice := ids{"rfc9420-13.4-04", "rfc9420-10.1-03"}
	p.reject("13.4-04-application-id-twice", "The leaf has two application_id that differ.", twice, leafHas(applicationID, vector("device 1")), leafHas(applicationID, vector("device 2")))
	p.reject("13.4-04-leaf-unknown-twice", "The leaf has an unknown extension twice, with the same data and another one between.", twice, inAdd,
		lists(privateUse, 0x3000), leafHas(privateUse, nil), leafHas(0x3000, nil), leafHas(privateUse, nil))

	for _, e := range p.misplaced() {
		if e.number == applicationID {
			continue // belongs into a leaf
		}
		p.either("17.3-01-leaf-"+e.name, "The leaf has the extension "+e.name+", which is for other objects, and no text orders refusal.",
			ids{"rfc9420-17.3-01"}, leafHas(e.number, e.data))
	}
	p.either("17.3-01-leaf-last_resort", "The leaf has the extension last_resort, which is for KeyPackages, and no text orders refusal.",
		ids{"rfc9420-17.3-01"}, lists(lastResort), leafHas(lastResort, nil))
}

// A misplacedExtension is well-formed, and belongs elsewhere.
type misplacedExtension struct {
	name string
	extension
}

func (p *packages) misplaced() []misplacedExtension {
	return []misplacedExtension{
		{"application_id", extension{applicationID, vector("device 1")}},
		{"ratchet_tree", extension{ratchetTree, p.pair().ratchetTree()}},
		{"required_capabilities", requires(nil, nil, nil)},
		{"external_pub", extension{externalPub, vector(p.kemKey("key package external").public)}},
		{"external_senders", extension{externalSenders, senders(p.other.public, "sender")}},
	}
}

// packageExtensions are about the extensions of the KeyPackage itself (Sections
// 10, 13.4 and 17.3).
func (p *packages) packageExtensions() {
	p.accept("10-10-unknown", "The KeyPackage has the unknown extension 0x1234, which is listed, and has to be ignored.", ids{"rfc9420-10-10"}, lists(unknownType), packageHas(unknownType, letters(5)))
	p.accept("13.4-03-unknown-extension", "The KeyPackage has an extension for private use, which is listed.", ids{"rfc9420-10-10", "rfc9420-13.4-03"}, inAdd, lists(privateUse), packageHas(privateUse, nil))
	p.accept("10-01-last-resort", "The KeyPackage is marked as a last resort by the extension of the MLS extensions draft, which is listed.", ids{"rfc9420-10-01"}, lists(lastResort), packageHas(lastResort, nil))
	p.accept("10-01-last-resort-beside-others", "The last_resort extension stands between unknown ones.", ids{"rfc9420-10-01", "rfc9420-10-10"}, inAdd,
		lists(unknownType, lastResort, privateUse), packageHas(unknownType, letters(5)), packageHas(lastResort, nil), packageHas(privateUse, letters(9)))
	p.accept("13.4-03-same-type-in-both", "Leaf and KeyPackage have an extension of the same type, which is no repetition.", ids{"rfc9420-13.4-03"}, lists(privateUse), leafHas(privateUse, []byte{1}), packageHas(privateUse, []byte{2}))

	twice := ids{"rfc9420-13.4-04"}
	p.reject("13.4-04-grease-twice", "The KeyPackage has the extension 0x0a0a twice, and GREASE is no exception.", twice, lists(0x0a0a), packageHas(0x0a0a, []byte{1}), packageHas(0x0a0a, []byte{2}))
	p.reject("13.4-04-unknown-twice", "The KeyPackage has an unknown extension twice, with the same data.", twice, inAdd, lists(privateUse), packageHas(privateUse, nil), packageHas(privateUse, nil))
	p.reject("13.4-04-last-resort-twice", "The KeyPackage has last_resort twice, with another extension between.", twice, lists(lastResort, privateUse),
		packageHas(lastResort, nil), packageHas(privateUse, nil), packageHas(lastResort, nil))

	open := ids{"rfc9420-10-09"}
	p.either("10-09-unknown", "The KeyPackage has an unknown extension that is not listed: Section 10 asks for it to be listed, and for unknown ones to be ignored.", open, packageHas(privateUse, letters(5)))
	p.either("10-09-grease", "The KeyPackage has a GREASE extension that is not listed, which Section 13.5 asks for in the leaf only.", open, inAdd, packageHas(0x9a9a, nil))
	p.either("10-09-last-resort", "The KeyPackage is marked as a last resort, and the type is not listed.", open, packageHas(lastResort, nil))

	for _, e := range p.misplaced() {
		p.either("17.3-01-"+e.name, "The KeyPackage has the extension "+e.name+", which is for other objects, and no text orders refusal.",
			ids{"rfc9420-17.3-01"}, packageHas(e.number, e.data))
	}
}
