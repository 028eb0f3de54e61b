package leaf

import (
	"bytes"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A Credential binds an identity to a signature key (RFC 9420, Section 5.3).
// Exactly the field that belongs to Type is used.
type Credential struct {
	Type         codepoint.CredentialType
	Identity     []byte        // basic
	Certificates []Certificate // x509, the end entity first
	// Unknown is the content of a credential of any other type. The RFC does not
	// say how such a content is delimited; like both types that it defines, it is
	// taken to be one variable-size vector.
	Unknown []byte
}

// A Certificate is one DER-encoded X.509 certificate (RFC 9420, Section 5.3).
type Certificate struct {
	Data []byte
}

// Basic returns a basic credential for the identity.
func Basic(identity []byte) Credential {
	return Credential{Type: codepoint.CredentialBasic, Identity: identity}
}

// Equal reports whether both have the same type and content.
func (c *Credential) Equal(o *Credential) bool {
	return c.Type == o.Type && bytes.Equal(c.Identity, o.Identity) && bytes.Equal(c.Unknown, o.Unknown) &&
		slices.EqualFunc(c.Certificates, o.Certificates, func(a, b Certificate) bool { return bytes.Equal(a.Data, b.Data) })
}

func (c *Credential) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(c.Type))
	switch c.Type {
	case codepoint.CredentialBasic:
		syntax.AddOpaque(b, c.Identity)
	case codepoint.CredentialX509:
		syntax.AddVector(b, c.Certificates)
	default:
		syntax.AddOpaque(b, c.Unknown)
	}
}

func (c *Credential) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Credential{}
	if err := syntax.ReadUint16(s, &c.Type); err != nil {
		return fmt.Errorf("credential_type: %w", err)
	}
	switch c.Type {
	case codepoint.CredentialBasic:
		if err := syntax.ReadOpaque(s, &c.Identity); err != nil {
			return fmt.Errorf("identity: %w", err)
		}
	case codepoint.CredentialX509:
		if err := syntax.ReadVector(s, &c.Certificates); err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
	default:
		if err := syntax.ReadOpaque(s, &c.Unknown); err != nil {
			return fmt.Errorf("credential of type %v: %w", c.Type, err)
		}
	}
	return nil
}

func (c *Certificate) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, c.Data) }

func (c *Certificate) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Certificate{}
	if err := syntax.ReadOpaque(s, &c.Data); err != nil {
		return fmt.Errorf("cert_data: %w", err)
	}
	return nil
}
