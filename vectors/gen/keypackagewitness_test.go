package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/circl/sign/ed448"
	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A reader takes well-formed input apart. Past the end it reads zeros and says so
// afterwards.
type reader struct {
	data []byte
	at   int
	err  error
}

func (r *reader) take(n int) []byte {
	if r.at+n > len(r.data) {
		r.err = errors.New("the input ends")
		return make([]byte, n)
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *reader) number(size int) uint64 {
	return binary.BigEndian.Uint64(append(make([]byte, 8-size), r.take(size)...))
}

func (r *reader) opaque() []byte {
	first := r.take(1)[0]
	n := int(first & 0x3f)
	for range 1<<(first>>6) - 1 {
		n = n<<8 | int(r.take(1)[0])
	}
	return r.take(n)
}

func (r *reader) types() format.Types {
	var list format.Types
	for content := r.opaque(); len(content) > 0; content = content[2:] {
		list = append(list, binary.BigEndian.Uint16(content))
	}
	return list
}

func (r *reader) extensions() format.Types {
	var list format.Types
	for in := (&reader{data: r.opaque()}); in.at < len(in.data) && r.err == nil; r.err = in.err {
		list = append(list, uint16(in.number(2)))
		in.opaque()
	}
	return list
}

func (r *reader) credential() format.Credential {
	c := format.Credential{Type: uint16(r.number(2))}
	content := r.opaque()
	if c.Type != x509Credential {
		c.Identity = append(format.Hex{}, content...)
		return c
	}
	for in := (&reader{data: content}); in.at < len(in.data) && r.err == nil; r.err = in.err {
		c.Certificates = append(c.Certificates, in.opaque())
	}
	return c
}

// A reading is what a case says, with what was signed and the signatures.
type reading struct {
	fields        format.KeyPackageFields
	bare          []byte
	leafTBS, tbs  []byte
	leafSignature []byte
	signature     []byte
}

func read(t *testing.T, c *format.KeyPackageCase) *reading {
	t.Helper()
	r := &reader{data: c.Bytes}
	if c.Form == format.Message && r.number(4) != mls10<<16|wireKeyPackage {
		t.Fatalf("%s: begins with %x", c.ID, c.Bytes[:4])
	}
	var k reading
	f := &k.fields
	start := r.at
	f.Version, f.CipherSuite, f.InitKey = uint16(r.number(2)), uint16(r.number(2)), r.opaque()
	leaf := r.at
	f.EncryptionKey, f.SignatureKey, f.Credential = r.opaque(), r.opaque(), r.credential()
	f.Capabilities = format.Capabilities{Versions: r.types(), CipherSuites: r.types(), Extensions: r.types(), Proposals: r.types(), Credentials: r.types()}
	if source := r.number(1); source != sourceKeyPackage {
		t.Fatalf("%s: leaf_node_source is %d", c.ID, source)
	}
	f.Lifetime = format.Lifetime{NotBefore: r.number(8), NotAfter: r.number(8)}
	f.LeafExtensions = r.extensions()
	k.leafTBS = r.data[leaf:r.at]
	k.leafSignature = r.opaque()
	f.Extensions = r.extensions()
	k.tbs = r.data[start:r.at]
	k.signature = r.opaque()
	k.bare = r.data[start:r.at]
	f.LastResort = slices.Contains(f.Extensions, lastResort)
	if r.err != nil || r.at != len(r.data) {
		t.Fatalf("%s: %v, %d of %d bytes read", c.ID, r.err, r.at, len(r.data))
	}
	return &k
}

// verifies uses the libraries only.
func (s *suite) verifies(public []byte, label string, tbs, signature []byte) bool {
	message := slices.Concat(vector("MLS 1.0 "+label), vector(tbs))
	switch {
	case s.signature != nil:
		key, err := ecdsa.ParseUncompressedPublicKey(s.signature, public)
		return err == nil && ecdsa.VerifyASN1(key, digest(s.hash, message), signature)
	case s.curve != nil:
		return ed25519.Verify(public, message, signature)
	}
	return ed448.Verify(public, message, signature, "")
}

// Accepted cases say what is expected, and both signatures verify.
func TestAcceptedKeyPackagesHaveAnotherWitness(t *testing.T) {
	cases := madeKeyPackageCases()
	for i := range cases {
		c := &cases[i]
		if c.Result != format.Accept {
			continue
		}
		k, s := read(t, c), suites()[c.Suite-1]
		refInput := slices.Concat(vector("MLS 1.0 KeyPackage Reference"), vector(k.bare))
		k.fields.Reference = digest(s.hash, refInput)
		if diff := cmp.Diff(*c.Expected, k.fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.ID, diff)
		}
		if !s.verifies(k.fields.SignatureKey, "LeafNodeTBS", k.leafTBS, k.leafSignature) {
			t.Errorf("%s: signature of the leaf", c.ID)
		}
		if !s.verifies(k.fields.SignatureKey, "KeyPackageTBS", k.tbs, k.signature) {
			t.Errorf("%s: signature of the KeyPackage", c.ID)
		}
	}
}

// Where the fault is not in the encoding, the suite, the signature key or a
// signature, it was put in before both signatures were made.
func TestFaultyKeyPackagesAreSigned(t *testing.T) {
	elsewhere := func(id rule.ID) bool {
		section, _, _ := strings.Cut(strings.TrimPrefix(string(id), "rfc9420-"), "-")
		switch section {
		case "2.1", "2.1.2", "5.1.2", "6", "17.1":
			return true
		}
		return slices.Contains(ids{
			"rfc9420-5.1.1-02", "rfc9420-5.1.1-03", "rfc9420-7.2-10", "rfc9420-7.3-01", "rfc9420-10-06", "rfc9420-10-08", "rfc9420-10.1-01",
		}, id)
	}
	signed := map[uint16]int{}
	cases := madeKeyPackageCases()
	for i := range cases {
		c := &cases[i]
		if c.Result == format.Accept || slices.ContainsFunc(c.IDs, elsewhere) {
			continue
		}
		signed[c.Suite]++
		k, s := read(t, c), suites()[c.Suite-1]
		if !s.verifies(k.fields.SignatureKey, "LeafNodeTBS", k.leafTBS, k.leafSignature) ||
			!s.verifies(k.fields.SignatureKey, "KeyPackageTBS", k.tbs, k.signature) {
			t.Errorf("%s: a signature does not verify", c.ID)
		}
	}
	for _, s := range suites() {
		if signed[s.number] < 80 {
			t.Errorf("suite %d: %d cases", s.number, signed[s.number])
		}
	}
}

// In accepted chains each certificate is signed by the next one. Of Ed448 the
// library knows only the form.
func TestAcceptedChains(t *testing.T) {
	chains := 0
	for _, c := range madeKeyPackageCases() {
		if c.Expected == nil || c.Expected.Credential.Type != x509Credential {
			continue
		}
		chains++
		var chain []*x509.Certificate
		for _, der := range c.Expected.Credential.Certificates {
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			chain = append(chain, certificate)
		}
		for i := range len(chain) - 1 {
			if !bytes.Equal(chain[i].RawIssuer, chain[i+1].RawSubject) {
				t.Errorf("%s: certificate %d is by %s", c.ID, i, chain[i].Issuer)
			}
			if chain[i].SignatureAlgorithm == x509.UnknownSignatureAlgorithm && (c.Suite == 4 || c.Suite == 6) {
				continue
			}
			if err := chain[i].CheckSignatureFrom(chain[i+1]); err != nil {
				t.Errorf("%s: certificate %d: %v", c.ID, i, err)
			}
		}
	}
	if chains == 0 {
		t.Error("none")
	}
}

// The group of a case is one: the tree has the tree hash of the context, and is
// valid in all that does not depend on the KeyPackage.
func TestGroupsOfKeyPackageCases(t *testing.T) {
	groups := map[string]bool{}
	for _, c := range madeKeyPackageCases() {
		if c.RatchetTree == nil || groups[string(c.RatchetTree)] {
			continue
		}
		groups[string(c.RatchetTree)] = true
		suite, err := ciphersuite.Lookup(codepoint.CipherSuite(c.Suite))
		if err != nil {
			t.Fatal(err)
		}
		var context schedule.GroupContext
		if err := syntax.Unmarshal(c.GroupContext, &context); err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		members, err := tree.Parse(suite, c.RatchetTree)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		if !bytes.Equal(members.Hash(), context.TreeHash) {
			t.Errorf("%s: tree hash %x, and %x in the context", c.ID, members.Hash(), context.TreeHash)
		}
		if err := errors.Join(members.VerifyParentHashes(), members.VerifyUniqueKeys(), members.VerifyLeafSignatures(context.GroupID)); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
	if len(groups) == 0 {
		t.Error("none")
	}
}
