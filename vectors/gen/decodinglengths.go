package main

import (
	"fmt"
	"maps"
	"slices"
)

// longForms, undefinedForms and the next tables are about the headers and the
// ends of vectors (Section 2.1.2). Signatures cover them as they stand.
func (d *decodings) longForms() {
	long := ids{"rfc9420-2.1.2-02"}
	d.eachField(func(m *sample, _ *writer, e extent) {
		if e.isVector() {
			d.reject("2.1.2-02-"+m.what+"-"+nameOf(e.place), "The length of "+e.place+" of "+m.comment+" is in the form that is next after the shortest.",
				long, m.change, lengthOf(e.place, longer))
		}
	})
	remove := proposes(removeProposal(0))
	aad := func(n int) change { return d.public(remove, func(f *framed) { f.aad = pattern(n) }) }
	d.reject("2.1.2-02-63", "The length 63 of authenticated_data is 0x403f, where 0x3f suffices.", long, aad(63), lengthOf("authenticated_data", twoBytes))
	d.reject("2.1.2-02-16383", "The length 16383 of authenticated_data is 0x80003fff, where 0x7fff suffices.", long, aad(16383), lengthOf("authenticated_data", fourBytes))
	d.reject("2.1.2-02-four-bytes", "The length 0 of authenticated_data takes four bytes.", long, aad(0), lengthOf("authenticated_data", fourBytes))
}

func (d *decodings) undefinedForms() {
	meaningless := ids{"rfc9420-2.1.2-03"}
	d.eachField(func(m *sample, _ *writer, e extent) {
		if !e.isVector() {
			return
		}
		what := "2.1.2-03-" + m.what + "-" + nameOf(e.place)
		d.reject(what+"-quic", "The length of "+e.place+" of "+m.comment+" takes eight bytes, which RFC 9000 has and MLS has not.",
			meaningless, m.change, lengthOf(e.place, quicBytes))
		if e.end > e.content {
			d.reject(what+"-masked", "The length of "+e.place+" of "+m.comment+" has four bytes that begin with two set bits.",
				meaningless, m.change, lengthOf(e.place, masked))
		}
	})
}

// longLengths pass the end of what they are in. What they announce too much is
// not there, so that who takes what there is has the right value.
func (d *decodings) longLengths() {
	past, within := ids{"rfc9420-2.1-01", "rfc9420-2.1.2-05"}, ids{"rfc9420-2.1.2-05", "rfc9420-2.1.2-06"}
	last := map[string]string{ // field of the message
		"remove": "membership_tag", "external-remove": signaturePlace, "external-commit": "confirmation_tag",
		"private": "ciphertext", "welcome": "encrypted_group_info", "group-info": "signature", "key-package": "signature",
	}
	inner := map[string][]string{ // that are the last of what a vector holds
		"reinit":      {"new extension_data 0"},
		"extensions":  {"extension_data 0"},
		"commit":      {"proposal 1 reference", "path root encrypted_path_secret", "path root secret 1 ciphertext"},
		"welcome":     {"entry 1 ciphertext"},
		"group-info":  {"extension_data 0", "context extension_data 0"},
		"key-package": {"extension_data 1", "leaf extension_data 1"},
	}
	for _, m := range d.samples() {
		if place := last[m.what]; place != "" {
			what, comment := "2.1.2-05-"+m.what, "The length of "+place+", the last field of "+m.comment+", "
			d.reject(what+"-one-more", comment+"is one more than there are bytes left.", past, m.change, lengthOf(place, claiming(1)))
			d.reject(what+"-largest", comment+"is 2^30-1, for which no memory should be reserved before looking at what is left.",
				past, m.change, lengthOf(place, exactly(0xbf, 0xff, 0xff, 0xff)))
		}
		for _, place := range inner[m.what] {
			what, comment := "2.1.2-05-"+m.what+"-"+nameOf(place), "The field "+place+" of "+m.comment+", the last in its vector, is announced with "
			d.reject(what+"-one-more", comment+"one byte more than that has.", within, m.change, lengthOf(place, claiming(1)))
			d.reject(what+"-largest", comment+"2^30-1 bytes.", within, m.change, lengthOf(place, exactly(0xbf, 0xff, 0xff, 0xff)))
		}
	}
}

// incompleteElements are at the end of vectors whose lengths fit all around
// them.
func (d *decodings) incompleteElements() {
	incomplete := ids{"rfc9420-2.1.2-06"}
	type ending struct {
		what, comment string
		bytes         []byte
	}
	half := ending{"half-value", "half a value", []byte{0xf0}}
	halfLength := ending{"half-length", "the first of two bytes of an element's length", []byte{0x40}}
	extensions := []ending{
		{"half-type", "the first byte of an extension_type", []byte{0xf0}},
		{"no-data", "an extension_type without extension_data", []byte{0xf0, 0x01}},
		{"half-length", "an extension_type and the first of two bytes of a length", []byte{0xf0, 0x01, 0x40}},
	}
	endings := map[string]map[string][]ending{
		"update": {
			"updated versions": {half}, "updated cipher_suites": {half}, "updated capabilities.extensions": {half}, "updated proposals": {half},
			"updated credentials": {half}, "updated leaf extensions": extensions,
		},
		"reinit":     {"new extensions": extensions},
		"extensions": {"extensions": extensions},
		"commit": {
			"proposals": {
				{"no-proposal", "a type of ProposalOrRef without the proposal", []byte{byValue}},
				{"half-proposal-type", "the first byte of a proposal_type", []byte{byValue, 0}},
				{"half-remove", "a Remove that ends inside of its index", []byte{byValue, 0, proposalRemove, 0, 0, 0}},
				{"no-reference", "a type of ProposalOrRef without the reference", []byte{byReference}},
				{"half-length", "the first of two bytes of a reference's length", []byte{byReference, 0x40}},
			},
			"path nodes": {halfLength}, "path root encrypted_path_secret": {halfLength},
		},
		"welcome":     {"secrets": {halfLength}},
		"group-info":  {"extensions": extensions, "context extensions": extensions},
		"key-package": {"extensions": extensions},
	}
	for _, m := range d.samples() {
		for _, place := range slices.Sorted(maps.Keys(endings[m.what])) {
			for _, e := range endings[m.what][place] {
				d.reject(fmt.Sprintf("2.1.2-06-%s-%s-%s", m.what, nameOf(place), e.what),
					fmt.Sprintf("The vector %s of %s has %s at its end.", place, m.comment, e.comment),
					incomplete, m.change, contentOf(place, func(content []byte) []byte { return with(content, e.bytes...) }))
			}
		}
	}
	d.reject("2.1.2-06-certificates-half-length", "The vector certificates of a KeyPackage has the first of two bytes of a certificate's length at its end.", incomplete,
		d.packages.hasChain(d.packages.chainOfTwo()...), contentOf("certificates", func(content []byte) []byte { return with(content, 0x40) }))
}
