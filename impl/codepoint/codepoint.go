// Package codepoint holds the registries of RFC 9420, Section 17, and the
// protocol version of Section 6, with their names.
//
// Decoding keeps values that no registry names; whether one is acceptable is
// for validation to say.
package codepoint

import "fmt"

// A ProtocolVersion is the version of MLS (RFC 9420, Section 6).
type ProtocolVersion uint16

// MLS10 is the version that RFC 9420 defines.
const MLS10 ProtocolVersion = 0x0001

func (v ProtocolVersion) String() string {
	if v == MLS10 {
		return "mls10"
	}
	return unnamed(uint16(v))
}

// unnamed shows a value without a name, and a reserved one as such.
func unnamed(v uint16) string {
	if IsGREASE(v) {
		return fmt.Sprintf("GREASE(0x%04x)", v)
	}
	return fmt.Sprintf("0x%04x", v)
}
