package main

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A claim is a case of the family ciphersuite before it belongs to a suite.
// Each verdict is written here by hand, from what the standards say. Values are
// computed with the standard library and circl, never by impl: a wrong value
// is what a certain mistake gives, so that whoever makes it accepts the case.
type claim struct {
	what    string // the end of the id
	comment string // one sentence: what is special, and why the verdict is right
	args    format.Arguments
	format.Expectation
}

// accept is a right claim. It may name what it shows to be followed.
func accept(what, comment string, args format.Arguments, shown ...rule.ID) claim {
	return claim{what, comment, args, format.Expectation{Result: format.Accept, IDs: shown}}
}

// reject is a wrong claim. It names the requirements that describe the fault.
func reject(what, comment string, args format.Arguments, broken ...rule.ID) claim {
	return claim{what, comment, args, format.Expectation{Result: format.Reject, IDs: broken}}
}

// either is a claim on which the standards allow both verdicts.
func either(what, comment string, args format.Arguments, open ...rule.ID) claim {
	return claim{what, comment, args, format.Expectation{Result: format.Either, IDs: open}}
}

func ciphersuiteFile() (file, error) {
	return packCases(format.Ciphersuite, format.CiphersuiteSchema, ciphersuiteCases)
}

// ciphersuiteCases makes the family: suite after suite, and in each the
// functions in the order of RFC 9420.
func ciphersuiteCases() []format.CiphersuiteCase {
	var cases []format.CiphersuiteCase
	for _, s := range suites() {
		for _, claims := range [][]claim{
			hashClaims(s),
			macClaims(s),
			aeadClaims(s),
			keyPairClaims(s),
			verifyClaims(s),
			encryptClaims(s),
			decryptClaims(s),
			refHashClaims(s),
			expandClaims(s),
			deriveSecretClaims(s),
			deriveTreeSecretClaims(s),
		} {
			for _, c := range claims {
				cases = append(cases, c.in(s))
			}
		}
	}
	return cases
}

func (c *claim) in(s *suite) format.CiphersuiteCase {
	input := format.Call(s.number, c.args)
	return format.CiphersuiteCase{
		ID:               fmt.Sprintf("%s/%s-%s/suite%d", format.Ciphersuite, input.Function, c.what, s.number),
		Comment:          c.comment,
		CiphersuiteInput: input,
		Expectation:      c.Expectation,
	}
}

// changed returns b with one bit of the byte at index i changed. A negative
// index counts from the end.
func changed(b []byte, i int) []byte {
	c := slices.Clone(b)
	c[(i+len(c))%len(c)] ^= 1
	return c
}

// without returns b without its last n bytes.
func without(b []byte, n int) []byte { return b[: len(b)-n : len(b)-n] }

// with returns b with more bytes behind.
func with(b []byte, more ...byte) []byte { return slices.Concat(b, more) }
