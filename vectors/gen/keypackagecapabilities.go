package main

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// capabilities are about what a client says that it supports (Sections 7.2 and
// 11.1).
func (p *packages) capabilities() {
	supports := func(edit func(c *format.Capabilities)) change {
		return func(s *sketch) { edit(&s.leaf.capabilities) }
	}
	p.accept("7.2-06-unknown-0x1234", "Each of the five lists ends with the unknown value 0x1234.", ids{"rfc9420-7.2-06"}, supports(func(c *format.Capabilities) {
		for _, list := range []*format.Types{&c.Versions, &c.CipherSuites, &c.Extensions, &c.Proposals, &c.Credentials} {
			*list = append(*list, unknownType)
		}
	}))
	p.accept("13.4-01-private-use", "Each list but versions begins with values for private use, in front of what is known.", ids{"rfc9420-7.2-06", "rfc9420-13.4-01"}, inAdd, supports(func(c *format.Capabilities) {
		for _, list := range []*format.Types{&c.CipherSuites, &c.Extensions, &c.Proposals, &c.Credentials} {
			*list = append([]uint16{privateUse, 0xffff}, *list...)
		}
	}))
	p.accept("7.2-06-reserved", "Each list ends with the reserved value 0, which has no effect either.", ids{"rfc9420-7.2-06"}, supports(func(c *format.Capabilities) {
		for _, list := range []*format.Types{&c.Versions, &c.CipherSuites, &c.Extensions, &c.Proposals, &c.Credentials} {
			*list = append(*list, 0)
		}
	}))
	p.accept("7.2-06-later-version", "A version that RFC 9420 does not know stands in front of mls10.", ids{"rfc9420-7.2-06", "rfc9420-11.1-01"}, supports(func(c *format.Capabilities) {
		c.Versions = []uint16{2, mls10}
	}))
	p.accept("7.2-06-all-suites", "All suites of RFC 9420 are listed, that of the group among them.", ids{"rfc9420-11.1-02"}, inAdd, supports(func(c *format.Capabilities) {
		c.CipherSuites = from(1, 7)
	}))
	p.accept("7.2-06-twice", "The client's suite and credential type are listed twice, which nothing forbids.", ids{"rfc9420-7.2-06"}, supports(func(c *format.Capabilities) {
		c.CipherSuites = append(c.CipherSuites, p.number)
		c.Credentials = append(c.Credentials, basicCredential)
	}))
	p.accept("7.2-06-long-lists", "Four of the lists have 300 unknown values each, and what is needed stands at the end.", ids{"rfc9420-7.2-06", "rfc9420-2.1.2-07"}, supports(func(c *format.Capabilities) {
		for _, list := range []*format.Types{&c.CipherSuites, &c.Extensions, &c.Proposals, &c.Credentials} {
			*list = append(from(0x2000, 300), *list...)
		}
	}))

	version := ids{"rfc9420-11.1-01", "rfc9420-10.1-03"}
	p.reject("11.1-01-other-version", "The capabilities list version 2 only, and the KeyPackage is one of mls10.", version, supports(func(c *format.Capabilities) { c.Versions = []uint16{2} }))
	p.reject("11.1-01-no-version", "The capabilities list no version.", version, inAdd, supports(func(c *format.Capabilities) { c.Versions = nil }))
	p.reject("11.1-01-version-byte-order", "The capabilities list mls10 in the wrong byte order.", version, supports(func(c *format.Capabilities) { c.Versions = []uint16{0x0100} }))
	suite := ids{"rfc9420-11.1-02", "rfc9420-10.1-03"}
	p.reject("11.1-02-other-suites", "The capabilities list all suites of RFC 9420 but that of the KeyPackage and the group.", suite, supports(func(c *format.Capabilities) {
		c.CipherSuites = slices.DeleteFunc(from(1, 7), func(n uint16) bool { return n == p.number })
	}))
	p.reject("11.1-02-no-suite", "The capabilities list no suite.", suite, inAdd, supports(func(c *format.Capabilities) { c.CipherSuites = nil }))
	p.reject("11.1-02-grease-only", "The capabilities list a suite for GREASE and no other.", suite, supports(func(c *format.Capabilities) { c.CipherSuites = []uint16{0x0a0a} }))
}

// defaults are types that every client supports and does not list (Section 7.2).
func (p *packages) defaults() {
	open := ids{"rfc9420-7.2-01"}
	proposals := func(list ...uint16) change {
		return func(s *sketch) { s.leaf.capabilities.Proposals = append(s.leaf.capabilities.Proposals, list...) }
	}
	p.either("7.2-01-proposals", "The capabilities list the default proposal types 1 to 7, which clients are told to leave out and receivers are not told to refuse.", open, proposals(from(1, 7)...))
	p.either("7.2-01-extensions", "The capabilities list the default extension types 1 to 5, which clients are told to leave out and receivers are not told to refuse.", open, lists(from(1, 5)...))
	p.either("7.2-01-one-proposal", "The capabilities list the default proposal type add beside one for private use.", open, inAdd, proposals(privateUse, 1))
	p.either("7.2-01-one-extension", "The capabilities list the default extension type application_id, and the leaf has this extension.", open, inAdd,
		lists(applicationID), leafHas(applicationID, vector("device 1")))
}

// grease has the fifteen values of Section 13.5 where clients may put them.
func (p *packages) grease() {
	shown := ids{"rfc9420-13.5-01", "rfc9420-13.5-05"}
	all := greaseValues()
	everywhere := func(s *sketch) {
		c := &s.leaf.capabilities
		c.CipherSuites = append(c.CipherSuites, all...)
		c.Extensions = append(c.Extensions, all...)
		c.Proposals = append(c.Proposals, all...)
		c.Credentials = append(c.Credentials, all...)
		for i, v := range all {
			leafHas(v, letters(i))(s)
			packageHas(v, letters(2*i))(s)
		}
	}
	p.accept("13.5-05-everywhere", "All fifteen GREASE values are in four of the capabilities lists, in the extensions of the leaf and in those of the KeyPackage.", shown, everywhere)
	p.accept("13.5-05-everywhere-in-add", "In an Add proposal, all fifteen GREASE values are wherever Section 13.5 allows them.", shown, inAdd, everywhere, identity([]byte("grease")))
	p.accept("13.5-05-first", "In the capabilities, GREASE values stand in front of the ones that are needed.", shown, func(s *sketch) {
		c := &s.leaf.capabilities
		c.CipherSuites = append([]uint16{0x3a3a}, c.CipherSuites...)
		c.Credentials = append([]uint16{0xaaaa}, c.Credentials...)
	})
	p.accept("13.5-02-content", "A GREASE extension of the KeyPackage has 300 bytes of random data, since its content can be anything.", ids{"rfc9420-13.5-02", "rfc9420-10-10"},
		lists(0x5a5a), packageHas(0x5a5a, p.bytes("key package grease", 300)))
	p.accept("13.5-05-leaf-content", "A GREASE extension of the leaf, which is listed, has no data.", shown, lists(0xcaca), leafHas(0xcaca, nil))
	p.reject("7.2-03-grease", "A GREASE extension of the leaf is not listed in its capabilities, which is not forgiven for being GREASE.",
		ids{"rfc9420-7.2-03", "rfc9420-10.1-03"}, leafHas(0x6a6a, []byte{1}))
	p.reject("7.2-03-other-grease", "A GREASE extension of the leaf is not listed, and another GREASE value is.",
		ids{"rfc9420-7.2-03", "rfc9420-10.1-03"}, inAdd, lists(0x7a7a), leafHas(0x8a8a, nil))
}

// leafExtensions are about the extensions of the leaf (Sections 7.2, 13.4 and
// 17.3).
func (p *packages) leafExtensions() {
	p.accept("7.2-04-application-id", "The leaf has an application_id, and no extension type is listed, since application_id is a default.", ids{"rfc9420-7.2-04"},
		leafHas(applicationID, vector("device 1")))
	p.accept("7.2-04-application-id-empty", "The application_id of the leaf is empty.", ids{"rfc9420-7.2-04"}, inAdd, leafHas(applicationID, vector("")))
	p.accept("13.4-03-unknown-leaf-extension", "The leaf has an extension of the unknown type 0x1234, which is listed.", ids{"rfc9420-13.4-03", "rfc9420-7.2-03"},
		lists(unknownType), leafHas(unknownType, letters(5)))
	p.accept("13.4-03-leaf-extensions-unordered", "The leaf has three listed extensions in another order than their numbers and the list.", ids{"rfc9420-13.4-03"}, inAdd,
		lists(privateUse, unknownType), leafHas(privateUse, nil), leafHas(applicationID, vector("device 1")), leafHas(unknownType, []byte{0}))
	p.accept("13.4-03-large-leaf-extension", "A listed extension of the leaf has 20000 bytes.", ids{"rfc9420-13.4-03"}, lists(privateUse), leafHas(privateUse, pattern(20000)))
	p.either("17.3-01-leaf-last_resort", "The leaf has the extension last_resort, which is for KeyPackages, and no text orders refusal.", ids{"rfc9420-17.3-01"}, lists(lastResort), leafHas(lastResort, nil))
	p.accept("13.4-03-many-leaf-extensions", "The leaf has 100 extensions of unknown types, all of them listed.", ids{"rfc9420-13.4-03"}, lists(from(0x3000, 100)...), func(s *sketch) {
		for _, v := range from(0x3000, 100) {
			leafHas(v, nil)(s)
		}
	})

	unlisted := ids{"rfc9420-7.2-03", "rfc9420-10.1-03"}
	p.reject("7.2-03-unlisted", "The leaf has an extension of a type that its capabilities do not list.", unlisted, leafHas(privateUse, letters(5)))
	p.reject("7.2-03-unlisted-among-listed", "Of the leaf's extensions, the last one is not listed.", unlisted, inAdd,
		lists(unknownType), leafHas(applicationID, vector("device 1")), leafHas(unknownType, nil), leafHas(privateUse, nil))
	p.reject("7.2-03-listed-as-proposal", "The type of the leaf's extension is listed among the proposals, and not among the extensions.", unlisted, leafHas(privateUse, nil), func(s *sketch) {
		s.leaf.capabilities.Proposals = []uint16{privateUse}
	})
	p.reject("7.2-03-last-resort", "The leaf has an extension of the type of last_resort, which is no default, without listing it.", unlisted, leafHas(lastResort, nil))

	twice := ids{"rfc9420-13.4-04", "rfc9420-10.1-03"}
	p.reject("13.4-04-application-id-twice", "The leaf has two application_id that differ.", twice, leafHas(applicationID, vector("device 1")), leafHas(applicationID, vector("device 2")))
	p.reject("13.4-04-leaf-unknown-twice", "The leaf has an unknown extension twice, with the same data and another one between.", twice, inAdd,
		lists(privateUse), leafHas(privateUse, nil), leafHas(applicationID, vector("device 1")), leafHas(privateUse, nil))

	for _, e := range p.misplaced() {
		if e.number == applicationID {
			continue // belongs into a leaf
		}
		p.either(fmt.Sprintf("17.3-01-leaf-%s", e.name), "The leaf has the extension "+e.name+", which is for other objects, and no text orders refusal.",
			ids{"rfc9420-17.3-01"}, leafHas(e.number, e.data))
	}
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
	p.accept("10-10-unknown", "The KeyPackage has the unknown extension 0x2a2a, which is listed, and has to be ignored.", ids{"rfc9420-10-10"}, lists(0x2a2a), packageHas(0x2a2a, letters(5)))
	p.accept("13.4-03-unknown-extension", "The KeyPackage has an extension for private use, which is listed.", ids{"rfc9420-10-10", "rfc9420-13.4-03"}, inAdd, lists(privateUse), packageHas(privateUse, nil))
	p.accept("10-10-large", "A listed extension of the KeyPackage has 20000 bytes.", ids{"rfc9420-10-10"}, lists(privateUse), packageHas(privateUse, pattern(20000)))
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
