package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// capabilities are about what a client says that it supports (Sections 7.2 and
// 11.1).
func (p *packages) capabilities() {
	supports := func(edit func(c *format.Capabilities)) change {
		return func(s *sketch) { edit(&s.leaf.capabilities) }
	}
	for _, list := range []struct {
		what string
		edit func(c *format.Capabilities)
	}{
		{"versions", func(c *format.Capabilities) { c.Versions = append(c.Versions, unknownType) }},
		{"cipher-suites", func(c *format.Capabilities) { c.CipherSuites = append(c.CipherSuites, unknownType) }},
		{"extensions", func(c *format.Capabilities) { c.Extensions = append(c.Extensions, unknownType) }},
		{"proposals", func(c *format.Capabilities) { c.Proposals = append(c.Proposals, unknownType) }},
		{"credentials", func(c *format.Capabilities) { c.Credentials = append(c.Credentials, unknownType) }},
	} {
		p.accept("7.2-06-unknown-"+list.what, "In the capabilities, the "+list.what+" end with the unknown value 0x1234.", ids{"rfc9420-7.2-06"}, supports(list.edit))
	}
	p.accept("13.4-01-private-use", "Each list but versions begins with values for private use, in front of what is known.", ids{"rfc9420-7.2-06", "rfc9420-13.4-01"}, inAdd, supports(func(c *format.Capabilities) {
		for _, list := range []*format.Types{&c.CipherSuites, &c.Extensions, &c.Proposals, &c.Credentials} {
			*list = append([]uint16{privateUse, 0xffff}, *list...)
		}
	}))
	p.either("7.2-06-reserved", "Each list ends with the value 0, which is reserved: that unknown values are ignored may be said of it or not.", ids{"rfc9420-7.2-06"}, supports(func(c *format.Capabilities) {
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
