package framing

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// An MLSMessage is any message on the wire (RFC 9420, Section 6). Exactly one
// field is set. Its version is mls10.
type MLSMessage struct {
	PublicMessage  *PublicMessage
	PrivateMessage *PrivateMessage
	Welcome        *message.Welcome
	GroupInfo      *message.GroupInfo
	KeyPackage     *keypackage.KeyPackage
}

// WireFormat returns the wire format of the message; it is 0, a reserved value,
// when no field is set.
func (m *MLSMessage) WireFormat() codepoint.WireFormat {
	switch {
	case m.PublicMessage != nil:
		return codepoint.WireFormatPublicMessage
	case m.PrivateMessage != nil:
		return codepoint.WireFormatPrivateMessage
	case m.Welcome != nil:
		return codepoint.WireFormatWelcome
	case m.GroupInfo != nil:
		return codepoint.WireFormatGroupInfo
	case m.KeyPackage != nil:
		return codepoint.WireFormatKeyPackage
	}
	return 0
}

func (m *MLSMessage) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(codepoint.MLS10))
	b.AddUint16(uint16(m.WireFormat()))
	switch {
	case m.PublicMessage != nil:
		m.PublicMessage.MarshalMLS(b)
	case m.PrivateMessage != nil:
		m.PrivateMessage.MarshalMLS(b)
	case m.Welcome != nil:
		m.Welcome.MarshalMLS(b)
	case m.GroupInfo != nil:
		m.GroupInfo.MarshalMLS(b)
	case m.KeyPackage != nil:
		m.KeyPackage.MarshalMLS(b)
	default:
		b.SetError(rule.Errorf("rfc9420-6-05", "message without content"))
	}
}

func (m *MLSMessage) UnmarshalMLS(s *cryptobyte.String) error {
	*m = MLSMessage{}
	var version codepoint.ProtocolVersion
	if err := syntax.ReadUint16(s, &version); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if version != codepoint.MLS10 && !rule.Skipped("rfc9420-6-04") {
		return rule.Errorf("rfc9420-6-04", "version is %v", version)
	}
	var format codepoint.WireFormat
	if err := syntax.ReadUint16(s, &format); err != nil {
		return fmt.Errorf("wire_format: %w", err)
	}
	if err := m.unmarshalBody(s, format); err != nil {
		return fmt.Errorf("%v: %w", format, err)
	}
	if m.KeyPackage != nil && m.KeyPackage.Version != version && !rule.Skipped("rfc9420-10-07") {
		return rule.Errorf("rfc9420-10-07", "version is %v in the KeyPackage, %v in the message around it", m.KeyPackage.Version, version)
	}
	return nil
}

func (m *MLSMessage) unmarshalBody(s *cryptobyte.String, format codepoint.WireFormat) error {
	switch format {
	case codepoint.WireFormatPublicMessage:
		m.PublicMessage = new(PublicMessage)
		return m.PublicMessage.UnmarshalMLS(s)
	case codepoint.WireFormatPrivateMessage:
		m.PrivateMessage = new(PrivateMessage)
		return m.PrivateMessage.UnmarshalMLS(s)
	case codepoint.WireFormatWelcome:
		m.Welcome = new(message.Welcome)
		return m.Welcome.UnmarshalMLS(s)
	case codepoint.WireFormatGroupInfo:
		m.GroupInfo = new(message.GroupInfo)
		return m.GroupInfo.UnmarshalMLS(s)
	case codepoint.WireFormatKeyPackage:
		m.KeyPackage = new(keypackage.KeyPackage)
		return m.KeyPackage.UnmarshalMLS(s)
	}
	if rule.Skipped("rfc9420-6-05") {
		return m.unmarshalBody(s, codepoint.WireFormatKeyPackage)
	}
	return rule.Errorf("rfc9420-6-05", "wire_format is %v", format)
}

// Parse reads an MLSMessage from all of data. It copies data once.
func Parse(data []byte) (*MLSMessage, error) { return syntax.Parse[MLSMessage](data) }

// ParseKeyPackage reads a KeyPackage from all of data, which is the MLSMessage
// around it. It copies data once.
func ParseKeyPackage(data []byte) (*keypackage.KeyPackage, error) {
	m, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if m.KeyPackage == nil {
		return nil, rule.Errorf("rfc9420-6-05", "wire_format is %v, want %v", m.WireFormat(), codepoint.WireFormatKeyPackage)
	}
	return m.KeyPackage, nil
}
