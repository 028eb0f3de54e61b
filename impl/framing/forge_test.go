package framing_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// A draft is a PrivateMessage in the making, by the steps of RFC 9420,
// Section 6.3, each of which a test can change.
type draft struct {
	w       *world
	header  framing.PrivateMessage
	ratchet schedule.RatchetType
	data    schedule.SenderData
	// plaintext is the PrivateMessageContent, contentAAD and senderAAD the AADs.
	plaintext, contentAAD, senderAAD []byte
	// encodedData is the SenderData when it is encrypted.
	encodedData func([]byte) []byte
	// sample takes the sample of the ciphertext.
	sample func(ciphertext []byte) []byte
}

// draft begins a message of bob's with generation 0, right in all.
func (w *world) draft(t *testing.T, typ framing.ContentType) *draft {
	t.Helper()
	a := w.sign(t, private, content(typ))
	c := &a.Content
	d := &draft{
		w: w,
		header: framing.PrivateMessage{
			GroupID: c.GroupID, Epoch: c.Epoch, ContentType: typ, AuthenticatedData: c.AuthenticatedData,
		},
		data:        schedule.SenderData{LeafIndex: c.Sender.LeafIndex, ReuseGuard: [4]byte{1, 2, 3, 4}},
		encodedData: func(data []byte) []byte { return data },
		sample: func(ciphertext []byte) []byte {
			return ciphertext[:min(len(ciphertext), w.suite.HashSize())]
		},
	}
	if typ == framing.ContentApplication {
		d.ratchet = schedule.Application
	}
	d.senderAAD = slices.Concat(opaque(t, c.GroupID), []byte{0, 0, 0, 0, 0, 0, 0, 7, byte(typ)})
	d.contentAAD = slices.Concat(d.senderAAD, opaque(t, c.AuthenticatedData))
	// An AuthenticatedContent ends with what is encrypted: content and auth. In
	// front stand wire_format, group_id, epoch, the sender, authenticated_data and
	// content_type.
	front := 2 + len(opaque(t, c.GroupID)) + 8 + 5 + len(opaque(t, c.AuthenticatedData)) + 1
	d.plaintext = marshal(t, a)[front:]
	return d
}

func opaque(t *testing.T, data []byte) []byte {
	t.Helper()
	return marshal(t, &message.ExternalInit{KEMOutput: data}) // any structure of one opaque field
}

// seal encrypts the message.
func (d *draft) seal(t *testing.T) *framing.PrivateMessage {
	t.Helper()
	keys := d.w.sender
	if d.data.LeafIndex >= 8 {
		return d.sealWith(t, schedule.KeyNonce{Key: make([]byte, d.w.suite.KeySize()), Nonce: make([]byte, d.w.suite.NonceSize())})
	}
	kn, err := keys.SecretTree.Peek(d.data.LeafIndex, d.ratchet, d.data.Generation, maxForward)
	if err != nil {
		t.Fatal(err)
	}
	return d.sealWith(t, kn)
}

func (d *draft) sealWith(t *testing.T, kn schedule.KeyNonce) *framing.PrivateMessage {
	t.Helper()
	suite := d.w.suite
	m := d.header
	nonce := slices.Clone(kn.Nonce)
	for i, g := range d.data.ReuseGuard {
		nonce[i] ^= g
	}
	m.Ciphertext = must(suite.Seal(kn.Key, nonce, d.contentAAD, d.plaintext))
	d.sealSenderData(t, &m)
	return &m
}

// sealSenderData encrypts the sender data for the message's ciphertext.
func (d *draft) sealSenderData(t *testing.T, m *framing.PrivateMessage) {
	t.Helper()
	suite, sample := d.w.suite, d.sample(m.Ciphertext)
	key := must(suite.ExpandWithLabel(d.w.sender.SenderDataSecret, "key", sample, suite.KeySize()))
	nonce := must(suite.ExpandWithLabel(d.w.sender.SenderDataSecret, "nonce", sample, suite.NonceSize()))
	m.EncryptedSenderData = must(suite.Seal(key, nonce, d.senderAAD, d.encodedData(marshal(t, &d.data))))
}
