package leaf

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// Capabilities list what a client supports (RFC 9420, Section 7.2). Default
// proposal and extension types are not listed.
type Capabilities struct {
	Versions     []codepoint.ProtocolVersion
	CipherSuites []codepoint.CipherSuite
	Extensions   []codepoint.ExtensionType
	Proposals    []codepoint.ProposalType
	Credentials  []codepoint.CredentialType
}

// SupportsVersion reports whether v is listed.
func (c *Capabilities) SupportsVersion(v codepoint.ProtocolVersion) bool {
	return slices.Contains(c.Versions, v)
}

// SupportsCipherSuite reports whether s is listed.
func (c *Capabilities) SupportsCipherSuite(s codepoint.CipherSuite) bool {
	return slices.Contains(c.CipherSuites, s)
}

// SupportsExtension reports whether t is listed or a default type.
func (c *Capabilities) SupportsExtension(t codepoint.ExtensionType) bool {
	return t.IsDefault() || slices.Contains(c.Extensions, t)
}

// SupportsProposal reports whether t is listed or a default type.
func (c *Capabilities) SupportsProposal(t codepoint.ProposalType) bool {
	return t.IsDefault() || slices.Contains(c.Proposals, t)
}

// SupportsCredential reports whether t is listed; no credential type is a default.
func (c *Capabilities) SupportsCredential(t codepoint.CredentialType) bool {
	return slices.Contains(c.Credentials, t)
}

// AddExtension lists t, unless it is listed or a default type.
func (c *Capabilities) AddExtension(t codepoint.ExtensionType) {
	if !c.SupportsExtension(t) {
		c.Extensions = append(slices.Clip(c.Extensions), t)
	}
}

// lacksExtension returns the first of the types that is not supported, if there
// is one.
func (c *Capabilities) lacksExtension(types []codepoint.ExtensionType) (t codepoint.ExtensionType, ok bool) {
	return lacking(types, c.Extensions, codepoint.ExtensionType.IsDefault)
}

// WithoutGREASE returns what the client truly supports. A client compares its
// own capabilities in this form (RFC 9420, Section 13.5).
func (c *Capabilities) WithoutGREASE() Capabilities {
	return Capabilities{
		Versions:     c.Versions,
		CipherSuites: withoutGREASE(c.CipherSuites),
		Extensions:   withoutGREASE(c.Extensions),
		Proposals:    withoutGREASE(c.Proposals),
		Credentials:  withoutGREASE(c.Credentials),
	}
}

func withoutGREASE[T ~uint16](list []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return codepoint.IsGREASE(uint16(v)) })
}

func (c *Capabilities) clone() Capabilities {
	return Capabilities{
		Versions:     slices.Clone(c.Versions),
		CipherSuites: slices.Clone(c.CipherSuites),
		Extensions:   slices.Clone(c.Extensions),
		Proposals:    slices.Clone(c.Proposals),
		Credentials:  slices.Clone(c.Credentials),
	}
}

func (c *Capabilities) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddUint16s(b, c.Versions)
	syntax.AddUint16s(b, c.CipherSuites)
	syntax.AddUint16s(b, c.Extensions)
	syntax.AddUint16s(b, c.Proposals)
	syntax.AddUint16s(b, c.Credentials)
}

func (c *Capabilities) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Capabilities{}
	if err := syntax.ReadUint16s(s, &c.Versions); err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	if err := syntax.ReadUint16s(s, &c.CipherSuites); err != nil {
		return fmt.Errorf("cipher_suites: %w", err)
	}
	if err := syntax.ReadUint16s(s, &c.Extensions); err != nil {
		return fmt.Errorf("extensions: %w", err)
	}
	if err := syntax.ReadUint16s(s, &c.Proposals); err != nil {
		return fmt.Errorf("proposals: %w", err)
	}
	if err := syntax.ReadUint16s(s, &c.Credentials); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return nil
}

// RequiredCapabilities is the content of the required_capabilities extension
// (RFC 9420, Section 11.1).
type RequiredCapabilities struct {
	ExtensionTypes  []codepoint.ExtensionType
	ProposalTypes   []codepoint.ProposalType
	CredentialTypes []codepoint.CredentialType
}

// MetBy verifies that c supports all that is required. Default types count as
// supported (RFC 9420, Section 11.1).
func (r *RequiredCapabilities) MetBy(c *Capabilities) error {
	if t, ok := c.lacksExtension(r.ExtensionTypes); ok {
		return rule.Errorf("rfc9420-7.3-02", "required extension %v is not listed in capabilities", t)
	}
	if t, ok := lacking(r.ProposalTypes, c.Proposals, codepoint.ProposalType.IsDefault); ok {
		return rule.Errorf("rfc9420-7.3-02", "required proposal %v is not listed in capabilities", t)
	}
	noDefault := func(codepoint.CredentialType) bool { return false }
	if t, ok := lacking(r.CredentialTypes, c.Credentials, noDefault); ok {
		return rule.Errorf("rfc9420-7.3-02", "required credential %v is not listed in capabilities", t)
	}
	return nil
}

func (r *RequiredCapabilities) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddUint16s(b, r.ExtensionTypes)
	syntax.AddUint16s(b, r.ProposalTypes)
	syntax.AddUint16s(b, r.CredentialTypes)
}

func (r *RequiredCapabilities) UnmarshalMLS(s *cryptobyte.String) error {
	*r = RequiredCapabilities{}
	if err := syntax.ReadUint16s(s, &r.ExtensionTypes); err != nil {
		return fmt.Errorf("extension_types: %w", err)
	}
	if err := syntax.ReadUint16s(s, &r.ProposalTypes); err != nil {
		return fmt.Errorf("proposal_types: %w", err)
	}
	if err := syntax.ReadUint16s(s, &r.CredentialTypes); err != nil {
		return fmt.Errorf("credential_types: %w", err)
	}
	return nil
}
