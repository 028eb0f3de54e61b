package framing

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A signature or an AEAD refuses without a reason. What follows tries, after the
// refusal, whether a mistake that implementations make explains it, so that the
// error names the rule. The message stays refused in any case.

// explainSignature names the rule about what the signature covers, if that is
// all that is wrong with it. Otherwise it returns err.
func (a *AuthenticatedContent) explainSignature(suite *ciphersuite.Suite, signatureKey, context []byte, err error) error {
	covers := func(tbs []byte, failed error) bool {
		return failed == nil && suite.VerifyWithLabel(signatureKey, signatureLabel, tbs, a.Auth.Signature) == nil
	}
	other := a.tbs(context)
	other.WireFormat = codepoint.WireFormatPublicMessage
	if a.WireFormat == other.WireFormat {
		other.WireFormat = codepoint.WireFormatPrivateMessage
	}
	if covers(syntax.Marshal(other)) {
		return rule.Errorf("rfc9420-6.1-10", "made for %v, sent as %v: %w", other.WireFormat, a.WireFormat, err)
	}
	without, failed := syntax.Marshal(a.tbs(nil))
	switch a.Content.Sender.Type {
	case SenderMember, SenderNewMemberCommit:
		if covers(without, failed) {
			return rule.Errorf("rfc9420-6.1-08", "made without the GroupContext: %w", err)
		}
	default:
		if covers(slices.Concat(without, context), failed) {
			return rule.Errorf("rfc9420-6.1-09", "made with the GroupContext: %w", err)
		}
	}
	return err
}

// explainSenderData names the rule about the key or the AAD of the sender data
// that the sender broke. Where none explains the refusal, the message was
// changed on its way, possibly its header.
func (m *PrivateMessage) explainSenderData(k *Keys, aads aads, err error) error {
	opens := func(sample, aad []byte) bool {
		// A sample of any length that was received can be expanded.
		key, _ := k.Suite.ExpandWithLabel(k.SenderDataSecret, "key", sample, k.Suite.KeySize())
		nonce, _ := k.Suite.ExpandWithLabel(k.SenderDataSecret, "nonce", sample, k.Suite.NonceSize())
		_, err := k.Suite.Open(key, nonce, aad, m.EncryptedSenderData)
		return err == nil
	}
	beginning := func(n int) []byte { return m.Ciphertext[:min(n, len(m.Ciphertext))] }
	switch {
	case opens(beginning(k.Suite.HashSize()), aads.content):
		return rule.Errorf("rfc9420-6.3.2-04", "authenticated_data is in the AAD: %w", err)
	case opens(beginning(k.Suite.KeySize()), aads.senderData), opens(m.Ciphertext, aads.senderData):
		return rule.Errorf("rfc9420-6.3.2-03", "sample of another length than KDF.Nh: %w", err)
	}
	return rule.Errorf("rfc9420-6.3-01", "changed, or the header was: %w", err)
}

// explainContent does the same for the content, which is encrypted with the key
// of the sender data's generation.
func (m *PrivateMessage) explainContent(k *Keys, aads aads, sender *schedule.SenderData, key schedule.KeyNonce, maxForward uint32, err error) error {
	opens := func(key schedule.KeyNonce, aad []byte) bool {
		_, err := k.Suite.Open(key.Key, schedule.ApplyReuseGuard(key.Nonce, sender.ReuseGuard), aad, m.Ciphertext)
		return err == nil
	}
	ratchet := schedule.Handshake
	if ratchetFor(m.ContentType) == ratchet {
		ratchet = schedule.Application
	}
	if other, failed := k.SecretTree.Peek(sender.LeafIndex, ratchet, sender.Generation, maxForward); failed == nil {
		defer other.Erase()
		if opens(other, aads.content) {
			return rule.Errorf("rfc9420-6.3.1-07", "encrypted with the %v ratchet: %w", ratchet, err)
		}
	}
	if opens(key, aads.senderData) || opens(key, append(aads.senderData, 0)) {
		return rule.Errorf("rfc9420-6.3.1-08", "authenticated_data is not in the AAD: %w", err)
	}
	return rule.Errorf("rfc9420-6.3-01", "changed, or the header was: %w", err)
}
