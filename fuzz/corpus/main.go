// Run works with fuzz targets: make fuzz and its relatives call it.
//
//	run fuzz       runs targets in turn
//	run merge      takes what they found into the corpora, and makes these small
//	run coverage   says which statements the corpora reach
//	run depth      compares mutation along the presentation language with plain one
//
// What targets find stays in the cache of the go command until it is merged;
// crashers go to testdata/fuzz beside the target.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are what the first argument can be.
var commands = map[string]func(*bench, context.Context, []fuzz.Target) error{
	"fuzz":     (*bench).fuzz,
	"merge":    (*bench).merge,
	"coverage": (*bench).coverage,
	"depth":    (*bench).depth,
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	b := &bench{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&b.each, "time", 30*time.Second, "how long each target runs")
	flags.DurationVar(&b.total, "total", 0, "how long all targets run together, in place of -time")
	kind := flags.String("kind", "", "only targets of this `kind`")
	pattern := flags.String("target", "", "only targets whose `package.name` this regular expression matches")
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, "usage: run fuzz|merge|coverage|depth [flags]")
		return 2
	}
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	targets, err := choose(fuzz.Targets(), fuzz.Kind(*kind), *pattern)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := b.open(ctx); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer b.close()
	if err := commands[args[0]](b, ctx, targets); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// choose returns the targets of a kind that match a pattern; what is empty
// excludes none.
func choose(targets []fuzz.Target, kind fuzz.Kind, pattern string) ([]fuzz.Target, error) {
	matches, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(slices.Clone(targets), func(t fuzz.Target) bool {
		return kind != "" && t.Kind != kind || !matches.MatchString(t.String())
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no target of kind %q matches %q", kind, pattern)
	}
	return chosen, nil
}
