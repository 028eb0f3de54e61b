package framing_test

import (
	"encoding/hex"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func senders() []framing.Sender {
	return []framing.Sender{
		framing.Member(0),
		framing.Member(1<<32 - 1),
		{Type: framing.SenderExternal, SenderIndex: 1<<32 - 1},
		{Type: framing.SenderNewMemberProposal},
		{Type: framing.SenderNewMemberCommit},
	}
}

// contents returns every sender with every content type, and every proposal and
// Commit.
func contents() []framing.FramedContent {
	var list []framing.FramedContent
	for _, s := range senders() {
		for _, typ := range contentTypes {
			c := content(typ)
			c.Sender = s
			list = append(list, c)
		}
	}
	for _, p := range messagetest.Proposals() {
		list = append(list, framing.FramedContent{Sender: framing.Member(1), ContentType: framing.ContentProposal, Proposal: &p})
	}
	for _, m := range messagetest.Commits() {
		list = append(list, framing.FramedContent{Sender: framing.Member(1), ContentType: framing.ContentCommit, Commit: &m})
	}
	return append(list, framing.FramedContent{Sender: framing.Member(1), ContentType: framing.ContentApplication})
}

func authenticated() []framing.AuthenticatedContent {
	var list []framing.AuthenticatedContent
	for i, c := range contents() {
		a := framing.AuthenticatedContent{WireFormat: codepoint.WireFormat(1 + i%2), Content: c}
		a.Auth.Signature = []byte("signature")
		if c.ContentType == framing.ContentCommit {
			a.Auth.ConfirmationTag = []byte("confirmation tag")
		}
		list = append(list, a)
	}
	return list
}

func publicMessages() []framing.PublicMessage {
	var list []framing.PublicMessage
	for _, a := range authenticated() {
		m := framing.PublicMessage{Content: a.Content, Auth: a.Auth}
		if a.Content.Sender.Type == framing.SenderMember {
			m.MembershipTag = []byte("membership tag")
		}
		list = append(list, m)
	}
	return list
}

func privateMessages() []framing.PrivateMessage {
	list := []framing.PrivateMessage{{ContentType: framing.ContentApplication}}
	for _, typ := range contentTypes {
		list = append(list, framing.PrivateMessage{
			GroupID: []byte("group"), Epoch: 1<<64 - 1, ContentType: typ, AuthenticatedData: []byte("authenticated"),
			EncryptedSenderData: []byte("sender data"), Ciphertext: []byte("ciphertext"),
		})
	}
	return list
}

// messages returns messages of every wire format.
func messages() []framing.MLSMessage {
	var list []framing.MLSMessage
	for _, m := range publicMessages()[:16] {
		list = append(list, framing.MLSMessage{PublicMessage: &m})
	}
	for _, m := range privateMessages() {
		list = append(list, framing.MLSMessage{PrivateMessage: &m})
	}
	for _, m := range messagetest.Welcomes() {
		list = append(list, framing.MLSMessage{Welcome: &m})
	}
	for _, m := range messagetest.GroupInfos() {
		list = append(list, framing.MLSMessage{GroupInfo: &m})
	}
	kp := messagetest.KeyPackage()
	return append(list, framing.MLSMessage{KeyPackage: &kp})
}

func TestCodecs(t *testing.T) {
	syntaxtest.Codec(t, senders()...)
	syntaxtest.Codec(t, contents()...)
	syntaxtest.Codec(t, authenticated()...)
	syntaxtest.Codec(t, publicMessages()...)
	syntaxtest.Codec(t, privateMessages()...)
	syntaxtest.Codec(t, messages()...)
}

func FuzzSender(f *testing.F)               { syntaxtest.FuzzCodec(f, senders()...) }
func FuzzFramedContent(f *testing.F)        { syntaxtest.FuzzCodec(f, contents()...) }
func FuzzAuthenticatedContent(f *testing.F) { syntaxtest.FuzzCodec(f, authenticated()...) }
func FuzzPublicMessage(f *testing.F)        { syntaxtest.FuzzCodec(f, publicMessages()...) }
func FuzzPrivateMessage(f *testing.F)       { syntaxtest.FuzzCodec(f, privateMessages()...) }
func FuzzMLSMessage(f *testing.F)           { syntaxtest.FuzzCodec(f, messages()...) }

// What stands on the wire, written down by hand.
func TestBytes(t *testing.T) {
	const (
		group = "0167" + "0000000000000102"
		aad   = "0161"
		text  = "0174"
	)
	c := framing.FramedContent{
		GroupID: []byte("g"), Epoch: 0x0102, AuthenticatedData: []byte("a"),
		ContentType: framing.ContentApplication, ApplicationData: []byte("t"),
	}
	remove := &message.Proposal{Body: &message.Remove{Removed: 5}}
	auth := framing.FramedContentAuthData{Signature: []byte("s"), ConfirmationTag: []byte("c")}
	with := func(s framing.Sender, edit func(c *framing.FramedContent)) framing.FramedContent {
		d := c
		d.Sender = s
		edit(&d)
		return d
	}
	application := with(framing.Member(3), func(*framing.FramedContent) {})
	proposal := with(framing.Sender{Type: framing.SenderExternal, SenderIndex: 4}, func(c *framing.FramedContent) {
		c.ContentType, c.Proposal = framing.ContentProposal, remove
	})
	commit := with(framing.Member(3), func(c *framing.FramedContent) {
		c.ContentType, c.Commit = framing.ContentCommit, &message.Commit{}
	})
	joining := with(framing.Sender{Type: framing.SenderNewMemberCommit}, func(c *framing.FramedContent) {
		c.ContentType, c.Commit = framing.ContentCommit, &message.Commit{}
	})
	const (
		applicationHex = group + "0100000003" + aad + "01" + text
		proposalHex    = group + "0200000004" + aad + "02" + "0003" + "00000005"
		commitHex      = group + "0100000003" + aad + "03" + "0000"
		joiningHex     = group + "04" + aad + "03" + "0000"
	)
	for _, c := range []struct {
		name  string
		value syntax.Marshaler
		want  string
	}{
		{"application data", &application, applicationHex},
		{"proposal from outside", &proposal, proposalHex},
		{"Commit", &commit, commitHex},
		{"external Commit", &joining, joiningHex},
		{"new member's proposal", &framing.Sender{Type: framing.SenderNewMemberProposal}, "03"},
		{"signed application data", &framing.AuthenticatedContent{WireFormat: 2, Content: application, Auth: auth},
			"0002" + applicationHex + "0173"},
		{"signed Commit", &framing.AuthenticatedContent{WireFormat: 1, Content: commit, Auth: auth},
			"0001" + commitHex + "0173" + "0163"},
		{"public proposal", &framing.PublicMessage{Content: proposal, Auth: auth, MembershipTag: []byte("m")},
			proposalHex + "0173"},
		{"public Commit", &framing.PublicMessage{Content: commit, Auth: auth, MembershipTag: []byte("m")},
			commitHex + "0173" + "0163" + "016d"},
		{"private", &framing.PrivateMessage{
			GroupID: []byte("g"), Epoch: 0x0102, ContentType: 3, AuthenticatedData: []byte("a"),
			EncryptedSenderData: []byte("e"), Ciphertext: []byte("t"),
		}, group + "03" + aad + "0165" + "0174"},
		{"what a member signs", &framing.FramedContentTBS{WireFormat: 2, Content: &application, Context: []byte("context")},
			"0001" + "0002" + applicationHex + hex.EncodeToString([]byte("context"))},
		{"what a joiner signs", &framing.FramedContentTBS{WireFormat: 1, Content: &joining, Context: []byte("context")},
			"0001" + "0001" + joiningHex + hex.EncodeToString([]byte("context"))},
		{"what others sign", &framing.FramedContentTBS{WireFormat: 1, Content: &proposal, Context: []byte("context")},
			"0001" + "0001" + proposalHex},
	} {
		if got := hex.EncodeToString(marshal(t, c.value)); got != c.want {
			t.Errorf("%s is %s,\nwant %s", c.name, got, c.want)
		}
	}
}

func TestMalformed(t *testing.T) {
	const group = "0167" + "0000000000000102"
	public, private := new(framing.PublicMessage), new(framing.PrivateMessage)
	for _, c := range []struct {
		name  string
		v     syntax.Unmarshaler
		input string
		want  []rule.ID
	}{
		{"sender_type 0", public, group + "00" + "00000003" + "00", []rule.ID{"rfc9420-6-06"}},
		{"sender_type 5", public, group + "05" + "00000003" + "00", []rule.ID{"rfc9420-6-06"}},
		{"content_type 0 in public", public, group + "0100000003" + "00" + "00" + "00", []rule.ID{"rfc9420-6-07"}},
		{"content_type 4 in public", public, group + "0100000003" + "00" + "04" + "00", []rule.ID{"rfc9420-6-07"}},
		{"content_type 0 in private", private, group + "00" + "00" + "00" + "00", []rule.ID{"rfc9420-6-07"}},
		{"content_type 4 in private", private, group + "04" + "00" + "00" + "00", []rule.ID{"rfc9420-6-07"}},
		{"external Commit without confirmation_tag", public, group + "04" + "00" + "03" + "0000" + "0173",
			[]rule.ID{"rfc9420-6.1-13", "rfc9420-2.1-01"}},
		// The membership_tag is read as the confirmation_tag and then missing itself.
		{"Commit without confirmation_tag", public, group + "0100000003" + "00" + "03" + "0000" + "0173" + "016d",
			[]rule.ID{"rfc9420-6.1-13", "rfc9420-6.2-01", "rfc9420-2.1-01"}},
		{"proposal without membership_tag", public, group + "0100000003" + "00" + "02" + "000300000005" + "0173",
			[]rule.ID{"rfc9420-6.2-01", "rfc9420-2.1-01"}},
		{"membership_tag cut off", public, group + "0100000003" + "00" + "02" + "000300000005" + "0173" + "026d",
			[]rule.ID{"rfc9420-2.1.2-05"}},
		{"proposal with a confirmation_tag [rfc9420-6.1-13]", public, group + "0100000003" + "00" + "02" + "000300000005" + "0173" + "0163" + "016d",
			[]rule.ID{"rfc9420-2.1-03"}},
		{"membership_tag from outside [rfc9420-6.2-05]", public, group + "0200000004" + "00" + "02" + "000300000005" + "0173" + "016d",
			[]rule.ID{"rfc9420-2.1-03"}},
	} {
		data, err := hex.DecodeString(c.input)
		if err != nil {
			t.Fatal(err)
		}
		names(t, c.name, syntax.Unmarshal(data, c.v), c.want...)
	}
}

func TestWhatHasNoEncoding(t *testing.T) {
	for name, c := range map[string]struct {
		v    syntax.Marshaler
		want rule.ID
	}{
		"sender_type 0":           {&framing.Sender{}, "rfc9420-6-06"},
		"sender_type 5":           {&framing.Sender{Type: 5}, "rfc9420-6-06"},
		"content_type 0":          {&framing.FramedContent{Sender: framing.Member(0)}, "rfc9420-6-07"},
		"proposal without one":    {&framing.FramedContent{Sender: framing.Member(0), ContentType: framing.ContentProposal}, "rfc9420-6-07"},
		"Commit without one":      {&framing.FramedContent{Sender: framing.Member(0), ContentType: framing.ContentCommit}, "rfc9420-6-07"},
		"message without content": {&framing.MLSMessage{}, "rfc9420-6-05"},
	} {
		if encoded, err := syntax.Marshal(c.v); rule.Of(err) != c.want {
			t.Errorf("%s encodes to %x, %v", name, encoded, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{framing.ContentApplication.String(), "application"},
		{framing.ContentProposal.String(), "proposal"},
		{framing.ContentCommit.String(), "commit"},
		{framing.ContentType(4).String(), "ContentType(4)"},
		{framing.SenderMember.String(), "member"},
		{framing.SenderExternal.String(), "external"},
		{framing.SenderNewMemberProposal.String(), "new_member_proposal"},
		{framing.SenderNewMemberCommit.String(), "new_member_commit"},
		{framing.SenderType(5).String(), "SenderType(5)"},
	} {
		if c.got != c.want {
			t.Errorf("String = %q, want %q", c.got, c.want)
		}
	}
}
