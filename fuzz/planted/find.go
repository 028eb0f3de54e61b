package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/campaign"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// seeds are those of the mutations. Workers take turns by the clock, so that a seed
// does not decide all.
var seeds = []int{1, 2, 3}

// A garden is where bugs are planted.
type garden struct {
	*campaign.Bench
	limit   time.Duration
	workers int
	stdout  io.Writer
}

// build returns a test binary that can have any bug. That of a target is fuzzed
// as well as replayed, so that one build does.
func (g *garden) build(ctx context.Context, t fuzz.Target) (string, error) {
	return g.Build(ctx, t, "-tags=planted", campaign.ForFuzzing)
}

// with returns the environment of a program that has a bug; the project's own
// objects are all that its targets begin with.
func with(b rule.Bug) []string {
	return []string{rule.PlantedBug + "=" + string(b), "MLSCONFORM_FUZZ_SEEDS=own"}
}

// find has a bug found with each seed, and returns how long that took.
func (g *garden) find(ctx context.Context, p planting) (times []time.Duration, err error) {
	if err := g.replay(ctx, p.bug); err != nil {
		return nil, err
	}
	targets := fuzz.Targets()
	t := targets[slices.IndexFunc(targets, func(t fuzz.Target) bool { return t.String() == p.target })]
	for _, seed := range seeds {
		took, err := g.findOnce(ctx, p, t, seed)
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		times = append(times, took)
	}
	return times, nil
}

// replay verifies that no corpus, and no seed of a target, shows the bug.
func (g *garden) replay(ctx context.Context, b rule.Bug) error {
	replayed := map[string]bool{}
	for _, t := range fuzz.Targets() {
		if replayed[t.Package] {
			continue
		}
		replayed[t.Package] = true
		binary, err := g.build(ctx, t)
		if err != nil {
			return err
		}
		cmd := g.Command(ctx, t, binary, "-test.run=^Fuzz")
		cmd.Env = append(cmd.Environ(), with(b)...)
		cmd.Stderr = nil // to be part of the output
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("the corpora of %s know the bug: %w\n%s", t.Package, err, short(string(out)))
		}
	}
	return nil
}

// findOnce fuzzes until the first failure, in a copy of the target's corpus: there
// the failing input goes. That input has to fail again, and to pass without the bug.
func (g *garden) findOnce(ctx context.Context, p planting, t fuzz.Target, seed int) (time.Duration, error) {
	binary, err := g.build(ctx, t)
	if err != nil {
		return 0, err
	}
	dir := filepath.Join(g.Temp(), fmt.Sprintf("%s-%d", p.bug, seed))
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS(filepath.Join(g.Folder(t), "testdata"))); err != nil {
		return 0, err
	}
	r, err := g.Run(ctx, t, binary, campaign.Options{
		Limit: g.limit, Found: filepath.Join(dir, "found"), Dir: dir, Workers: g.workers, Seed: seed, Env: with(p.bug),
	})
	switch {
	case err != nil:
		return 0, err
	case r.Skipped != "":
		return 0, fmt.Errorf("%v does not run: %s", t, r.Skipped)
	case r.Finding == nil:
		return 0, fmt.Errorf("%v finds nothing in %v, with %d runs", t, g.limit, r.Executions)
	}
	fmt.Fprintf(g.stdout, "  seed %d: %.1f s, %d runs: %s\n", seed, r.Elapsed.Seconds(), r.Executions, short(r.Finding.Message))
	again := func(b rule.Bug) (string, error) {
		cmd := g.Command(ctx, t, binary, "-test.run=^"+t.Name+"$/^"+path.Base(r.Finding.Input)+"$")
		cmd.Dir, cmd.Stderr = dir, nil
		cmd.Env = append(cmd.Environ(), with(b)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if _, err := again(p.bug); err == nil {
		return 0, fmt.Errorf("%v finds an input that passes when it is run again: %s", t, short(r.Finding.Message))
	}
	if out, err := again(""); err != nil {
		return 0, fmt.Errorf("%v finds something else, which fails without the bug too: %s", t, short(out))
	}
	return r.Elapsed, nil
}

// short returns the first line of what a target says that is about the failure.
func short(report string) string {
	const longest = 160
	for line := range strings.Lines(report) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "---") || strings.Contains(line, "[rapid] draw") {
			continue
		}
		if len(line) > longest {
			line = line[:longest] + "…"
		}
		return line
	}
	return "no reason is given"
}
