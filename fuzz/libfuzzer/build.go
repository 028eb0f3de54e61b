package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/dictionary"
	"github.com/mlsconform/mlsconform/impl/parallel"
)

// A builder builds binaries.
type builder struct {
	options
	overlay     *overlay
	temp        string
	compiler    []string // that links, with its flags
	engine      []string // what it links in
	environment []string // of commands
}

// build builds the binaries of targets, their corpora and their dictionaries.
func build(ctx context.Context, targets []fuzz.Target, o options) error {
	b := &builder{
		options:  o,
		compiler: strings.Fields(cmp.Or(os.Getenv("CXX"), "clang++") + " " + os.Getenv("CXXFLAGS")),
		engine:   strings.Fields(cmp.Or(os.Getenv("LIB_FUZZING_ENGINE"), "-fsanitize=fuzzer")),
		// The part in C is compiled by the go command.
		environment: []string{"CGO_ENABLED=1", "CC=" + cmp.Or(os.Getenv("CC"), "clang")},
	}
	if _, err := exec.LookPath(b.compiler[0]); err != nil {
		return fmt.Errorf("libFuzzer comes with clang, which is not here: %w", err)
	}
	var err error
	if b.out, err = filepath.Abs(o.out); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o777); err != nil {
		return err
	}
	if b.temp, err = os.MkdirTemp("", "libfuzzer-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.temp)
	if b.overlay, err = newOverlay(ctx, b.temp, targets); err != nil {
		return err
	}
	if os.Getenv("SANITIZER") == "coverage" {
		return b.coverage(ctx, targets)
	}
	return b.programs(ctx, targets)
}

// programs builds what is run to find something.
func (b *builder) programs(ctx context.Context, targets []fuzz.Target) error {
	if err := b.overlay.addPrograms(targets); err != nil {
		return err
	}
	if err := b.seeds(ctx); err != nil {
		return fmt.Errorf("corpora: %w", err)
	}
	return b.all(ctx, targets)
}

// all builds the binaries. One that fails does not keep the others from being built.
func (b *builder) all(ctx context.Context, targets []fuzz.Target) error {
	var done, failed atomic.Int32
	err := parallel.Each(len(targets), func(i int) error {
		err := b.one(ctx, targets[i])
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failed.Add(1)
			fmt.Fprintf(b.stdout, "%v cannot be built: %v\n", targets[i], err)
		default:
			fmt.Fprintf(b.stdout, "%d of %d: %s\n", done.Add(1), len(targets), binary(targets[i]))
		}
		return nil
	})
	if n := failed.Load(); err == nil && n > 0 {
		return fmt.Errorf("%d of %d targets cannot be built", n, len(targets))
	}
	return err
}

// one builds the binary of a target: first what is of Go, as an archive, then
// the whole, with the engine.
func (b *builder) one(ctx context.Context, t fuzz.Target) error {
	archive := filepath.Join(b.temp, binary(t)+".a")
	defer os.Remove(archive)
	args := append([]string{"-buildmode=c-archive", "-tags=libfuzzer"}, b.instrument()...)
	if err := b.goBuild(ctx, archive, mainOf(t), args...); err != nil {
		return err
	}
	args = append(b.compiler[1:len(b.compiler):len(b.compiler)], b.engine...)
	if err := b.command(ctx, b.compiler[0], append(args, archive, "-o", filepath.Join(b.out, binary(t)))...); err != nil {
		return err
	}
	if !speaksMLS(t) {
		return nil
	}
	dict, err := dictionary.MLS()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, binary(t)+".dict"), dict, 0o666)
}

// instrument has the compiler tell libFuzzer what is reached and compared in this
// module, and in what decodes for it. All else would only make targets slow.
func (b *builder) instrument() []string {
	var flags []string
	for _, packages := range []string{fuzz.Module + "/...", "golang.org/x/crypto/cryptobyte/...", "encoding/..."} {
		flags = append(flags, "-gcflags="+packages+"=-d=libfuzzer")
	}
	return append(flags, "-gcflags="+fuzz.Module+"/fuzz/libfuzzer/...=")
}

// seeds writes the corpora. They are the same on all machines.
func (b *builder) seeds(ctx context.Context) error {
	program := filepath.Join(b.temp, "seeds")
	if err := b.goBuild(ctx, program, seedsMain); err != nil {
		return err
	}
	return b.command(ctx, program, b.out)
}

func (b *builder) goBuild(ctx context.Context, out, folder string, flags ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-overlay=" + b.overlay.file(), "-o", out}, flags...)
	return b.command(ctx, "go", append(args, "./"+folder)...)
}

// command runs a command. What it says is only of interest when it fails.
func (b *builder) command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.overlay.root
	cmd.Env = append(cmd.Environ(), b.environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", filepath.Base(name), err), errors.New(strings.TrimSpace(string(out))))
	}
	return nil
}

// speaksMLS reports whether the inputs of a target are in the presentation
// language.
func speaksMLS(t fuzz.Target) bool {
	switch t.Kind {
	case fuzz.Codec:
		return true
	case fuzz.Input:
		return strings.HasPrefix(t.Package, "impl/") || t.Name == "FuzzMessage"
	}
	return false
}
