package framing

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// ErrApplicationData reports an attempt to send application data without
// encryption, which RFC 9420, Section 6 forbids.
var ErrApplicationData = errors.New("framing: application data is sent as PrivateMessage only")

// A PublicMessage is a message that is signed but not encrypted
// (RFC 9420, Section 6.2). It has a membership tag when a member sends it.
type PublicMessage struct {
	Content       FramedContent
	Auth          FramedContentAuthData
	MembershipTag []byte
}

func (m *PublicMessage) MarshalMLS(b *cryptobyte.Builder) {
	m.Content.MarshalMLS(b)
	m.Auth.marshal(b, m.Content.ContentType)
	if m.Content.Sender.Type == SenderMember {
		syntax.AddOpaque(b, m.MembershipTag)
	}
}

func (m *PublicMessage) UnmarshalMLS(s *cryptobyte.String) error {
	*m = PublicMessage{}
	if err := m.Content.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	if err := m.Auth.unmarshal(s, m.Content.ContentType); err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	if m.Content.Sender.Type != SenderMember {
		return nil
	}
	missing := s.Empty()
	if err := syntax.ReadOpaque(s, &m.MembershipTag); err != nil {
		return m.tagError(missing, fmt.Errorf("membership_tag: %w", err))
	}
	return nil
}

func (m *PublicMessage) tagError(missing bool, err error) error {
	if !missing {
		return err
	}
	err = rule.Errorf("rfc9420-6.2-01", "%w", err)
	if m.Content.ContentType == ContentCommit {
		// It has been taken for the confirmation_tag if that is what is missing.
		err = rule.Errorf("rfc9420-6.1-13", "one tag instead of two: %w", err)
	}
	return err
}

// Authenticated returns the message as it was signed, without any check.
func (m *PublicMessage) Authenticated() *AuthenticatedContent {
	return &AuthenticatedContent{WireFormat: codepoint.WireFormatPublicMessage, Content: m.Content, Auth: m.Auth}
}

// tbm returns the AuthenticatedContentTBM of RFC 9420, Section 6.2.
func (m *PublicMessage) tbm(context []byte) ([]byte, error) {
	var b cryptobyte.Builder
	(&FramedContentTBS{
		WireFormat: codepoint.WireFormatPublicMessage,
		Content:    &m.Content,
		Context:    context,
	}).MarshalMLS(&b)
	m.Auth.marshal(&b, m.Content.ContentType)
	return b.Bytes()
}

// ProtectPublic makes a PublicMessage of a signed message. The context is the
// encoded GroupContext; key and context count for messages of members only.
func ProtectPublic(suite *ciphersuite.Suite, a *AuthenticatedContent, membershipKey ciphersuite.Secret, context []byte) (*PublicMessage, error) {
	if a.Content.ContentType == ContentApplication {
		return nil, ErrApplicationData
	}
	m := &PublicMessage{Content: a.Content, Auth: a.Auth}
	if m.Content.Sender.Type == SenderMember {
		tbm, err := m.tbm(context)
		if err != nil {
			return nil, fmt.Errorf("public message: %w", err)
		}
		m.MembershipTag = suite.MAC(membershipKey, tbm)
	}
	return m, nil
}

// Unprotect verifies the membership tag, if a member sent the message. The
// signature is still to be verified.
func (m *PublicMessage) Unprotect(suite *ciphersuite.Suite, membershipKey ciphersuite.Secret, context []byte) (*AuthenticatedContent, error) {
	if m.Content.ContentType == ContentApplication {
		return nil, rule.Errorf("rfc9420-6-01", "application data in a PublicMessage")
	}
	if m.Content.Sender.Type == SenderMember {
		tbm, err := m.tbm(context)
		if err != nil {
			return nil, fmt.Errorf("public message: %w", err)
		}
		if err := suite.VerifyMAC(membershipKey, tbm, m.MembershipTag); err != nil {
			if n := len(m.MembershipTag); n != suite.HashSize() {
				err = rule.Errorf("rfc9420-6.2-04", "%d bytes, want %d: %w", n, suite.HashSize(), err)
			}
			return nil, rule.Errorf("rfc9420-6.2-02", "membership_tag: %w", err)
		}
	}
	return m.Authenticated(), nil
}
