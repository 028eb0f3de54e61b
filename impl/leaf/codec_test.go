package leaf_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func marshal(t testing.TB, v syntax.Marshaler) []byte {
	t.Helper()
	encoded, err := syntax.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func certificates() []leaf.Certificate {
	return []leaf.Certificate{{}, {Data: []byte("certificate")}}
}

func lifetimes() []leaf.Lifetime {
	return []leaf.Lifetime{{}, {NotBefore: 1, NotAfter: 1<<64 - 1}}
}

func requiredCapabilities() []leaf.RequiredCapabilities {
	return []leaf.RequiredCapabilities{{}, {
		ExtensionTypes:  []extensionType{private},
		ProposalTypes:   []codepoint.ProposalType{private, private + 1},
		CredentialTypes: []credentialType{codepoint.CredentialX509},
	}}
}

func externalPubs() []leaf.ExternalPub {
	return []leaf.ExternalPub{{}, {ExternalPub: []byte("key")}}
}

func externalSenders() leaf.ExternalSenders {
	var list leaf.ExternalSenders
	for _, c := range leaftest.Credentials() {
		list = append(list, leaf.ExternalSender{SignatureKey: []byte("key"), Credential: c})
	}
	return append(list, leaf.ExternalSender{Credential: leaf.Basic(nil)})
}

func TestCodecs(t *testing.T) {
	syntaxtest.Codec(t, leaftest.Credentials()...)
	syntaxtest.Codec(t, certificates()...)
	syntaxtest.Codec(t, leaftest.Capabilities()...)
	syntaxtest.Codec(t, requiredCapabilities()...)
	syntaxtest.Codec(t, lifetimes()...)
	syntaxtest.Codec(t, leaftest.ExtensionLists(t)...)
	syntaxtest.Codec(t, leaftest.ExtensionLists(t)[2]...)
	syntaxtest.Codec(t, externalPubs()...)
	syntaxtest.Codec(t, externalSenders()...)
	syntaxtest.Codec(t, externalSenders(), leaf.ExternalSenders{})
	syntaxtest.Codec(t, leaftest.Nodes()...)
}

func FuzzCredential(f *testing.F)   { syntaxtest.FuzzCodec(f, leaftest.Credentials()...) }
func FuzzCertificate(f *testing.F)  { syntaxtest.FuzzCodec(f, certificates()...) }
func FuzzCapabilities(f *testing.F) { syntaxtest.FuzzCodec(f, leaftest.Capabilities()...) }
func FuzzLifetime(f *testing.F)     { syntaxtest.FuzzCodec(f, lifetimes()...) }
func FuzzExtension(f *testing.F)    { syntaxtest.FuzzCodec(f, leaftest.ExtensionLists(f)[2][:3]...) }
func FuzzExtensions(f *testing.F)   { syntaxtest.FuzzCodec(f, leaftest.ExtensionLists(f)...) }
func FuzzExternalPub(f *testing.F)  { syntaxtest.FuzzCodec(f, externalPubs()...) }
func FuzzLeafNode(f *testing.F)     { syntaxtest.FuzzCodec(f, leaftest.Nodes()...) }

func FuzzRequiredCapabilities(f *testing.F) {
	syntaxtest.FuzzCodec(f, requiredCapabilities()...)
}

func FuzzExternalSender(f *testing.F)  { syntaxtest.FuzzCodec(f, externalSenders()...) }
func FuzzExternalSenders(f *testing.F) { syntaxtest.FuzzCodec(f, externalSenders()) }

// The order and the width of every field, written down by hand.
func TestLeafNodeBytes(t *testing.T) {
	const (
		keys       = "0161" + "0162"
		credential = "0001" + "0163"
		lists      = "020001" + "020003" + "02f001" + "02f002" + "020002"
		extensions = "04" + "000a" + "0164"
		signature  = "0165"
	)
	n := leaf.LeafNode{
		EncryptionKey: []byte("a"),
		SignatureKey:  []byte("b"),
		Credential:    leaf.Basic([]byte("c")),
		Capabilities: leaf.Capabilities{
			Versions:     []codepoint.ProtocolVersion{1},
			CipherSuites: []codepoint.CipherSuite{3},
			Extensions:   []extensionType{0xf001},
			Proposals:    []codepoint.ProposalType{0xf002},
			Credentials:  []credentialType{2},
		},
		Lifetime:   leaf.Lifetime{NotBefore: 1, NotAfter: 0x0203},
		ParentHash: []byte("f"),
		Extensions: leaf.Extensions{{Type: 10, Data: []byte("d")}},
		Signature:  []byte("e"),
	}
	for _, c := range []struct {
		source leaf.LeafNodeSource
		middle string // what belongs to the source
		place  string // what the signature covers besides
	}{
		{leaf.SourceKeyPackage, "01" + "0000000000000001" + "0000000000000203", ""},
		{leaf.SourceUpdate, "02", "0167" + "01020304"},
		{leaf.SourceCommit, "03" + "0166", "0167" + "01020304"},
	} {
		t.Run(c.source.String(), func(t *testing.T) {
			n.Source = c.source
			want := keys + credential + lists + c.middle + extensions
			if got := marshal(t, &n); !bytes.Equal(got, unhex(t, want+signature)) {
				t.Errorf("LeafNode is %x,\nwant %s", got, want+signature)
			}
			tbs := &leaf.LeafNodeTBS{LeafNode: &n, GroupID: []byte("g"), LeafIndex: 0x01020304}
			if got := marshal(t, tbs); !bytes.Equal(got, unhex(t, want+c.place)) {
				t.Errorf("LeafNodeTBS is %x,\nwant %s", got, want+c.place)
			}
		})
	}
}

func TestCredentialBytes(t *testing.T) {
	for want, c := range map[string]leaf.Credential{
		"0001" + "0161": leaf.Basic([]byte("a")),
		"0002" + "05" + "0161" + "026263": {
			Type:         codepoint.CredentialX509,
			Certificates: []leaf.Certificate{{Data: []byte("a")}, {Data: []byte("bc")}},
		},
		"f001" + "0161": {Type: private, Unknown: []byte("a")},
	} {
		if got := marshal(t, &c); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%v credential is %x, want %s", c.Type, got, want)
		}
	}
}

func TestSourcesThatAreRefused(t *testing.T) {
	for _, source := range []byte{0, 4, 255} {
		n := leaftest.Nodes()[1] // source update, which adds no field
		encoded := marshal(t, &n)
		at := bytes.LastIndexByte(encoded, byte(leaf.SourceUpdate))
		encoded[at] = source
		if _, err := syntax.Parse[leaf.LeafNode](encoded); rule.Of(err) != "rfc9420-7.2-10" {
			t.Errorf("leaf_node_source %d: %v", source, err)
		}
		n.Source = leaf.LeafNodeSource(source)
		if _, err := syntax.Marshal(&n); rule.Of(err) != "rfc9420-7.2-10" {
			t.Errorf("leaf_node_source %d is encoded: %v", source, err)
		}
	}
}

// Vectors whose length does not end with an element, inside a structure whose
// other fields are whole (RFC 9420, Section 2.1.2).
func TestCapabilitiesOfOddLength(t *testing.T) {
	for name, encoded := range map[string]string{
		"versions":      "03000100" + "00" + "00" + "00" + "00",
		"cipher_suites": "00" + "03000100" + "00" + "00" + "00",
		"extensions":    "00" + "00" + "01f0" + "00" + "00",
		"proposals":     "00" + "00" + "00" + "01f0" + "00",
		"credentials":   "00" + "00" + "00" + "00" + "03000100",
	} {
		if _, err := syntax.Parse[leaf.Capabilities](unhex(t, encoded)); rule.Of(err) != "rfc9420-2.1.2-06" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A list of extensions is read in place of what was there.
func TestExtensionsForgetTheOldValue(t *testing.T) {
	list := leaf.Extensions{{Type: private}}
	s := cryptobyte.String{0}
	if err := list.UnmarshalMLS(&s); err != nil || len(list) > 0 {
		t.Errorf("an empty list is read as %v, %v", list, err)
	}
}

func TestContentOfExtensions(t *testing.T) {
	required := requiredCapabilities()[1]
	senders := externalSenders()
	data := map[extensionType][]byte{
		codepoint.ExtensionRequiredCapabilities: marshal(t, &required),
		codepoint.ExtensionExternalPub:          unhex(t, "03"+"6b6579"),
		codepoint.ExtensionExternalSenders:      marshal(t, &senders),
	}
	read := func(e leaf.Extensions) error {
		gotRequired, err := e.RequiredCapabilities()
		if err != nil {
			return err
		}
		gotPub, err := e.ExternalPub()
		if err != nil {
			return err
		}
		gotSenders, err := e.ExternalSenders()
		if err != nil {
			return err
		}
		if len(e) == 0 && (gotRequired != nil || gotPub != nil || gotSenders != nil) {
			t.Error("extensions are found in an empty list")
		}
		if len(e) == len(data) && (!slices.Equal(gotRequired.ProposalTypes, required.ProposalTypes) ||
			string(gotPub.ExternalPub) != "key" || len(gotSenders) != len(senders)) {
			t.Errorf("read %v, %v, %v", gotRequired, gotPub, gotSenders)
		}
		return nil
	}
	if err := read(nil); err != nil {
		t.Errorf("no extension: %v", err)
	}
	var all leaf.Extensions
	for typ, content := range data {
		all = append(all, leaf.Extension{Type: typ, Data: content})
	}
	if err := read(all); err != nil {
		t.Errorf("all extensions: %v", err)
	}
	for typ, content := range data {
		t.Run(typ.String(), func(t *testing.T) {
			trailing := leaf.Extension{Type: typ, Data: append(bytes.Clone(content), 0)}
			if err := read(leaf.Extensions{trailing}); !slices.Contains(rule.All(err), "rfc9420-2.1-02") {
				t.Errorf("a byte behind the content: %v", err)
			}
			for n := range content {
				err := read(leaf.Extensions{{Type: typ, Data: content[:n]}})
				ids := rule.All(err)
				if len(ids) == 0 {
					t.Errorf("%d of %d bytes: %v", n, len(content), err)
				}
				if typ == codepoint.ExtensionExternalSenders && !slices.Contains(ids, "rfc9420-12.1.8.1-01") {
					t.Errorf("%d of %d bytes: %v, want rfc9420-12.1.8.1-01", n, len(content), err)
				}
			}
		})
	}
}

func TestEncodeRefusesWhatHasNoEncoding(t *testing.T) {
	if e, err := leaf.Encode(private, &leaf.LeafNode{}); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("Encode = %v, %v", e, err)
	}
}

func TestSourceNames(t *testing.T) {
	for want, s := range map[string]leaf.LeafNodeSource{
		"key_package": leaf.SourceKeyPackage, "update": leaf.SourceUpdate, "commit": leaf.SourceCommit, "LeafNodeSource(4)": 4,
	} {
		if got := s.String(); got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
	}
}
