package main

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

// A campaign runs targets one after the other.
type campaign struct {
	each           time.Duration
	count, started int
	stdout, stderr io.Writer

	binaries, cache string
}

// run runs the targets. One that fails does not keep the others from running.
func (c *campaign) run(ctx context.Context, targets []fuzz.Target) error {
	root, cache, err := c.places(ctx)
	if err != nil {
		return err
	}
	c.cache = filepath.Join(cache, "fuzz")
	if c.binaries, err = os.MkdirTemp("", "fuzz-"); err != nil {
		return err
	}
	defer os.RemoveAll(c.binaries)
	var failed []string
	var binary, of string
	for _, t := range targets {
		if t.Package != of {
			of = t.Package
			if binary, err = c.build(ctx, root, t.Package); err != nil {
				return fmt.Errorf("building %s: %w", t.Package, err)
			}
		}
		if err := c.fuzz(ctx, binary, root, t); err != nil {
			failed = append(failed, fmt.Sprintf("%v: %v", t, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if failed != nil {
		return fmt.Errorf("%d of %d targets failed:\n  %s", len(failed), len(targets), strings.Join(failed, "\n  "))
	}
	return nil
}

// places returns the folders of the module and of the go command's cache.
func (c *campaign) places(ctx context.Context) (root, cache string, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD", "GOCACHE").Output()
	if err != nil {
		return "", "", fmt.Errorf("go env: %w", err)
	}
	file, cache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return filepath.Dir(file), cache, nil
}

// build makes the test binary of a package with what fuzzing needs.
func (c *campaign) build(ctx context.Context, root, folder string) (string, error) {
	binary := filepath.Join(c.binaries, strings.ReplaceAll(folder, "/", "-")+".test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-fuzz=.", "-o", binary, "./"+folder)
	cmd.Dir = root
	return binary, c.command(cmd).Run()
}

func (c *campaign) fuzz(ctx context.Context, binary, root string, t fuzz.Target) error {
	c.started++
	fmt.Fprintf(c.stdout, "%d of %d: %v (%s), %v\n", c.started, c.count, t, t.Kind, c.each)
	cmd := exec.CommandContext(ctx, binary,
		"-test.run=^$",
		"-test.fuzz=^"+t.Name+"$",
		"-test.fuzztime="+c.each.String(),
		"-test.fuzzminimizetime=10s",
		"-test.fuzzcachedir="+filepath.Join(c.cache, filepath.FromSlash(module), filepath.FromSlash(t.Package)),
	)
	cmd.Dir = filepath.Join(root, filepath.FromSlash(t.Package))
	return c.command(cmd).Run()
}

const module = "github.com/mlsconform/mlsconform"

// command lets a command end in its own way when it is interrupted.
func (c *campaign) command(cmd *exec.Cmd) *exec.Cmd {
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
