// Corpus looks after the corpora of fuzz targets: make fuzz-merge and its
// relatives call it.
//
//	corpus merge      takes what targets found into the corpora, and makes these small
//	corpus coverage   says which statements the corpora reach
//	corpus depth      compares mutation along the presentation language with plain one
//	corpus speed      says how much of a fuzzer's speed the bodies of codec targets leave
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/campaign"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are what the first argument can be.
var commands = map[string]func(*keeper, context.Context, []fuzz.Target) error{
	"merge":    (*keeper).merge,
	"coverage": (*keeper).coverage,
	"depth":    (*keeper).depth,
	"speed":    (*keeper).speed,
}

// A keeper does what the command line asks for.
type keeper struct {
	*campaign.Bench
	each           time.Duration
	stdout, stderr io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	k := &keeper{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&k.each, "time", 30*time.Second, "how long each target of a comparison runs")
	pattern := flags.String("target", "", "only targets whose `package.name` this regular expression matches")
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, "usage: corpus merge|coverage|depth|speed [flags]")
		return 2
	}
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	targets, err := fuzz.Choose("", *pattern)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if k.Bench, err = campaign.Open(ctx, ".", stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer k.Close()
	if err := commands[args[0]](k, ctx, targets); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// forEach calls f for the targets with their test binary, which is built with these
// flags.
func (k *keeper) forEach(ctx context.Context, targets []fuzz.Target, flag string, f func(t fuzz.Target, binary string) error) error {
	for _, t := range targets {
		binary, err := k.Build(ctx, t, flag)
		if err != nil {
			return err
		}
		if err := f(t, binary); err != nil {
			return err
		}
	}
	return ctx.Err()
}
