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

// A bench is where targets are built and run.
type bench struct {
	each, total    time.Duration
	stdout, stderr io.Writer
	ownSeeds       bool // not those that happen to be on this machine

	root  string // of the module
	cache string // where the go command keeps what this module's targets find
	temp  string
}

func (b *bench) open(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}\n{{.Path}}").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	root, module, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	b.root, b.cache = root, filepath.Join(strings.TrimSpace(string(cache)), "fuzz", filepath.FromSlash(module))
	b.temp, err = os.MkdirTemp("", "fuzz-")
	return err
}

func (b *bench) close() { _ = os.RemoveAll(b.temp) }

// folder returns the folder of a target's package.
func (b *bench) folder(t fuzz.Target) string {
	return filepath.Join(b.root, filepath.FromSlash(t.Package))
}

// corpus returns the folder of the inputs that are kept with a target.
func (b *bench) corpus(t fuzz.Target) string {
	return filepath.Join(b.folder(t), "testdata", "fuzz", t.Name)
}

// found returns the folder of all that the targets of its package find.
func (b *bench) found(t fuzz.Target) string {
	return filepath.Join(b.cache, filepath.FromSlash(t.Package))
}

// perPackage calls f for the targets with their test binary, which is built with
// the given flags.
func (b *bench) perPackage(ctx context.Context, targets []fuzz.Target, flags []string, f func(t fuzz.Target, binary string) error) error {
	var binary, of string
	for _, t := range targets {
		if t.Package != of {
			of = t.Package
			binary = filepath.Join(b.temp, strings.ReplaceAll(of, "/", "-")+".test")
			args := append([]string{"test", "-c", "-o", binary}, flags...)
			cmd := b.command(ctx, "go", append(args, "./"+of)...)
			cmd.Dir = b.root
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("building %s: %w", of, err)
			}
		}
		if err := f(t, binary); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// ownSeeds has targets begin with the project's own objects only.
const ownSeeds = "MLSCONFORM_FUZZ_SEEDS=own"

// forFuzzing has binaries built with what fuzzing needs.
var forFuzzing = []string{"-fuzz=."}

// fuzz runs the targets. One that fails does not keep the others from running.
func (b *bench) fuzz(ctx context.Context, targets []fuzz.Target) error {
	parts := 0
	for _, t := range targets {
		parts += partsOf(t)
	}
	var failed []string
	started := 0
	err := b.perPackage(ctx, targets, forFuzzing, func(t fuzz.Target, binary string) error {
		started++
		limit := b.each
		if b.total > 0 {
			limit = (b.total * time.Duration(partsOf(t)) / time.Duration(parts)).Round(time.Millisecond)
		}
		fmt.Fprintf(b.stdout, "%d of %d: %v (%s), %v\n", started, len(targets), t, t.Kind, limit)
		if err := b.fuzzOne(ctx, t, binary, b.found(t), limit); err != nil {
			failed = append(failed, fmt.Sprintf("%v: %v", t, err))
		}
		return nil
	})
	if failed != nil {
		return fmt.Errorf("%d of %d targets failed:\n  %s", len(failed), len(targets), strings.Join(failed, "\n  "))
	}
	return err
}

// partsOf returns how many parts of a total time a target gets. Codecs need few:
// they start quickly, and make thousands of runs in a second.
func partsOf(t fuzz.Target) int {
	if t.Kind == fuzz.Codec {
		return 1
	}
	return 4
}

// fuzzOne runs a target for a time. What it finds goes to a folder.
func (b *bench) fuzzOne(ctx context.Context, t fuzz.Target, binary, found string, limit time.Duration) error {
	cmd := b.command(ctx, binary,
		"-test.run=^$",
		"-test.fuzz=^"+t.Name+"$",
		"-test.fuzztime="+limit.String(),
		// Counted in runs: a time would be spent on every input that reaches more.
		"-test.fuzzminimizetime=100x",
		"-test.fuzzcachedir="+found,
	)
	cmd.Dir = b.folder(t)
	if b.ownSeeds {
		cmd.Env = append(cmd.Environ(), ownSeeds)
	}
	var output strings.Builder
	cmd.Stdout = io.MultiWriter(b.stdout, &output)
	err := cmd.Run()
	if err != nil && endedInTime(output.String()) {
		fmt.Fprintln(b.stdout, "That was the end of the time, which package testing may take for a failure. Nothing was found.")
		return nil
	}
	return err
}

// endedInTime tells the end of the time, which package testing takes for a
// failure when it comes at the wrong moment, from a failure.
func endedInTime(output string) bool {
	return strings.Contains(output, "\n    context deadline exceeded\n") && !strings.Contains(output, "Failing input written to")
}

// command lets a command end in its own way when it is interrupted.
func (b *bench) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = b.stdout, b.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
