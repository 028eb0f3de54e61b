package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// What is in this file decodes, or might, and is wrong in another way or may be
// left over. Whether a decoder refuses it, or leaves that to whoever processes the
// message, is its own affair.

// trailers follow a whole message (Section 2.1).
func (d *decodings) trailers() {
	open := ids{"rfc9420-2.1-03"}
	remove := proposes(removeProposal(0))
	for _, m := range []struct {
		what, comment string
		change        change
	}{
		{"public", "a PublicMessage", d.public(remove)},
		{"private", "a PrivateMessage", d.private(contentApplication)},
		{"welcome", "a Welcome", d.welcome(1, 1)},
		{"group-info", "a GroupInfo", d.groupInfo(d.group)},
		{"key-package", "a KeyPackage", fetched},
	} {
		d.either("2.1-03-byte-behind-"+m.what, "A byte follows "+m.comment+", and whoever reads from a stream may leave it for later.", open, m.change, trailing(0))
	}
	d.either("2.1-03-message-behind-message", "The header of another MLSMessage follows the first one, as in a stream.", open,
		d.public(remove), trailing(0, mls10, 0, wirePublicMessage))

	tag := change(trailing(vector(d.bytes("membership_tag", 32))...))
	left := ids{"rfc9420-6.2-05", "rfc9420-2.1-03"}
	d.either("6.2-05-external", "A membership_tag follows the proposal of an external sender, for whose messages there is none.", left,
		d.public(remove, d.bySender(senderExternal)), tag)
	d.either("6.2-05-new-member-proposal", "A membership_tag follows the proposal of a new member, for whose messages there is none.", left,
		d.public(proposes(addProposal()), d.bySender(senderNewMemberProposal)), tag)
	d.either("6.2-05-new-member-commit", "A membership_tag follows an external Commit, in which there is none.", left,
		d.public(commits([]part{included(d.externalInitProposal())}, path(d.clientLeaf(sourceCommit))), d.bySender(senderNewMemberCommit)), tag)
	d.either("6.1-13-proposal", "A proposal has two tags, as a Commit has: the second one is left over.", ids{"rfc9420-6.1-13", "rfc9420-2.1-03"},
		d.public(remove, func(f *framed) { f.tags = []string{"confirmation_tag", "membership_tag"} }))
}

// fixedValues are where the RFC has one value, or a few, and nothing after the
// field depends on it.
func (d *decodings) fixedValues() {
	remove := d.public(proposes(removeProposal(0)))
	version := func(v uint16) change {
		return func(s *sketch) { s.messageVersion = v }
	}
	for _, c := range []struct {
		number        uint16
		what, comment string
	}{
		{0, "0", "0, which is reserved"},
		{2, "2", "2, which RFC 9420 does not assign"},
		{0x0100, "byte-order", "mls10 in the wrong byte order"},
		{0xffff, "65535", "0xffff"},
	} {
		d.either("6-04-version-"+c.what, "The version of the MLSMessage is "+c.comment+", and a decoder may read on for others to judge.",
			ids{"rfc9420-6-04"}, remove, version(c.number))
	}
	inner := func(s *sketch) { s.version = 2 }
	d.either("10-07-version-2", "The version of a KeyPackage is 2, and that of the MLSMessage around it is mls10, which is to be compared by whoever receives it.",
		ids{"rfc9420-10-07"}, inner)
	d.either("10.1-02-version-2-in-add", "The version of the KeyPackage in an Add is 2, which cannot be that of the group.",
		ids{"rfc9420-10.1-02"}, d.public(proposes(addProposal())), inner)
	for _, v := range []uint8{0, 4, 255} {
		d.either(fmt.Sprintf("6-07-private-%d", v), fmt.Sprintf("The content_type of a PrivateMessage is %d, which is not defined, and no field in the clear depends on it.", v),
			ids{"rfc9420-6-07"}, d.private(v))
		d.either(fmt.Sprintf("8.4-05-usage-%d", v), fmt.Sprintf("The usage of a resumption PSK is %d, which is not defined, and no other field depends on it.", v),
			ids{"rfc9420-8.4-05"}, d.public(proposes(d.resumptionPSKProposal(v))))
	}
}

// unknownTypes are such as others may have defined. For proposals and credentials
// that RFC 9420 does not have it does not say how they are delimited; here they
// have one vector.
func (d *decodings) unknownTypes() {
	for _, c := range []struct {
		number        uint16
		what, comment string
		proposal      ids
		credential    ids
	}{
		{0, "reserved", "0, which is reserved", nil, nil},
		{8, "unassigned", "8, which RFC 9420 does not assign", nil, nil},
		{0x0a0a, "grease", "0x0a0a, for GREASE", ids{"rfc9420-13.5-03"}, ids{"rfc9420-13.5-03"}},
		{privateUse, "private-use", "0xf001, for private use", nil, nil},
	} {
		unknown := proposal(c.number, opaque("content", []byte(unknownCredentialBody)))
		refused := append(ids{"rfc9420-12.1-02"}, c.proposal...)
		d.either("12.1-02-"+c.what, "The proposal_type is "+c.comment+", and an opaque vector follows.", refused, d.public(proposes(unknown)))
		d.either("12.1-02-"+c.what+"-in-commit", "A Commit has a proposal by value of type "+c.comment+", with an opaque vector.", refused,
			d.public(commits([]part{d.referenced("a"), included(unknown)}, noPath())))

		body := credential{number: c.number, identity: []byte(unknownCredentialBody)}
		refused = append(ids{"rfc9420-13.3-01"}, c.credential...)
		d.either("13.3-01-"+c.what, "The credential of a KeyPackage is of type "+c.comment+", with an opaque vector.", refused, func(s *sketch) {
			s.leaf.credential = body
			s.leaf.capabilities.Credentials = format.Types{c.number}
		})
		d.either("13.3-01-"+c.what+"-in-update", "The credential in an Update is of type "+c.comment+", with an opaque vector.", refused,
			d.public(proposes(d.updateProposal(func(l *leafSketch) {
				l.credential, l.capabilities.Credentials = body, format.Types{c.number}
			}))))
	}
	for _, c := range []struct {
		number        uint16
		what, comment string
	}{
		{0, "reserved", "0, which is reserved"},
		{0x0a0a, "grease", "0x0a0a, for GREASE"},
		{privateUse, "private-use", "0xf001, for private use"},
	} {
		open := ids{"rfc9420-17.1-03"}
		d.either("17.1-03-key-package-"+c.what, "The cipher_suite of a KeyPackage is "+c.comment+", of which a decoder need not know anything.",
			open, func(s *sketch) { s.cipherSuite = c.number })
		d.either("17.1-03-welcome-"+c.what, "The cipher_suite of a Welcome is "+c.comment+", of which a decoder need not know anything.", open, d.welcome(c.number, 1))
		other := *d.packages.suite
		other.number = c.number
		g := *d.group
		g.suite = &other
		d.either("17.1-03-group-info-"+c.what, "The cipher_suite of a GroupInfo is "+c.comment+", of which a decoder need not know anything.", open, d.groupInfo(&g))
	}
}

// roles are combinations of sender, content and source that no processing takes
// (Sections 6, 6.1, 7.3, 7.5, 10, 11.2, 11.3, 12.1.8 and 12.4).
func (d *decodings) roles() {
	application := func(f *framed) {
		f.contentType, f.content = contentApplication, opaque("application_data", letters(20))
	}
	commit := commits([]part{d.referenced("a")}, noPath())
	remove := proposes(removeProposal(0))
	external, joiner, newcomer := d.bySender(senderExternal), d.bySender(senderNewMemberCommit), d.bySender(senderNewMemberProposal)
	for _, c := range []struct {
		id, comment string
		open        ids
		what        []func(*framed)
	}{
		{"6-01-application", "A PublicMessage of a member has application data, for which there is a structure and no permission.", ids{"rfc9420-6-01"}, []func(*framed){application}},
		{"6.1-03-application", "An external sender sends application data.", ids{"rfc9420-6.1-03", "rfc9420-6-01"}, []func(*framed){application, external}},
		{"6.1-03-commit", "An external sender sends a Commit.", ids{"rfc9420-6.1-03"}, []func(*framed){commit, external}},
		{"6.1-04-update", "An external sender proposes an Update, which is to be refused as malformed by Section 12.1.8, and has a structure.", ids{"rfc9420-6.1-04"},
			[]func(*framed){proposes(d.updateProposal()), external}},
		{"6.1-04-external-init", "An external sender proposes an ExternalInit, which is to be refused as malformed by Section 12.1.8, and has a structure.", ids{"rfc9420-6.1-04"},
			[]func(*framed){proposes(d.externalInitProposal()), external}},
		{"6.1-05-proposal", "A message with the sender_type new_member_commit has a proposal.", ids{"rfc9420-6.1-05"}, []func(*framed){remove, joiner}},
		{"6.1-06-commit", "A message with the sender_type new_member_proposal has a Commit.", ids{"rfc9420-6.1-06"}, []func(*framed){commit, newcomer}},
		{"6.1-07-remove", "A new member proposes a Remove.", ids{"rfc9420-6.1-07"}, []func(*framed){remove, newcomer}},
		{"7.3-07-key-package", "The leaf of an Update has the source key_package.", ids{"rfc9420-7.3-07"}, []func(*framed){proposes(proposal(proposalUpdate, d.newLeaf(sourceKeyPackage)))}},
		{"7.3-07-commit", "The leaf of an Update has the source commit.", ids{"rfc9420-7.3-07"}, []func(*framed){proposes(proposal(proposalUpdate, d.newLeaf(sourceCommit)))}},
		{"7.5-01-key-package", "The leaf of a path has the source key_package.", ids{"rfc9420-7.5-01"}, []func(*framed){commits(nil, path(d.newLeaf(sourceKeyPackage), d.node("root", 1)))}},
		{"7.5-01-update", "The leaf of a path has the source update.", ids{"rfc9420-7.5-01"}, []func(*framed){commits(nil, path(d.newLeaf(sourceUpdate), d.node("root", 1)))}},
		{"11.2-04-reinit", "A member proposes a resumption PSK of usage reinit, which is for Welcomes.", ids{"rfc9420-11.2-04"}, []func(*framed){proposes(d.resumptionPSKProposal(2))}},
		{"11.3-04-branch", "A member proposes a resumption PSK of usage branch, which is for Welcomes.", ids{"rfc9420-11.3-04"}, []func(*framed){proposes(d.resumptionPSKProposal(3))}},
		{"12.2-14-external-init", "A member proposes an ExternalInit.", ids{"rfc9420-12.2-14"}, []func(*framed){proposes(d.externalInitProposal())}},
		{"12.4-06-empty", "A Commit has no proposals and no path.", ids{"rfc9420-12.4-06"}, []func(*framed){commits(nil, noPath())}},
	} {
		d.either(c.id, c.comment, c.open, d.public(c.what...))
	}
	for source, what := range []string{sourceUpdate: "update", sourceCommit: "commit"} {
		if what != "" {
			d.either("10-08-"+what, "The leaf of a KeyPackage has the source "+what+".", ids{"rfc9420-10-08"}, func(s *sketch) {
				s.leaf.source, s.leaf.place = uint8(source), placeOf(d.group.id, 2)
			})
		}
	}
	d.either("12.4.3.1-02-nobody", "A Welcome has an entry for nobody.", ids{"rfc9420-12.4.3.1-02"}, d.welcome(1, 0))
}

// contents are what fields say that are whole (Sections 5.3, 10 and 13.4).
func (d *decodings) contents() {
	d.either("10-06-signature", "One bit of the signature of a KeyPackage is flipped, which makes it malformed by Section 10, and has a structure.", ids{"rfc9420-10-06"}, func(s *sketch) {
		s.signing.edit = func(signature []byte) []byte { return changed(signature, -1) }
	})
	d.either("5.3-03-empty-chain", "The credential of a KeyPackage has no certificate.", ids{"rfc9420-5.3-03"}, d.packages.hasChain())
	d.either("5.3-03-no-certificate", "What the credential of a KeyPackage has for a certificate is a key.", ids{"rfc9420-5.3-03"}, d.packages.hasChain(d.packages.client.public))
	d.either("13.4-04-key-package", "A KeyPackage has an extension twice.", ids{"rfc9420-13.4-04"}, lists(privateUse), packageHas(privateUse, nil), packageHas(privateUse, nil))
	d.either("13.4-04-leaf", "The leaf of a KeyPackage has an extension twice.", ids{"rfc9420-13.4-04"}, lists(privateUse), leafHas(privateUse, nil), leafHas(privateUse, nil))
	d.either("13.4-05-group-info", "A GroupInfo has an extension twice.", ids{"rfc9420-13.4-05"}, d.groupInfo(d.group, extension{privateUse, nil}, extension{privateUse, nil}))
	requirement := requires(nil, nil, []uint16{basicCredential})
	d.either("13.4-06-proposal", "A GroupContextExtensions has an extension twice.", ids{"rfc9420-13.4-06"}, d.public(proposes(extensionsProposal(requirement, requirement))))
	d.either("13.4-06-group-context", "The GroupContext in a GroupInfo has an extension twice.", ids{"rfc9420-13.4-06"}, d.groupInfo(d.packages.pair(requirement, requirement)))
	unknown := extension{privateUse, letters(5)}
	d.either("12.4.3-02-group-context", "The GroupContext in a GroupInfo has an unknown extension, with which nobody can join who knows only RFC 9420.",
		ids{"rfc9420-12.4.3-02"}, d.groupInfo(d.packages.pair(unknown)))
	d.either("12.1.7-04-proposal", "A GroupContextExtensions has an unknown extension, which members who know only RFC 9420 cannot support.",
		ids{"rfc9420-12.1.7-04"}, d.public(proposes(extensionsProposal(unknown))))
}

// extensionData is wrong inside of an extension, which a decoder need not look
// into (Sections 2.1, 2.1.1, 12.1.8.1 and 12.4.3.3).
func (d *decodings) extensionData() {
	left := ids{"rfc9420-2.1-02"}
	p := d.packages
	requirement := requires(nil, nil, []uint16{basicCredential})
	sender := senders(p.other.public, "sender")
	behind := func(e extension) extension { return extension{e.number, with(e.data, 0)} }
	tree := d.group.ratchetTree()
	d.either("2.1-02-required-capabilities", "A byte is left over in the data of required_capabilities.", left, d.groupInfo(p.pair(behind(requirement))))
	d.either("2.1-02-external-senders", "A byte is left over in the data of external_senders.", left, d.public(proposes(extensionsProposal(behind(extension{externalSenders, sender})))))
	d.either("2.1-02-external-pub", "A byte is left over in the data of external_pub.", left, d.groupInfo(d.group, behind(extension{externalPub, vector(p.init.public)})))
	d.either("2.1-02-ratchet-tree", "A byte is left over in the data of ratchet_tree.", left, d.groupInfo(d.group, behind(extension{ratchetTree, tree})))
	d.either("2.1-02-application-id", "A byte is left over in the data of application_id.", left, leafHas(applicationID, with(vector("device 1"), 0)))

	cut := sender[1 : len(sender)-3]
	malformed := ids{"rfc9420-12.1.8.1-01"}
	d.either("12.1.8.1-01-proposal", "The data of external_senders in a proposal ends inside of the credential.", malformed,
		d.public(proposes(extensionsProposal(extension{externalSenders, vector(cut)}))))
	d.either("12.1.8.1-01-group-context", "The data of external_senders in a GroupContext ends inside of the credential.", malformed,
		d.groupInfo(p.pair(extension{externalSenders, vector(cut)})))

	nodes := d.group.nodes(0, len(d.group.members))
	edited := func(at int, b byte) []extension {
		spoiled := with(nodes)
		spoiled[at] = b
		return []extension{{ratchetTree, vector(spoiled)}}
	}
	for _, v := range []byte{0, 3, 255} {
		d.either(fmt.Sprintf("12.4.3.3-06-node-type-%d", v), fmt.Sprintf("The node_type of the first node of a ratchet_tree is %d, which is not defined.", v),
			ids{"rfc9420-12.4.3.3-06"}, d.groupInfo(d.group, edited(1, v)...))
	}
	d.either("2.1.1-01-ratchet-tree", "The presence octet of the first node of a ratchet_tree is 2.", ids{"rfc9420-2.1.1-01"}, d.groupInfo(d.group, edited(0, 2)...))
	d.either("2.1.2-02-external-pub", "The length in the data of external_pub takes four bytes, where one suffices.", ids{"rfc9420-2.1.2-02"},
		d.groupInfo(d.group, extension{externalPub, longVector(p.init.public)}))
}
