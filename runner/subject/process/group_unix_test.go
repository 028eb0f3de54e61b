//go:build unix

package process_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mlsconform/mlsconform/runner/subject/process"
)

// What a subject started ends with it.
func TestChildrenEndToo(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := process.Start([]string{"sh", "-c", `sleep 3600 3>"$1" & echo garbage; wait`, "sh", fifo}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held, err := os.Open(fifo) // as soon as the child has it too
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := s.Judge(t.Context(), request("accept")); err == nil {
		t.Error("garbage is an answer")
	}
	if _, err := io.ReadAll(held); err != nil { // until the child has ended
		t.Error(err)
	}
}

// The command of a folder is one of the folder, wherever the run is started.
func TestCommandOfAFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("peer", 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nread request\ncat answer\n"
	if err := os.WriteFile("peer/run", []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("peer/answer", []byte(`{"id":"key-package/any/suite1","result":"accept"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := process.Start([]string{"./run"}, "peer")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if answer, err := s.Judge(t.Context(), request("any")); err != nil || answer.Result != "accept" {
		t.Errorf("%q, %v", answer.Result, err)
	}
}
