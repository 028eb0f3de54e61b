package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner/program"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

const (
	// maxLine is the longest response that is taken. Key packages of the
	// families are far smaller.
	maxLine = 1 << 20

	// patience is how long a process may take to end after its work is done,
	// and how long its children may hold on to what it leaves behind.
	patience = time.Second

	// maxTail bounds what is kept of a standard error.
	maxTail = 8 << 10
)

// A process is one run of a peer's program. Only kill may be called by another
// goroutine than the one that uses it.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	lines  *bufio.Scanner // of stdout
	stderr *program.Tail

	mu    sync.Mutex
	ended bool // nothing is to be killed any more
}

func start(command []string, dir string) (*process, error) {
	p := &process{cmd: exec.Command(command[0], command[1:]...), stderr: program.NewTail(maxTail)}
	p.cmd.Dir = dir
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = patience
	program.OwnGroup(p.cmd)
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(p.stdout)
	p.lines.Buffer(nil, maxLine)
	return p, nil
}

// judge puts a case to the process. After an error the process is of no more
// use, and has to be ended.
func (p *process) judge(ctx context.Context, id string, request []byte) (format.Verdict, error) {
	p.stderr.Reset()
	stop := context.AfterFunc(ctx, p.kill)
	response, err := p.exchange(request)
	if !stop() {
		return format.Verdict{}, ctx.Err()
	}
	if err != nil {
		return format.Verdict{}, err
	}
	verdict, err := subject.ParseResponse(response, id)
	if err != nil {
		return format.Verdict{}, fmt.Errorf("the subject answered %s: %w", excerpt(response), err)
	}
	return verdict, nil
}

// errSilent says that the subject gave no answer.
var errSilent = errors.New("the subject gave no answer")

func (p *process) exchange(request []byte) ([]byte, error) {
	// When writing fails, it is since nobody reads any more. Then there is no
	// answer either.
	_, writeErr := p.stdin.Write(append(request, '\n'))
	if p.lines.Scan() {
		return p.lines.Bytes(), nil
	}
	switch err := p.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("the subject answered with more than %d bytes", maxLine)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errSilent, err)
	case writeErr != nil:
		return nil, fmt.Errorf("%w: %w", errSilent, writeErr)
	}
	return nil, errSilent
}

// kill ends the process and what it started, and unblocks whoever reads from
// it or writes to it.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	program.KillGroup(p.cmd.Process)
	p.stdin.Close()
	p.stdout.Close()
}

// end kills what is left of the process, and says how it ended. Its status is
// only looked up after that, so that the system gives its id to no other
// process before.
func (p *process) end() string {
	p.kill()
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.cmd.Wait() // fails when the status is not zero, as the state says too
	if killed(p.cmd.ProcessState) {
		return "it closed its standard output, or was killed"
	}
	return p.cmd.ProcessState.String()
}

// finish lets the process end by itself, when it does so before ctx ends.
func (p *process) finish(ctx context.Context) {
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	p.stdin.Close()
	for p.lines.Scan() { // to its end
	}
	p.end()
}

// excerpt quotes the beginning of what a subject wrote.
func excerpt(line []byte) string {
	const shown = 200
	if len(line) <= shown {
		return fmt.Sprintf("%q", line)
	}
	return fmt.Sprintf("%q...", line[:shown])
}
