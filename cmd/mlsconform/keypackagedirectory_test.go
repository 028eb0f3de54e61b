package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What one publishes, another claims, once.
func TestKeypackagePublishAndClaim(t *testing.T) {
	c, stop := serveDirectory(t, "--db", filepath.Join(t.TempDir(), "db"))
	defer stop()
	for _, suite := range []string{"1", "5"} {
		m := newMaker(t)
		made := m.create(t, "--identity", "alice", "--suite", suite, "--count", "2")
		key := m.one(t, "--identity", "alice", "--suite", suite).LeafNode.SignatureKey
		last := filepath.Join(m.dir, "last")
		m.create(t, "--identity", "alice", "--suite", suite, "--last-resort", "--encoding", "binary", "--form", "struct", "--out", last)
		publish := func(stdin string, args ...string) (int, string, string) {
			return told(t.Context(), stdin, append([]string{"keypackage", "publish", "--url", c.URL, "--signer", m.signer()}, args...)...)
		}

		status, stdout, stderr := publish(made, "-", last)
		if want := "3 published, 0 withdrawn; now there: 2, of last resort: 1, not yet in force: 0\n"; status != 0 || stdout != want {
			t.Fatalf("suite %s: exit status %d: %s%s", suite, status, stdout, stderr)
		}
		fresh := map[string]bool{}
		for ref := range strings.Lines(output(t, made, "keypackage", "ref")) {
			fresh[ref] = true
		}
		claim := []string{"keypackage", "claim", "--url", c.URL, "--suite", suite}
		byKey, bySigner := append(claim, "--signature-key", hex.EncodeToString(key)), append(claim, "--signer", m.signer(), "--form", "struct", "--encoding", "hex")
		for _, args := range [][]string{byKey, bySigner} {
			status, claimed, stderr := told(t.Context(), "", args...)
			if status != 0 || stderr != "" {
				t.Fatalf("suite %s: exit status %d: %s", suite, status, stderr)
			}
			output(t, claimed, "keypackage", "validate", "--suite", suite)
			ref := output(t, claimed, "keypackage", "ref")
			if !fresh[ref] {
				t.Errorf("suite %s: claimed %s, of %v", suite, ref, fresh)
			}
			delete(fresh, ref)
		}
		out := filepath.Join(m.dir, "claimed")
		status, stdout, stderr = told(t.Context(), "", append(byKey, "--out", out, "--encoding", "binary", "--form", "struct")...)
		if status != 0 || stdout != "" || !strings.Contains(stderr, "this is the last resort") {
			t.Errorf("suite %s: exit status %d: %s%s", suite, status, stdout, stderr)
		}
		got, err := os.ReadFile(out)
		must(t, err)
		want, err := os.ReadFile(last)
		must(t, err)
		if string(got) != string(want) {
			t.Errorf("suite %s: another key package is claimed", suite)
		}

		ref := strings.TrimSpace(output(t, "", "keypackage", "ref", last))
		if status, stdout, stderr := publish("", "--withdraw", ref, "--suite", suite); status != 0 || !strings.HasPrefix(stdout, "0 published, 1 withdrawn;") {
			t.Errorf("suite %s: exit status %d: %s%s", suite, status, stdout, stderr)
		}
		if status, stdout, stderr := told(t.Context(), "", byKey...); status != statusFailed || stdout != "" || !strings.Contains(stderr, "no key package to hand out") {
			t.Errorf("suite %s: exit status %d: %s%s", suite, status, stdout, stderr)
		}
		if status, stdout, _ := publish("", "--withdraw-all", "--suite", suite); status != 0 || !strings.HasPrefix(stdout, "0 published, 0 withdrawn;") {
			t.Errorf("suite %s: exit status %d: %s", suite, status, stdout)
		}
	}
}

// What the directory refuses is a failure; what cannot be asked is wrong usage.
func TestKeypackagePublishRefused(t *testing.T) {
	c, stop := serveDirectory(t, "--db", filepath.Join(t.TempDir(), "db"))
	defer stop()
	m, other := newMaker(t), newMaker(t)
	made, foreign := m.create(t, "--identity", "alice"), other.create(t, "--identity", "mallory")
	old := m.create(t, "--identity", "alice", "--not-before", "0", "--not-after", "4000000000")
	p256 := newMaker(t).create(t, "--identity", "alice", "--suite", "2")
	for _, c := range []struct {
		name, stdin string
		args        []string
		status      int
		says        string
	}{
		{"another's key package", foreign, []string{"--url", c.URL}, statusFailed, "refused: "},
		{"too long a lifetime", old, []string{"--url", c.URL}, statusFailed, "[rfc9420-7.2-07]"},
		{"another directory's name", made, []string{"--url", c.URL, "--audience", "elsewhere"}, statusFailed, "meant for another directory"},
		{"no key package", "0001", []string{"--url", c.URL}, statusFailed, "not a key package"},
		{"two suites", made + p256, []string{"--url", c.URL}, statusUsage, "publish them one suite at a time"},
		{"no directory there", made, []string{"--url", "http://127.0.0.1:1"}, statusUsage, "connection refused"},
		{"no URL", made, []string{"--url", "elsewhere"}, statusUsage, "is not the URL of a directory"},
		{"no signer", made, []string{"--url", c.URL, "--signer", "nowhere"}, statusUsage, "nowhere: no such file"},
		{"reference without hex", made, []string{"--url", c.URL, "--withdraw", "x"}, statusUsage, "--withdraw"},
	} {
		args := append([]string{"keypackage", "publish", "--signer", m.signer()}, c.args...)
		if status, stdout, stderr := told(t.Context(), c.stdin, args...); status != c.status || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit status %d, want %d: %s%s", c.name, status, c.status, stdout, stderr)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--url", c.URL, "--signature-key", "00"}, statusFailed, "refused: "},
		{[]string{"--url", c.URL, "--signature-key", "zz"}, statusUsage, "--signature-key"},
		{[]string{"--url", c.URL}, statusUsage, "--signature-key=HEX or --signer=FILE"},
		{[]string{"--url", c.URL, "--signer", "nowhere"}, statusUsage, "nowhere: no such file"},
		{[]string{"--url", c.URL, "--signer", m.signer(), "--suite", "9"}, statusUsage, "no such cipher suite"},
		{[]string{"--url", "http://127.0.0.1:1", "--signature-key", "00"}, statusUsage, "connection refused"},
	} {
		if status, stdout, stderr := told(t.Context(), "", append([]string{"keypackage", "claim"}, c.args...)...); status != c.status || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("claim %q: exit status %d, want %d: %s%s", c.args, status, c.status, stdout, stderr)
		}
	}
}
