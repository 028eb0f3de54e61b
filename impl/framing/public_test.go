package framing_test

import (
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

func TestPublicMessage(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, s := range senders() {
			a := w.sign(t, public, sentBy(s))
			sent := w.protectPublic(t, a)
			if tagged := len(sent.MembershipTag) == suite.HashSize(); tagged != (s.Type == framing.SenderMember) {
				t.Errorf("%v: membership_tag is %x", s.Type, sent.MembershipTag)
			}
			received, err := syntax.Parse[framing.PublicMessage](marshal(t, sent))
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.openPublic(received)
			if err != nil {
				t.Errorf("%v: %v", s.Type, err)
				continue
			}
			equal(t, a, got)
			names(t, s.Type.String(), w.verify(got))
		}
	})
}

// Application data is never sent in the open (RFC 9420, Section 6): neither here
// nor by others, whose message is right in all else.
func TestApplicationDataInTheOpen(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		a := w.sign(t, public, content(framing.ContentApplication))
		if _, err := framing.ProtectPublic(suite, a, w.membershipKey, w.context); !errors.Is(err, framing.ErrApplicationData) {
			t.Errorf("ProtectPublic: %v", err)
		}
		m := &framing.PublicMessage{Content: a.Content, Auth: a.Auth}
		m.MembershipTag = w.membershipTag(t, m)
		received, err := syntax.Parse[framing.PublicMessage](marshal(t, m))
		if err != nil {
			t.Fatalf("it does not decode: %v", err)
		}
		_, err = w.openPublic(received)
		names(t, "Unprotect", err, "rfc9420-6-01")
	})
}

// membershipTag computes the tag of a message as RFC 9420, Section 6.2 says.
func (w *world) membershipTag(t *testing.T, m *framing.PublicMessage) []byte {
	t.Helper()
	tbm := marshal(t, &framing.FramedContentTBS{WireFormat: public, Content: &m.Content, Context: w.context})
	auth := [][]byte{m.Auth.Signature}
	if m.Content.ContentType == framing.ContentCommit {
		auth = append(auth, m.Auth.ConfirmationTag)
	}
	for _, field := range auth {
		e := &message.PathSecret{PathSecret: field} // any structure of one opaque field
		tbm = append(tbm, marshal(t, e)...)
	}
	return w.suite.MAC(w.membershipKey, tbm)
}

func TestMembershipTag(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, typ := range []framing.ContentType{framing.ContentProposal, framing.ContentCommit} {
			m := w.protectPublic(t, w.sign(t, public, content(typ)))
			if want := w.membershipTag(t, m); string(m.MembershipTag) != string(want) {
				t.Errorf("%v: membership_tag is %x, want %x [rfc9420-6.2-01]", typ, m.MembershipTag, want)
			}
		}
	})
}

func TestMembershipTagFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		m := w.protectPublic(t, w.sign(t, public, content(framing.ContentProposal)))
		right := m.MembershipTag
		other := suite.DeriveSecret([]byte("epoch before"), "membership")
		previous, err := framing.ProtectPublic(suite, m.Authenticated(), other, w.context)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			tag  []byte
			want []rule.ID
		}{
			{"first bit flipped", flip(right, 0), []rule.ID{"rfc9420-6.2-02"}},
			{"last bit flipped", flip(right, len(right)-1), []rule.ID{"rfc9420-6.2-02"}},
			{"key of another epoch", previous.MembershipTag, []rule.ID{"rfc9420-6.2-02"}},
			{"empty", nil, []rule.ID{"rfc9420-6.2-02", "rfc9420-6.2-04"}},
			{"first 16 bytes", right[:16], []rule.ID{"rfc9420-6.2-02", "rfc9420-6.2-04"}},
			{"one byte short", right[:len(right)-1], []rule.ID{"rfc9420-6.2-02", "rfc9420-6.2-04"}},
			{"one byte long", append(right[:len(right):len(right)], 0), []rule.ID{"rfc9420-6.2-02", "rfc9420-6.2-04"}},
		} {
			m.MembershipTag = c.tag
			received, err := syntax.Parse[framing.PublicMessage](marshal(t, m))
			if err != nil {
				t.Fatalf("%s: it does not decode: %v", c.name, err)
			}
			_, err = w.openPublic(received)
			names(t, c.name, err, c.want...)
		}
		m.MembershipTag = right
		_, err = w.openPublic(m)
		names(t, "the right one", err)
	})
}

// Whatever is changed behind the tag is noticed, before the signature is looked at.
func TestMembershipTagCoversEveryField(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for name, change := range map[string]func(m *framing.PublicMessage){
			"group_id":           func(m *framing.PublicMessage) { m.Content.GroupID = []byte("other") },
			"epoch":              func(m *framing.PublicMessage) { m.Content.Epoch++ },
			"sender":             func(m *framing.PublicMessage) { m.Content.Sender.LeafIndex++ },
			"authenticated_data": func(m *framing.PublicMessage) { m.Content.AuthenticatedData = nil },
			"content":            func(m *framing.PublicMessage) { m.Content.Commit = &message.Commit{} },
			"signature":          func(m *framing.PublicMessage) { m.Auth.Signature = flip(m.Auth.Signature, 0) },
			"confirmation_tag":   func(m *framing.PublicMessage) { m.Auth.ConfirmationTag = flip(m.Auth.ConfirmationTag, 0) },
		} {
			w := newWorld(t, suite)
			m := w.protectPublic(t, w.sign(t, public, content(framing.ContentCommit)))
			change(m)
			_, err := w.openPublic(m)
			names(t, name, err, "rfc9420-6.2-02")
		}
		w := newWorld(t, suite)
		m := w.protectPublic(t, w.sign(t, public, content(framing.ContentCommit)))
		w.context = flip(w.context, 0)
		_, err := w.openPublic(m)
		names(t, "GroupContext", err, "rfc9420-6.2-02")
	})
}

func TestProtectPublicRefusesWhatHasNoEncoding(t *testing.T) {
	w := newWorld(t, ciphersuite.All()[0])
	a := &framing.AuthenticatedContent{WireFormat: public, Content: framing.FramedContent{Sender: framing.Member(0)}}
	_, err := framing.ProtectPublic(w.suite, a, w.membershipKey, w.context)
	names(t, "ProtectPublic", err, "rfc9420-6-07")
	_, err = w.openPublic(&framing.PublicMessage{Content: a.Content})
	names(t, "Unprotect", err, "rfc9420-6-07")
}
