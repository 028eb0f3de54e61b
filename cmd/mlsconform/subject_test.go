package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// An empty --subject, as of a variable that is not set, does not silently test
// this program's own implementation.
func TestEmptySubjectIsRefused(t *testing.T) {
	for _, empty := range []string{"", "  "} {
		var stdout, stderr bytes.Buffer
		status := run(context.Background(), []string{"conformance", "--subject", empty}, nil, &stdout, &stderr)
		if status != statusUsage || !strings.Contains(stderr.String(), "the command is empty") {
			t.Errorf("%q: exit status %d\n%s", empty, status, stderr.String())
		}
	}
}

// An interrupt ends a subject that waits for requests.
func TestInterruptedSubject(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	waiting, requests := io.Pipe()
	defer requests.Close()
	read := readHook{waiting, cancel}
	if status := run(ctx, []string{"subject"}, read, io.Discard, io.Discard); status != statusInterrupted {
		t.Errorf("exit status %d, want %d", status, statusInterrupted)
	}
}

// A readHook calls a function before it reads.
type readHook struct {
	io.Reader
	before func()
}

func (h readHook) Read(p []byte) (int, error) {
	h.before()
	return h.Reader.Read(p)
}

// A line that is too long is an error, not a crash.
func TestSubjectBoundsRequests(t *testing.T) {
	var stderr bytes.Buffer
	long := strings.NewReader(strings.Repeat("x", maxRequest+1))
	if status := run(t.Context(), []string{"subject"}, long, io.Discard, &stderr); status != statusUsage {
		t.Errorf("exit status %d: %s", status, stderr.String())
	}
}
