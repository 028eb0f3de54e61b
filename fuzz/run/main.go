// Run runs fuzz targets in turn, as make fuzz does. What they find stays in the
// cache of the go command and, for crashers, in testdata/fuzz beside the target.
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

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	each := flags.Duration("time", 30*time.Second, "how long each target runs")
	total := flags.Duration("total", 0, "how long all targets run together, in place of -time")
	kind := flags.String("kind", "", "only targets of this `kind`")
	pattern := flags.String("target", "", "only targets whose `package.name` this regular expression matches")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	targets, err := choose(fuzz.Targets(), fuzz.Kind(*kind), *pattern)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if *total > 0 {
		*each = *total / time.Duration(len(targets))
	}
	c := &campaign{each: *each, count: len(targets), stdout: stdout, stderr: stderr}
	if err := c.run(ctx, targets); err != nil {
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
