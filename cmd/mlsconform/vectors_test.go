package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/runner/family"
)

// What is exported can be replayed again, and says what it is.
func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	var stdout, stderr bytes.Buffer
	for range 2 { // the second time over the first
		if status := run(t.Context(), []string{"vectors", "export", dir}, nil, &stdout, &stderr); status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr.String())
		}
	}
	want := []string{
		"README.md", "vectors.md", "subject.md", "templates/subject.py", "templates/subject.ts",
		"schema/key-package-v1.schema.json", "schema/ciphersuite-v1.schema.json", "schema/decoding-v1.schema.json",
	}
	for _, f := range family.All() {
		if f.Schema == "" {
			want = append(want, "own/"+f.Name+".json")
		} else {
			want = append(want, f.Name+".json")
		}
	}
	for _, name := range want {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
		if filepath.Ext(name) == ".json" && !json.Valid(data) {
			t.Errorf("%s is no JSON", name)
		}
		if !bytes.Contains(stdout.Bytes(), []byte("  "+name+"\n")) {
			t.Errorf("%s is not listed", name)
		}
	}
	stdout.Reset()
	own := filepath.Join(dir, "own")
	if status := run(t.Context(), []string{"conformance", "--family", "tree-math", "--vectors", own}, nil, &stdout, &stderr); status != 0 {
		t.Errorf("exit status %d: %s%s", status, stdout.String(), stderr.String())
	}
}

func TestExportFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "inside")} {
		if status := run(t.Context(), []string{"vectors", "export", dir}, nil, io.Discard, io.Discard); status != statusUsage {
			t.Errorf("%s: exit status %d, want %d", dir, status, statusUsage)
		}
	}
}
