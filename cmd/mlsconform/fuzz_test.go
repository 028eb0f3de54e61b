package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/runner/result"
)

// One target runs, for long enough on a busy machine too; the reports say the same.
func TestFuzz(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	args := []string{"fuzz", "--target", "impl/leaf.FuzzLifetime", "--each", "5s", "--out", dir, "--json", "-"}
	if status := run(t.Context(), args, nil, &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	var f result.Fuzz
	if err := json.Unmarshal(stdout.Bytes(), &f); err != nil {
		t.Fatalf("%v: %s", err, &stdout)
	}
	if len(f.Targets) != 1 || f.Summary.Passed != 1 || f.Summary.CorpusInputs == 0 || f.Targets[0].Seconds < 0.2 {
		t.Errorf("%+v", f)
	}
	for _, name := range []string{"fuzz.txt", "fuzz.html"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Contains(data, []byte("impl/leaf.FuzzLifetime")) {
			t.Errorf("%s: %v: %s", name, err, data)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "fuzz.json")); err != nil || !bytes.Equal(data, stdout.Bytes()) {
		t.Errorf("fuzz.json: %v: %s", err, data)
	}
}
