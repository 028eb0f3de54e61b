package leaf

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// An Extension is a typed, opaque value (RFC 9420, Section 7.2).
type Extension struct {
	Type codepoint.ExtensionType
	Data []byte
}

func (e *Extension) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(e.Type))
	syntax.AddOpaque(b, e.Data)
}

func (e *Extension) UnmarshalMLS(s *cryptobyte.String) error {
	*e = Extension{}
	if err := syntax.ReadUint16(s, &e.Type); err != nil {
		return fmt.Errorf("extension_type: %w", err)
	}
	if err := syntax.ReadOpaque(s, &e.Data); err != nil {
		return fmt.Errorf("extension_data of %v: %w", e.Type, err)
	}
	return nil
}

// Extensions is a list of extensions, as it stands in LeafNode, KeyPackage,
// GroupContext and GroupInfo (RFC 9420, Section 13.4).
type Extensions []Extension

func (e *Extensions) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddVector(b, []Extension(*e))
}

func (e *Extensions) UnmarshalMLS(s *cryptobyte.String) error {
	if err := syntax.ReadVector(s, (*[]Extension)(e)); err != nil {
		return fmt.Errorf("extensions: %w", err)
	}
	return nil
}

// Find returns the data of the first extension of the type.
func (e Extensions) Find(t codepoint.ExtensionType) (data []byte, ok bool) {
	i := slices.IndexFunc(e, func(x Extension) bool { return x.Type == t })
	if i < 0 {
		return nil, false
	}
	return e[i].Data, true
}

// Repeated returns a type that occurs more than once, if there is one.
func (e Extensions) Repeated() (t codepoint.ExtensionType, ok bool) {
	var seen typeSet
	for i, x := range e {
		if seen.has(uint16(x.Type)) && !(rule.Planted(rule.Duplicate) && e[i-1].Type != x.Type) {
			return x.Type, true
		}
		seen.add(uint16(x.Type))
	}
	return 0, false
}

func (e Extensions) types() []codepoint.ExtensionType {
	types := make([]codepoint.ExtensionType, len(e))
	for i, x := range e {
		types[i] = x.Type
	}
	return types
}

// Clone returns a copy that shares the data of the extensions.
func (e Extensions) Clone() Extensions { return slices.Clone(e) }

// RequiredCapabilities returns the content of the required_capabilities
// extension, or nil without that extension (RFC 9420, Section 11.1).
func (e Extensions) RequiredCapabilities() (*RequiredCapabilities, error) {
	return content[RequiredCapabilities](e, codepoint.ExtensionRequiredCapabilities)
}

// ExternalPub returns the content of the external_pub extension, or nil without
// that extension (RFC 9420, Section 12.4.3.2).
func (e Extensions) ExternalPub() (*ExternalPub, error) {
	return content[ExternalPub](e, codepoint.ExtensionExternalPub)
}

// ExternalSenders returns the entries of the external_senders extension, or nil
// without that extension (RFC 9420, Section 12.1.8.1).
func (e Extensions) ExternalSenders() ([]ExternalSender, error) {
	list, err := content[ExternalSenders](e, codepoint.ExtensionExternalSenders)
	if err != nil {
		return nil, rule.Errorf("rfc9420-12.1.8.1-01", "%w", err)
	}
	if list == nil {
		return nil, nil
	}
	return *list, nil
}

// content decodes the data of the first extension of a type. The structure has
// to take all of the data: bytes left over are a fault of the extension.
func content[T any, P interface {
	*T
	syntax.Unmarshaler
}](e Extensions, t codepoint.ExtensionType) (*T, error) {
	data, ok := e.Find(t)
	if !ok {
		return nil, nil
	}
	v := new(T)
	s := cryptobyte.String(data)
	if err := P(v).UnmarshalMLS(&s); err != nil {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	if !s.Empty() {
		return nil, rule.Errorf("rfc9420-2.1-02", "%v: %d bytes follow its content", t, len(s))
	}
	return v, nil
}

// ExternalPub is the content of the external_pub extension: an HPKE public key
// (RFC 9420, Section 12.4.3.2).
type ExternalPub struct {
	ExternalPub []byte
}

func (e *ExternalPub) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, e.ExternalPub) }

func (e *ExternalPub) UnmarshalMLS(s *cryptobyte.String) error {
	*e = ExternalPub{}
	if err := syntax.ReadOpaque(s, &e.ExternalPub); err != nil {
		return fmt.Errorf("external_pub: %w", err)
	}
	return nil
}

// An ExternalSender may send external proposals to the group
// (RFC 9420, Section 12.1.8.1).
type ExternalSender struct {
	SignatureKey []byte
	Credential   Credential
}

func (e *ExternalSender) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, e.SignatureKey)
	e.Credential.MarshalMLS(b)
}

func (e *ExternalSender) UnmarshalMLS(s *cryptobyte.String) error {
	*e = ExternalSender{}
	if err := syntax.ReadOpaque(s, &e.SignatureKey); err != nil {
		return fmt.Errorf("signature_key: %w", err)
	}
	if err := e.Credential.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return nil
}

// ExternalSenders is the content of the external_senders extension
// (RFC 9420, Section 12.1.8.1).
type ExternalSenders []ExternalSender

func (e *ExternalSenders) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddVector(b, []ExternalSender(*e))
}

func (e *ExternalSenders) UnmarshalMLS(s *cryptobyte.String) error {
	if err := syntax.ReadVector(s, (*[]ExternalSender)(e)); err != nil {
		return fmt.Errorf("external_senders: %w", err)
	}
	return nil
}

// Encode returns an extension of the given type with v as its data.
func Encode(t codepoint.ExtensionType, v syntax.Marshaler) (Extension, error) {
	data, err := syntax.Marshal(v)
	if err != nil {
		return Extension{}, fmt.Errorf("%v: %w", t, err)
	}
	return Extension{Type: t, Data: data}, nil
}
