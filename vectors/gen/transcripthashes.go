package main

import (
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

type transcriptHashesVector struct {
	Suite                codepoint.CipherSuite `json:"cipher_suite"`
	ConfirmationKey      hexBytes              `json:"confirmation_key"`
	AuthenticatedContent hexBytes              `json:"authenticated_content"`
	InterimBefore        hexBytes              `json:"interim_transcript_hash_before"`
	ConfirmedAfter       hexBytes              `json:"confirmed_transcript_hash_after"`
	InterimAfter         hexBytes              `json:"interim_transcript_hash_after"`
}

func transcriptHashes() family {
	return family{name: "transcript-hashes", suites: true, scenarios: []scenario{
		{"public", "a member's commit sent as PublicMessage, with proposals by reference and by value", func(m *maker) any {
			return m.transcriptHashes(m.signer(), &framing.AuthenticatedContent{
				WireFormat: codepoint.WireFormatPublicMessage,
				Content: framing.FramedContent{
					Sender: framing.Member(3),
					Commit: &message.Commit{Proposals: []message.ProposalOrRef{
						{Reference: m.secret()},
						{Proposal: &message.Proposal{Body: &message.Remove{Removed: 2}}},
					}},
				},
			})
		}},
		{"private", "a member's commit sent as PrivateMessage, with authenticated data and a path", func(m *maker) any {
			g := m.grove().grow(2)
			signer := g.clients[0].signer
			path := must(g.path(0).Encrypt(m.random, g.tree, m.bytes(8), nil))
			return m.transcriptHashes(signer, &framing.AuthenticatedContent{
				WireFormat: codepoint.WireFormatPrivateMessage,
				Content: framing.FramedContent{
					Sender:            framing.Member(0),
					AuthenticatedData: m.bytes(100),
					Commit:            &message.Commit{Path: path},
				},
			})
		}},
		{"external", "the commit of a client that joins by it", func(m *maker) any {
			g := m.grove().grow(2)
			joined := g.add()
			signer := g.clients[joined].signer
			kemOutput, _, err := m.suite.ExternalInitSend(m.random, m.kemKey().Public())
			check(err)
			return m.transcriptHashes(signer, &framing.AuthenticatedContent{
				WireFormat: codepoint.WireFormatPublicMessage,
				Content: framing.FramedContent{
					Sender: framing.Sender{Type: framing.SenderNewMemberCommit},
					Commit: &message.Commit{
						Proposals: []message.ProposalOrRef{{Proposal: &message.Proposal{Body: &message.ExternalInit{KEMOutput: kemOutput}}}},
						Path:      must(g.path(joined).Encrypt(m.random, g.tree, m.bytes(8), nil)),
					},
				},
			})
		}},
	}}
}

// transcriptHashes completes a commit and computes the hashes after it.
func (m *maker) transcriptHashes(signer ciphersuite.Signer, a *framing.AuthenticatedContent) transcriptHashesVector {
	v := transcriptHashesVector{Suite: m.suite.ID(), ConfirmationKey: m.secret(), InterimBefore: m.secret()}
	a.Content.GroupID, a.Content.Epoch, a.Content.ContentType = m.bytes(16), uint64(m.below(1<<16)), framing.ContentCommit
	check(a.Sign(m.suite, signer, m.groupContext(a.Content.GroupID, a.Content.Epoch, m.secret(), m.secret())))
	confirmed := schedule.ConfirmedTranscriptHash(m.suite, v.InterimBefore, must(a.ConfirmedTranscriptHashInput()))
	a.Auth.ConfirmationTag = m.suite.MAC(v.ConfirmationKey, confirmed)
	v.AuthenticatedContent = encode(a)
	v.ConfirmedAfter = confirmed
	v.InterimAfter = schedule.InterimTranscriptHash(m.suite, confirmed, a.Auth.ConfirmationTag)
	return v
}
