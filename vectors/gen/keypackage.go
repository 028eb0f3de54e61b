package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

type ids = []rule.ID

func keyPackageFile() (file, error) {
	return packCases(format.KeyPackage, format.KeyPackageSchema, keyPackageCases)
}

// keyPackageTables lists the tables of cases, in the order of the sections that
// they are about. Each case stands there with its reason.
func keyPackageTables() []func(*packages) {
	return []func(*packages){
		(*packages).usual,
		(*packages).integers,
		(*packages).lengths,
		(*packages).boundaries,
		(*packages).longLengths,
		(*packages).incompleteElements,
		(*packages).truncations,
		(*packages).framing,
		(*packages).suites,
		(*packages).kemKeys,
		(*packages).signatureKeys,
		(*packages).leafSignatures,
		(*packages).packageSignatures,
		(*packages).signatureForms,
		(*packages).basicCredentials,
		(*packages).certificates,
		(*packages).capabilities,
		(*packages).defaults,
		(*packages).grease,
		(*packages).leafExtensions,
		(*packages).packageExtensions,
		(*packages).lifetimes,
		(*packages).longestLifetimes,
		(*packages).sources,
		(*packages).required,
		(*packages).groupExtensions,
		(*packages).members,
	}
}

// keyPackageCases makes the family, suite after suite. As in the family
// ciphersuite, verdicts are written by hand, and bytes made without impl.
func keyPackageCases() []format.KeyPackageCase {
	var cases []format.KeyPackageCase
	for _, s := range suites() {
		p := newPackages(s)
		for _, table := range keyPackageTables() {
			table(p)
		}
		cases = append(cases, p.cases...)
	}
	return cases
}

// packages makes the cases of one suite. All KeyPackages that need no other
// keys have the same ones, so that cases differ in what they are about.
type packages struct {
	*suite
	client signer  // signs
	init   keyPair // for the Welcome
	leaf   keyPair // for the tree
	other  signer  // somebody else's
	cases  []format.KeyPackageCase
}

func newPackages(s *suite) *packages {
	return &packages{
		suite:  s,
		client: s.signer("key package client"),
		init:   s.kemKey("key package init"),
		leaf:   s.kemKey("key package leaf"),
		other:  s.signer("key package other"),
	}
}

// accept adds a case that is right. It may name what it shows to be followed.
func (p *packages) accept(what, comment string, shown ids, changes ...change) {
	p.add(what, comment, format.Expectation{Result: format.Accept, IDs: shown}, changes)
}

// reject adds a case with one fault. It names the requirements that describe it.
func (p *packages) reject(what, comment string, broken ids, changes ...change) {
	p.add(what, comment, format.Expectation{Result: format.Reject, IDs: broken}, changes)
}

// either adds a case on which the standards allow both verdicts.
func (p *packages) either(what, comment string, open ids, changes ...change) {
	p.add(what, comment, format.Expectation{Result: format.Either, IDs: open}, changes)
}

func (p *packages) add(what, comment string, expected format.Expectation, changes []change) {
	s := p.sketch()
	for _, c := range changes {
		c(s)
	}
	bare, whole := s.write()
	s.input.Bytes = whole
	made := format.KeyPackageCase{
		ID:              fmt.Sprintf("%s/%s/suite%d", format.KeyPackage, what, p.number),
		Comment:         comment,
		KeyPackageInput: s.input,
		Expectation:     expected,
	}
	if expected.Result == format.Accept {
		made.Expected = s.fields(bare)
	}
	p.cases = append(p.cases, made)
}

// sketch is the usual case: a client has fetched a KeyPackage from a directory
// and is about to add it.
func (p *packages) sketch() *sketch {
	return &sketch{
		input:          format.KeyPackageInput{Suite: p.number, Form: format.Message, Use: format.Add, Time: present},
		messageVersion: mls10,
		wireFormat:     wireKeyPackage,
		version:        mls10,
		suite:          p.suite,
		cipherSuite:    p.number,
		initKey:        p.init.public,
		leaf: leafSketch{
			encryptionKey: p.leaf.public,
			signatureKey:  p.client.public,
			credential:    credential{number: basicCredential, identity: []byte("client@example.org")},
			capabilities: format.Capabilities{
				Versions:     format.Types{mls10},
				CipherSuites: format.Types{p.number},
				Credentials:  format.Types{basicCredential},
			},
			source:    sourceKeyPackage,
			notBefore: present - hour,
			notAfter:  present + 28*day, // below the longest lifetime of any client that sets one
			signing:   signing{signer: p.client},
		},
		signing: signing{signer: p.client},
		forms:   map[string]func(int) []byte{},
		edits:   map[string]func([]byte) []byte{},
	}
}

// fetched is the usual case.
func fetched(*sketch) {}

// inAdd is the other usual case: the KeyPackage stands in an Add proposal that
// another member sent.
func inAdd(s *sketch) {
	bare(s)
	received(s)
}

func bare(s *sketch) { s.input.Form = format.Struct }

func received(s *sketch) { s.input.Use = format.Receive }

func identity(b []byte) change {
	return func(s *sketch) { s.leaf.credential.identity = b }
}

// lists adds extension types to the capabilities.
func lists(types ...uint16) change {
	return func(s *sketch) {
		list := &s.leaf.capabilities.Extensions
		*list = append(*list, types...)
	}
}

func leafHas(number uint16, data []byte) change {
	return func(s *sketch) { s.leaf.extensions = append(s.leaf.extensions, extension{number, data}) }
}

func packageHas(number uint16, data []byte) change {
	return func(s *sketch) { s.extensions = append(s.extensions, extension{number, data}) }
}

// lengthOf gives a vector another header. Signatures cover it as it stands.
func lengthOf(place string, form func(int) []byte) change {
	return func(s *sketch) { s.forms[place] = form }
}

// contentOf gives a vector another content.
func contentOf(place string, edit func([]byte) []byte) change {
	return func(s *sketch) { s.edits[place] = edit }
}

// everything has something in every vector, and each of the headers that are
// not at their shortest.
func everything(s *sketch) {
	c := &s.leaf.capabilities
	c.Extensions = append(c.Extensions, lastResort, privateUse, unknownType)
	c.Proposals = append(c.Proposals, privateUse, unknownType)
	c.Credentials = append(c.Credentials, x509Credential, privateUse)
	identity(letters(100))(s)
	leafHas(unknownType, letters(10))(s)
	leafHas(privateUse, letters(70))(s)
	packageHas(lastResort, nil)(s)
	packageHas(unknownType, letters(80))(s)
}

// usual cases are about nothing special.
func (p *packages) usual() {
	p.accept("10-minimal", "A KeyPackage as a directory hands it out, with nothing in it but what it has to have.", ids{"rfc9420-10.1-05"})
	p.accept("10-minimal-in-add", "A bare KeyPackage as it stands in an Add proposal, with nothing in it but what it has to have.", ids{"rfc9420-10.1-05"}, inAdd)
	p.accept("10-everything", "Every vector holds something, among it unknown types that are all listed.", ids{"rfc9420-13.4-03"}, everything)
	p.accept("10-everything-in-add", "In the KeyPackage of an Add proposal, every vector holds something.", ids{"rfc9420-13.4-03"}, everything, inAdd)
	p.accept("10-bare-fetched", "A directory that stores bare KeyPackages, with no MLSMessage around them.", nil, bare, identity([]byte("bare")))
	p.accept("10-message-received", "A member handed on what a directory gave it, with the MLSMessage still around the KeyPackage.", nil, received, identity([]byte("whole")))
	p.accept("10-for-group", "The group that it is for is there as well, with two members and no extensions.", ids{"rfc9420-10.1-03"}, p.joins(p.pair()))
}

// joins gives the group and its members.
func (p *packages) joins(g *mlsGroup) change {
	return func(s *sketch) {
		knows(g)(s)
		s.input.RatchetTree = g.ratchetTree()
	}
}

// knows gives the group without its members.
func knows(g *mlsGroup) change {
	return func(s *sketch) { s.input.GroupContext = g.context() }
}
