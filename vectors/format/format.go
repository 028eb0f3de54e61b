// Package format holds the files of the vector families that only this project
// has as Go types: whoever makes, judges, exports or sends a case uses these.
// docs/vectors.md describes the same fields for other languages, and
// vectors/schema for machines.
package format

import (
	"encoding/hex"
	"encoding/json"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A File is a whole file. C is [KeyPackageCase], [CiphersuiteCase] or
// [DecodingCase].
type File[C any] struct {
	Schema    string `json:"schema"`    // that of the family
	Family    string `json:"family"`    // one of [Families]
	Generator string `json:"generator"` // what made the file, and its version
	Cases     []C    `json:"cases"`
}

// The families and the schemas of their files.
const (
	KeyPackage  = "key-package"
	Ciphersuite = "ciphersuite"
	Decoding    = "decoding"

	KeyPackageSchema  = "mlsconform/key-package/v1"
	CiphersuiteSchema = "mlsconform/ciphersuite/v1"
	DecodingSchema    = "mlsconform/decoding/v1"
)

// Families lists the families.
func Families() []string { return []string{KeyPackage, Ciphersuite, Decoding} }

// An Expectation is what a case says about its verdict.
type Expectation struct {
	Result Result `json:"result"`

	// IDs are the requirements of the catalogue. For a reject, all that name
	// the fault; for an either, those that leave the choice; for an accept,
	// those that the case shows to be followed, if any.
	IDs []rule.ID `json:"ids,omitzero"`
}

// A Result is a verdict, or what a case expects it to be.
type Result string

// The results. Cases never expect Unsupported, and verdicts are never Either.
const (
	Accept      Result = "accept"
	Reject      Result = "reject"
	Either      Result = "either"      // the standard leaves it open
	Unsupported Result = "unsupported" // the subject does not do what is asked
)

// A Request is what a subject is asked about a case: a [*KeyPackageRequest], a
// [*CiphersuiteRequest] or a [*DecodingRequest].
type Request interface{ CaseID() string }

// A Response is a subject's verdict on the case of the same id.
type Response struct {
	ID string `json:"id"`
	Verdict
}

// A Verdict is what a subject says about a case. What it says beyond the result
// is optional, and compared with the case where it is there.
type Verdict struct {
	Result Result `json:"result"`
	Detail string `json:"detail,omitzero"` // for people

	IDs       []rule.ID         `json:"ids,omitzero"`       // of a reject: the requirements broken
	Reference Hex               `json:"reference,omitzero"` // of an accepted key package
	Parsed    *KeyPackageFields `json:"parsed,omitzero"`    // an accepted key package
	Encoding  Hex               `json:"encoding,omitzero"`  // of a message that was decoded
}

// Hex is binary data, written as a string of lower-case hexadecimal digits.
// In an optional field nil is absent, and an empty value is an empty string.
type Hex []byte

// MarshalText returns the digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// Types is a list of code points. None of them is an empty list, never null.
type Types []uint16

// MarshalJSON returns the list.
func (t Types) MarshalJSON() ([]byte, error) {
	if t == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]uint16(t))
}
