package main

import (
	"math/big"
	"slices"
)

// endEntity certifies the client's signature key.
func (p *packages) endEntity() certifier { return p.certifierOf("client", p.client) }

// chainOfTwo is the client's certificate and that of its issuer.
func (p *packages) chainOfTwo() [][]byte {
	root := p.certifier("root")
	return [][]byte{root.certificate(p.endEntity(), 2, false), root.certificate(root, 1, true)}
}

// hasChain gives the client a credential of type x509.
func (p *packages) hasChain(certificates ...[]byte) change {
	return func(s *sketch) {
		s.leaf.credential = credential{number: x509Credential, certificates: certificates}
		s.leaf.capabilities.Credentials = append(s.leaf.capabilities.Credentials, x509Credential)
	}
}

// basicCredentials are about credentials without certificates (Section 5.3).
func (p *packages) basicCredentials() {
	p.accept("5.3-identity-empty", "The identity has no bytes: what an identity is, is for the application to say.", nil, identity(nil))
	p.accept("5.3-identity-20000", "The identity has 20000 bytes, for which the RFC knows no limit below 2^30.", ids{"rfc9420-2.1.2-07"}, identity(pattern(20000)))
	p.accept("5.3-identity-no-text", "The identity is no UTF-8 and has zeros in it, since it is opaque.", nil, inAdd, identity([]byte{0, 0xff, 0xfe, 0x80, 0}))

	unknown := func(number uint16, body []byte) change {
		return func(s *sketch) {
			s.leaf.credential = credential{number: number, identity: body}
			s.leaf.capabilities.Credentials = append(s.leaf.capabilities.Credentials, number)
		}
	}
	faults := ids{"rfc9420-13.3-01", "rfc9420-10.1-03"}
	p.reject("13.3-01-private-use", "The credential is of a type for private use that the client knows nothing about, although its own capabilities list it.",
		faults, unknown(privateUse, []byte(unknownCredentialBody)))
	p.reject("13.3-01-reserved", "The credential is of type 0, which is reserved, although its own capabilities list it.", faults, inAdd, unknown(0, []byte(unknownCredentialBody)))
	p.reject("13.3-01-unassigned", "The credential is of type 3, which RFC 9420 does not assign, with an empty body.", faults, unknown(3, nil))
	p.reject("13.5-03-grease", "The credential is of type 0x0a0a, which is for GREASE and never a real type.",
		ids{"rfc9420-13.3-01", "rfc9420-13.5-03", "rfc9420-13.5-04", "rfc9420-10.1-03"}, unknown(0x0a0a, []byte(unknownCredentialBody)))

	own := ids{"rfc9420-7.2-05", "rfc9420-10.1-03"}
	supports := func(types ...uint16) change {
		return func(s *sketch) { s.leaf.capabilities.Credentials = types }
	}
	p.reject("7.2-05-basic-lists-x509", "The credential is basic, and the capabilities list x509 only.", own, supports(x509Credential))
	p.reject("7.2-05-basic-lists-none", "The credential is basic, and the capabilities list no credential type: none is a default.", own, inAdd, supports())
	p.reject("7.2-05-basic-lists-unknown", "The credential is basic, type 1, and the capabilities list 0x0101 and 0x0100.", own, supports(0x0101, 0x0100))
	p.reject("7.2-05-x509-lists-basic", "The credential is x509, and the capabilities list basic only.", own, p.hasChain(p.chainOfTwo()...), supports(basicCredential))
}

// certificates are about chains (Section 5.3): that the end entity stands first
// and is certified for the signature key of the leaf. Whom to trust is for the
// application to say.
func (p *packages) certificates() {
	client, root, middle := p.endEntity(), p.certifier("root"), p.certifier("intermediate")
	stranger := suites()[1].certifier("stranger")
	if p.number == 2 {
		stranger = suites()[0].certifier("stranger")
	}
	two := p.chainOfTwo()
	three := [][]byte{middle.certificate(client, 3, false), root.certificate(middle, 2, true), root.certificate(root, 1, true)}

	p.accept("5.3-01-chain-of-one", "The client certified itself.", ids{"rfc9420-5.3-01"}, p.hasChain(client.certificate(client, 1, false)))
	p.accept("5.3-01-chain-of-two", "The client's certificate stands in front of that of its issuer.", ids{"rfc9420-5.3-01", "rfc9420-5.3-03"}, inAdd, p.hasChain(two...))
	p.accept("5.3-01-chain-of-three", "There is an intermediate certificate between the client's and the root.", ids{"rfc9420-5.3-01", "rfc9420-5.3-03"}, p.hasChain(three...))
	p.accept("5.3-02-no-issuer", "The certificates of the issuers are left out, for peers that have them.", ids{"rfc9420-5.3-02"}, p.hasChain(three[0]))
	p.accept("5.3-02-no-root", "The root is left out behind the intermediate certificate.", ids{"rfc9420-5.3-02"}, inAdd, p.hasChain(three[:2]...))
	p.accept("5.3-01-issuer-of-other-scheme", "The issuer signs with another scheme than the suite's, which only the key of the leaf has to fit.",
		ids{"rfc9420-5.3-01"}, p.hasChain(stranger.certificate(client, 2, false), stranger.certificate(stranger, 1, true)))
	p.accept("7.2-05-x509-first", "The capabilities list x509 in front of basic and of an unknown type.", ids{"rfc9420-7.2-06"}, p.hasChain(two...), func(s *sketch) {
		s.leaf.capabilities.Credentials = []uint16{x509Credential, basicCredential, privateUse}
	})

	mallory := p.certifierOf("client", p.other)
	key := ids{"rfc9420-5.3-01", "rfc9420-10.1-03"}
	p.reject("5.3-01-other-key", "The client's name is certified for another key than that of the leaf, with which everything is signed.", key,
		p.hasChain(root.certificate(mallory, 2, false), two[1]))
	p.reject("5.3-01-other-key-alone", "The only certificate is for another key than that of the leaf.", key, inAdd, p.hasChain(mallory.certificate(mallory, 1, false)))
	p.reject("5.3-01-negative-key", "The certificate is for the negative of the leaf's key, a point with the same coordinate but for the sign of the other one.", key,
		p.hasChain(root.certificate(p.certifierOf("client", signer{public: p.negative()}), 2, false)))
	order := ids{"rfc9420-5.3-03", "rfc9420-10.1-03"}
	p.reject("5.3-03-reversed", "The issuer's certificate stands in front of the client's.", order, p.hasChain(two[1], two[0]))
	p.reject("5.3-03-reversed-three", "A chain of three begins with the root and ends with the client.", order, inAdd, p.hasChain(three[2], three[1], three[0]))
	p.reject("5.3-03-empty", "The chain has no certificate.", order, p.hasChain())
	p.reject("5.3-03-no-certificate", "What stands first is a public key and no certificate.", order, p.hasChain(p.client.public, two[1]))
	p.reject("5.3-03-truncated-certificate", "The end of the first certificate is missing, in an entry whose length fits.", order, inAdd, p.hasChain(without(two[0], 10), two[1]))
	p.reject("5.3-03-empty-certificate", "The first certificate has no bytes.", order, p.hasChain(slices.Concat([][]byte{{}}, two)...))
}

// negative is the negative of the client's public key.
func (p *packages) negative() []byte {
	key := slices.Clone(p.client.public)
	if p.signature == nil {
		key[len(key)-1] ^= 0x80 // the sign of x
		return key
	}
	y := key[1+len(key)/2:]
	n := new(big.Int).SetBytes(y)
	n.Sub(p.signature.Params().P, n).FillBytes(y)
	return key
}
