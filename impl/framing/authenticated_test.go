package framing_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
)

const (
	public  = codepoint.WireFormatPublicMessage
	private = codepoint.WireFormatPrivateMessage
)

// sentBy returns a message of the sender's.
func sentBy(s framing.Sender) framing.FramedContent {
	c := content(framing.ContentProposal)
	if s.Type == framing.SenderNewMemberCommit {
		c = content(framing.ContentCommit)
	}
	c.Sender = s
	return c
}

func coversContext(s framing.Sender) bool {
	return s.Type == framing.SenderMember || s.Type == framing.SenderNewMemberCommit
}

func TestSignature(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, s := range senders() {
			name := s.Type.String()
			a := w.sign(t, public, sentBy(s))
			names(t, name, w.verify(a))

			right := a.Auth.Signature
			a.Auth.Signature = leaftest.Flipped(suite, right)
			names(t, name+", a bit flipped", w.verify(a), "rfc9420-6.1-02")
			a.Auth.Signature = right

			other := newWorld(t, suite)
			if err := a.Sign(suite, must(suite.GenerateSignatureKey(other.rand)), w.context); err != nil {
				t.Fatal(err)
			}
			names(t, name+", another key", w.verify(a), "rfc9420-6.1-02")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSignatureForms(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		a := w.sign(t, private, content(framing.ContentApplication))
		for _, form := range leaftest.Forms(t, suite, a.Auth.Signature) {
			a.Auth.Signature = form.Bytes
			if form.Breaks == "" {
				names(t, form.Name, w.verify(a))
			} else {
				names(t, form.Name, w.verify(a), "rfc9420-6.1-02", form.Breaks)
			}
		}
	})
}

func TestSignatureCoversTheContext(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, s := range senders() {
			name := s.Type.String()
			a := w.sign(t, public, sentBy(s))
			covered := coversContext(s)

			// Signed without a context, which is what outsiders do.
			if err := a.Sign(suite, w.signer, nil); err != nil {
				t.Fatal(err)
			}
			if covered {
				names(t, name+", without context", w.verify(a), "rfc9420-6.1-02", "rfc9420-6.1-08")
			} else {
				names(t, name+", without context", w.verify(a))
			}

			// Signed with the context in any case.
			tbs := marshal(t, &framing.FramedContentTBS{WireFormat: public, Content: &a.Content, Context: w.context})
			if !covered {
				tbs = append(tbs, w.context...)
			}
			a.Auth.Signature = must(suite.SignWithLabel(w.signer, "FramedContentTBS", tbs))
			if covered {
				names(t, name+", with context", w.verify(a))
			} else {
				names(t, name+", with context", w.verify(a), "rfc9420-6.1-02", "rfc9420-6.1-09")
			}

			// Signed in the epoch before, which nobody can tell from a forgery.
			if err := a.Sign(suite, w.signer, []byte("context before")); err != nil {
				t.Fatal(err)
			}
			if covered {
				names(t, name+", context before", w.verify(a), "rfc9420-6.1-02")
			}
		}
	})
}

func TestSignatureCoversTheWireFormat(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for made, sent := range map[codepoint.WireFormat]codepoint.WireFormat{public: private, private: public} {
			a := w.sign(t, made, content(framing.ContentProposal))
			a.WireFormat = sent
			names(t, "made for "+made.String(), w.verify(a), "rfc9420-6.1-02", "rfc9420-6.1-10")
		}
	})
}

func TestSignatureCoversEveryField(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	for name, change := range map[string]func(c *framing.FramedContent){
		"group_id":           func(c *framing.FramedContent) { c.GroupID = []byte("other") },
		"epoch":              func(c *framing.FramedContent) { c.Epoch++ },
		"sender":             func(c *framing.FramedContent) { c.Sender.LeafIndex++ },
		"authenticated_data": func(c *framing.FramedContent) { c.AuthenticatedData = nil },
		"content": func(c *framing.FramedContent) {
			c.Proposal = &message.Proposal{Body: &message.Remove{Removed: 2}}
		},
	} {
		a := w.sign(t, public, content(framing.ContentProposal))
		change(&a.Content)
		names(t, name, w.verify(a), "rfc9420-6.1-02")
	}
}

// The label keeps signatures of one kind from serving another.
func TestSignatureLabel(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		a := w.sign(t, public, content(framing.ContentProposal))
		tbs := marshal(t, &framing.FramedContentTBS{WireFormat: public, Content: &a.Content, Context: w.context})
		for _, label := range []string{"LeafNodeTBS", "KeyPackageTBS", "GroupInfoTBS", ""} {
			a.Auth.Signature = must(suite.SignWithLabel(w.signer, label, tbs))
			names(t, "label "+label+" [rfc9420-5.1.2-05]", w.verify(a), "rfc9420-6.1-02")
		}
	})
}

func TestSignRefuses(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	a := &framing.AuthenticatedContent{WireFormat: public}
	names(t, "Sign", a.Sign(w.suite, w.signer, nil), "rfc9420-6-07")
	names(t, "VerifySignature", w.verify(a), "rfc9420-6-07")
	if _, err := a.ProposalRef(w.suite); rule.Of(err) != "rfc9420-6-07" {
		t.Errorf("ProposalRef: %v", err)
	}
	if _, err := a.ConfirmedTranscriptHashInput(); rule.Of(err) != "rfc9420-6-07" {
		t.Errorf("ConfirmedTranscriptHashInput: %v", err)
	}
	unplugged := errors.New("unplugged")
	a.Content = content(framing.ContentProposal)
	if err := a.Sign(w.suite, failing{unplugged}, nil); !errors.Is(err, unplugged) {
		t.Errorf("Sign: %v", err)
	}
}

type failing struct{ err error }

func (failing) Public() []byte { return nil }

func (f failing) Sign([]byte) ([]byte, error) { return nil, f.err }

// ConfirmedTranscriptHashInput ends before the confirmation_tag (RFC 9420,
// Section 8.2).
func TestConfirmedTranscriptHashInput(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	a := w.sign(t, private, content(framing.ContentCommit))
	got := must(a.ConfirmedTranscriptHashInput())
	tag := len(a.Auth.ConfirmationTag) + 1
	if encoded := marshal(t, a); !bytes.Equal(got, encoded[:len(encoded)-tag]) {
		t.Errorf("input is %x,\nAuthenticatedContent is %x", got, encoded)
	}
}

func TestProposalRef(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		a := w.sign(t, private, content(framing.ContentProposal))
		want := suite.RefHash("MLS 1.0 Proposal Reference", marshal(t, a))
		if got := must(a.ProposalRef(suite)); !bytes.Equal(got, want) {
			t.Errorf("ProposalRef is %x, want %x", got, want)
		}
	})
}
