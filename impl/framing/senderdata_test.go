package framing_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// senderData decrypts the sender data of a message.
func (w *world) senderData(t *testing.T, m *framing.PrivateMessage) schedule.SenderData {
	t.Helper()
	key, nonce := schedule.SenderDataKeyNonce(w.suite, w.receiver.SenderDataSecret, m.Ciphertext)
	aad := append(opaque(t, m.GroupID), 0, 0, 0, 0, 0, 0, 0, byte(m.Epoch), byte(m.ContentType))
	encoded, err := w.suite.Open(key, nonce, aad, m.EncryptedSenderData)
	if err != nil {
		t.Fatal(err)
	}
	data, err := schedule.ParseSenderData(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSenderIsItsOwnLeaf(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, i := range []treemath.LeafIndex{0, 1, 3} {
			c := content(framing.ContentApplication)
			c.Sender = framing.Member(i)
			m := w.protectPrivate(t, w.sign(t, private, c))
			if got := w.senderData(t, m).LeafIndex; got != i {
				t.Errorf("sender data of leaf %d names leaf %d [rfc9420-6.3.2-01]", i, got)
			}
			u, err := w.openPrivate(m)
			if err != nil {
				t.Errorf("leaf %d: %v", i, err)
			} else if u.Content.Sender != framing.Member(i) {
				t.Errorf("leaf %d is received as %v", i, u.Content.Sender)
			}
		}
	})
}

// The content is encrypted with the key of the leaf where there is one, so that
// only the leaf itself is wrong.
func TestSenderOnABlankLeaf(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, i := range []treemath.LeafIndex{blank, 4, 7, 8, 1<<32 - 1} {
			w := newWorld(t, suite)
			d := w.draft(t, framing.ContentApplication)
			d.data.LeafIndex = i
			_, err := w.openPrivate(d.seal(t))
			names(t, "leaf", err, "rfc9420-6.3.2-02")
		}
	})
}

func TestSenderDataFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		beginning := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
		for _, c := range []struct {
			name   string
			change func(d *draft)
			want   []rule.ID
		}{
			{"eleven bytes", func(d *draft) { d.encodedData = beginning(11) }, []rule.ID{"rfc9420-6.3.2-05"}},
			{"seven bytes", func(d *draft) { d.encodedData = beginning(7) }, []rule.ID{"rfc9420-6.3.2-05", "rfc9420-2.1-01"}},
			{"three bytes", func(d *draft) { d.encodedData = beginning(3) }, []rule.ID{"rfc9420-6.3.2-05", "rfc9420-2.1-01"}},
			{"no bytes", func(d *draft) { d.encodedData = beginning(0) }, []rule.ID{"rfc9420-6.3.2-05", "rfc9420-2.1-01"}},
			{"thirteen bytes", func(d *draft) {
				d.encodedData = func(b []byte) []byte { return append(b, 0) }
			}, []rule.ID{"rfc9420-6.3.2-06"}},
			{"sampled whole", func(d *draft) {
				d.sample = func(ciphertext []byte) []byte { return ciphertext }
			}, []rule.ID{"rfc9420-6.3-02", "rfc9420-6.3.2-03"}},
			{"AAD of the content", func(d *draft) { d.senderAAD = d.contentAAD }, []rule.ID{"rfc9420-6.3-02", "rfc9420-6.3.2-04"}},
			{"no AAD", func(d *draft) { d.senderAAD = nil }, []rule.ID{"rfc9420-6.3-02", "rfc9420-6.3-01"}},
		} {
			w := newWorld(t, suite)
			d := w.draft(t, framing.ContentApplication)
			c.change(d)
			_, err := w.openPrivate(d.seal(t))
			names(t, c.name, err, c.want...)
		}
	})
}

// In two suites a key is as long as a hash, so that such a sample is right.
func TestSampleAsLongAsAKey(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		d.sample = func(ciphertext []byte) []byte { return ciphertext[:suite.KeySize()] }
		_, err := w.openPrivate(d.seal(t))
		if suite.KeySize() == suite.HashSize() {
			names(t, "sample", err)
		} else {
			names(t, "sample", err, "rfc9420-6.3-02", "rfc9420-6.3.2-03")
		}
	})
}

// A ciphertext can be shorter than a hash; the sample is all of it then. There
// are no such messages that open, since they hold a signature.
func TestShortCiphertext(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		d.plaintext = nil
		m := d.seal(t)
		if len(m.Ciphertext) >= suite.HashSize() {
			t.Fatalf("ciphertext of %d bytes", len(m.Ciphertext))
		}
		_, err := w.openPrivate(m)
		names(t, "empty content", err, "rfc9420-2.1-01")
	})
}

func TestGenerationFarAhead(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		m := d.seal(t)
		for _, c := range []struct {
			name       string
			generation uint32
			want       []rule.ID
		}{
			{"the last there is", 1<<32 - 1, []rule.ID{"rfc9420-15.3-02"}},
			{"one beyond the limit", maxForward + 1, []rule.ID{"rfc9420-15.3-02"}},
			{"one below the limit, with the key of another", maxForward, []rule.ID{"rfc9420-6.3-02", "rfc9420-6.3-01"}},
		} {
			d.data.Generation = c.generation
			d.sealSenderData(t, m)
			_, err := w.openPrivate(m)
			names(t, c.name, err, c.want...)
		}
		d.data.Generation = maxForward
		u, err := w.openPrivate(d.seal(t))
		if err != nil || u.Generation != maxForward {
			t.Errorf("at the limit: %v [rfc9420-15.3-03]", err)
		}
	})
}
