package keypackage_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// values returns KeyPackages that decode; whether they are valid is another
// question.
func values(t testing.TB) []keypackage.KeyPackage {
	t.Helper()
	list := []keypackage.KeyPackage{
		*newWorld(t, suite1(t)).kp,
		*newWorld(t, lookup(t, 5)).kp,
		{Version: 0xffff, CipherSuite: 0x0a0a, LeafNode: leaf.LeafNode{Source: leaf.SourceKeyPackage}},
	}
	for _, n := range leaftest.Nodes() {
		list = append(list, keypackage.KeyPackage{
			Version:     codepoint.MLS10,
			CipherSuite: codepoint.X25519AES128GCMSHA256Ed25519,
			InitKey:     []byte("init key"),
			LeafNode:    n,
			Extensions:  leaf.Extensions{{Type: private, Data: []byte("data")}, {Type: codepoint.ExtensionLastResort}},
			Signature:   []byte("signature"),
		})
	}
	return list
}

func tbs(t testing.TB) []keypackage.TBS {
	t.Helper()
	var list []keypackage.TBS
	for _, k := range values(t) {
		k.Signature = nil // which is no part of it
		list = append(list, keypackage.TBS(k))
	}
	return list
}

func TestCodecs(t *testing.T) {
	syntaxtest.Codec(t, values(t)...)
	syntaxtest.Codec(t, tbs(t)...)
}

func FuzzKeyPackage(f *testing.F) { syntaxtest.FuzzCodec(f, values(f)...) }
func FuzzTBS(f *testing.F)        { syntaxtest.FuzzCodec(f, tbs(f)...) }

// The order and the width of every field, written down by hand.
func TestBytes(t *testing.T) {
	const (
		head       = "0001" + "0003" + "0169"
		leafNode   = "0165" + "0173" + "0001" + "0161" + "0000000000" + "02" + "00" + "0171"
		extensions = "03" + "f001" + "00"
		signature  = "017a"
	)
	k := keypackage.KeyPackage{
		Version:     1,
		CipherSuite: 3,
		InitKey:     []byte("i"),
		LeafNode: leaf.LeafNode{
			EncryptionKey: []byte("e"),
			SignatureKey:  []byte("s"),
			Credential:    leaf.Basic([]byte("a")),
			Source:        leaf.SourceUpdate,
			Signature:     []byte("q"),
		},
		Extensions: leaf.Extensions{{Type: private}},
		Signature:  []byte("z"),
	}
	if got, want := hex.EncodeToString(marshal(t, &k)), head+leafNode+extensions+signature; got != want {
		t.Errorf("KeyPackage is %s,\nwant %s", got, want)
	}
	if got, want := hex.EncodeToString(marshal(t, (*keypackage.TBS)(&k))), head+leafNode+extensions; got != want {
		t.Errorf("KeyPackageTBS is %s,\nwant %s", got, want)
	}
}

// A longer header than needed is refused while decoding, so that it does not
// matter what the signature covers (RFC 9420, Section 2.1.2).
func TestLengthsAreMinimal(t *testing.T) {
	encoded := marshal(t, newWorld(t, suite1(t)).kp)
	if encoded[4] != 32 {
		t.Fatalf("the header of init_key is %#x", encoded[4])
	}
	long := append(bytes.Clone(encoded[:4]), 0x40, 32)
	long = append(long, encoded[5:]...)
	if _, err := syntax.Parse[keypackage.KeyPackage](long); rule.Of(err) != "rfc9420-2.1.2-02" {
		t.Errorf("header of init_key in two bytes: %v", err)
	}
}

func TestRef(t *testing.T) {
	refs := map[string]bool{}
	for _, id := range []codepoint.CipherSuite{1, 2, 3, 4, 5, 6, 7} {
		w := newWorld(t, lookup(t, id))
		ref, err := w.kp.Ref()
		if err != nil {
			t.Fatal(err)
		}
		want := w.suite.RefHash("MLS 1.0 KeyPackage Reference", marshal(t, w.kp))
		if !bytes.Equal(ref, want) || len(ref) != w.suite.HashSize() {
			t.Errorf("suite %d: Ref = %x, want %x", id, ref, want)
		}
		refs[string(ref)] = true
		w.kp.Signature = leaftest.Flipped(w.suite, w.kp.Signature)
		other, err := w.kp.Ref()
		if err != nil {
			t.Fatal(err)
		}
		refs[string(other)] = true
	}
	if len(refs) != 14 {
		t.Errorf("14 KeyPackages have %d references", len(refs))
	}
}

func TestRefRefuses(t *testing.T) {
	k := values(t)[0]
	for _, id := range []codepoint.CipherSuite{0, 8, 0x0a0a, 0xf001} {
		k.CipherSuite = id
		if ref, err := k.Ref(); rule.Of(err) != "rfc9420-17.1-03" {
			t.Errorf("suite %v: %x, %v", id, ref, err)
		}
	}
	k.CipherSuite = 1
	k.LeafNode.Source = 0
	if ref, err := k.Ref(); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("without an encoding: %x, %v", ref, err)
	}
}
