package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/runner/program"
)

// A Build says how a peer is built. What it names is relative to the folder.
type Build struct {
	Command []string `json:"command"`
	Needs   []Need   `json:"needs,omitzero"`

	// Makes and From are for commands that would do everything anew. There is
	// nothing to build while the file Makes is newer than every file of From.
	Makes string   `json:"makes,omitzero"`
	From  []string `json:"from,omitzero"`
}

// A Need is a program that a build, or what it builds, cannot do without.
type Need struct {
	Program string `json:"program"`
	Install string `json:"install"` // the command that installs it, or where to read how
}

func (b *Build) check() error {
	switch {
	case b.Command != nil && (len(b.Command) == 0 || b.Command[0] == ""):
		return errors.New("build.command: empty")
	case (b.Makes == "") != (len(b.From) == 0):
		return errors.New("build: makes and from go together")
	case slices.ContainsFunc(b.Needs, func(n Need) bool { return n.Program == "" || n.Install == "" }):
		return errors.New("build.needs: program and install must not be empty")
	}
	return nil
}

// A MissingError lists programs that are not on this machine.
type MissingError struct{ Needs []Need }

func (e *MissingError) Error() string {
	var parts []string
	for _, n := range e.Needs {
		parts = append(parts, fmt.Sprintf("%s is not installed (to install it: %s)", n.Program, n.Install))
	}
	return strings.Join(parts, "; ")
}

// A BuildError says why a peer could not be built, with the end of what its
// build wrote.
type BuildError struct {
	Err    error
	Output string
}

func (e *BuildError) Error() string {
	return strings.TrimRight(fmt.Sprintf("the build failed: %v\n%s", e.Err, e.Output), "\n")
}

// Unwrap returns the cause.
func (e *BuildError) Unwrap() error { return e.Err }

// maxOutput bounds what is kept of what a build writes, in bytes.
const maxOutput = 8 << 10

// patience is how long a build may hold on to its output after its end.
const patience = time.Second

// Ensure builds the peer, unless there is nothing to build, so that its programs
// can be started. What the build writes goes to out too. The error is a
// [*MissingError] or a [*BuildError], or that of ctx.
func (p *Peer) Ensure(ctx context.Context, out io.Writer) error {
	if missing := p.missing(); len(missing) > 0 {
		return &MissingError{missing}
	}
	if p.UpToDate() {
		return nil
	}
	tail := program.NewTail(maxOutput)
	cmd := exec.CommandContext(ctx, p.Build.Command[0], p.Build.Command[1:]...)
	cmd.Dir = p.Dir
	cmd.Stdout, cmd.Stderr = tail, tail
	if out != nil {
		both := io.MultiWriter(tail, out)
		cmd.Stdout, cmd.Stderr = both, both
	}
	program.OwnGroup(cmd)
	cmd.Cancel = func() error {
		program.KillGroup(cmd.Process)
		return nil
	}
	cmd.WaitDelay = patience
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &BuildError{err, tail.String()}
	}
	return nil
}

// Unbuilt says why a program of the peer cannot be started as things are, without
// building anything. It is empty when there is no reason; the program may be
// older than its source all the same.
func (p *Peer) Unbuilt(command []string) string {
	if len(command) == 0 {
		return "there is no such program"
	}
	program := command[0]
	if filepath.Base(program) != program && !filepath.IsAbs(program) {
		program = filepath.Join(p.Dir, program)
	}
	if _, err := exec.LookPath(program); err != nil {
		return err.Error()
	}
	if p.Build.Makes != "" && !p.UpToDate() {
		return fmt.Sprintf("%s is missing or old", filepath.Join(p.Dir, p.Build.Makes))
	}
	return ""
}

func (p *Peer) missing() []Need {
	return slices.DeleteFunc(slices.Clone(p.Build.Needs), func(n Need) bool {
		_, err := exec.LookPath(n.Program)
		return err == nil
	})
}

// UpToDate reports whether it is known, without the build's help, that there is
// nothing to build.
func (p *Peer) UpToDate() bool {
	if p.Build.Command == nil {
		return true
	}
	if p.Build.Makes == "" {
		return false
	}
	made, err := os.Stat(filepath.Join(p.Dir, p.Build.Makes))
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(p.Build.From, func(name string) bool {
		from, err := os.Stat(filepath.Join(p.Dir, name))
		return err != nil || from.ModTime().After(made.ModTime())
	})
}
