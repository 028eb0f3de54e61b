package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommittedCodeIsGenerated(t *testing.T) {
	t.Chdir("..")
	out := t.TempDir()
	if err := run(t.Context(), out, []string{"mls_client.proto"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mls_client.pb.go", "mls_client_grpc.pb.go"} {
		committed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		generated, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(generated), string(committed)); diff != "" {
			t.Errorf("%s is not what go generate makes (-generated +committed):\n%s", name, diff)
		}
	}
}

func TestRefusals(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.proto")
	if err := os.WriteFile(broken, []byte(`syntax = "proto3"; message {`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]string{
		"no file":      nil,
		"missing file": {"missing.proto"},
		"broken file":  {broken},
	} {
		if err := run(t.Context(), t.TempDir(), files); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
