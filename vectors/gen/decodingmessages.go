package main

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// proposals are PublicMessages with a proposal (Sections 6, 6.2 and 12.1).
func (d *decodings) proposals() {
	handshake := ids{"rfc9420-6-03"}
	requirement := requires(nil, nil, []uint16{basicCredential})
	sender := extension{externalSenders, senders(d.packages.other.public, "sender")}
	for _, c := range []struct {
		what, comment string
		proposal      part
	}{
		{"add", "A member proposes to add the client.", addProposal()},
		{"update", "A member proposes a new leaf for itself.", d.updateProposal()},
		{"remove", "A member proposes to remove another one.", removeProposal(0)},
		{"psk-external", "A member proposes an external PSK.", d.externalPSKProposal()},
		{"psk-resumption", "A member proposes the resumption PSK of a former epoch, for use by the application.", d.resumptionPSKProposal(1)},
		{"reinit", "A member proposes to go on in a new group with extensions.", reInitProposal(mls10, 1, requirement)},
		{"reinit-bare", "A member proposes to go on in a new group without extensions.", reInitProposal(mls10, 1)},
		{"extensions", "A member proposes two extensions for the group.", extensionsProposal(requirement, sender)},
		{"no-extensions", "A member proposes that the group has no extensions.", extensionsProposal()},
	} {
		d.accept("6.2-member-"+c.what, c.comment, handshake, d.public(proposes(c.proposal)))
	}
	allowed := d.bySender(senderExternal)
	for _, c := range []struct {
		what, comment string
		proposal      part
	}{
		{"add", "An external sender proposes to add the client.", addProposal()},
		{"remove", "An external sender proposes to remove a member.", removeProposal(1)},
		{"psk", "An external sender proposes an external PSK.", d.externalPSKProposal()},
		{"reinit", "An external sender proposes to go on in a new group.", reInitProposal(mls10, 1)},
		{"extensions", "An external sender proposes an extension for the group.", extensionsProposal(requirement)},
	} {
		d.accept("6.2-external-"+c.what, c.comment, nil, d.public(proposes(c.proposal), allowed))
	}
	d.accept("6.2-new-member-proposal", "A client proposes itself for the group, in a message without a membership_tag.", nil,
		d.public(proposes(addProposal()), d.bySender(senderNewMemberProposal)))

	// A member that knows neither has no part in the group to come, and still has to
	// follow the present one to its end.
	d.accept("12.1.5-reinit-version", "The version that a ReInit proposes is a higher one, which Section 12.1.5 names as a purpose of the proposal.", nil,
		d.public(proposes(reInitProposal(2, 1))))
	d.accept("12.1.5-reinit-suite", "The suite that a ReInit proposes is one for private use, and to change the suite is a purpose of the proposal.", nil,
		d.public(proposes(reInitProposal(mls10, privateUse))))
}

// commits are PublicMessages with a Commit (Section 12.4).
func (d *decodings) commits() {
	leaf := d.newLeaf(sourceCommit)
	root := d.node("root", 1)
	one := included(removeProposal(0))
	d.accept("12.4-no-path", "A Commit of a proposal by reference, without a path.", ids{"rfc9420-12.4-08"},
		d.public(commits([]part{d.referenced("a")}, noPath())))
	d.accept("12.4-no-path-by-value", "A Commit of an Add and a PSK, both by value, without a path.", ids{"rfc9420-12.4-08"},
		d.public(commits([]part{included(addProposal()), included(d.externalPSKProposal())}, noPath())))
	d.accept("12.4-empty", "A Commit of no proposals, with a path.", ids{"rfc9420-12.4-05"}, d.public(commits(nil, path(leaf, root))))
	d.accept("12.4-full", "A Commit of proposals by value and by reference, with a path.", nil,
		d.public(commits([]part{d.referenced("a"), one, d.referenced("b"), included(addProposal()), included(extensionsProposal())}, path(leaf, root))))
	d.accept("12.4-many-references", "A Commit of 200 proposals by reference, whose list is of more than 4096 bytes.", nil,
		d.public(commits(d.references(200), noPath())))
	d.accept("12.4-reinit", "A Commit of a ReInit, which is alone in it.", nil, d.public(commits([]part{included(reInitProposal(mls10, 1))}, noPath())))
	d.accept("7.6-no-nodes", "The path has a leaf and no nodes, as that of a member who is alone.", nil, d.public(commits([]part{one}, path(leaf))))
	d.accept("7.6-02-no-ciphertexts", "A node of the path is encrypted to nobody, as where the copath has new members only.", ids{"rfc9420-7.6-02"},
		d.public(commits([]part{included(addProposal())}, path(leaf, d.node("root", 0)))))
	d.accept("7.6-nodes", "The path has three nodes with one, none and five ciphertexts.", nil,
		d.public(commits(nil, path(leaf, d.node("low", 1), d.node("middle", 0), d.node("high", 5)))))
	external := d.bySender(senderNewMemberCommit)
	client := d.clientLeaf(sourceCommit)
	d.accept("12.4.3.2-external-commit", "A client joins by an external Commit, in a message without a membership_tag.", nil,
		d.public(commits([]part{included(d.externalInitProposal())}, path(client, root)), external))
	d.accept("12.4.3.2-external-commit-more", "An external Commit also has a Remove and two PSKs, one of each type.", ids{"rfc9420-12.2-23"},
		d.public(commits([]part{
			included(d.externalInitProposal()), included(removeProposal(1)), included(d.externalPSKProposal()), included(d.resumptionPSKProposal(1)),
		}, path(client, root)), external))
}

func (d *decodings) references(n int) []part {
	list := make([]part, n)
	for i := range list {
		list[i] = d.referenced(fmt.Sprint(i))
	}
	return list
}

// otherMessages are of the other wire formats (Sections 6.3, 10, 12.4.3 and
// 12.4.3.1).
func (d *decodings) otherMessages() {
	for i, what := range []string{"application", "proposal", "commit"} {
		d.accept("6.3-"+what, "A PrivateMessage whose content_type is "+what+".", nil, d.private(uint8(contentApplication+i)))
	}
	d.accept("6.3-authenticated-data", "A PrivateMessage with authenticated_data beside the ciphertext.", nil,
		d.private(contentApplication, func(m *sealed) { m.aad = letters(40) }))

	d.accept("12.4.3.1-one", "A Welcome for one new member.", nil, d.welcome(1, 1))
	d.accept("12.4.3.1-three", "A Welcome for three new members.", nil, d.welcome(1, 3))
	d.accept("12.4.3.1-many", "A Welcome for 130 new members, whose list is of more than 16384 bytes.", ids{"rfc9420-2.1.2-07"}, d.welcome(1, 130))

	p := d.packages
	tree := extension{ratchetTree, d.group.ratchetTree()}
	pub := extension{externalPub, vector(p.kemKey("decoding external").public)}
	gap := p.gap()
	d.accept("12.4.3-bare", "A GroupInfo without extensions.", nil, d.groupInfo(d.group))
	d.accept("12.4.3-tree", "A GroupInfo with the members in a ratchet_tree.", nil, d.groupInfo(d.group, tree))
	d.accept("12.4.3-external", "A GroupInfo for external Commits, with external_pub and ratchet_tree.", nil, d.groupInfo(d.group, pub, tree))
	d.accept("12.4.3-tree-with-blank", "A GroupInfo whose ratchet_tree has a blank leaf and a parent node.", nil, d.groupInfo(gap, extension{ratchetTree, gap.ratchetTree()}))
	d.accept("12.4.3-01-unknown", "A GroupInfo with an extension of the unknown type 0x1234 and one for private use.", ids{"rfc9420-12.4.3-01"},
		d.groupInfo(d.group, extension{unknownType, letters(5)}, pub, extension{privateUse, nil}))
	d.accept("13.5-02-group-info-grease", "A GroupInfo with extensions of all GREASE values, some empty and some not.", ids{"rfc9420-13.5-02", "rfc9420-12.4.3-01"},
		d.groupInfo(d.group, greaseExtensions()...))
	both := p.pair(requires(nil, nil, []uint16{basicCredential, x509Credential}), extension{externalSenders, senders(p.other.public, "sender")})
	d.accept("12.4.3-group-extensions", "A GroupInfo of a group with required_capabilities and external_senders.", nil,
		d.groupInfo(both, extension{ratchetTree, both.ratchetTree()}))

	d.keyPackages()
}

func greaseExtensions() []extension {
	var list []extension
	for i, v := range greaseValues() {
		list = append(list, extension{v, pattern(i % 3)})
	}
	return list
}

// keyPackages are MLSMessages of wire format mls_key_package. The family
// key-package has more about what may be in them.
func (d *decodings) keyPackages() {
	p := d.packages
	d.accept("10-minimal", "A KeyPackage with nothing in it but what it has to have.", nil)
	d.accept("10-everything", "A KeyPackage with something in every vector, among it unknown types.", ids{"rfc9420-13.4-03"}, everything)
	d.accept("10-x509", "A KeyPackage with two certificates.", nil, p.hasChain(p.chainOfTwo()...))
	d.accept("10-application-id", "A KeyPackage with an application_id in its leaf.", ids{"rfc9420-7.2-04"}, leafHas(applicationID, vector("device 1")))
	d.accept("13.5-05-grease", "A KeyPackage with GREASE values in all lists of its leaf that may have them, and in both lists of extensions.",
		ids{"rfc9420-13.5-05", "rfc9420-13.4-03"}, func(s *sketch) {
			c := &s.leaf.capabilities
			c.CipherSuites = slices.Concat(c.CipherSuites, greaseValues())
			c.Extensions, c.Proposals = greaseValues(), greaseValues()
			c.Credentials = slices.Concat(format.Types(greaseValues()), c.Credentials)
			s.leaf.extensions, s.extensions = greaseExtensions()[:4], greaseExtensions()[4:8]
		})
	d.accept("7.2-06-unknown-versions", "A KeyPackage whose capabilities list versions and suites that RFC 9420 does not have.", ids{"rfc9420-7.2-06"}, func(s *sketch) {
		c := &s.leaf.capabilities
		c.Versions = append(c.Versions, 0, 2, 0xffff)
		c.CipherSuites = append(c.CipherSuites, 8, privateUse, 0xffff)
	})
	d.accept("13.5-05-update-grease", "The leaf of an Update has GREASE values in its capabilities and an extension of such a type.", ids{"rfc9420-13.5-05"},
		d.public(proposes(d.updateProposal(func(l *leafSketch) {
			l.capabilities.Extensions = []uint16{0x5a5a, 0x7a7a}
			l.capabilities.Proposals = []uint16{0x6a6a}
			l.extensions = []extension{{0x7a7a, letters(3)}}
		}))))
}

// boundaries are integers at their largest, and the lengths at which another
// form of header begins (Sections 2.1 and 2.1.2).
func (d *decodings) boundaries() {
	shown := ids{"rfc9420-2.1.2-07"}
	remove := proposes(removeProposal(0))
	d.accept("6-epoch-largest", "The epoch is 2^64-1.", nil, d.public(remove, func(f *framed) { f.epoch = 1<<64 - 1 }))
	for _, n := range []int{0, 1, 63, 64} {
		d.accept(fmt.Sprint("2.1.2-07-group-id-", n), fmt.Sprintf("The group_id of a PublicMessage has the length %d.", n), shown,
			d.public(remove, func(f *framed) { f.groupID = letters(n) }))
	}
	for _, n := range []int{63, 64, 16383, 16384} {
		d.accept(fmt.Sprint("2.1.2-07-authenticated-data-", n), fmt.Sprintf("The authenticated_data of a PublicMessage has the length %d.", n), shown,
			d.public(remove, func(f *framed) { f.aad = pattern(n) }))
		d.accept(fmt.Sprint("2.1.2-07-private-authenticated-data-", n), fmt.Sprintf("The authenticated_data of a PrivateMessage has the length %d.", n), shown,
			d.private(contentCommit, func(m *sealed) { m.aad = pattern(n) }))
		d.accept(fmt.Sprint("2.1.2-07-extension-data-", n), fmt.Sprintf("An unknown extension of a GroupInfo has data of the length %d.", n), shown,
			d.groupInfo(d.group, extension{unknownType, pattern(n)}))
	}
	for _, n := range []int{47, 48} {
		d.accept(fmt.Sprint("2.1.2-07-ciphertext-", n+16), fmt.Sprintf("The ciphertext of a PrivateMessage has the length %d.", n+16), shown,
			d.private(contentApplication, func(m *sealed) { m.length = n }))
	}
	d.accept("2.1.2-07-capabilities-64", "The leaf of an Update lists 32 proposal types, 64 bytes.", shown,
		d.public(proposes(d.updateProposal(func(l *leafSketch) { l.capabilities.Proposals = from(0x1000, 32) }))))
	d.accept("2.1.2-07-identity-20000", "The identity in the leaf of a path has 20000 bytes, so that each vector around it needs a header of four bytes.", shown,
		d.public(commits(nil, path(d.newLeaf(sourceCommit, func(l *leafSketch) { l.credential.identity = pattern(20000) }), d.node("root", 1)))))
}
