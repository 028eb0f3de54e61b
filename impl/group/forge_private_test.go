package group_test

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A sealDraft is a PrivateMessage in the making.
type sealDraft struct {
	plaintext []byte
	// key encrypts the plaintext; sender names it in the sender data.
	key        schedule.KeyNonce
	sender     schedule.SenderData
	contentAAD []byte
	// senderData is the encoded sender data, sample what its key is derived from.
	senderData, senderAAD, sample []byte
}

// use takes the next key of a ratchet for the message, and names it in the sender
// data.
func (d *draft) use(leaf treemath.LeafIndex, ratchet schedule.RatchetType) {
	key, err := d.by.SecretTree.Clone().Next(leaf, ratchet)
	if err != nil {
		panic(err)
	}
	d.seal.key = key
	d.seal.sender.LeafIndex, d.seal.sender.Generation = leaf, key.Generation
}

func (d *draft) chooseSeal() error {
	c := &d.auth.Content
	d.message.PrivateMessage = &framing.PrivateMessage{
		GroupID:           c.GroupID,
		Epoch:             c.Epoch,
		ContentType:       c.ContentType,
		AuthenticatedData: c.AuthenticatedData,
	}
	ratchet := schedule.Handshake
	var b cryptobyte.Builder
	switch c.ContentType {
	case framing.ContentApplication:
		syntax.AddOpaque(&b, c.ApplicationData)
		ratchet = schedule.Application
	case framing.ContentProposal:
		c.Proposal.MarshalMLS(&b)
	case framing.ContentCommit:
		c.Commit.MarshalMLS(&b)
	}
	d.appendAuth(&b)
	var err error
	if d.seal.plaintext, err = b.Bytes(); err != nil {
		return err
	}
	d.use(d.by.Index, ratchet)
	copy(d.seal.sender.ReuseGuard[:], d.random(4))
	d.seal.contentAAD = append(d.senderDataAAD(), d.authenticatedData()...)
	return nil
}

// senderDataAAD returns group_id, epoch and content_type.
func (d *draft) senderDataAAD() []byte {
	m := d.message.PrivateMessage
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, m.GroupID)
	b.AddUint64(m.Epoch)
	b.AddUint8(uint8(m.ContentType))
	return b.BytesOrPanic()
}

func (d *draft) authenticatedData() []byte {
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, d.message.PrivateMessage.AuthenticatedData)
	return b.BytesOrPanic()
}

func (d *draft) sealContent() error {
	s, m := &d.seal, d.message.PrivateMessage
	var err error
	m.Ciphertext, err = d.by.Suite.Seal(s.key.Key, schedule.ApplyReuseGuard(s.key.Nonce, s.sender.ReuseGuard), s.contentAAD, s.plaintext)
	if err != nil {
		return err
	}
	s.sample = m.Ciphertext[:min(len(m.Ciphertext), d.by.Suite.HashSize())]
	s.senderAAD = d.senderDataAAD()
	s.senderData, err = syntax.Marshal(&s.sender)
	return err
}

func (d *draft) protectPrivate() error {
	suite, s := d.by.Suite, &d.seal
	key, err := suite.ExpandWithLabel(d.by.Secrets.SenderDataSecret, "key", s.sample, suite.KeySize())
	if err != nil {
		return err
	}
	nonce, err := suite.ExpandWithLabel(d.by.Secrets.SenderDataSecret, "nonce", s.sample, suite.NonceSize())
	if err != nil {
		return err
	}
	d.message.PrivateMessage.EncryptedSenderData, err = suite.Seal(key, nonce, s.senderAAD, s.senderData)
	return err
}
