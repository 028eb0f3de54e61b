package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

func TestSignerFile(t *testing.T) {
	for _, suite := range ciphersuite.All() {
		path := filepath.Join(t.TempDir(), "signer.json")
		must(t, makeSigner(path, suite))
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%v: mode %v", suite, info.Mode())
		}
		key, err := readSigner(path, suite)
		must(t, err)
		signature, err := suite.SignWithLabel(key, "label", nil)
		must(t, err)
		if err := suite.VerifyWithLabel(key.Public(), "label", nil, signature); err != nil {
			t.Errorf("%v: %v", suite, err)
		}
		if err := makeSigner(path, suite); !os.IsExist(err) {
			t.Errorf("%v: the key is replaced: %v", suite, err)
		}
	}
}

// A file that is no key is refused, without a word of what it holds.
func TestSignerFileRefused(t *testing.T) {
	suite := ciphersuite.All()[0]
	path := filepath.Join(t.TempDir(), "signer.json")
	must(t, makeSigner(path, suite))
	data, err := os.ReadFile(path)
	must(t, err)
	var f map[string]any
	must(t, json.Unmarshal(data, &f))
	private := f["private_key"].(string)

	for name, change := range map[string]func(){
		"format":                  func() { f["format"] = "another" },
		"public key of another":   func() { f["public_key"] = strings.Repeat("00", 32) },
		"private key of another":  func() { f["private_key"] = strings.Repeat("01", 32) },
		"private key, cut off":    func() { f["private_key"] = private[2:] },
		"private key, odd":        func() { f["private_key"] = private[1:] },
		"private key, no hex":     func() { f["private_key"] = "z" + private[1:] },
		"private key, not a text": func() { f["private_key"] = 7 },
		"cipher suite":            func() { f["cipher_suite"] = "one" },
	} {
		must(t, json.Unmarshal(data, &f))
		change()
		changed, err := json.Marshal(f)
		must(t, err)
		must(t, os.WriteFile(path, changed, 0o600))
		status, stdout, stderr := told(t.Context(), "", "keypackage", "create", "--identity", "alice", "--signer", path, "--store", path+".db")
		if status != statusUsage || stdout != "" || !strings.Contains(stderr, "signer.json: ") {
			t.Errorf("%s: exit status %d: %s%s", name, status, stdout, stderr)
		}
		if strings.Contains(stderr, private[2:]) {
			t.Errorf("%s: the private key is printed: %s", name, stderr)
		}
	}
	must(t, os.WriteFile(path, data[:len(data)-4], 0o600))
	if _, err := readSigner(path, suite); err == nil {
		t.Error("half a file is taken")
	}
}

// Many who need a signer at the same time get the same one.
func TestSignerIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signer.json")
	a := &app{ctx: t.Context(), stderr: io.Discard}
	keys := make([]string, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := a.signer(path, ciphersuite.All()[1])
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = string(key.Public())
		})
	}
	wg.Wait()
	for i, key := range keys {
		if key == "" || key != keys[0] {
			t.Errorf("%d has another key", i)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}
