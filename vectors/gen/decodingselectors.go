package main

import "fmt"

// presence octets are 0 or 1 (Section 2.1.1).
func (d *decodings) presence() {
	wrong := ids{"rfc9420-2.1.1-01"}
	reference := []part{d.referenced("a")}
	update := updatePath(d.newLeaf(sourceCommit), d.node("root", 1))
	for _, v := range []uint8{2, 3, 0x80, 0xff} {
		d.reject(fmt.Sprintf("2.1.1-01-absent-%d", v), fmt.Sprintf("The presence octet of a Commit's path, which is not there, is %d.", v),
			wrong, d.public(commits(reference, pathPresent(v))))
		d.reject(fmt.Sprintf("2.1.1-01-present-%d", v), fmt.Sprintf("The presence octet of a Commit's path, which is there, is %d.", v),
			wrong, d.public(commits(reference, fields(pathPresent(v), update))))
	}
}

// selectors decide what follows. There is no structure for a value that a select
// does not have (RFC 8446, Section 3.8).
func (d *decodings) selectors() {
	d.wireFormats()
	for _, v := range []uint8{0, 5, 255} {
		d.reject(fmt.Sprintf("6-06-sender-type-%d", v), fmt.Sprintf("The sender_type is %d, which is not defined, with nothing behind it.", v),
			ids{"rfc9420-6-06"}, d.public(proposes(removeProposal(0)), d.bySender(v)))
	}
	for _, v := range []uint8{0, 4, 255} {
		d.reject(fmt.Sprintf("6-07-content-type-%d", v), fmt.Sprintf("The content_type of a PublicMessage is %d, which is not defined, with no content behind it.", v),
			ids{"rfc9420-6-07"}, d.public(func(f *framed) { f.contentType, f.content = v, fields() }))
	}
	for _, v := range []uint8{0, 3, 255} {
		d.reject(fmt.Sprintf("8.4-04-psktype-%d", v), fmt.Sprintf("The psktype is %d, which is not defined, with a psk_id behind it.", v),
			ids{"rfc9420-8.4-04"}, d.public(proposes(d.pskProposal(v, opaque("psk_id", []byte("psk of decoding"))))))
		d.reject(fmt.Sprintf("8.4-04-psktype-%d-in-commit", v), fmt.Sprintf("The psktype is %d, which is not defined, in a Commit.", v),
			ids{"rfc9420-8.4-04"}, d.public(commits([]part{included(d.pskProposal(v, opaque("psk_id", []byte("psk of decoding"))))}, noPath())))
		d.reject(fmt.Sprintf("12.4-09-type-%d", v), fmt.Sprintf("The type of a ProposalOrRef is %d, which is not defined, with a reference behind it.", v),
			ids{"rfc9420-12.4-09"}, d.public(commits([]part{d.referenced("a"), fields(number("type", uint64(v), 1), opaque("reference", d.bytes("b", 32)))}, noPath())))
	}
	d.leafSources()
}

// wireFormats are those that RFC 9420 does not have. What follows is a KeyPackage.
func (d *decodings) wireFormats() {
	for _, c := range []struct {
		number        uint16
		what, comment string
	}{
		{0, "0", "0, which is reserved"},
		{6, "6", "6, the first that RFC 9420 does not assign"},
		{0x0500, "byte-order", "mls_key_package in the wrong byte order"},
		{0x0a0a, "grease", "0x0a0a, a value that is for GREASE in other registries"},
		{0xf000, "private-use", "0xf000, for private use"},
		{0xffff, "65535", "0xffff"},
	} {
		d.reject("6-05-wire-format-"+c.what, "The wire_format is "+c.comment+", and what follows is a right KeyPackage.",
			ids{"rfc9420-6-05"}, func(s *sketch) { s.wireFormat = c.number })
	}
}

// leafSources are unknown ones, with bodies and signatures as for update.
func (d *decodings) leafSources() {
	unknown := ids{"rfc9420-7.2-10"}
	for _, v := range []uint8{0, 4, 255} {
		d.reject(fmt.Sprintf("7.2-10-key-package-%d", v), fmt.Sprintf("The leaf_node_source in a KeyPackage is %d, which is not defined, with nothing behind it.", v),
			append(unknown, "rfc9420-10-08"), func(s *sketch) { s.leaf.source = v })
		d.reject(fmt.Sprintf("7.2-10-update-%d", v), fmt.Sprintf("The leaf_node_source in an Update is %d, which is not defined, with nothing behind it.", v),
			append(unknown, "rfc9420-7.3-07"), d.public(proposes(proposal(proposalUpdate, d.newLeaf(v)))))
		d.reject(fmt.Sprintf("7.2-10-path-%d", v), fmt.Sprintf("The leaf_node_source in a path is %d, which is not defined, with nothing behind it.", v),
			append(unknown, "rfc9420-7.5-01"), d.public(commits(nil, path(d.newLeaf(v), d.node("root", 1)))))
	}
}
