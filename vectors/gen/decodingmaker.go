package main

import (
	"fmt"
	"slices"
)

// Code points of RFC 9420, Sections 6, 8.4, 12.1 and 12.4.
const (
	wirePublicMessage  = 1
	wirePrivateMessage = 2
	wireWelcome        = 3
	wireGroupInfo      = 4

	senderMember            = 1
	senderExternal          = 2
	senderNewMemberProposal = 3
	senderNewMemberCommit   = 4

	contentApplication = 1
	contentProposal    = 2
	contentCommit      = 3

	proposalAdd                    = 1
	proposalUpdate                 = 2
	proposalRemove                 = 3
	proposalPSK                    = 4
	proposalReInit                 = 5
	proposalExternalInit           = 6
	proposalGroupContextExtensions = 7

	byValue     = 1
	byReference = 2

	pskExternal   = 1
	pskResumption = 2

	contextPlace   = "context " // in front of the fields of a GroupContext
	pathPlace      = "path "    // in front of those of an UpdatePath
	newPlace       = "new "     // in front of those of a ReInit
	updatedPlace   = "updated " // in front of those of a leaf in an Update
	signaturePlace = "message signature"
	presencePlace  = "presence octet"
)

func number(place string, v uint64, size int) part {
	return func(w *writer, _ *sketch) { w.number(place, v, size) }
}

func opaque(place string, content []byte) part {
	return func(w *writer, _ *sketch) { w.opaque(place, content) }
}

func fields(parts ...part) part {
	return func(w *writer, s *sketch) {
		for _, p := range parts {
			p(w, s)
		}
	}
}

func list(place string, elements ...part) part {
	return func(w *writer, s *sketch) {
		w.vector(place, func() { fields(elements...)(w, s) })
	}
}

// within puts something in front of the names of all fields.
func within(prefix string, p part) part {
	return func(w *writer, s *sketch) {
		before := w.within
		w.within += prefix
		p(w, s)
		w.within = before
	}
}

// carrying has the case be about an MLSMessage of the wire format.
func carrying(wireFormat uint16, body part) change {
	return func(s *sketch) { s.wireFormat, s.body = wireFormat, body }
}

// A framed describes a PublicMessage (Section 6.2).
type framed struct {
	groupID     []byte
	epoch       uint64
	senderType  uint8
	senderIndex part // nil where there is none
	aad         []byte
	contentType uint8
	content     part
	signing     signing
	context     bool     // signed
	tags        []string // behind the signature
}

// public has the case be about a PublicMessage, of a member unless that is changed.
func (d *decodings) public(changes ...func(*framed)) change {
	f := &framed{
		groupID: d.group.id, epoch: groupEpoch,
		senderType: senderMember, senderIndex: number("leaf_index", 1, 4),
		signing: d.group.members[1].signing, context: true,
		tags: []string{"membership_tag"},
	}
	for _, c := range changes {
		c(f)
	}
	return carrying(wirePublicMessage, func(w *writer, s *sketch) { d.writeFramed(w, s, f) })
}

func (d *decodings) writeFramed(w *writer, s *sketch, f *framed) {
	start := len(w.bytes)
	w.opaque("group_id", f.groupID)
	w.number("epoch", f.epoch, 8)
	w.number("sender_type", uint64(f.senderType), 1)
	if f.senderIndex != nil {
		f.senderIndex(w, s)
	}
	w.opaque("authenticated_data", f.aad)
	w.number("content_type", uint64(f.contentType), 1)
	f.content(w, s)
	tbs := slices.Concat([]byte{0, mls10, 0, wirePublicMessage}, w.bytes[start:])
	if f.context {
		tbs = append(tbs, d.group.context()...)
	}
	w.opaque(signaturePlace, f.signing.over("FramedContentTBS", tbs))
	for _, name := range f.tags {
		w.opaque(name, d.bytes(name, d.packages.hash.Size()))
	}
}

func (d *decodings) bytes(name string, n int) []byte {
	return d.packages.bytes("decoding "+name, n)
}

// bySender is from somebody who is no member. External senders and those who
// propose themselves sign without the GroupContext.
func (d *decodings) bySender(senderType uint8) func(*framed) {
	return func(f *framed) {
		f.senderType, f.senderIndex = senderType, nil
		f.signing, f.context = signing{signer: d.packages.client}, senderType == senderNewMemberCommit
		f.tags = slices.DeleteFunc(f.tags, func(tag string) bool { return tag == "membership_tag" })
		if senderType == senderExternal {
			f.senderIndex = number("sender_index", 0, 4)
			f.signing.signer = d.packages.other
		}
	}
}

// proposes sends a proposal.
func proposes(p part) func(*framed) {
	return func(f *framed) { f.contentType, f.content = contentProposal, p }
}

// commits sends a Commit, for the confirmation_tag of which there is room.
func commits(proposals []part, path part) func(*framed) {
	return func(f *framed) {
		var numbered []part
		for i, p := range proposals {
			numbered = append(numbered, within(fmt.Sprintf("proposal %d ", i), p))
		}
		f.contentType = contentCommit
		f.content = fields(list("proposals", numbered...), path)
		f.tags = slices.Concat([]string{"confirmation_tag"}, f.tags)
	}
}

// pathPresent says whether an UpdatePath follows.
func pathPresent(octet uint8) part { return number(presencePlace, uint64(octet), 1) }

func updatePath(leaf part, nodes ...part) part {
	return within(pathPlace, fields(leaf, list("nodes", nodes...)))
}

// noPath and path are the two forms of a Commit's optional UpdatePath.
func noPath() part { return pathPresent(0) }

func path(leaf part, nodes ...part) part {
	return fields(pathPresent(1), updatePath(leaf, nodes...))
}

// node is an UpdatePathNode with so many ciphertexts.
func (d *decodings) node(name string, ciphertexts int) part {
	var encrypted []part
	for i := range ciphertexts {
		encrypted = append(encrypted, d.hpke(fmt.Sprint(name, " secret ", i), d.packages.hash.Size()))
	}
	return fields(
		opaque(name+" encryption_key", d.packages.kemKey("decoding "+name).public),
		list(name+" encrypted_path_secret", encrypted...))
}

// hpke is an HPKECiphertext of a plaintext of that length.
func (d *decodings) hpke(name string, length int) part {
	return fields(
		opaque(name+" kem_output", d.packages.kemKey("decoding "+name).public),
		opaque(name+" ciphertext", d.bytes(name, length+16)))
}

// newLeaf is a leaf that a member signs for its place in the group, or that the
// client signs for the place that it will get.
func (d *decodings) newLeaf(source uint8, changes ...func(*leafSketch)) part {
	return d.leafOf(d.group.members[1], 1, source, changes)
}

func (d *decodings) clientLeaf(source uint8, changes ...func(*leafSketch)) part {
	return func(w *writer, s *sketch) { d.leafOf(&s.leaf, 2, source, changes)(w, s) }
}

func (d *decodings) leafOf(from *leafSketch, index uint32, source uint8, changes []func(*leafSketch)) part {
	return func(w *writer, _ *sketch) {
		l := *from
		l.encryptionKey = d.packages.kemKey("decoding new leaf").public
		l.source = source
		if source != sourceKeyPackage {
			l.place = placeOf(d.group.id, index)
		}
		if source == sourceCommit {
			l.parentHash = d.bytes("parent hash", d.packages.hash.Size())
		}
		for _, c := range changes {
			c(&l)
		}
		l.write(w)
	}
}

func proposal(proposalType uint16, body part) part {
	return fields(number("proposal_type", uint64(proposalType), 2), body)
}

func addProposal() part { return proposal(proposalAdd, keyPackage) }

func (d *decodings) updateProposal(changes ...func(*leafSketch)) part {
	return proposal(proposalUpdate, within(updatedPlace, d.newLeaf(sourceUpdate, changes...)))
}

func removeProposal(leaf uint32) part {
	return proposal(proposalRemove, number("removed", uint64(leaf), 4))
}

// pskProposal is a PreSharedKey proposal, with what its type selects.
func (d *decodings) pskProposal(pskType uint8, selected ...part) part {
	return proposal(proposalPSK, fields(
		number("psktype", uint64(pskType), 1),
		fields(selected...),
		opaque("psk_nonce", d.bytes("psk nonce", d.packages.hash.Size()))))
}

func (d *decodings) externalPSKProposal() part {
	return d.pskProposal(pskExternal, opaque("psk_id", []byte("psk of decoding")))
}

func (d *decodings) resumptionPSKProposal(usage uint8) part {
	return d.pskProposal(pskResumption, number("usage", uint64(usage), 1), opaque("psk_group_id", d.group.id), number("psk_epoch", groupEpoch-2, 8))
}

func reInitProposal(version, suite uint16, extensions ...extension) part {
	return proposal(proposalReInit, within(newPlace, fields(
		opaque("group_id", []byte("group to come")),
		number("version", uint64(version), 2),
		number("cipher_suite", uint64(suite), 2),
		extensionList(extensions...))))
}

func (d *decodings) externalInitProposal() part {
	return proposal(proposalExternalInit, opaque("kem_output", d.packages.kemKey("decoding external init").public))
}

func extensionsProposal(extensions ...extension) part {
	return proposal(proposalGroupContextExtensions, extensionList(extensions...))
}

func extensionList(extensions ...extension) part {
	return func(w *writer, _ *sketch) { writeExtensions(w, "", extensions) }
}

// included and referenced are the two forms of a ProposalOrRef.
func included(proposal part) part { return fields(number("type", byValue, 1), proposal) }

func (d *decodings) referenced(name string) part {
	return fields(number("type", byReference, 1), opaque("reference", d.bytes("reference "+name, d.packages.hash.Size())))
}

// A sealed describes a PrivateMessage (Section 6.3).
type sealed struct {
	groupID     []byte
	contentType uint8
	aad         []byte
	length      int // of what is encrypted
}

func (d *decodings) private(contentType uint8, changes ...func(*sealed)) change {
	m := &sealed{groupID: d.group.id, contentType: contentType, length: 100}
	for _, c := range changes {
		c(m)
	}
	return carrying(wirePrivateMessage, fields(
		opaque("group_id", m.groupID),
		number("epoch", groupEpoch, 8),
		number("content_type", uint64(m.contentType), 1),
		opaque("authenticated_data", m.aad),
		opaque("encrypted_sender_data", d.bytes("sender data", 4+4+4+16)),
		opaque("ciphertext", d.bytes("ciphertext", m.length+16))))
}

// welcome is one with so many entries (Section 12.4.3.1).
func (d *decodings) welcome(suite uint16, entries int) change {
	var secrets []part
	for i := range entries {
		name := fmt.Sprint("entry ", i)
		secrets = append(secrets,
			opaque(name+" new_member", d.bytes(name+" reference", d.packages.hash.Size())),
			d.hpke(name, 70))
	}
	return carrying(wireWelcome, fields(
		number("cipher_suite", uint64(suite), 2),
		list("secrets", secrets...),
		opaque("encrypted_group_info", d.bytes("group info", 300))))
}

// groupInfo is that of a group, signed by its first member (Section 12.4.3).
func (d *decodings) groupInfo(g *mlsGroup, extensions ...extension) change {
	return carrying(wireGroupInfo, func(w *writer, s *sketch) {
		start := len(w.bytes)
		within(contextPlace, func(w *writer, _ *sketch) { g.writeContext(w) })(w, s)
		writeExtensions(w, "", extensions)
		w.opaque("confirmation_tag", d.bytes("confirmation_tag", d.packages.hash.Size()))
		w.number("signer", 0, 4)
		w.opaque("signature", g.members[0].signing.over("GroupInfoTBS", w.bytes[start:]))
	})
}
