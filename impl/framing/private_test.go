package framing_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

func TestPrivateMessage(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, typ := range contentTypes {
			for name, padding := range map[string]func(int) int{
				"no padding":       nil,
				"5000 zero bytes":  func(int) int { return 5000 },
				"to the next 1024": func(n int) int { return (1024 - n%1024) % 1024 },
				"less than none":   func(int) int { return -1 },
			} {
				a := w.sign(t, private, content(typ))
				sent, err := framing.ProtectPrivate(w.rand, w.sender, a, padding)
				if err != nil {
					t.Fatal(err)
				}
				received, err := syntax.Parse[framing.PrivateMessage](marshal(t, sent))
				if err != nil {
					t.Fatal(err)
				}
				got, err := w.openPrivate(received)
				if err != nil {
					t.Errorf("%v, %s: %v [rfc9420-6.3.1-09]", typ, name, err)
					continue
				}
				equal(t, a, got.AuthenticatedContent)
				names(t, typ.String(), w.verify(got.AuthenticatedContent))
				got.Consume(w.receiver.SecretTree)
			}
		}
	})
}

func TestPaddingHidesTheLength(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	a := w.sign(t, private, content(framing.ContentApplication))
	var plain int
	for _, n := range []int{0, 1, 100} {
		var asked int
		m, err := framing.ProtectPrivate(w.rand, w.sender, a, func(length int) int { asked = length; return n })
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			plain = len(m.Ciphertext)
		}
		if len(m.Ciphertext) != plain+n || asked != plain-w.suite.Overhead() {
			t.Errorf("%d bytes of padding to %d: ciphertext of %d bytes, without padding %d", n, asked, len(m.Ciphertext), plain)
		}
	}
}

func TestPaddingIsZero(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		kn, err := w.receiver.SecretTree.Peek(bob, d.ratchet, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		guard := make([]byte, 4) // which leaves the nonce as it is
		m, err := framing.ProtectPrivate(bytes.NewReader(guard), w.sender, w.sign(t, private, content(framing.ContentApplication)),
			func(int) int { return 100 })
		if err != nil {
			t.Fatal(err)
		}
		plaintext, err := suite.Open(kn.Key, kn.Nonce, d.contentAAD, m.Ciphertext)
		if err != nil {
			t.Fatal(err)
		}
		if want := append(d.plaintext, make([]byte, 100)...); !bytes.Equal(plaintext, want) {
			t.Errorf("content is %x,\nwant %x [rfc9420-6.3.1-01]", plaintext, want)
		}
	})
}

// A message made by hand, by the letter of RFC 9420, Section 6.3, is accepted.
func TestPrivateMessageMadeByHand(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, typ := range contentTypes {
			w := newWorld(t, suite)
			got, err := w.openPrivate(w.draft(t, typ).seal(t))
			if err != nil {
				t.Errorf("%v: %v", typ, err)
				continue
			}
			equal(t, w.sign(t, private, content(typ)), got.AuthenticatedContent)
			if got.Generation != 0 {
				t.Errorf("%v: generation %d", typ, got.Generation)
			}
		}
	})
}

// And what is protected here is what one would make by hand.
func TestProtectPrivateByHand(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, typ := range contentTypes {
			w := newWorld(t, suite)
			d := w.draft(t, typ)
			want := d.seal(t)
			a := w.sign(t, private, content(typ))
			got, err := framing.ProtectPrivate(bytes.NewReader([]byte{1, 2, 3, 4}), w.sender, a, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(marshal(t, got), marshal(t, want)) {
				t.Errorf("%v: message is %x,\nwant %x [rfc9420-6.3.1-04]", typ, marshal(t, got), marshal(t, want))
			}
		}
	})
}

func TestHeaderIsAuthenticated(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for name, change := range map[string]func(m *framing.PrivateMessage){
			"group_id":                    func(m *framing.PrivateMessage) { m.GroupID = []byte("other") },
			"epoch":                       func(m *framing.PrivateMessage) { m.Epoch++ },
			"content_type proposal":       func(m *framing.PrivateMessage) { m.ContentType = framing.ContentProposal },
			"content_type commit":         func(m *framing.PrivateMessage) { m.ContentType = framing.ContentCommit },
			"authenticated_data":          func(m *framing.PrivateMessage) { m.AuthenticatedData = flip(m.AuthenticatedData, 0) },
			"authenticated_data left out": func(m *framing.PrivateMessage) { m.AuthenticatedData = nil },
			"authenticated_data longer":   func(m *framing.PrivateMessage) { m.AuthenticatedData = append(slices.Clip(m.AuthenticatedData), 0) },
		} {
			m := w.protectPrivate(t, w.sign(t, private, content(framing.ContentApplication)))
			right := *m
			change(m)
			_, err := w.openPrivate(m)
			names(t, name, err, "rfc9420-6.3-02", "rfc9420-6.3-01")
			_, err = w.openPrivate(&right)
			names(t, name+", afterwards the right message", err)
		}
	})
}

func TestTagFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		for name, change := range map[string]func(m *framing.PrivateMessage){
			"first bit of ciphertext":       func(m *framing.PrivateMessage) { m.Ciphertext = flip(m.Ciphertext, 0) },
			"last bit of ciphertext":        func(m *framing.PrivateMessage) { m.Ciphertext = flip(m.Ciphertext, len(m.Ciphertext)-1) },
			"ciphertext empty":              func(m *framing.PrivateMessage) { m.Ciphertext = nil },
			"ciphertext shorter than a tag": func(m *framing.PrivateMessage) { m.Ciphertext = m.Ciphertext[:suite.Overhead()-1] },
			"bit of encrypted_sender_data": func(m *framing.PrivateMessage) {
				m.EncryptedSenderData = flip(m.EncryptedSenderData, 3)
			},
			"encrypted_sender_data empty": func(m *framing.PrivateMessage) { m.EncryptedSenderData = nil },
		} {
			m := d.seal(t)
			right := *m
			change(m)
			_, err := w.openPrivate(m)
			names(t, name, err, "rfc9420-6.3-02", "rfc9420-6.3-01")
			if bytes.Equal(m.EncryptedSenderData, right.EncryptedSenderData) {
				d.sealSenderData(t, m) // so that the fault is found with the content
				_, err = w.openPrivate(m)
				names(t, name+", sender data made for it", err, "rfc9420-6.3-02", "rfc9420-6.3-01")
			}
			_, err = w.openPrivate(&right)
			names(t, name+", afterwards the right message [rfc9420-9.2-03]", err)
		}
	})
}

func TestPaddingFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, padding := range [][]byte{
			{0, 0, 1}, {1, 0, 0}, {0xff}, append(make([]byte, 5000), 1), append([]byte{0x80}, make([]byte, 5000)...),
		} {
			for _, typ := range contentTypes {
				w := newWorld(t, suite)
				d := w.draft(t, typ)
				d.plaintext = slices.Concat(d.plaintext, padding)
				_, err := w.openPrivate(d.seal(t))
				names(t, typ.String(), err, "rfc9420-6.3.1-02")
			}
		}
	})
}

func TestRatchetFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, typ := range contentTypes {
			w := newWorld(t, suite)
			d := w.draft(t, typ)
			d.ratchet = 1 - d.ratchet
			m := d.seal(t)
			_, err := w.openPrivate(m)
			names(t, typ.String(), err, "rfc9420-6.3-02", "rfc9420-6.3.1-07")
			d.data.Generation = 5
			_, err = w.openPrivate(d.seal(t))
			names(t, typ.String()+", generation 5", err, "rfc9420-6.3-02", "rfc9420-6.3.1-07")

			// Where the key of the other ratchet is gone, it can't be told from a forgery.
			w.receiver.SecretTree.Consume(bob, d.ratchet, 0)
			_, err = w.openPrivate(m)
			names(t, typ.String()+", key used", err, "rfc9420-6.3-02", "rfc9420-6.3-01")
		}
	})
}

func TestContentAADFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		d := w.draft(t, framing.ContentApplication)
		d.contentAAD = d.senderAAD
		_, err := w.openPrivate(d.seal(t))
		names(t, "without authenticated_data", err, "rfc9420-6.3-02", "rfc9420-6.3.1-08")

		d.contentAAD = append(slices.Clip(d.senderAAD), 0)
		_, err = w.openPrivate(d.seal(t))
		names(t, "with an empty one", err, "rfc9420-6.3-02", "rfc9420-6.3.1-08")
	})
}

func TestMalformedContent(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, c := range []struct {
			name   string
			typ    framing.ContentType
			change func(plaintext []byte) []byte
			want   []rule.ID
		}{
			{"nothing", framing.ContentApplication, func([]byte) []byte { return nil }, []rule.ID{"rfc9420-2.1-01"}},
			{"signature cut off", framing.ContentProposal, func(p []byte) []byte { return p[:len(p)-1] }, []rule.ID{"rfc9420-2.1.2-05"}},
			{"no signature", framing.ContentProposal, func(p []byte) []byte { return p[:6] }, []rule.ID{"rfc9420-2.1-01"}},
			{"no confirmation_tag", framing.ContentCommit, func(p []byte) []byte { return p[:len(p)-1-suite.HashSize()-header(suite.HashSize())+1] },
				[]rule.ID{"rfc9420-6.1-13", "rfc9420-2.1-01"}},
			{"confirmation_tag cut off", framing.ContentCommit, func(p []byte) []byte { return p[:len(p)-1] },
				[]rule.ID{"rfc9420-6.1-13", "rfc9420-2.1.2-05"}},
			// Behind the auth data of a proposal there is nothing but padding.
			{"confirmation_tag of a proposal", framing.ContentProposal, func(p []byte) []byte { return slices.Concat(p, []byte{1, 'c'}) },
				[]rule.ID{"rfc9420-6.3.1-02"}},
		} {
			w := newWorld(t, suite)
			d := w.draft(t, c.typ)
			d.plaintext = c.change(d.plaintext)
			_, err := w.openPrivate(d.seal(t))
			names(t, c.name, err, c.want...)
		}
	})
}

// header is the size of the length header of a vector of n bytes.
func header(n int) int {
	if n < 64 {
		return 1
	}
	return 2
}

func TestReplay(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, typ := range contentTypes {
			m := w.protectPrivate(t, w.sign(t, private, content(typ)))
			u, err := w.openPrivate(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.openPrivate(m); err != nil {
				t.Errorf("%v: the key is gone before it is used up: %v", typ, err)
			}
			u.Consume(w.receiver.SecretTree)
			_, err = w.openPrivate(m)
			names(t, typ.String(), err, "rfc9420-9.2-01")
		}
	})
}

func TestOrderOfDelivery(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		var sent []*framing.PrivateMessage
		for _, typ := range []framing.ContentType{
			framing.ContentApplication, framing.ContentApplication, framing.ContentApplication,
			framing.ContentProposal, framing.ContentCommit,
		} {
			sent = append(sent, w.protectPrivate(t, w.sign(t, private, content(typ))))
		}
		for _, c := range []struct{ message, generation int }{{2, 2}, {4, 1}, {0, 0}, {3, 0}, {1, 1}} {
			u, err := w.openPrivate(sent[c.message])
			if err != nil {
				t.Errorf("message %d: %v [rfc9420-9.2-02 rfc9420-9.1-03]", c.message, err)
				continue
			}
			if u.Generation != uint32(c.generation) {
				t.Errorf("message %d has generation %d, want %d [rfc9420-9.1-03]", c.message, u.Generation, c.generation)
			}
			u.Consume(w.receiver.SecretTree)
		}
	})
}

func TestReuseGuardIsFresh(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	a := w.sign(t, private, content(framing.ContentApplication))
	seen := map[[4]byte]bool{}
	for range 10 {
		m := w.protectPrivate(t, a)
		seen[w.senderData(t, m).ReuseGuard] = true
	}
	if len(seen) != 10 {
		t.Errorf("10 messages have %d reuse guards [rfc9420-6.3.1-04]", len(seen))
	}
}

func TestProtectPrivateRefuses(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	for _, s := range senders()[2:] {
		a := w.sign(t, private, sentBy(s))
		if _, err := framing.ProtectPrivate(w.rand, w.sender, a, nil); !errors.Is(err, framing.ErrNotMember) {
			t.Errorf("%v: %v", s.Type, err)
		}
	}
	a := w.sign(t, private, content(framing.ContentProposal))
	a.Content.Proposal = &message.Proposal{}
	_, err := framing.ProtectPrivate(w.rand, w.sender, a, nil)
	names(t, "without encoding", err, "rfc9420-12.1-02")

	a = w.sign(t, private, content(framing.ContentProposal))
	if _, err := framing.ProtectPrivate(bytes.NewReader(make([]byte, 3)), w.sender, a, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without randomness: %v", err)
	}
	a.Content.Sender = framing.Member(8)
	if _, err := framing.ProtectPrivate(w.rand, w.sender, a, nil); err == nil {
		t.Error("a leaf outside of the tree can send")
	}
	// None of these has used up a generation.
	m := w.protectPrivate(t, w.sign(t, private, content(framing.ContentProposal)))
	if got := w.senderData(t, m).Generation; got != 0 {
		t.Errorf("the next generation is %d, want 0", got)
	}
}
