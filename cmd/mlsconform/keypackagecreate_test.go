package main

import (
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

// Private keys are in the store when the key package is written, and nowhere in
// what is printed.
func TestKeypackageCreateKeepsPrivateKeys(t *testing.T) {
	m := newMaker(t)
	file := filepath.Join(m.dir, "out")
	status, stdout, stderr := m.try(t, "--identity", "alice", "--count", "3", "--out", file)
	if status != 0 || stdout != "" || stderr != "mlsconform: new signature key in "+m.signer()+"\n" {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	written, err := os.ReadFile(file)
	must(t, err)
	refs := strings.Fields(output(t, string(written), "keypackage", "ref"))

	s, err := bolt.Open(m.store(), bolt.Options{})
	must(t, err)
	defer s.Close()
	kept, err := s.BundleRefs()
	must(t, err)
	var got []string
	for _, ref := range kept {
		got = append(got, hex.EncodeToString(ref))
		b, err := s.Bundle(ref)
		must(t, err)
		if signer, err := s.SignatureKey(b.KeyPackage.LeafNode.SignatureKey); err != nil || signer == nil {
			t.Errorf("the signature key is not in the store: %v", err)
		}
	}
	slices.Sort(refs)
	if diff := cmp.Diff(refs, got); diff != "" {
		t.Errorf("references (-written +kept):\n%s", diff)
	}
}

// The same signer signs all key packages, of all suites that share its scheme.
func TestKeypackageCreateUsesTheSigner(t *testing.T) {
	m := newMaker(t)
	first := m.one(t, "--identity", "alice")
	for _, suite := range []string{"1", "3"} {
		status, _, stderr := m.try(t, "--identity", "bob", "--suite", suite)
		if status != 0 || stderr != "" {
			t.Errorf("suite %s: exit status %d: %s", suite, status, stderr)
		}
		if k := m.one(t, "--identity", "bob", "--suite", suite); string(k.LeafNode.SignatureKey) != string(first.LeafNode.SignatureKey) {
			t.Errorf("suite %s: another signature key", suite)
		}
	}
	if status, _, stderr := m.try(t, "--identity", "alice", "--suite", "2"); status != statusUsage || !strings.Contains(stderr, "it was made for cipher suite 1") {
		t.Errorf("of another scheme: exit status %d: %s", status, stderr)
	}
}

func TestKeypackageCreateOptions(t *testing.T) {
	m := newMaker(t)
	k := m.one(t,
		"--identity-hex", "00ff41",
		"--suite", "3",
		"--not-before", "2020-01-01T00:00:00Z", "--not-after", "4000000000",
		"--extension", "0xf001=0102", "--extension", "61442", "--last-resort",
		"--leaf-extension", "61443=", "--application-id", "phone",
		"--versions", "1,2", "--cipher-suites", "3", "--cipher-suites", "0x0a0a",
		"--extension-types", "1,0xf00a", "--proposal-types", "1,8,61440", "--credential-types", "1",
		"--no-grease",
	)
	if got := k.LeafNode.Credential.Identity; string(got) != "\x00\xffA" {
		t.Errorf("identity %q", got)
	}
	if k.CipherSuite != 3 || !k.IsLastResort() {
		t.Errorf("suite %v, last resort %v", k.CipherSuite, k.IsLastResort())
	}
	if want := (leaf.Lifetime{NotBefore: 1577836800, NotAfter: 4000000000}); k.LeafNode.Lifetime != want {
		t.Errorf("lifetime %v, want %v", k.LeafNode.Lifetime, want)
	}
	empty := cmpopts.EquateEmpty()
	if diff := cmp.Diff(leaf.Extensions{{Type: 0xf001, Data: []byte{1, 2}}, {Type: 0xf002}, {Type: codepoint.ExtensionLastResort}}, k.Extensions, empty); diff != "" {
		t.Errorf("extensions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(leaf.Extensions{{Type: 0xf003}, {Type: codepoint.ExtensionApplicationID, Data: []byte("\x05phone")}}, k.LeafNode.Extensions, empty); diff != "" {
		t.Errorf("extensions of the leaf (-want +got):\n%s", diff)
	}
	want := leaf.Capabilities{
		Versions:     []codepoint.ProtocolVersion{1, 2},
		CipherSuites: []codepoint.CipherSuite{3, 0x0a0a},
		Extensions:   []codepoint.ExtensionType{0xf00a, 0xf001, 0xf002, codepoint.ExtensionLastResort, 0xf003},
		Proposals:    []codepoint.ProposalType{8, 61440},
		Credentials:  []codepoint.CredentialType{1},
	}
	if diff := cmp.Diff(want, k.LeafNode.Capabilities); diff != "" {
		t.Errorf("capabilities (-want +got):\n%s", diff)
	}
	if k := m.one(t, "--identity", "alice"); len(k.Extensions) != 1 || !codepoint.IsGREASE(uint16(k.Extensions[0].Type)) {
		t.Errorf("extensions by default are %v, want one of a reserved type", k.Extensions)
	}
}

func TestKeypackageCreateWarns(t *testing.T) {
	m := newMaker(t)
	m.create(t, "--identity", "alice")
	status, _, stderr := m.try(t, "--identity", "alice", "--extension", "1=0161", "--count", "2")
	want := "mlsconform: warning: extension application_id in a KeyPackage: its place is the LeafNode [rfc9420-17.3-01]\n"
	if status != 0 || stderr != want {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}

func TestKeypackageCreateX509(t *testing.T) {
	authority := leaftest.NewAuthority(t)
	for _, suite := range ciphersuite.All() {
		m := newMaker(t)
		n := string(rune('0' + suite.ID()))
		chainFile := filepath.Join(m.dir, "chain.pem")
		must(t, os.WriteFile(chainFile, nil, 0o600))
		if status, _, stderr := m.try(t, "--x509", chainFile, "--suite", n); status != statusUsage || !strings.Contains(stderr, "no certificate in PEM") {
			t.Errorf("suite %s: exit status %d: %s", n, status, stderr)
		}
		signatureKey := m.one(t, "--identity", "alice", "--suite", n).LeafNode.SignatureKey
		chain := authority.Chain(t, suite, signatureKey)
		writeChain(t, chainFile, chain)
		k := m.one(t, "--x509", chainFile, "--suite", n)
		if !k.LeafNode.Credential.Equal(&chain) {
			t.Errorf("suite %s: another credential: %v", n, k.LeafNode.Credential)
		}

		other := newMaker(t)
		if status, _, stderr := other.try(t, "--x509", chainFile, "--suite", n); status != statusUsage || !strings.Contains(stderr, "signer.json: no such file") {
			t.Errorf("suite %s, without a signer: exit status %d: %s", n, status, stderr)
		}
		other.create(t, "--identity", "bob", "--suite", n)
		if status, _, stderr := other.try(t, "--x509", chainFile, "--suite", n); status != statusUsage || !strings.Contains(stderr, "[rfc9420-5.3-01]") {
			t.Errorf("suite %s, with another signer: exit status %d: %s", n, status, stderr)
		}
		if kept := bundlesIn(t, other.store()); kept != 1 {
			t.Errorf("suite %s: %d bundles are kept, one was written", n, kept)
		}
	}
}

func writeChain(t *testing.T, path string, chain leaf.Credential) {
	t.Helper()
	text := []byte("a comment\n")
	for _, c := range chain.Certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Data})...)
	}
	must(t, os.WriteFile(path, text, 0o600))
}

func bundlesIn(t *testing.T, path string) int {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	must(t, err)
	defer s.Close()
	refs, err := s.BundleRefs()
	must(t, err)
	return len(refs)
}

// What would be over already, or has not begun, is not made.
func TestKeypackageCreateLifetimes(t *testing.T) {
	m := newMaker(t)
	for _, args := range [][]string{
		{"--not-before", "1", "--not-after", "2"},
		{"--not-before", "2500-01-01T00:00:00Z", "--not-after", "2501-01-01T00:00:00Z"},
		{"--lifetime=-2h"},
	} {
		status, stdout, stderr := m.try(t, append(args, "--identity", "alice")...)
		if status != statusUsage || stdout != "" || !strings.Contains(stderr, "lifetime does not cover the present time") {
			t.Errorf("%q: exit status %d: %s%s", args, status, stdout, stderr)
		}
	}
}

// Without a place for the private keys nothing is written.
func TestKeypackageCreateNeedsTheStore(t *testing.T) {
	m := newMaker(t)
	must(t, os.WriteFile(m.store(), []byte("something else"), 0o600))
	status, stdout, stderr := m.try(t, "--identity", "alice")
	if status != statusUsage || stdout != "" || !strings.Contains(stderr, "--store: ") {
		t.Errorf("exit status %d: %s%s", status, stdout, stderr)
	}
}
