// Libfuzzer makes a libFuzzer binary of each fuzz target, with what it begins
// with and with a dictionary, all as OSS-Fuzz and ClusterFuzzLite want it.
//
//	libfuzzer build -out DIR            builds them
//	libfuzzer run -out DIR -time 1m     runs what was built, each for a time
//
// The compiler and its flags are taken from the variables that these services
// set: CXX, CXXFLAGS and LIB_FUZZING_ENGINE. By default it is clang++ with its
// own libFuzzer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
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
	commands := map[string]func(context.Context, []fuzz.Target, options) error{"build": build, "run": runAll}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, "usage: libfuzzer build|run [flags]")
		return 2
	}
	o := options{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("libfuzzer "+args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.out, "out", "", "the `folder` of the binaries")
	flags.DurationVar(&o.time, "time", time.Minute, "how long each target runs")
	pattern := flags.String("target", "", "only targets whose `package.name` this regular expression matches")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	targets, err := fuzz.Choose("", *pattern)
	if err == nil && o.out == "" {
		err = errors.New("-out is needed")
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := commands[args[0]](ctx, o.possible(targets), o); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// options are those of the command line.
type options struct {
	out            string
	time           time.Duration
	stdout, stderr io.Writer
}

// possible returns the targets that can be a single binary. Those that ask other
// stacks need these as processes.
func (o options) possible(targets []fuzz.Target) []fuzz.Target {
	return slices.DeleteFunc(targets, func(t fuzz.Target) bool {
		if t.Kind == fuzz.Differential {
			fmt.Fprintf(o.stdout, "%v is left out: it needs the programs of other stacks\n", t)
		}
		return t.Kind == fuzz.Differential
	})
}
