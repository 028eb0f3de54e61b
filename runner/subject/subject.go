// Package subject is about implementations of MLS that judge the cases of this
// project's families. docs/subject.md describes how one that is a program of
// its own is asked.
package subject

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A Subject is an implementation under test.
type Subject interface {
	// Judge asks for the verdict on a case. An error, and that is a [*Fault]
	// where the subject wrote something about it, says that there is none. It
	// may be called by several goroutines at once.
	Judge(ctx context.Context, r format.Request) (Answer, error)
}

// An Answer is a verdict, and what the subject wrote to its standard error
// while it came to it.
type Answer struct {
	format.Verdict
	Stderr string
}

// A Fault is trouble with a subject, and what the subject wrote to its standard
// error before.
type Fault struct {
	Err    error
	Stderr string
}

func (f *Fault) Error() string { return f.Err.Error() + f.Written() }

// Unwrap returns the trouble.
func (f *Fault) Unwrap() error { return f.Err }

// Written shows what the subject wrote, on lines of their own.
func (f *Fault) Written() string {
	text := strings.TrimRight(f.Stderr, "\r\n")
	if text == "" {
		return ""
	}
	return "\nstandard error: " + text
}

// An UnknownFamilyError reports a request of a family that does not exist here.
// A subject answers it with unsupported.
type UnknownFamilyError struct{ Family, ID string }

func (e *UnknownFamilyError) Error() string { return fmt.Sprintf("unknown family %q", e.Family) }

// ParseRequest reads a request.
func ParseRequest(line []byte) (format.Request, error) {
	var head struct {
		Family string `json:"family"`
		ID     string `json:"id"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, err
	}
	switch head.Family {
	case format.KeyPackage:
		return parse(line, new(format.KeyPackageRequest))
	case format.Ciphersuite:
		return parse(line, new(format.CiphersuiteRequest))
	case format.Decoding:
		return parse(line, new(format.DecodingRequest))
	}
	return nil, &UnknownFamilyError{Family: head.Family, ID: head.ID}
}

// requestOf is the pointer type of a request T.
type requestOf[T any] interface {
	*T
	format.Request
}

func parse[T any, R requestOf[T]](line []byte, r R) (format.Request, error) {
	if err := strict.Decode(line, (*T)(r)); err != nil {
		return nil, err
	}
	return r, nil
}

// ParseResponse reads a response and checks that it is one to the case.
func ParseResponse(line []byte, id string) (format.Verdict, error) {
	var r format.Response
	if err := strict.Decode(line, &r); err != nil {
		return format.Verdict{}, err
	}
	switch {
	case r.ID != id:
		return format.Verdict{}, fmt.Errorf("id: %q, want %q", r.ID, id)
	case r.Result != format.Accept && r.Result != format.Reject && r.Result != format.Unsupported:
		return format.Verdict{}, fmt.Errorf("result: %q, want %q, %q or %q", r.Result, format.Accept, format.Reject, format.Unsupported)
	}
	return r.Verdict, nil
}
