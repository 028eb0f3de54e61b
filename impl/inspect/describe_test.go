package inspect_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// root decodes an object of a type.
func (w *world) root(t *testing.T, typ string, v syntax.Marshaler) *inspect.Node {
	t.Helper()
	r := read(t, w.encode(v), typ)
	if len(r.Readings) == 0 {
		t.Fatalf("does not decode: %v", r.Partial.Failure)
	}
	return r.Readings[0].Root
}

func TestLifetimes(t *testing.T) {
	w := newWorld(t)
	const day = 24 * 60 * 60
	present := uint64(now().Unix())
	for _, tt := range []struct {
		notBefore, notAfter uint64
		span, note          string
	}{
		{present - day, present + day, "2 days", "in force"},
		{present, present + day + 3*3600, "1 day 3 h", "in force"},
		{present - 90, present - 30, "1m0s", "expired 30s ago"},
		{0, present - 40*day, "55.9 years", "expired 40 days ago"},
		{present + 1, math.MaxUint64, "more than 8000 years", "not yet in force"},
		{present + 1, present, "", "ends before it begins"},
	} {
		n := w.root(t, "lifetime", &leaf.Lifetime{NotBefore: tt.notBefore, NotAfter: tt.notAfter})
		if n.Text != tt.span || n.Note != tt.note {
			t.Errorf("%d to %d: %q, %q, want %q, %q", tt.notBefore, tt.notAfter, n.Text, n.Note, tt.span, tt.note)
		}
	}
	n := w.root(t, "lifetime", &leaf.Lifetime{NotBefore: 1 << 40, NotAfter: 1 << 40})
	if got, want := n.Children[0].Text, "after the year 9999"; got != want {
		t.Errorf("not_before: %q, want %q", got, want)
	}
}

func TestCodePoints(t *testing.T) {
	w := newWorld(t)
	n := w.root(t, "capabilities", &leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{codepoint.MLS10, 0x0a0a, 0xff00},
		CipherSuites: []codepoint.CipherSuite{0, 7, 0x1a1a, 0x0100, 0xefff, 0xf000},
	})
	want := [][]inspect.Value{
		{{Number: 1, Name: "mls10"}, {Number: 0x0a0a, Note: "unknown"}, {Number: 0xff00, Note: "unknown"}},
		{
			{Number: 0, Note: "reserved"},
			{Number: 7, Name: "MLS_256_DHKEMP384_AES256GCM_SHA384_P384"},
			{Number: 0x1a1a, Note: "GREASE"},
			{Number: 0x0100, Note: "unknown"},
			{Number: 0xefff, Note: "unknown"},
			{Number: 0xf000, Note: "private use"},
		},
	}
	got := [][]inspect.Value{n.Children[0].Values, n.Children[1].Values}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIdentities(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		credential leaf.Credential
		want       string
	}{
		{leaf.Basic([]byte("Zoë")), `"Zoë"`},
		{leaf.Basic([]byte{0xff, 0}), "ff00"},
		{leaf.Basic([]byte("tab\t")), "74616209"},
		{leaf.Basic(w.hash("identity")), hexOf(w.hash("identity"))[:20] + "..."},
		{w.certified().Credential, "CN=Frank,O=Example"},
		{leaf.Credential{Type: codepoint.CredentialX509}, "no certificate"},
		{leaf.Credential{Type: codepoint.CredentialX509, Certificates: []leaf.Certificate{{Data: []byte("paper")}}}, "no X.509 certificate"},
		{leaf.Credential{Type: 0x0a0a}, "credential of type GREASE(0x0a0a)"},
	} {
		n := w.leaf("alice")
		n.Credential = tt.credential
		if got := w.root(t, "leaf-node", n).Text; got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.credential, got, tt.want)
		}
	}
}

func TestRepeatedExtension(t *testing.T) {
	w := newWorld(t)
	k := w.keyPackage("alice")
	k.Extensions = append(k.Extensions, k.Extensions...)
	n := w.root(t, "key-package", k).Children[4]
	if got, want := n.Note, "last_resort_key_package occurs twice"; got != want {
		t.Errorf("the remark on the extensions is %q, want %q", got, want)
	}
}

func TestCertificateKeys(t *testing.T) {
	w := newWorld(t)
	w.suite = ciphersuite.All()[1]
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), w.signer("frank").Private())
	w.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Frank"}}
	der, err := x509.CreateCertificate(newStream("certificate"), template, template, key.Public(), key)
	w.must(err)
	derived := w.root(t, "certificate", &leaf.Certificate{Data: der}).Derived
	if got, want := derived[len(derived)-1].Text, "ECDSA P-256"; got != want {
		t.Errorf("key: %s, want %s", got, want)
	}
}
