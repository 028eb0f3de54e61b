package framing

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A FramedContentAuthData authenticates a FramedContent
// (RFC 9420, Section 6.1). It has a confirmation tag for a Commit only.
type FramedContentAuthData struct {
	Signature       []byte
	ConfirmationTag []byte
}

func (a *FramedContentAuthData) marshal(b *cryptobyte.Builder, t ContentType) {
	syntax.AddOpaque(b, a.Signature)
	if t == ContentCommit {
		syntax.AddOpaque(b, a.ConfirmationTag)
	}
}

func (a *FramedContentAuthData) unmarshal(s *cryptobyte.String, t ContentType) error {
	*a = FramedContentAuthData{}
	if err := syntax.ReadOpaque(s, &a.Signature); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	if t == ContentCommit {
		if err := syntax.ReadOpaque(s, &a.ConfirmationTag); err != nil {
			return rule.Errorf("rfc9420-6.1-13", "confirmation_tag: %w", err)
		}
	}
	return nil
}

// An AuthenticatedContent is a signed message together with the way it is sent
// (RFC 9420, Section 6).
type AuthenticatedContent struct {
	WireFormat codepoint.WireFormat
	Content    FramedContent
	Auth       FramedContentAuthData
}

func (a *AuthenticatedContent) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(a.WireFormat))
	a.Content.MarshalMLS(b)
	a.Auth.marshal(b, a.Content.ContentType)
}

func (a *AuthenticatedContent) UnmarshalMLS(s *cryptobyte.String) error {
	*a = AuthenticatedContent{}
	if err := syntax.ReadUint16(s, &a.WireFormat); err != nil {
		return fmt.Errorf("wire_format: %w", err)
	}
	if err := a.Content.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	if err := a.Auth.unmarshal(s, a.Content.ContentType); err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	return nil
}

// A FramedContentTBS is what the signature of a message covers
// (RFC 9420, Section 6.1). Context is the encoded GroupContext; it counts only
// for messages of members and of those who join by an external Commit.
type FramedContentTBS struct {
	WireFormat codepoint.WireFormat
	Content    *FramedContent
	Context    []byte
}

func (t *FramedContentTBS) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(codepoint.MLS10))
	b.AddUint16(uint16(t.WireFormat))
	t.Content.MarshalMLS(b)
	switch t.Content.Sender.Type {
	case SenderMember, SenderNewMemberCommit:
		b.AddBytes(t.Context)
	}
}

func (a *AuthenticatedContent) tbs(context []byte) *FramedContentTBS {
	return &FramedContentTBS{WireFormat: a.WireFormat, Content: &a.Content, Context: context}
}

const signatureLabel = "FramedContentTBS"

// Sign sets the signature. The context is the encoded GroupContext of the epoch
// in which the message is sent.
func (a *AuthenticatedContent) Sign(suite *ciphersuite.Suite, signer ciphersuite.Signer, context []byte) error {
	tbs, err := syntax.Marshal(a.tbs(context))
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	a.Auth.Signature, err = suite.SignWithLabel(signer, signatureLabel, tbs)
	if err != nil {
		return fmt.Errorf("signing message: %w", err)
	}
	return nil
}

// VerifySignature verifies the signature with the key that belongs to the
// sender (RFC 9420, Section 6.1).
func (a *AuthenticatedContent) VerifySignature(suite *ciphersuite.Suite, signatureKey, context []byte) error {
	return a.VerifyOnce(nil, suite, signatureKey, context)
}

// VerifyOnce verifies the same, unless the signature is known to be right.
func (a *AuthenticatedContent) VerifyOnce(known *ciphersuite.Verified, suite *ciphersuite.Suite, signatureKey, context []byte) error {
	tbs, err := syntax.Marshal(a.tbs(context))
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	if err := known.VerifyWithLabel(suite, signatureKey, signatureLabel, tbs, a.Auth.Signature); err != nil {
		return rule.Errorf("rfc9420-6.1-02", "signature: %w", a.explainSignature(suite, signatureKey, context, err))
	}
	return nil
}

// ConfirmedTranscriptHashInput returns what a Commit adds to the confirmed
// transcript hash (RFC 9420, Section 8.2).
func (a *AuthenticatedContent) ConfirmedTranscriptHashInput() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddUint16(uint16(a.WireFormat))
	a.Content.MarshalMLS(&b)
	syntax.AddOpaque(&b, a.Auth.Signature)
	return b.Bytes()
}

// ProposalRef returns the reference by which a Commit can name the proposal
// that the message carries (RFC 9420, Section 5.2).
func (a *AuthenticatedContent) ProposalRef(suite *ciphersuite.Suite) ([]byte, error) {
	encoded, err := syntax.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return suite.ProposalRef(encoded), nil
}
