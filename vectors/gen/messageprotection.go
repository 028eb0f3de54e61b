package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

type messageProtectionVector struct {
	Suite                   codepoint.CipherSuite `json:"cipher_suite"`
	GroupID                 hexBytes              `json:"group_id"`
	Epoch                   uint64                `json:"epoch"`
	TreeHash                hexBytes              `json:"tree_hash"`
	ConfirmedTranscriptHash hexBytes              `json:"confirmed_transcript_hash"`

	SignaturePrivate hexBytes `json:"signature_priv"`
	SignaturePublic  hexBytes `json:"signature_pub"`

	EncryptionSecret hexBytes `json:"encryption_secret"`
	SenderDataSecret hexBytes `json:"sender_data_secret"`
	MembershipKey    hexBytes `json:"membership_key"`

	Proposal        hexBytes `json:"proposal"`
	ProposalPublic  hexBytes `json:"proposal_pub"`
	ProposalPrivate hexBytes `json:"proposal_priv"`

	Commit        hexBytes `json:"commit"`
	CommitPublic  hexBytes `json:"commit_pub"`
	CommitPrivate hexBytes `json:"commit_priv"`

	Application        hexBytes `json:"application"`
	ApplicationPrivate hexBytes `json:"application_priv"`
}

func messageProtection() family {
	return family{name: "message-protection", suites: true, scenarios: []scenario{
		{"first", "first messages of the sender, without padding and authenticated data", func(m *maker) any {
			p := m.protector()
			add := &message.Add{KeyPackage: m.bundle("added", m.signer(), keypackage.Options{}).KeyPackage}
			return p.vector(
				&message.Proposal{Body: add},
				&message.Commit{Proposals: []message.ProposalOrRef{{Reference: m.secret()}}},
				[]byte("application data"),
			)
		}},
		{"later", "three generations into the ratchets, with padding and authenticated data; empty application data; a commit with a path", func(m *maker) any {
			p := m.protector()
			p.generation, p.padding, p.authenticatedData = 3, 100, m.bytes(70)
			g := m.grove().grow(2)
			path := must(g.path(1).Encrypt(m.random, g.tree, m.bytes(8), nil))
			return p.vector(&message.Proposal{Body: &message.Remove{Removed: 0}}, &message.Commit{Path: path}, nil)
		}},
	}}
}

// A protector makes the messages of a case, all of the second member.
type protector struct {
	*maker
	messageProtectionVector
	signer            *ciphersuite.SignatureKey
	context           []byte
	generation        int
	padding           int
	authenticatedData []byte
}

func (m *maker) protector() *protector {
	p := &protector{maker: m, signer: m.signer()}
	p.messageProtectionVector = messageProtectionVector{
		Suite:                   m.suite.ID(),
		GroupID:                 m.bytes(16),
		Epoch:                   uint64(m.below(1 << 16)),
		TreeHash:                m.secret(),
		ConfirmedTranscriptHash: m.secret(),
		SignaturePrivate:        hexBytes(p.signer.Private()),
		SignaturePublic:         p.signer.Public(),
		EncryptionSecret:        m.secret(),
		SenderDataSecret:        m.secret(),
		MembershipKey:           m.secret(),
	}
	p.context = m.groupContext(p.GroupID, p.Epoch, p.TreeHash, p.ConfirmedTranscriptHash)
	return p
}

func (p *protector) vector(proposal *message.Proposal, commit *message.Commit, application []byte) messageProtectionVector {
	content := framing.FramedContent{
		GroupID:           p.GroupID,
		Epoch:             p.Epoch,
		Sender:            framing.Member(1),
		AuthenticatedData: p.authenticatedData,
	}
	content.ContentType, content.Proposal = framing.ContentProposal, proposal
	p.Proposal, p.ProposalPublic, p.ProposalPrivate = encode(proposal), p.public(content), p.private(content)
	content.ContentType, content.Commit = framing.ContentCommit, commit
	p.Commit, p.CommitPublic, p.CommitPrivate = encode(commit), p.public(content), p.private(content)
	content.ContentType, content.ApplicationData = framing.ContentApplication, application
	p.Application, p.ApplicationPrivate = application, p.private(content)
	return p.messageProtectionVector
}

func (p *protector) sign(format codepoint.WireFormat, content framing.FramedContent) *framing.AuthenticatedContent {
	a := &framing.AuthenticatedContent{WireFormat: format, Content: content}
	check(a.Sign(p.suite, p.signer, p.context))
	if content.ContentType == framing.ContentCommit {
		a.Auth.ConfirmationTag = p.secret()
	}
	return a
}

func (p *protector) public(content framing.FramedContent) []byte {
	a := p.sign(codepoint.WireFormatPublicMessage, content)
	m := must(framing.ProtectPublic(p.suite, a, ciphersuite.Secret(p.MembershipKey), p.context))
	return encode(&framing.MLSMessage{PublicMessage: m})
}

func (p *protector) private(content framing.FramedContent) []byte {
	a := p.sign(codepoint.WireFormatPrivateMessage, content)
	tree := schedule.NewSecretTree(p.suite, 2, slices.Clone([]byte(p.EncryptionSecret)))
	for range p.generation {
		must(tree.Next(1, schedule.Handshake))
		must(tree.Next(1, schedule.Application))
	}
	keys := &framing.Keys{Suite: p.suite, SecretTree: tree, SenderDataSecret: ciphersuite.Secret(p.SenderDataSecret)}
	m := must(framing.ProtectPrivate(p.random, keys, a, func(int) int { return p.padding }))
	return encode(&framing.MLSMessage{PrivateMessage: m})
}
