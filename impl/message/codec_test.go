package message_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func marshal(t testing.TB, v syntax.Marshaler) []byte {
	t.Helper()
	encoded, err := syntax.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// bodies returns the proposal bodies of one type.
func bodies[T any, P interface {
	*T
	message.Body
}]() []T {
	var list []T
	for _, p := range messagetest.Proposals() {
		if b, ok := p.Body.(P); ok {
			list = append(list, *b)
		}
	}
	return list
}

// customs returns bodies as they are read on their own, where no proposal_type
// stands in front.
func customs() []message.Custom {
	list := bodies[message.Custom]()
	for i := range list {
		list[i].ProposalType = 0
	}
	return list
}

func groupInfoTBS() []message.GroupInfoTBS {
	var list []message.GroupInfoTBS
	for _, g := range messagetest.GroupInfos() {
		g.Signature = nil // which is no part of it
		list = append(list, message.GroupInfoTBS(g))
	}
	return list
}

func pathSecrets() []message.PathSecret {
	return []message.PathSecret{{}, {PathSecret: []byte("secret")}}
}

func encryptedSecrets() []message.EncryptedGroupSecrets {
	return messagetest.Welcomes()[2].Secrets
}

func TestCodecs(t *testing.T) {
	syntaxtest.Codec(t, bodies[message.Add]()...)
	syntaxtest.Codec(t, bodies[message.Update]()...)
	syntaxtest.Codec(t, bodies[message.Remove]()...)
	syntaxtest.Codec(t, bodies[message.PreSharedKey]()...)
	syntaxtest.Codec(t, bodies[message.ReInit]()...)
	syntaxtest.Codec(t, bodies[message.ExternalInit]()...)
	syntaxtest.Codec(t, bodies[message.GroupContextExtensions]()...)
	syntaxtest.Codec(t, customs()...)
	syntaxtest.Codec(t, messagetest.Proposals()...)
	syntaxtest.Codec(t, messagetest.ProposalsOrRefs()...)
	syntaxtest.Codec(t, messagetest.Commits()...)
	syntaxtest.Codec(t, messagetest.GroupInfos()...)
	syntaxtest.Codec(t, groupInfoTBS()...)
	syntaxtest.Codec(t, pathSecrets()...)
	syntaxtest.Codec(t, messagetest.Secrets()...)
	syntaxtest.Codec(t, encryptedSecrets()...)
	syntaxtest.Codec(t, messagetest.Welcomes()...)
}

func FuzzAdd(f *testing.F)          { syntaxtest.FuzzCodec(f, bodies[message.Add]()...) }
func FuzzUpdate(f *testing.F)       { syntaxtest.FuzzCodec(f, bodies[message.Update]()...) }
func FuzzRemove(f *testing.F)       { syntaxtest.FuzzCodec(f, bodies[message.Remove]()...) }
func FuzzPreSharedKey(f *testing.F) { syntaxtest.FuzzCodec(f, bodies[message.PreSharedKey]()...) }
func FuzzReInit(f *testing.F)       { syntaxtest.FuzzCodec(f, bodies[message.ReInit]()...) }
func FuzzExternalInit(f *testing.F) { syntaxtest.FuzzCodec(f, bodies[message.ExternalInit]()...) }
func FuzzCustom(f *testing.F)       { syntaxtest.FuzzCodec(f, customs()...) }

func FuzzGroupContextExtensions(f *testing.F) {
	syntaxtest.FuzzCodec(f, bodies[message.GroupContextExtensions]()...)
}

func FuzzProposal(f *testing.F)      { syntaxtest.FuzzCodec(f, messagetest.Proposals()...) }
func FuzzProposalOrRef(f *testing.F) { syntaxtest.FuzzCodec(f, messagetest.ProposalsOrRefs()...) }
func FuzzCommit(f *testing.F)        { syntaxtest.FuzzCodec(f, messagetest.Commits()...) }
func FuzzGroupInfo(f *testing.F)     { syntaxtest.FuzzCodec(f, messagetest.GroupInfos()...) }
func FuzzGroupInfoTBS(f *testing.F)  { syntaxtest.FuzzCodec(f, groupInfoTBS()...) }
func FuzzPathSecret(f *testing.F)    { syntaxtest.FuzzCodec(f, pathSecrets()...) }
func FuzzGroupSecrets(f *testing.F)  { syntaxtest.FuzzCodec(f, messagetest.Secrets()...) }
func FuzzWelcome(f *testing.F)       { syntaxtest.FuzzCodec(f, messagetest.Welcomes()...) }

func FuzzEncryptedGroupSecrets(f *testing.F) {
	syntaxtest.FuzzCodec(f, encryptedSecrets()...)
}

// What stands on the wire, written down by hand.
func TestBytes(t *testing.T) {
	add := messagetest.Proposals()[0]
	keyPackage := hex.EncodeToString(marshal(t, &add.Body.(*message.Add).KeyPackage))
	remove := &message.Proposal{Body: &message.Remove{Removed: 0x01020304}}
	for _, c := range []struct {
		name  string
		value syntax.Marshaler
		want  string
	}{
		{"add", &add, "0001" + keyPackage},
		{"remove", remove, "0003" + "01020304"},
		{"psk", &message.Proposal{Body: &message.PreSharedKey{PSK: messagetest.PSKs()[0]}}, "0004" + "01" + "00" + "00"},
		{"reinit", &message.Proposal{Body: &message.ReInit{
			GroupID: []byte("a"), Version: 1, CipherSuite: 3, Extensions: leaf.Extensions{{Type: 2, Data: []byte("b")}},
		}}, "0005" + "0161" + "0001" + "0003" + "04" + "0002" + "0162"},
		{"external_init", &message.Proposal{Body: &message.ExternalInit{KEMOutput: []byte("a")}}, "0006" + "0161"},
		{"group_context_extensions", &message.Proposal{Body: &message.GroupContextExtensions{}}, "0007" + "00"},
		{"custom", &message.Proposal{Body: &message.Custom{ProposalType: 0xf001, Data: []byte("a")}}, "f001" + "0161"},
		{"by value", &message.ProposalOrRef{Proposal: remove}, "01" + "0003" + "01020304"},
		{"by reference", &message.ProposalOrRef{Reference: []byte("a")}, "02" + "0161"},
		{"empty Commit", &message.Commit{}, "00" + "00"},
		{"GroupInfo", &message.GroupInfo{ConfirmationTag: []byte("t"), Signer: 0x01020304, Signature: []byte("s")},
			"0000" + "0000" + "00" + "0000000000000000" + "00" + "00" + "00" + "00" + "0174" + "01020304" + "0173"},
		{"GroupSecrets", &message.GroupSecrets{
			JoinerSecret: []byte("j"), PathSecret: &message.PathSecret{PathSecret: []byte("p")}, PSKs: messagetest.PSKs()[:1],
		}, "016a" + "01" + "0170" + "03" + "010000"},
		{"Welcome", &messagetest.Welcomes()[1],
			"0001" + "0e" + "097265666572656e6365" + "0161" + "0162" + "0a" + "67726f757020696e666f"},
	} {
		if got := hex.EncodeToString(marshal(t, c.value)); got != c.want {
			t.Errorf("%s is %s,\nwant %s", c.name, got, c.want)
		}
	}
}

func TestUnknownProposalsComeBack(t *testing.T) {
	for _, typ := range []codepoint.ProposalType{0, 8, 0x0a0a, 0xf001, 0xffff} {
		encoded := []byte{byte(typ >> 8), byte(typ), 2, 'h', 'i'}
		p, err := syntax.Parse[message.Proposal](encoded)
		if err != nil {
			t.Errorf("type %v: %v", typ, err)
			continue
		}
		custom, ok := p.Body.(*message.Custom)
		if !ok || custom.ProposalType != typ || p.Type() != typ || string(custom.Data) != "hi" {
			t.Errorf("type %v is read as %+v", typ, p.Body)
		}
		if got := marshal(t, p); !bytes.Equal(got, encoded) {
			t.Errorf("type %v is written as %x, was %x", typ, got, encoded)
		}
	}
}

func TestProposalTypes(t *testing.T) {
	types := map[codepoint.ProposalType]bool{}
	for _, p := range messagetest.Proposals() {
		types[p.Type()] = true
		encoded := marshal(t, &p)
		if got := codepoint.ProposalType(encoded[0])<<8 | codepoint.ProposalType(encoded[1]); got != p.Type() {
			t.Errorf("%T is of type %v, on the wire %v", p.Body, p.Type(), got)
		}
	}
	for typ := codepoint.ProposalAdd; typ <= codepoint.ProposalGroupContextExtensions; typ++ {
		if !types[typ] {
			t.Errorf("no proposal is of type %v", typ)
		}
	}
}

func TestProposalWithoutBody(t *testing.T) {
	p := new(message.Proposal)
	if got := p.Type(); got != 0 {
		t.Errorf("type %v", got)
	}
	if encoded, err := syntax.Marshal(p); rule.Of(err) != "rfc9420-12.1-02" {
		t.Errorf("encodes to %x, %v", encoded, err)
	}
}

// Stand-alone structures with one malformed field.
func TestMalformed(t *testing.T) {
	parse := func(v syntax.Unmarshaler) func([]byte) error {
		return func(data []byte) error { return syntax.Unmarshal(data, v) }
	}
	commit, proposal := parse(new(message.Commit)), parse(new(message.Proposal))
	secrets := parse(new(message.GroupSecrets))
	full := messagetest.Commits()[1]
	path := hex.EncodeToString(marshal(t, full.Path))
	for _, c := range []struct {
		name  string
		parse func([]byte) error
		input string
		want  []rule.ID
	}{
		{"type 0 of a ProposalOrRef", commit, "02" + "0000" + "00", []rule.ID{"rfc9420-12.4-09"}},
		{"type 3 of a ProposalOrRef", commit, "02" + "0300" + "00", []rule.ID{"rfc9420-12.4-09"}},
		{"presence 2 of a path", commit, "00" + "02", []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 255 of a path", commit, "00" + "ff", []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 2 before a path", commit, "00" + "02" + path, []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 1 without a path", commit, "00" + "01", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1-01"}},
		{"presence 2 of a path secret", secrets, "016a" + "02" + "0170" + "00", []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 1 without a path secret", secrets, "016a" + "01", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1-01"}},
		{"PSK of type 0", proposal, "0004" + "00" + "00" + "00", []rule.ID{"rfc9420-8.4-04"}},
		{"PSK of type 3", proposal, "0004" + "03" + "00" + "00", []rule.ID{"rfc9420-8.4-04"}},
		{"resumption PSK of usage 0", proposal, "0004" + "02" + "00" + "00" + "0000000000000000" + "00", []rule.ID{"rfc9420-8.4-05"}},
		{"resumption PSK of usage 4", proposal, "0004" + "02" + "04" + "00" + "0000000000000000" + "00", []rule.ID{"rfc9420-8.4-05"}},
		{"proposal_type cut off", proposal, "00", []rule.ID{"rfc9420-2.1-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.parse(unhex(t, c.input)); !slices.Equal(rule.All(err), c.want) {
				t.Errorf("%s: %v, want %v", c.input, err, c.want)
			}
		})
	}
}
