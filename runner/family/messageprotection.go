package family

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type messageProtectionCase struct {
	Suite                   codepoint.CipherSuite `json:"cipher_suite"`
	GroupID                 strict.Hex            `json:"group_id"`
	Epoch                   uint64                `json:"epoch"`
	TreeHash                strict.Hex            `json:"tree_hash"`
	ConfirmedTranscriptHash strict.Hex            `json:"confirmed_transcript_hash"`

	SignaturePrivate strict.Hex `json:"signature_priv"`
	SignaturePublic  strict.Hex `json:"signature_pub"`

	EncryptionSecret strict.Hex `json:"encryption_secret"`
	SenderDataSecret strict.Hex `json:"sender_data_secret"`
	MembershipKey    strict.Hex `json:"membership_key"`

	Proposal        strict.Hex `json:"proposal"`
	ProposalPublic  strict.Hex `json:"proposal_pub"`
	ProposalPrivate strict.Hex `json:"proposal_priv"`

	Commit        strict.Hex `json:"commit"`
	CommitPublic  strict.Hex `json:"commit_pub"`
	CommitPrivate strict.Hex `json:"commit_priv"`

	Application        strict.Hex `json:"application"`
	ApplicationPrivate strict.Hex `json:"application_priv"`
}

func messageProtection() Family {
	return Family{
		Name: "message-protection", Title: "Message protection", Section: "6", Cases: 7,
		Requirements: []rule.ID{
			"rfc9420-6-01", "rfc9420-6-03", "rfc9420-6.2-01", "rfc9420-6.3.1-04", "rfc9420-6.3.1-08",
			"rfc9420-6.3.2-03", "rfc9420-6.3.2-04", "rfc9420-9.1-03",
		},
		Check: replay(checkMessageProtection),
	}
}

// The group of these cases has two members, and the second one sends.
const (
	protectionMembers = 2
	protectionSender  = treemath.LeafIndex(1)
)

// A protection is what sender and receiver of the messages of a case share.
type protection struct {
	*messageProtectionCase
	suite   *ciphersuite.Suite
	signer  ciphersuite.Signer
	context []byte // encoded GroupContext
	random  io.Reader
}

func checkMessageProtection(_ context.Context, c *messageProtectionCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	signer, err := parseSignatureKey(suite, c.SignaturePrivate)
	if err != nil {
		return at("signature_priv", err)
	}
	if err := equal("signature_pub", c.SignaturePublic, signer.Public()); err != nil {
		return err
	}
	groupContext, err := syntax.Marshal(&schedule.GroupContext{
		Version:                 codepoint.MLS10,
		CipherSuite:             c.Suite,
		GroupID:                 c.GroupID,
		Epoch:                   c.Epoch,
		TreeHash:                c.TreeHash,
		ConfirmedTranscriptHash: c.ConfirmedTranscriptHash,
	})
	if err != nil {
		return err
	}
	proposal, err := recode[message.Proposal]("proposal", c.Proposal)
	if err != nil {
		return err
	}
	commit, err := recode[message.Commit]("commit", c.Commit)
	if err != nil {
		return err
	}
	p := &protection{c, suite, signer, groupContext, newRandom()}
	content := framing.FramedContent{GroupID: c.GroupID, Epoch: c.Epoch, Sender: framing.Member(protectionSender)}

	content.ContentType, content.Proposal = framing.ContentProposal, proposal
	if err := p.checkHandshake("proposal", content, c.Proposal, c.ProposalPublic, c.ProposalPrivate); err != nil {
		return err
	}
	content.ContentType, content.Commit = framing.ContentCommit, commit
	if err := p.checkHandshake("commit", content, c.Commit, c.CommitPublic, c.CommitPrivate); err != nil {
		return err
	}
	content.ContentType, content.ApplicationData = framing.ContentApplication, c.Application
	return p.checkApplication(content)
}

// checkHandshake receives both messages of the case, and both made anew.
func (p *protection) checkHandshake(field string, content framing.FramedContent, raw, public, private []byte) error {
	if err := p.receivePublic(field+"_pub", public, field, raw); err != nil {
		return err
	}
	if err := p.receivePrivate(field+"_priv", private, field, raw); err != nil {
		return err
	}
	made, err := p.sendPublic(content)
	if err != nil {
		return at(field, err)
	}
	if err := p.receivePublic(field+" made anew, public", made, field, raw); err != nil {
		return err
	}
	return p.checkSendPrivate(field, content, raw)
}

func (p *protection) checkSendPrivate(field string, content framing.FramedContent, raw []byte) error {
	made, err := p.sendPrivate(content)
	if err != nil {
		return at(field, err)
	}
	return p.receivePrivate(field+" made anew, private", made, field, raw)
}

// checkApplication is checkHandshake for application data, which no
// PublicMessage carries.
func (p *protection) checkApplication(content framing.FramedContent) error {
	if err := p.receivePrivate("application_priv", p.ApplicationPrivate, "application", p.Application); err != nil {
		return err
	}
	if _, err := p.sendPublic(content); !errors.Is(err, framing.ErrApplicationData) {
		return at("application", fmt.Errorf("as PublicMessage: not refused, but %v", err))
	}
	return p.checkSendPrivate("application", content, p.Application)
}

// keys returns the keys of the epoch, none of them used.
func (p *protection) keys() *framing.Keys {
	return &framing.Keys{
		Suite:            p.suite,
		SecretTree:       schedule.NewSecretTree(p.suite, protectionMembers, slices.Clone([]byte(p.EncryptionSecret))),
		SenderDataSecret: ciphersuite.Secret(p.SenderDataSecret),
	}
}

func (p *protection) sign(format codepoint.WireFormat, content framing.FramedContent) (*framing.AuthenticatedContent, error) {
	a := &framing.AuthenticatedContent{WireFormat: format, Content: content}
	if err := a.Sign(p.suite, p.signer, p.context); err != nil {
		return nil, err
	}
	if content.ContentType == framing.ContentCommit {
		// The case has no confirmation_key; nothing here depends on the tag.
		a.Auth.ConfirmationTag = make([]byte, p.suite.HashSize())
	}
	return a, nil
}

func (p *protection) sendPublic(content framing.FramedContent) ([]byte, error) {
	a, err := p.sign(codepoint.WireFormatPublicMessage, content)
	if err != nil {
		return nil, err
	}
	m, err := framing.ProtectPublic(p.suite, a, ciphersuite.Secret(p.MembershipKey), p.context)
	if err != nil {
		return nil, err
	}
	return syntax.Marshal(&framing.MLSMessage{PublicMessage: m})
}

func (p *protection) sendPrivate(content framing.FramedContent) ([]byte, error) {
	padding := func(int) int { return 32 }
	a, err := p.sign(codepoint.WireFormatPrivateMessage, content)
	if err != nil {
		return nil, err
	}
	m, err := framing.ProtectPrivate(p.random, p.keys(), a, padding)
	if err != nil {
		return nil, err
	}
	return syntax.Marshal(&framing.MLSMessage{PrivateMessage: m})
}

// receivePublic verifies a PublicMessage and compares its content with that of
// the field rawField.
func (p *protection) receivePublic(field string, data []byte, rawField string, raw []byte) error {
	m, err := recodeMessage(field, data, codepoint.WireFormatPublicMessage)
	if err != nil {
		return err
	}
	a, err := m.PublicMessage.Unprotect(p.suite, ciphersuite.Secret(p.MembershipKey), p.context)
	if err != nil {
		return at(field, err)
	}
	return p.verify(field, a, rawField, raw)
}

// receivePrivate is receivePublic for a PrivateMessage.
func (p *protection) receivePrivate(field string, data []byte, rawField string, raw []byte) error {
	const maxForward = 1 << 16
	m, err := recodeMessage(field, data, codepoint.WireFormatPrivateMessage)
	if err != nil {
		return err
	}
	isMember := func(i treemath.LeafIndex) bool { return i < protectionMembers }
	u, err := m.PrivateMessage.Unprotect(p.keys(), isMember, maxForward)
	if err != nil {
		return at(field, err)
	}
	return p.verify(field, u.AuthenticatedContent, rawField, raw)
}

// verify verifies the signature and compares all that is expected of a message.
func (p *protection) verify(field string, a *framing.AuthenticatedContent, rawField string, raw []byte) error {
	if err := a.VerifySignature(p.suite, p.SignaturePublic, p.context); err != nil {
		return at(field, err)
	}
	c := &a.Content
	if err := equal("group_id", p.GroupID, c.GroupID); err != nil {
		return at(field, err)
	}
	if err := same("epoch", p.Epoch, c.Epoch); err != nil {
		return at(field, err)
	}
	if err := same("sender", framing.Member(protectionSender), c.Sender); err != nil {
		return at(field, err)
	}
	got, err := body(c)
	if err != nil {
		return at(field, err)
	}
	return at(field, equal(rawField, raw, got))
}

// body returns what a message carries, encoded.
func body(c *framing.FramedContent) ([]byte, error) {
	switch c.ContentType {
	case framing.ContentProposal:
		return syntax.Marshal(c.Proposal)
	case framing.ContentCommit:
		return syntax.Marshal(c.Commit)
	default:
		return c.ApplicationData, nil
	}
}
