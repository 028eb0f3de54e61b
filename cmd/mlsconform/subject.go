package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/runner/subject/process"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// An asked implementation judges the cases. The zero value is the one of this
// program.
type asked struct {
	subject subject.Subject
	about   result.Subject
	known   *baseline.Matcher
	end     func()
}

// subject starts the implementation that was named.
func (c *ConformanceCmd) subject(a *app) (asked, error) {
	if c.Subject == nil {
		return asked{known: baseline.NewMatcher(nil), end: func() {}}, nil
	}
	p, err := peer.Find(*c.Subject)
	if err != nil {
		return asked{}, usagef("--subject: %w", err)
	}
	if p.Subject.Command == nil {
		return asked{}, usagef("--subject %s: it judges no vectors: its peer.json has no subject.command", *c.Subject)
	}
	if err := a.build(a.ctx, &p); err != nil {
		if a.ctx.Err() != nil {
			return asked{}, exitStatus(statusInterrupted)
		}
		what, _, _ := strings.Cut(err.Error(), "\n") // the rest has been shown
		return asked{}, usagef("--subject %s: %s", *c.Subject, what)
	}
	s, err := process.Start(p.Subject.Command, p.Dir)
	if err != nil {
		return asked{}, usagef("--subject %s: %w", *c.Subject, err)
	}
	about := result.Subject{Name: p.Name, Version: p.Version, Argument: *c.Subject}
	known := baseline.NewMatcher(nil)
	known.Add(p.Name, p.Subject.Known)
	return asked{subject: s, about: about, known: known, end: s.Close}, nil
}

// SubjectCmd is the implementation of this program as a subject.
type SubjectCmd struct{}

// maxRequest bounds a line of the standard input.
const maxRequest = 16 << 20

// Run answers requests until there are no more, or until it is interrupted.
func (*SubjectCmd) Run(a *app) error {
	done := make(chan error, 1)
	go func() { done <- answer(a) }()
	select {
	case err := <-done:
		return err
	case <-a.ctx.Done():
		return exitStatus(statusInterrupted)
	}
}

func answer(a *app) error {
	requests := bufio.NewScanner(a.stdin)
	requests.Buffer(nil, maxRequest)
	responses := json.NewEncoder(a.stdout)
	responses.SetEscapeHTML(false)
	n := 0
	for requests.Scan() {
		n++
		r, err := judge(a, requests.Bytes())
		if err != nil {
			return usagef("line %d: %w", n, err)
		}
		if err := responses.Encode(r); err != nil {
			return err
		}
	}
	if err := requests.Err(); err != nil {
		return usagef("line %d: %w", n+1, err)
	}
	return nil
}

// judge answers one request. A family that is not known may be one of a later
// version, so that the answer to it is no error.
func judge(a *app, line []byte) (format.Response, error) {
	request, err := subject.ParseRequest(line)
	if unknown, ok := errors.AsType[*subject.UnknownFamilyError](err); ok {
		return format.Response{ID: unknown.ID, Verdict: format.Verdict{Result: format.Unsupported, Detail: unknown.Error()}}, nil
	}
	if err != nil {
		return format.Response{}, err
	}
	verdict, err := local.Subject{}.Judge(a.ctx, request)
	if err != nil {
		return format.Response{}, fmt.Errorf("%s: %w", request.CaseID(), err)
	}
	return format.Response{ID: request.CaseID(), Verdict: verdict.Verdict}, nil
}
