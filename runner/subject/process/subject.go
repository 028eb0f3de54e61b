// Package process asks implementations that are programs of their own, one
// JSON object per line each way. docs/subject.md describes it for their authors.
package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A Subject is a program. It runs as many times at once as verdicts are
// asked for at once. A process that fails a case is replaced by a new one.
type Subject struct {
	command []string
	dir     string

	mu   sync.Mutex
	idle []*process
}

// Start runs the program, with its arguments, in a folder; an empty one is the
// working directory. It is an error when that cannot be done.
func Start(command []string, dir string) (*Subject, error) {
	p, err := start(command, dir)
	if err != nil {
		return nil, err
	}
	return &Subject{command: command, dir: dir, idle: []*process{p}}, nil
}

// Judge asks a process that has nothing else to do, or a new one.
func (s *Subject) Judge(ctx context.Context, r format.Request) (subject.Answer, error) {
	request, err := json.Marshal(r)
	if err != nil {
		return subject.Answer{}, err
	}
	p, err := s.take()
	if err != nil {
		return subject.Answer{}, fmt.Errorf("the subject cannot be started again: %w", err)
	}
	verdict, err := p.judge(ctx, r.CaseID(), request)
	if err != nil {
		how := p.end()
		if errors.Is(err, errSilent) {
			err = fmt.Errorf("%w: %s", err, how)
		}
		return subject.Answer{}, &subject.Fault{Err: err, Stderr: p.stderr.String()}
	}
	answer := subject.Answer{Verdict: verdict, Stderr: p.stderr.String()}
	s.put(p)
	return answer, nil
}

func (s *Subject) take() (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.idle) - 1; last >= 0 {
		p := s.idle[last]
		s.idle = s.idle[:last]
		return p, nil
	}
	return start(s.command, s.dir)
}

func (s *Subject) put(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, p)
}

// Close ends all processes. No verdict may be asked for meanwhile or after.
func (s *Subject) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all sync.WaitGroup
	for _, p := range s.idle {
		all.Go(func() { p.finish(ctx) })
	}
	all.Wait()
	s.idle = nil
}
