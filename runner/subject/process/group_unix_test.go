//go:build unix

package process_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/process"
)

// What a subject started ends with it.
func TestChildrenEndToo(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := process.Start(subject.Peer{Command: []string{"sh", "-c", `sleep 3600 3>"$1" & echo garbage; wait`, "sh", fifo}})
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
