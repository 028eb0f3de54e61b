package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/vectors"
)

// A meeting is a group, and somebody who wants to join it.
type meeting struct {
	suite         *ciphersuite.Suite
	signer        *ciphersuite.SignatureKey
	kp            *keypackage.KeyPackage
	context, tree string // files
}

func newMeeting(t *testing.T) *meeting {
	t.Helper()
	m := &meeting{suite: ciphersuite.All()[0]}
	member := func(o keypackage.Options) (*keypackage.Bundle, *ciphersuite.SignatureKey) {
		signer, err := m.suite.GenerateSignatureKey(rand.Reader)
		must(t, err)
		b, err := keypackage.Build(m.suite, leaf.Basic([]byte("somebody")), signer, o)
		must(t, err)
		return b, signer
	}
	alice, aliceKey := member(keypackage.Options{Capabilities: leaf.Capabilities{Extensions: []codepoint.ExtensionType{0xf00d}}})
	g, err := group.Create(group.Config{}, alice, aliceKey, group.CreateOptions{Extensions: leaf.Extensions{{Type: 0xf00d}}})
	must(t, err)
	bob, key := member(keypackage.Options{Capabilities: leaf.Capabilities{Extensions: []codepoint.ExtensionType{0xf00d}}})
	m.signer, m.kp = key, &bob.KeyPackage

	dir := t.TempDir()
	m.context, m.tree = filepath.Join(dir, "context"), filepath.Join(dir, "tree")
	context, err := syntax.Marshal(g.GroupContext())
	must(t, err)
	must(t, os.WriteFile(m.context, []byte(hex.EncodeToString(context)), 0o600))
	tree, err := g.Tree().Marshal()
	must(t, err)
	must(t, os.WriteFile(m.tree, tree, 0o600))
	return m
}

// sign signs leaf and KeyPackage anew.
func (m *meeting) sign(t *testing.T) {
	t.Helper()
	must(t, m.kp.LeafNode.Sign(m.suite, m.signer, nil, 0))
	must(t, m.kp.Sign(m.suite, m.signer))
}

// validate returns what is found out about the key package, by result.
func (m *meeting) validate(t *testing.T, args ...string) (v validation, byResult map[string][]rule.ID) {
	t.Helper()
	encoded, err := syntax.Marshal(m.kp)
	must(t, err)
	return validated(t, encoded, args...)
}

func validated(t *testing.T, encoded []byte, args ...string) (v validation, byResult map[string][]rule.ID) {
	t.Helper()
	status, stdout, stderr := told(t.Context(), string(encoded), append([]string{"keypackage", "validate", "--json", "--encoding", "binary"}, args...)...)
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("exit status %d: %v: %s%s", status, err, stdout, stderr)
	}
	if v.Valid != (status == 0) || v.Valid != (v.Failed == 0) || !v.Valid && status != statusFailed {
		t.Errorf("exit status %d, valid %v, %d failed: %s", status, v.Valid, v.Failed, stderr)
	}
	byResult = map[string][]rule.ID{}
	for _, r := range v.Rules {
		byResult[r.Result] = append(byResult[r.Result], r.ID)
		if (r.Result == resultPass) != (r.Detail == "") {
			t.Errorf("%s: %s with detail %q", r.ID, r.Result, r.Detail)
		}
		if q, ok := vectors.Lookup(r.ID); !ok || r.Summary != q.Summary || r.Level != q.Level {
			t.Errorf("%s: not what the catalogue says: %s %q", r.ID, r.Level, r.Summary)
		}
	}
	counts := []int{v.Passed, v.Failed, v.Warnings, v.Unchecked}
	for i, result := range []string{resultPass, resultFail, resultWarning, resultUnchecked} {
		if got := len(byResult[result]); got != counts[i] {
			t.Errorf("%s: counted %d, there are %d", result, counts[i], got)
		}
	}
	return v, byResult
}

// With all that there is to say about the group, hardly a rule is left open.
func TestKeypackageValidateForAGroup(t *testing.T) {
	m := newMeeting(t)
	_, got := m.validate(t, "--group-context", m.context, "--ratchet-tree", m.tree, "--max-lifetime", "100d")
	want := []rule.ID{"rfc9420-5.3-03", "rfc9420-5.3-01", "rfc9420-7.3-06", "rfc9420-7.3-02", "rfc9420-5.3.1-01"}
	if diff := cmp.Diff(want, got[resultUnchecked]); diff != "" {
		t.Errorf("not checked (-want +got):\n%s", diff)
	}
	if len(got[resultFail])+len(got[resultWarning]) > 0 {
		t.Errorf("a valid one: %v", got)
	}
}

// Each fault is told by its rule, and the leaf's also by 10.1-03.
func TestKeypackageValidateFaults(t *testing.T) {
	inGroup := func(m *meeting) []string { return []string{"--group-context", m.context, "--ratchet-tree", m.tree} }
	nowhere := func(*meeting) []string { return nil }
	for _, c := range []struct {
		name   string
		change func(t *testing.T, m *meeting)
		args   func(m *meeting) []string
		want   []rule.ID
	}{
		{"signature", func(_ *testing.T, m *meeting) { m.kp.Signature[0] ^= 1 }, nowhere, []rule.ID{"rfc9420-10.1-05"}},
		{"suite", nil, func(*meeting) []string { return []string{"--suite", "3"} }, []rule.ID{"rfc9420-10.1-01"}},
		{"unknown suite", func(t *testing.T, m *meeting) {
			m.kp.CipherSuite = 0xf001
			m.sign(t)
		}, nowhere, []rule.ID{"rfc9420-10.1-01"}},
		{"version", func(t *testing.T, m *meeting) {
			m.kp.Version = 2
			m.sign(t)
		}, nowhere, []rule.ID{"rfc9420-10.1-02"}},
		{"two faults", func(t *testing.T, m *meeting) {
			m.kp.InitKey = m.kp.LeafNode.EncryptionKey
			m.kp.LeafNode.Capabilities.Versions = nil
			m.sign(t)
		}, inGroup, []rule.ID{"rfc9420-10.1-04", "rfc9420-10.1-03", "rfc9420-11.1-01"}},
		{"over", nil, func(*meeting) []string { return []string{"--time", "2060-01-01T00:00:00Z"} }, []rule.ID{"rfc9420-10.1-03", "rfc9420-7.3-05"}},
		{"over, received", nil, func(*meeting) []string { return []string{"--receive", "--time", "2840140800"} }, []rule.ID{"rfc9420-10.1-03", "rfc9420-7.3-06"}},
		{"too long", nil, func(*meeting) []string { return []string{"--max-lifetime", "89d"} }, []rule.ID{"rfc9420-10.1-03", "rfc9420-7.2-07"}},
		{"extension of the group", func(t *testing.T, m *meeting) {
			m.kp.LeafNode.Capabilities.Extensions = nil
			m.kp.LeafNode.Extensions = nil
			m.sign(t)
		}, inGroup, []rule.ID{"rfc9420-10.1-03", "rfc9420-13.4-07"}},
		{"key of a member", func(t *testing.T, m *meeting) {
			m.kp.LeafNode.Capabilities.Credentials = []codepoint.CredentialType{codepoint.CredentialX509}
			m.sign(t)
		}, inGroup, []rule.ID{"rfc9420-10.1-03", "rfc9420-7.2-05", "rfc9420-7.3-04"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMeeting(t)
			if c.change != nil {
				c.change(t, m)
			}
			v, got := m.validate(t, c.args(m)...)
			if diff := cmp.Diff(c.want, got[resultFail]); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
			for _, r := range v.Rules {
				if r.Result == resultFail && !slices.Contains(r.Broken, r.ID) {
					t.Errorf("%s is not among %v", r.ID, r.Broken)
				}
			}
		})
	}
}

// Without a group, and of what does not decode, the same rules are told.
func TestKeypackageValidateListsAllRules(t *testing.T) {
	m := newMeeting(t)
	ids := func(v validation) (ids []rule.ID) {
		for _, r := range v.Rules {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	full, _ := m.validate(t, "--group-context", m.context, "--ratchet-tree", m.tree)
	bare, _ := m.validate(t)
	if diff := cmp.Diff(ids(full), ids(bare)); diff != "" {
		t.Errorf("without a group (-with +without):\n%s", diff)
	}
	encoded, err := syntax.Marshal(m.kp)
	must(t, err)
	cut, got := validated(t, encoded[:len(encoded)-1])
	if diff := cmp.Diff(ids(full), ids(cut)); diff != "" {
		t.Errorf("cut off (-whole +cut off):\n%s", diff)
	}
	if want := []rule.ID{"rfc9420-2.1.2-05"}; !slices.Equal(got[resultFail], want) || len(got[resultPass]) > 0 {
		t.Errorf("cut off: failed %v, passed %v", got[resultFail], got[resultPass])
	}
	m.kp.CipherSuite = 0x0a0a
	unknown, _ := m.validate(t)
	if diff := cmp.Diff(ids(full), ids(unknown)); diff != "" {
		t.Errorf("unknown suite (-known +unknown):\n%s", diff)
	}
}

// What is said to compare a leaf with members is what does that.
func TestKeypackageValidateKnowsTheRulesOfMembers(t *testing.T) {
	m := newMeeting(t)
	v, _ := m.validate(t, "--group-context", m.context, "--ratchet-tree", m.tree)
	var got []rule.ID
	for _, r := range v.Rules {
		if slices.Contains(against, r.ID) {
			got = append(got, r.ID)
		}
	}
	if diff := cmp.Diff(against, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeypackageValidateWarns(t *testing.T) {
	m := newMeeting(t)
	m.kp.Extensions = append(m.kp.Extensions, leaf.Extension{Type: codepoint.ExtensionApplicationID}, leaf.Extension{Type: 0xf0f0})
	m.kp.LeafNode.Capabilities.Proposals = append(m.kp.LeafNode.Capabilities.Proposals, codepoint.ProposalAdd)
	m.sign(t)
	v, got := m.validate(t)
	want := []rule.ID{"rfc9420-17.3-01", "rfc9420-10-09", "rfc9420-7.2-01"}
	if diff := cmp.Diff(want, got[resultWarning]); diff != "" || !v.Valid {
		t.Errorf("valid %v, warnings (-want +got):\n%s", v.Valid, diff)
	}
}

// The signatures are verified over the bytes that came.
func TestKeypackageValidateTakesTheBytesAsTheyCame(t *testing.T) {
	m := newMeeting(t)
	encoded, err := syntax.Marshal(m.kp)
	must(t, err)
	for i := range encoded {
		if i%9 != 0 {
			continue
		}
		changed := bytes.Clone(encoded)
		changed[i] ^= 0x10
		if v, _ := validated(t, changed); v.Valid {
			t.Errorf("valid with another byte %d", i)
		}
	}
}

func TestKeypackageValidateText(t *testing.T) {
	m := newMeeting(t)
	m.kp.Signature[0] ^= 1
	encoded, err := syntax.Marshal(m.kp)
	must(t, err)
	status, stdout, _ := told(t.Context(), hex.EncodeToString(encoded), "keypackage", "validate")
	if status != statusFailed {
		t.Errorf("exit status %d", status)
	}
	for _, line := range []string{
		"\npass         rfc9420-10-03     The init_key is a public key of the KEM",
		"\nnot checked  rfc9420-7.3-09    No two leaves of a group have the same signature key.\n                               no --ratchet-tree is given\n",
		"\nFAIL         rfc9420-10.1-05   The KeyPackage signature verifies",
		"KeyPackage: key package: signature: signature does not verify",
		"\nNOT VALID: ",
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("no %q in\n%s", line, stdout)
		}
	}
}

func TestKeypackageValidateUsage(t *testing.T) {
	m := newMeeting(t)
	encoded, err := syntax.Marshal(m.kp)
	must(t, err)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--ratchet-tree", m.tree}, "--ratchet-tree: its --suite or --group-context is missing"},
		{[]string{"--ratchet-tree", m.context, "--suite", "1"}, "--ratchet-tree: "},
		{[]string{"--group-context", m.tree}, "--group-context: "},
		{[]string{"--group-context", m.context, "--suite", "2"}, "--suite 2: the group context is of MLS_128_DHKEMX25519"},
		{[]string{"--group-context", "nowhere"}, "nowhere: no such file"},
		{[]string{"--suite", "77"}, "there is no such cipher suite"},
		{[]string{"--time", "soon"}, "is no time"},
		{[]string{"--time", "18446744073709551615"}, "--time 18446744073709551615: "},
		{[]string{"nowhere"}, "nowhere: no such file"},
	} {
		status, stdout, stderr := told(t.Context(), string(encoded), append([]string{"keypackage", "validate"}, c.args...)...)
		if status != statusUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit status %d: %s%s", c.args, status, stdout, stderr)
		}
	}
}
