package process_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/process"
	"github.com/mlsconform/mlsconform/runner/subject/subjecttest"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func TestMain(m *testing.M) {
	subjecttest.Main()
	os.Exit(m.Run())
}

func startSubject(t *testing.T) *process.Subject {
	t.Helper()
	s, err := process.Start(subjecttest.Command(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// request is one for which the subject does what do says.
func request(do string) format.Request {
	c := format.KeyPackageCase{ID: "key-package/" + do + "/suite1"}
	return c.Request()
}

func accepts(t *testing.T, s *process.Subject) {
	t.Helper()
	answer, err := s.Judge(t.Context(), request("accept"))
	if err != nil || answer.Result != format.Accept {
		t.Errorf("a case that it accepts: %q, %v", answer.Result, err)
	}
}

func TestVerdicts(t *testing.T) {
	s := startSubject(t)
	for do, want := range map[string]format.Verdict{
		"accept":  {Result: format.Accept},
		"reject":  {Result: format.Reject},
		"slow":    {Result: format.Accept},
		"lack":    {Result: format.Unsupported, Detail: "suite 9"},
		"explain": {Result: format.Reject, Detail: "bad signature", IDs: []rule.ID{"rfc9420-7.3-01"}},
		"read":    {Result: format.Accept, Reference: format.Hex{0, 0xff}},
		"flood":   {Result: format.Reject},
	} {
		answer, err := s.Judge(t.Context(), request(do))
		if err != nil {
			t.Errorf("%s: %v", do, err)
		}
		if diff := cmp.Diff(want, answer.Verdict); diff != "" {
			t.Errorf("%s (-want +got)\n%s", do, diff)
		}
	}
}

// Each misbehavior is an error that says what happened and what the subject
// wrote; the case after it has a new process.
func TestMisbehavior(t *testing.T) {
	for _, test := range []struct{ do, want string }{
		{"crash", "the subject gave no answer: exit status 3"},
		{"leave", "the subject gave no answer: exit status 0"},
		{"close", "the subject gave no answer: it closed its standard output, or was killed"},
		{"halve", `the subject answered "{\"id\":\"key-package/halve/suite1\",": not JSON: unexpected EOF`},
		{"babble", `the subject answered "Hello!": not JSON: invalid character 'H' looking for beginning of value`},
		{"muddle", `the subject answered "{\"id\":\"key-package/muddle/suite1\",\"result\":\"accept\",\"verdict\":1}": verdict: unknown field`},
		{"dither", `the subject answered "{\"id\":\"key-package/dither/suite1\",\"result\":\"either\"}": result: "either", want "accept", "reject" or "unsupported"`},
		{"mistake", `the subject answered "{\"id\":\"key-package/another/suite1\",\"result\":\"accept\"}": id: "key-package/another/suite1", want "key-package/mistake/suite1"`},
		{"swell", "the subject answered with more than 1048576 bytes"},
	} {
		t.Run(test.do, func(t *testing.T) {
			t.Parallel()
			s := startSubject(t)
			for range 2 {
				_, err := s.Judge(t.Context(), request(test.do))
				fault, ok := errors.AsType[*subject.Fault](err)
				if !ok {
					t.Fatalf("no fault, but %v", err)
				}
				if got := fault.Err.Error(); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				if want := "asked to " + test.do + "\n"; !strings.HasSuffix(fault.Stderr, want) {
					t.Errorf("standard error %q, want %q at its end", fault.Stderr, want)
				}
				accepts(t, s)
			}
		})
	}
}

// The answer too many is one to the next case.
func TestSecondAnswer(t *testing.T) {
	s := startSubject(t)
	if answer, err := s.Judge(t.Context(), request("repeat")); err != nil || answer.Result != format.Accept {
		t.Errorf("%q, %v", answer.Result, err)
	}
	if _, err := s.Judge(t.Context(), request("reject")); err == nil {
		t.Error("the second answer is taken for one to another case")
	}
	accepts(t, s)
}

func TestHang(t *testing.T) {
	s := startSubject(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error)
	go func() {
		_, err := s.Judge(ctx, request("hang"))
		asked <- err
	}()
	accepts(t, s) // another process answers meanwhile
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	accepts(t, s)
}

// A subject that does not read is given up like one that does not answer.
func TestRequestIsNotRead(t *testing.T) {
	s, err := process.Start([]string{"sleep", "3600"}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	c := format.KeyPackageCase{ID: "key-package/long/suite1"}
	c.Bytes = make(format.Hex, 1<<20) // more than a pipe holds
	if _, err := s.Judge(ctx, c.Request()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTooLate(t *testing.T) {
	s := startSubject(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Judge(ctx, request("hang")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The end of a long standard error is kept, and only that of the same case.
func TestStandardError(t *testing.T) {
	s := startSubject(t)
	if _, err := s.Judge(t.Context(), request("flood")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Judge(t.Context(), request("crash"))
	fault, ok := errors.AsType[*subject.Fault](err)
	if !ok {
		t.Fatalf("no fault, but %v", err)
	}
	if !strings.HasSuffix(fault.Stderr, "asked to crash\n") || len(fault.Stderr) > 8<<10 {
		t.Errorf("%d bytes: %.100q", len(fault.Stderr), fault.Stderr)
	}
}

func TestManyAtOnce(t *testing.T) {
	s := startSubject(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				if i%4 == 0 && n%5 == 0 {
					if _, err := s.Judge(t.Context(), request("crash")); err == nil {
						t.Error("a crash is an answer")
					}
				}
				accepts(t, s)
			}
		})
	}
	all.Wait()
}

func TestCloseEndsOneThatStays(t *testing.T) {
	s, err := process.Start([]string{"sleep", "3600"}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestStartFails(t *testing.T) {
	for _, path := range []string{"no-such-program-of-mlsconform", "./no-such-program", os.DevNull} {
		if s, err := process.Start([]string{path}, ""); err == nil {
			s.Close()
			t.Errorf("%s runs", path)
		}
	}
}
