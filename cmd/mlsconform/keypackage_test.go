package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// told runs a command and returns all that it says.
func told(ctx context.Context, stdin string, args ...string) (status int, stdout, stderr string) {
	var out, diagnostics bytes.Buffer
	status = run(ctx, args, strings.NewReader(stdin), &out, &diagnostics)
	return status, out.String(), diagnostics.String()
}

// A maker makes key packages with a signer and a store of its own.
type maker struct{ dir string }

func newMaker(t *testing.T) *maker { return &maker{t.TempDir()} }

func (m *maker) signer() string { return filepath.Join(m.dir, "signer.json") }
func (m *maker) store() string  { return filepath.Join(m.dir, "store.db") }

// try runs keypackage create.
func (m *maker) try(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return told(t.Context(), "", append([]string{"keypackage", "create", "--signer", m.signer(), "--store", m.store()}, args...)...)
}

// create runs keypackage create, which has to succeed, and returns what it
// writes.
func (m *maker) create(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := m.try(t, args...)
	if status != 0 {
		t.Fatalf("create %q: exit status %d: %s", args, status, stderr)
	}
	return stdout
}

// one makes one key package and reads it.
func (m *maker) one(t *testing.T, args ...string) *keypackage.KeyPackage {
	t.Helper()
	k, err := framing.ParseKeyPackage([]byte(m.create(t, append(args, "--encoding", "binary")...)))
	must(t, err)
	return k
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What create writes in any form and encoding, the others read.
func TestKeypackageFormsAndEncodings(t *testing.T) {
	for _, suite := range ciphersuite.All() {
		n := string(rune('0' + suite.ID()))
		m := newMaker(t)
		for _, form := range []string{"message", "struct"} {
			for _, encoding := range []string{"base64", "hex", "binary"} {
				name := n + " " + form + " " + encoding
				made := m.create(t, "--identity", "alice", "--suite", n, "--form", form, "--encoding", encoding)
				ref := output(t, made, "keypackage", "ref")
				for _, args := range [][]string{
					{"keypackage", "ref", "-", "--form", form, "--encoding", encoding},
					{"keypackage", "inspect", "--full"},
					{"keypackage", "inspect", "--json"},
					{"keypackage", "validate", "--suite", n},
					{"keypackage", "validate", "--suite", n, "--json", "-"},
				} {
					if got := output(t, made, args...); !strings.Contains(got, strings.TrimSpace(ref)) {
						t.Errorf("%s: %q does not show the reference %s:\n%s", name, args, ref, got)
					}
				}
				file := filepath.Join(m.dir, "made")
				m.create(t, "--identity", "alice", "--suite", n, "--form", form, "--encoding", encoding, "--out", file)
				if got := output(t, "", "keypackage", "ref", file); len(got) != len(ref) || got == ref {
					t.Errorf("%s: references %s and %s", name, got, ref)
				}
			}
		}
	}
}

// Several key packages stand one on each line.
func TestKeypackageCount(t *testing.T) {
	m := newMaker(t)
	for _, encoding := range []string{"base64", "hex"} {
		made := m.create(t, "--identity", "alice", "--count", "5", "--encoding", encoding)
		refs := map[string]bool{}
		for ref := range strings.Lines(output(t, made, "keypackage", "ref")) {
			refs[ref] = true
		}
		if len(refs) != 5 {
			t.Errorf("%s: %d different references", encoding, len(refs))
		}
		if got := strings.Count(output(t, made, "keypackage", "inspect"), "KeyPackageRef"); got != 5 {
			t.Errorf("%s: inspect shows %d", encoding, got)
		}
		if got := strings.Count(output(t, made, "keypackage", "validate"), "\nvalid: "); got != 5 {
			t.Errorf("%s: %d are valid", encoding, got)
		}
		// One that is cut off is told by its place.
		lines := strings.Split(made, "\n")
		lines[3] = lines[3][:100]
		status, _, stderr := told(t.Context(), strings.Join(lines, "\n"), "keypackage", "ref")
		if status != statusFailed || !strings.Contains(stderr, "standard input, key package 4: ") {
			t.Errorf("%s: exit status %d: %s", encoding, status, stderr)
		}
		if status, _, _ := told(t.Context(), strings.Join(lines, "\n"), "keypackage", "inspect"); status != statusFailed {
			t.Errorf("%s: inspect: exit status %d", encoding, status)
		}
	}
}

// A text that is broken into lines is still one key package.
func TestKeypackageInLines(t *testing.T) {
	made := newMaker(t).create(t, "--identity", "alice")
	var broken strings.Builder
	for i, r := range made {
		broken.WriteRune(r)
		if i%64 == 63 {
			broken.WriteByte('\n')
		}
	}
	if got, want := output(t, broken.String(), "keypackage", "ref"), output(t, made, "keypackage", "ref"); got != want {
		t.Errorf("reference %s, want %s", got, want)
	}
}

// Whatever is cut off is told to be broken, and never the tool's fault.
func TestKeypackageCutOff(t *testing.T) {
	m := newMaker(t)
	for _, form := range []string{"message", "struct"} {
		made := m.create(t, "--identity", "alice", "--encoding", "binary", "--form", form)
		for n := 1; n < len(made); n += 13 {
			for _, command := range []string{"validate", "inspect", "ref"} {
				status, _, stderr := told(t.Context(), made[:n], "keypackage", command, "--encoding", "binary", "--form", form)
				if status != statusFailed {
					t.Fatalf("%s of %d bytes of a %s: exit status %d: %s", command, n, form, status, stderr)
				}
			}
		}
	}
}

// Every command has a help.
func TestKeypackageHelp(t *testing.T) {
	for _, command := range []string{"create", "inspect", "validate", "ref", "publish", "claim"} {
		if got := output(t, "", "keypackage", command, "--help"); !strings.HasPrefix(got, "Usage: mlsconform keypackage "+command) {
			t.Errorf("%s: %s", command, got)
		}
	}
}

// The present time is the one of the machine.
func TestKeypackageLifetimeIsFromNow(t *testing.T) {
	before := uint64(time.Now().Unix())
	l := newMaker(t).one(t, "--identity", "alice", "--lifetime", "10d").LeafNode.Lifetime
	after := uint64(time.Now().Unix())
	const tenDays = 10 * 24 * 3600
	if l.NotBefore >= before || l.NotAfter < before+tenDays || l.NotAfter > after+tenDays {
		t.Errorf("made between %d and %d, valid from %d to %d", before, after, l.NotBefore, l.NotAfter)
	}
}

// Where nothing is said about files, they are the user's own.
func TestKeypackageDefaultFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", "")
	config, err := os.UserConfigDir()
	must(t, err)
	signer, store := filepath.Join(config, "mlsconform", "signer-2.json"), filepath.Join(config, "mlsconform", "store.db")
	status, _, stderr := told(t.Context(), "", "keypackage", "create", "--identity", "alice", "--suite", "2")
	want := "mlsconform: new signature key in " + signer + "\nmlsconform: private keys in " + store + "\n"
	if status != 0 || stderr != want {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	status, _, stderr = told(t.Context(), "", "keypackage", "create", "--identity", "alice", "--suite", "2")
	if status != 0 || stderr != "mlsconform: private keys in "+store+"\n" {
		t.Errorf("the second time: exit status %d: %s", status, stderr)
	}
	for _, path := range []string{signer, store} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
	}
}
