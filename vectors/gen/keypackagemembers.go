package main

// required are about groups with required_capabilities (Sections 7.3 and 11.1).
func (p *packages) required() {
	only := func(n uint16) []uint16 { return []uint16{n} }
	needs := func(extensions, proposals, credentials []uint16) change {
		return knows(p.pair(requires(extensions, proposals, credentials)))
	}
	supportsProposal := func(n uint16) change {
		return func(s *sketch) { s.leaf.capabilities.Proposals = append(s.leaf.capabilities.Proposals, n) }
	}
	supportsCredential := func(n uint16) change {
		return func(s *sketch) { s.leaf.capabilities.Credentials = append(s.leaf.capabilities.Credentials, n) }
	}
	shown := ids{"rfc9420-7.3-02"}
	p.accept("7.3-02-nothing", "The group requires nothing, in three empty lists.", shown, inAdd, needs(nil, nil, nil))
	p.accept("7.3-02-all", "The group requires an extension, a proposal and both credential types, and the leaf lists them all.", shown,
		needs(only(privateUse), only(privateUse), []uint16{basicCredential, x509Credential}), lists(privateUse), supportsProposal(privateUse), supportsCredential(x509Credential))
	p.accept("7.3-02-more", "The leaf lists more than the group requires, in another order.", shown, inAdd,
		needs([]uint16{0x1001, 0x1000}, nil, only(basicCredential)), lists(0x1000, privateUse, 0x1001), supportsProposal(privateUse))

	missing := ids{"rfc9420-7.3-02", "rfc9420-10.1-03"}
	p.reject("7.3-02-extension", "The group requires an extension that the leaf does not list.", missing, needs(only(privateUse), nil, nil))
	p.reject("7.3-02-proposal", "The group requires a proposal that the leaf does not list.", missing, inAdd, needs(nil, only(privateUse), nil))
	p.reject("7.3-02-credential", "The group requires support for x509, and the leaf, which is basic, does not list it.", missing, needs(nil, nil, only(x509Credential)))
	p.reject("7.3-02-last-of-many", "Of the extensions that the group requires, the leaf lacks the last one.", missing, inAdd, needs(from(0x1000, 3), nil, nil), lists(0x1000, 0x1001))
	p.reject("7.3-02-other-list", "The leaf lists the required extension among its proposals, and the required proposal among its extensions.", missing,
		needs(only(0x1000), only(0x1001), nil), lists(0x1001), supportsProposal(0x1000))

	open := ids{"rfc9420-11.1-03", "rfc9420-7.2-01"}
	p.either("11.1-03-default-proposal", "The group requires the default proposal type add, which the leaf does not list: Section 7.3 can be read so that it should, Section 7.2 forbids it.",
		open, needs(nil, only(1), nil))
	p.either("11.1-03-default-extension", "The group requires the default extension type required_capabilities, which the leaf does not list: Section 7.3 can be read so that it should, Section 7.2 forbids it.",
		open, inAdd, needs(only(requiredCapabilities), nil, nil))
}

// groupExtensions are about the extensions of the GroupContext (Section 13.4).
func (p *packages) groupExtensions() {
	unknown := p.pair(extension{privateUse, letters(5)}).all(supporting(privateUse))
	two := p.pair(extension{privateUse, nil}, extension{unknownType, nil}).all(supporting(privateUse, unknownType))
	shown := ids{"rfc9420-13.4-07"}
	p.accept("13.4-07-listed", "The group has an extension, and the leaf lists its type.", shown, knows(unknown), lists(privateUse))
	p.accept("13.4-07-both-listed", "The group has two extensions, and the leaf lists both, and another one.", shown, inAdd, p.joins(two), lists(unknownType, 0x1000, privateUse))
	p.accept("13.4-07-default", "The group has external_senders, a default that the leaf need not list.", ids{"rfc9420-13.4-07", "rfc9420-7.2-01"},
		knows(p.pair(extension{externalSenders, senders(p.other.public, "sender")})))

	missing := ids{"rfc9420-13.4-07", "rfc9420-10.1-03"}
	p.reject("13.4-07-unlisted", "The group has an extension that its members list and the leaf does not.", missing, p.joins(unknown))
	p.reject("13.4-07-second-unlisted", "The group has two extensions, and the leaf lists the first one only.", missing, inAdd, knows(two), lists(privateUse))
	p.reject("13.4-07-listed-as-proposal", "The group has an extension that the leaf lists among its proposals only.", missing, knows(unknown), func(s *sketch) {
		s.leaf.capabilities.Proposals = []uint16{privateUse}
	})
}

// members are about the comparison with the other leaves (Section 7.3).
func (p *packages) members() {
	knowX509 := func(l *leafSketch) { l.capabilities.Credentials = []uint16{basicCredential, x509Credential} }
	certified := func(l *leafSketch) {
		alice := p.certifierOf("alice", l.signing.signer)
		l.credential = credential{number: x509Credential, certificates: [][]byte{alice.certificate(alice, 1, false)}}
	}
	both := func() *mlsGroup { return p.pair().all(knowX509) }
	mixed := both()
	certified(mixed.members[0])
	supportsX509 := func(s *sketch) { knowX509(&s.leaf) }

	p.accept("7.3-03-gap", "The tree has a blank leaf, a leaf that came with a Commit, and a key at its root.", ids{"rfc9420-10.1-03"}, inAdd, p.joins(p.gap()))
	p.accept("7.3-03-x509", "The client has certificates, and all members list x509, although none has any.", ids{"rfc9420-7.3-03"}, p.joins(both()), p.hasChain(p.chainOfTwo()...))
	p.accept("7.3-04-both", "One member has certificates and the client has none, and all list both types.", ids{"rfc9420-7.3-03", "rfc9420-7.3-04"}, inAdd, p.joins(mixed), supportsX509)
	p.accept("7.3-04-basic", "All members and the client list basic and nothing else.", ids{"rfc9420-7.3-03", "rfc9420-7.3-04"}, p.joins(p.gap()), identity([]byte("erin")))
	p.either("5.3.3-02-application-id", "The application_id is that of a member and need not be unique, but whether it has to be listed is left open by Sections 7.2 and 7.3.", ids{"rfc9420-5.3.3-02", "rfc9420-7.2-04"}, inAdd,
		p.joins(p.pair().all(func(l *leafSketch) {
			l.extensions = []extension{{applicationID, vector("device 1")}}
		})), leafHas(applicationID, vector("device 1")))
	p.either("7.3-10-other-place", "The init_key is the encryption_key of a member: Section 7.3 does not compare them, and Section 12.2 lets applications have more rules.", ids{"rfc9420-7.3-10"}, p.joins(p.pair()),
		initKey(p.kemKey("key package member bob").public))

	p.reject("7.3-03-unsupported", "The client has certificates, and the members list basic only.", ids{"rfc9420-7.3-03"}, p.joins(p.pair()), p.hasChain(p.chainOfTwo()...))
	last := p.gap().all(knowX509)
	last.members[3].capabilities.Credentials = []uint16{basicCredential}
	p.reject("7.3-03-unsupported-by-last", "The client has certificates, and all members but the last one list x509.", ids{"rfc9420-7.3-03"}, inAdd, p.joins(last), p.hasChain(p.chainOfTwo()...))
	p.reject("7.3-04-unsupported", "A member has certificates, and the client lists basic only.", ids{"rfc9420-7.3-04"}, p.joins(mixed))
	p.reject("7.3-04-unknown-instead", "A member has certificates, and the client lists basic and an unknown type.", ids{"rfc9420-7.3-04"}, inAdd, p.joins(mixed), func(s *sketch) {
		s.leaf.capabilities.Credentials = []uint16{basicCredential, privateUse}
	})

	alice, dave := p.signer("key package member alice"), p.signer("key package member dave")
	same := ids{"rfc9420-7.3-09"}
	p.reject("7.3-09-first-member", "The signature_key is that of the first member, and everything is signed with it.", same, p.joins(p.pair()), signs(alice))
	p.reject("7.3-09-last-member", "The signature_key is that of the last member, behind a blank leaf.", same, inAdd, p.joins(p.gap()), signs(dave))
	equal := ids{"rfc9420-7.3-10"}
	p.reject("7.3-10-first-member", "The encryption_key is that of the first member.", equal, p.joins(p.pair()), encryptionKey(p.kemKey("key package member alice").public))
	p.reject("7.3-10-last-member", "The encryption_key is that of the last member, behind a blank leaf.", equal, inAdd, p.joins(p.gap()), encryptionKey(p.kemKey("key package member dave").public))
	p.either("12.2-07-same-identity", "The identity is that of a member, with other keys, and whether that is the same client is for the application to say.", ids{"rfc9420-12.2-07"},
		p.joins(p.pair()), identity([]byte("alice")))
}
