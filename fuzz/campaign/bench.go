// Package campaign builds and runs fuzz targets, and shares time among them. It
// needs the go command and the sources of this module.
package campaign

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
)

// A Bench is where targets are built and run.
type Bench struct {
	stderr io.Writer
	root   string // of the module
	cache  string // where the go command keeps what this module's targets find
	temp   string
	built  map[string]string // binaries, by package and flags
}

// Open sets up a bench for the module that a folder is in. What builds write goes
// to stderr. The bench has to be closed.
func Open(ctx context.Context, dir string, stderr io.Writer) (*Bench, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}\n{{.Path}}")
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m: %w", reason(err))
	}
	root, module, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if module != fuzz.Module {
		return nil, fmt.Errorf("this is the module %s: the targets are in a checkout of %s", module, fuzz.Module)
	}
	cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", reason(err))
	}
	temp, err := os.MkdirTemp("", "fuzz-")
	if err != nil {
		return nil, err
	}
	return &Bench{
		stderr: stderr,
		root:   root,
		cache:  filepath.Join(strings.TrimSpace(string(cache)), "fuzz", filepath.FromSlash(module)),
		temp:   temp,
		built:  make(map[string]string),
	}, nil
}

// reason is what a command has written, if that is what there is to know.
func reason(err error) error {
	if exit, ok := err.(*exec.ExitError); ok && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}

// Close removes the binaries.
func (b *Bench) Close() { _ = os.RemoveAll(b.temp) }

// Temp returns a folder that goes away with the bench.
func (b *Bench) Temp() string { return b.temp }

// Folder returns the folder of a target's package.
func (b *Bench) Folder(t fuzz.Target) string {
	return filepath.Join(b.root, filepath.FromSlash(t.Package))
}

// Corpus returns the folder of the inputs that are kept with a target.
func (b *Bench) Corpus(t fuzz.Target) string {
	return filepath.Join(b.Folder(t), "testdata", "fuzz", t.Name)
}

// Found returns the folder of all that the targets of t's package find.
func (b *Bench) Found(t fuzz.Target) string {
	return filepath.Join(b.cache, filepath.FromSlash(t.Package))
}

// ForFuzzing has binaries built with what fuzzing needs.
const ForFuzzing = "-fuzz=."

// Build returns the test binary of a target, which is built with these flags
// unless it has been before.
func (b *Bench) Build(ctx context.Context, t fuzz.Target, flags ...string) (string, error) {
	key := strings.Join(append([]string{t.Package}, flags...), " ")
	if binary, ok := b.built[key]; ok {
		return binary, nil
	}
	binary := filepath.Join(b.temp, fmt.Sprintf("%d-%s.test", len(b.built), filepath.Base(b.Folder(t))))
	args := append([]string{"test", "-c", "-o", binary}, flags...)
	cmd := command(ctx, "go", append(args, "./"+t.Package)...)
	cmd.Dir = b.root
	cmd.Stdout, cmd.Stderr = b.stderr, b.stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building %s: %w", t.Package, err)
	}
	b.built[key] = binary
	return binary, nil
}

// Command returns the command that runs a target's binary where its corpus is.
func (b *Bench) Command(ctx context.Context, t fuzz.Target, binary string, args ...string) *exec.Cmd {
	cmd := command(ctx, binary, args...)
	cmd.Dir = b.Folder(t)
	cmd.Stderr = b.stderr
	return cmd
}

// command lets a command end in its own way when it is interrupted.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
