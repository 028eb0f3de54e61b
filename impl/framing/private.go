package framing

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ErrNotMember reports an attempt to encrypt a message of a sender who is not a
// member (RFC 9420, Section 6.3.2).
var ErrNotMember = errors.New("framing: only members send PrivateMessage")

// A PrivateMessage is a message that is signed and encrypted
// (RFC 9420, Section 6.3).
type PrivateMessage struct {
	GroupID             []byte
	Epoch               uint64
	ContentType         ContentType
	AuthenticatedData   []byte
	EncryptedSenderData []byte
	Ciphertext          []byte
}

func (m *PrivateMessage) MarshalMLS(b *cryptobyte.Builder) {
	m.marshalSenderDataAAD(b)
	syntax.AddOpaque(b, m.AuthenticatedData)
	syntax.AddOpaque(b, m.EncryptedSenderData)
	syntax.AddOpaque(b, m.Ciphertext)
}

func (m *PrivateMessage) UnmarshalMLS(s *cryptobyte.String) error {
	*m = PrivateMessage{}
	if err := syntax.ReadOpaque(s, &m.GroupID); err != nil {
		return fmt.Errorf("group_id: %w", err)
	}
	if err := syntax.ReadUint64(s, &m.Epoch); err != nil {
		return fmt.Errorf("epoch: %w", err)
	}
	if err := readContentType(s, &m.ContentType); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &m.AuthenticatedData); err != nil {
		return fmt.Errorf("authenticated_data: %w", err)
	}
	if err := syntax.ReadOpaque(s, &m.EncryptedSenderData); err != nil {
		return fmt.Errorf("encrypted_sender_data: %w", err)
	}
	if err := syntax.ReadOpaque(s, &m.Ciphertext); err != nil {
		return fmt.Errorf("ciphertext: %w", err)
	}
	return nil
}

// marshalSenderDataAAD appends the SenderDataAAD of RFC 9420, Section 6.3.2.
func (m *PrivateMessage) marshalSenderDataAAD(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, m.GroupID)
	b.AddUint64(m.Epoch)
	b.AddUint8(uint8(m.ContentType))
}

// aads are the additional authenticated data of the two encryptions: the
// PrivateContentAAD of RFC 9420, Section 6.3.1, and the SenderDataAAD of
// Section 6.3.2, which is its beginning.
type aads struct {
	content, senderData []byte
}

func (m *PrivateMessage) aads() (aads, error) {
	var b cryptobyte.Builder
	m.marshalSenderDataAAD(&b)
	header, err := b.Bytes()
	if err != nil {
		return aads{}, err
	}
	syntax.AddOpaque(&b, m.AuthenticatedData)
	content, err := b.Bytes()
	if err != nil {
		return aads{}, err
	}
	return aads{content: content, senderData: content[:len(header):len(header)]}, nil
}

func ratchetFor(t ContentType) schedule.RatchetType {
	if t == ContentApplication {
		return schedule.Application
	}
	return schedule.Handshake
}

// Keys are what a member needs of an epoch to encrypt and decrypt.
type Keys struct {
	Suite            *ciphersuite.Suite
	SecretTree       *schedule.SecretTree
	SenderDataSecret ciphersuite.Secret
}

// ProtectPrivate encrypts a signed message. Padding returns how many zero bytes
// to add to a content of the given length; nil adds none. The next generation of
// the sender's ratchet is used up.
func ProtectPrivate(rand io.Reader, k *Keys, a *AuthenticatedContent, padding func(length int) int) (*PrivateMessage, error) {
	c := &a.Content
	if c.Sender.Type != SenderMember {
		return nil, ErrNotMember
	}
	var b cryptobyte.Builder
	c.marshalBody(&b)
	a.Auth.marshal(&b, c.ContentType)
	plaintext, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("private message: %w", err)
	}
	if padding != nil {
		plaintext = append(plaintext, make([]byte, max(0, padding(len(plaintext))))...)
	}
	var guard [4]byte
	if _, err := io.ReadFull(rand, guard[:]); err != nil {
		return nil, fmt.Errorf("reuse guard: %w", err)
	}
	kn, err := k.SecretTree.Next(c.Sender.LeafIndex, ratchetFor(c.ContentType))
	if err != nil {
		return nil, err
	}
	return sealPrivate(k, c, kn, guard, plaintext)
}

func sealPrivate(k *Keys, c *FramedContent, kn schedule.KeyNonce, guard [4]byte, plaintext []byte) (*PrivateMessage, error) {
	defer kn.Erase()
	m := &PrivateMessage{
		GroupID:           c.GroupID,
		Epoch:             c.Epoch,
		ContentType:       c.ContentType,
		AuthenticatedData: c.AuthenticatedData,
	}
	aads, err := m.aads()
	if err != nil {
		return nil, fmt.Errorf("private message: %w", err)
	}
	m.Ciphertext, err = k.Suite.Seal(kn.Key, schedule.ApplyReuseGuard(kn.Nonce, guard), aads.content, plaintext)
	if err != nil {
		return nil, fmt.Errorf("encrypting content: %w", err)
	}
	senderData, err := syntax.Marshal(&schedule.SenderData{
		LeafIndex:  c.Sender.LeafIndex,
		Generation: kn.Generation,
		ReuseGuard: guard,
	})
	if err != nil {
		return nil, fmt.Errorf("sender data: %w", err)
	}
	key, nonce := schedule.SenderDataKeyNonce(k.Suite, k.SenderDataSecret, m.Ciphertext)
	m.EncryptedSenderData, err = k.Suite.Seal(key, nonce, aads.senderData, senderData)
	if err != nil {
		return nil, fmt.Errorf("encrypting sender data: %w", err)
	}
	return m, nil
}

// An Unprotected message was decrypted; its signature is still to be verified.
// Its key is used up only by [Unprotected.Consume], so that a message that is
// refused later does not block the true one of the same generation
// (RFC 9420, Section 9.2).
type Unprotected struct {
	*AuthenticatedContent
	Generation uint32
}

// Consume deletes the key of the message from the secret tree.
func (u *Unprotected) Consume(t *schedule.SecretTree) {
	t.Consume(u.Content.Sender.LeafIndex, ratchetFor(u.Content.ContentType), u.Generation)
}

// Unprotect decrypts the message. Occupied tells which leaves have a member;
// maxForward bounds how many generations one message may skip.
func (m *PrivateMessage) Unprotect(k *Keys, occupied func(treemath.LeafIndex) bool, maxForward uint32) (*Unprotected, error) {
	aads, err := m.aads()
	if err != nil {
		return nil, fmt.Errorf("private message: %w", err)
	}
	sender, err := m.openSenderData(k, aads)
	if err != nil {
		return nil, err
	}
	if !occupied(sender.LeafIndex) {
		return nil, rule.Errorf("rfc9420-6.3.2-02", "sender data: leaf %d is blank", sender.LeafIndex)
	}
	kn, err := k.SecretTree.Peek(sender.LeafIndex, ratchetFor(m.ContentType), sender.Generation, maxForward)
	if err != nil {
		return nil, err
	}
	defer kn.Erase()
	plaintext, err := k.Suite.Open(kn.Key, schedule.ApplyReuseGuard(kn.Nonce, sender.ReuseGuard), aads.content, m.Ciphertext)
	if err != nil {
		return nil, rule.Errorf("rfc9420-6.3-02", "ciphertext: %w", m.explainContent(k, aads, sender, kn, maxForward, err))
	}
	a, err := m.content(sender.LeafIndex, plaintext)
	if err != nil {
		return nil, err
	}
	return &Unprotected{AuthenticatedContent: a, Generation: sender.Generation}, nil
}

func (m *PrivateMessage) openSenderData(k *Keys, aads aads) (*schedule.SenderData, error) {
	key, nonce := schedule.SenderDataKeyNonce(k.Suite, k.SenderDataSecret, m.Ciphertext)
	encoded, err := k.Suite.Open(key, nonce, aads.senderData, m.EncryptedSenderData)
	if err != nil {
		return nil, rule.Errorf("rfc9420-6.3-02", "encrypted_sender_data: %w", m.explainSenderData(k, aads, err))
	}
	sender, err := schedule.ParseSenderData(encoded)
	if err != nil {
		return nil, fmt.Errorf("sender data: %w", err)
	}
	return &sender, nil
}

// content reads a PrivateMessageContent (RFC 9420, Section 6.3.1).
func (m *PrivateMessage) content(sender treemath.LeafIndex, plaintext []byte) (*AuthenticatedContent, error) {
	a := &AuthenticatedContent{
		WireFormat: codepoint.WireFormatPrivateMessage,
		Content: FramedContent{
			GroupID:           m.GroupID,
			Epoch:             m.Epoch,
			Sender:            Member(sender),
			AuthenticatedData: m.AuthenticatedData,
			ContentType:       m.ContentType,
		},
	}
	s := cryptobyte.String(plaintext)
	if err := a.Content.unmarshalBody(&s); err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	if err := a.Auth.unmarshal(&s, m.ContentType); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	for i, p := range s {
		if p != 0 && !(rule.Planted(rule.WrongPadding) && i < len(s)-1) {
			return nil, rule.Errorf("rfc9420-6.3.1-02", "padding: byte %d of %d is %#02x", i, len(s), p)
		}
	}
	return a, nil
}
