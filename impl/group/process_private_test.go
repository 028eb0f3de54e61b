package group_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// privateFault is application data of bob that is changed at a stage.
func privateFault(at stage, change func(*draft)) func(*scene) *recipe {
	return func(s *scene) *recipe {
		r := s.application(s.bob, "private")
		r.content.AuthenticatedData = []byte("authenticated data")
		return r.at(at, change)
	}
}

// changedMessage is that with a change of the finished message.
func changedMessage(change func(*framing.PrivateMessage)) func(*scene) *recipe {
	return privateFault(protected, func(d *draft) { change(d.message.PrivateMessage) })
}

// padded returns a hook for the stage sealing.
func padded(padding ...byte) func(*draft) {
	return func(d *draft) { d.seal.plaintext = append(d.seal.plaintext, padding...) }
}

// fullSample derives the key of the sender data from the whole ciphertext, however
// long: a sample longer than KDF.Nh bytes.
func fullSample(d *draft) { d.seal.sample = d.message.PrivateMessage.Ciphertext }

func TestPrivateMessage(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-6.3-01", name: "authenticated_data", as: "rfc9420-6.3-02", make: changedMessage(func(m *framing.PrivateMessage) {
			m.AuthenticatedData = toggled(m.AuthenticatedData)
		})},
		{id: "rfc9420-6.3-01", name: "content_type proposal", as: "rfc9420-6.3-02", make: changedMessage(func(m *framing.PrivateMessage) {
			m.ContentType = framing.ContentProposal
		})},
		{id: "rfc9420-6.3-01", name: "content_type commit", as: "rfc9420-6.3-02", make: changedMessage(func(m *framing.PrivateMessage) {
			m.ContentType = framing.ContentCommit
		})},
		{id: "rfc9420-6.3-02", name: "tag", make: changedMessage(func(m *framing.PrivateMessage) { m.Ciphertext = toggled(m.Ciphertext) })},
		{id: "rfc9420-6.3-02", name: "sender data", make: changedMessage(func(m *framing.PrivateMessage) {
			m.EncryptedSenderData = toggled(m.EncryptedSenderData)
		})},
		{id: "rfc9420-6.3-02", name: "no ciphertext", make: changedMessage(func(m *framing.PrivateMessage) { m.Ciphertext = nil })},
		{id: "rfc9420-6.3-02", name: "ciphertext shorter than a tag", make: changedMessage(func(m *framing.PrivateMessage) { m.Ciphertext = m.Ciphertext[:7] })},
		// The sender data fits such a ciphertext, so that the content is what fails.
		{id: "rfc9420-6.3-02", name: "ciphertext shorter than a tag, sender data made for it", make: privateFault(sealed, func(d *draft) {
			d.message.PrivateMessage.Ciphertext = d.message.PrivateMessage.Ciphertext[:7]
			d.seal.sample = d.message.PrivateMessage.Ciphertext
		})},
		{id: "rfc9420-6.3-02", name: "tag, sender data made for it", make: privateFault(sealed, func(d *draft) {
			d.message.PrivateMessage.Ciphertext = toggled(d.message.PrivateMessage.Ciphertext)
		})},
		{id: "rfc9420-6.3-02", name: "no sender data", make: changedMessage(func(m *framing.PrivateMessage) { m.EncryptedSenderData = nil })},

		{id: "rfc9420-6.3.1-02", name: "00 00 01", make: privateFault(sealing, padded(0, 0, 1))},
		{id: "rfc9420-6.3.1-02", name: "01 00 00", make: privateFault(sealing, padded(1, 0, 0))},
		{id: "rfc9420-6.3.1-02", name: "ff", make: privateFault(sealing, padded(0xff))},
		{id: "rfc9420-6.3.1-02", name: "proposal", only: private, make: proposalFault(sealing, padded(0, 1))},
		{id: "rfc9420-6.3.1-02", name: "commit", only: private, make: commitFault(sealing, padded(0, 1))},

		{id: "rfc9420-6.3.1-05", name: "signature", make: privateFault(signed, flipSignature)},
		{id: "rfc9420-6.3.1-05", name: "signature of a commit", only: private, make: commitFault(signed, flipSignature)},
		{id: "rfc9420-6.3.1-05", name: "confirmation_tag", only: private, make: commitFault(tagged, flipConfirmation)},

		{id: "rfc9420-6.3.1-07", name: "application", as: "rfc9420-6.3-02", make: privateFault(sealing, func(d *draft) {
			d.by.SecretTree.Consume(d.by.Index, schedule.Handshake, d.seal.key.Generation-1)
			d.use(d.by.Index, schedule.Handshake)
		})},
		{id: "rfc9420-6.3.1-07", name: "proposal", as: "rfc9420-6.3-02", only: private, make: proposalFault(sealing, func(d *draft) {
			d.use(d.by.Index, schedule.Application)
		})},
		{id: "rfc9420-6.3.1-08", name: "without authenticated_data", as: "rfc9420-6.3-02", make: privateFault(sealing, func(d *draft) {
			d.seal.contentAAD = d.senderDataAAD()
		})},
		{id: "rfc9420-6.3.1-04", name: "nonce without the reuse guard", as: "rfc9420-6.3-02", make: privateFault(sealing, func(d *draft) {
			d.seal.key.Nonce = schedule.ApplyReuseGuard(d.seal.key.Nonce, d.seal.sender.ReuseGuard)
		})},
	})
}

func TestSenderData(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-6.3.2-02", name: "blank leaf", make: privateFault(sealing, func(d *draft) { d.use(5, schedule.Application) })},
		{id: "rfc9420-6.3.2-02", name: "blank leaf, proposal", only: private, make: proposalFault(sealing, func(d *draft) {
			d.use(5, schedule.Handshake)
		})},
		{id: "rfc9420-6.3.2-02", name: "first leaf outside", make: privateFault(sealing, func(d *draft) { d.seal.sender.LeafIndex = 8 })},
		{id: "rfc9420-6.3.2-02", name: "last leaf there can be", make: privateFault(sealing, func(d *draft) { d.seal.sender.LeafIndex = 1<<32 - 1 })},
		{id: "rfc9420-6.3.2-02", name: "another member", as: "rfc9420-6.3.1-05", make: privateFault(sealing, func(d *draft) {
			d.use(3, schedule.Application)
		})},
		{id: "rfc9420-6.3.2-03", name: "short sample", as: "rfc9420-6.3-02", make: privateFault(sealed, func(d *draft) { d.seal.sample = d.seal.sample[:16] })},
		{id: "rfc9420-6.3.2-03", name: "full sample", as: "rfc9420-6.3-02", make: privateFault(sealed, fullSample)},
		{id: "rfc9420-6.3.2-04", name: "AAD of the content", as: "rfc9420-6.3-02", make: privateFault(sealed, func(d *draft) {
			d.seal.senderAAD = d.seal.contentAAD
		})},
		{id: "rfc9420-6.3.2-05", name: "eleven bytes", make: privateFault(sealed, func(d *draft) { d.seal.senderData = d.seal.senderData[:11] })},
		{id: "rfc9420-6.3.2-05", name: "no bytes", make: privateFault(sealed, func(d *draft) { d.seal.senderData = nil })},
		{id: "rfc9420-6.3.2-06", name: "thirteen bytes", make: privateFault(sealed, func(d *draft) { d.seal.senderData = append(d.seal.senderData, 0) })},
		{id: "rfc9420-15.3-02", name: "generation 0xffffffff", make: privateFault(sealing, func(d *draft) { d.seal.sender.Generation = 1<<32 - 1 })},
		{id: "rfc9420-15.3-02", name: "generation 0xffffffff, random content", make: privateFault(sealed, func(d *draft) {
			d.message.PrivateMessage.Ciphertext = d.random(100)
			d.seal.sample = d.message.PrivateMessage.Ciphertext[:d.by.Suite.HashSize()]
			d.seal.sender.Generation = 1<<32 - 1
			d.seal.senderData = encoded(&d.seal.sender)
		})},
	})
}

// Messages with much padding and with none are read (rfc9420-6.3.1-09).
func TestPadding(t *testing.T) {
	base := newScene(t)
	for _, n := range []int{0, 1, 5000} {
		s := base.fork(t)
		r := s.application(s.bob, "padded").at(sealing, padded(make([]byte, n)...))
		m, err := r.forge(private)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range s.deliver(m, s.except(s.bob)...) {
			if !bytes.Equal(got.ApplicationData, []byte("padded")) {
				t.Errorf("%d bytes of padding: received %q", n, got.ApplicationData)
			}
		}
	}
}
