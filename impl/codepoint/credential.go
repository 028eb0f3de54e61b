package codepoint

// A CredentialType is a value of the "MLS Credential Types" registry
// (RFC 9420, Section 17.5).
type CredentialType uint16

// The credential types of RFC 9420, Section 17.5.
const (
	CredentialBasic CredentialType = 0x0001
	CredentialX509  CredentialType = 0x0002
)

func (c CredentialType) String() string {
	switch c {
	case CredentialBasic:
		return "basic"
	case CredentialX509:
		return "x509"
	}
	return unnamed(uint16(c))
}
