package main

import (
	"github.com/mlsconform/mlsconform/vectors/format"
)

func decodingFile() (file, error) {
	return packCases(format.Decoding, format.DecodingSchema, decodingCases)
}

// decodingTables lists the tables of cases: what is well-formed, then what is
// not, then what the RFC leaves to the decoder.
func decodingTables() []func(*decodings) {
	return []func(*decodings){
		(*decodings).proposals,
		(*decodings).commits,
		(*decodings).otherMessages,
		(*decodings).boundaries,
		(*decodings).genuine,
		(*decodings).wholeSamples,
		(*decodings).cutSamples,
		(*decodings).cutHeaders,
		(*decodings).missingTags,
		(*decodings).longForms,
		(*decodings).undefinedForms,
		(*decodings).longLengths,
		(*decodings).incompleteElements,
		(*decodings).presence,
		(*decodings).selectors,
		(*decodings).trailers,
		(*decodings).fixedValues,
		(*decodings).unknownTypes,
		(*decodings).roles,
		(*decodings).contents,
		(*decodings).extensionData,
	}
}

// decodingCases makes the family. Decoding does not depend on a suite, so all
// keys are of the one that every client has (Section 17.1).
func decodingCases() []format.DecodingCase {
	d := newDecodings()
	for _, table := range decodingTables() {
		table(d)
	}
	return d.cases
}

// decodings makes the cases. Messages are as right as can be seen from outside of
// a group: leaves, KeyPackages, GroupInfos and framed messages are signed, and
// what is encrypted, or a MAC, has the right length.
type decodings struct {
	packages *packages
	group    *mlsGroup
	cases    []format.DecodingCase
}

func newDecodings() *decodings {
	p := newPackages(suites()[0])
	return &decodings{packages: p, group: p.pair()}
}

// accept adds a message that every decoder takes. It may name what it shows to
// be followed.
func (d *decodings) accept(what, comment string, shown ids, changes ...change) {
	d.add(what, comment, format.Expectation{Result: format.Accept, IDs: shown}, changes)
}

// reject adds bytes that the structures of the RFC do not have.
func (d *decodings) reject(what, comment string, broken ids, changes ...change) {
	d.add(what, comment, format.Expectation{Result: format.Reject, IDs: broken}, changes)
}

// either adds a message that a decoder may leave to others to judge.
func (d *decodings) either(what, comment string, open ids, changes ...change) {
	d.add(what, comment, format.Expectation{Result: format.Either, IDs: open}, changes)
}

func (d *decodings) add(what, comment string, expected format.Expectation, changes []change) {
	s := d.packages.sketch()
	for _, c := range changes {
		c(s)
	}
	_, whole := s.write()
	d.ask(what, comment, whole, expected)
}

func (d *decodings) ask(what, comment string, bytes []byte, expected format.Expectation) {
	d.cases = append(d.cases, format.DecodingCase{
		ID:            format.Decoding + "/" + what,
		Comment:       comment,
		DecodingInput: format.DecodingInput{Bytes: bytes},
		Expectation:   expected,
	})
}
