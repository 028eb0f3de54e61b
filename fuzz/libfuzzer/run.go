package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/impl/parallel"
)

// What ClusterFuzz allows a target, in seconds for an input and in megabytes.
const (
	inputSeconds = 25
	memory       = 2560
)

// An outcome is what a run of a target came to.
type outcome struct {
	runs, perSecond int
	crashes         []string // the files of the inputs
	err             error
}

// runAll runs the binaries of targets, each for a time, and prints a table.
func runAll(ctx context.Context, targets []fuzz.Target, o options) error {
	temp, err := os.MkdirTemp("", "libfuzzer-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if o.out, err = filepath.Abs(o.out); err != nil {
		return err
	}
	outcomes := make([]outcome, len(targets))
	var printing sync.Mutex
	err = parallel.Each(len(targets), func(i int) error {
		output, result := o.runOne(ctx, targets[i], filepath.Join(temp, binary(targets[i])))
		outcomes[i] = result
		printing.Lock()
		defer printing.Unlock()
		fmt.Fprintf(o.stdout, "%s: %d runs\n", binary(targets[i]), result.runs)
		if result.err != nil {
			fmt.Fprintf(o.stdout, "%v\n%s\n", result.err, progress.ReplaceAll(output, nil))
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return o.table(targets, outcomes)
}

// runOne runs a target with its seeds. Inputs that crash it go to a folder beside
// its binary.
func (o options) runOne(ctx context.Context, t fuzz.Target, corpus string) (output []byte, result outcome) {
	program := filepath.Join(o.out, binary(t))
	if err := extract(program+"_seed_corpus.zip", corpus); err != nil {
		return nil, outcome{err: err}
	}
	crashes := filepath.Join(o.out, "crashes", binary(t)) + "-"
	if err := os.MkdirAll(filepath.Dir(crashes), 0o777); err != nil {
		return nil, outcome{err: err}
	}
	args := []string{
		fmt.Sprintf("-max_total_time=%.0f", o.time.Seconds()),
		fmt.Sprintf("-timeout=%d", inputSeconds), fmt.Sprintf("-rss_limit_mb=%d", memory),
		"-print_final_stats=1", "-artifact_prefix=" + crashes, corpus,
	}
	if dictionary := program + ".dict"; exists(dictionary) {
		args = append(args, "-dict="+dictionary)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = corpus // the services give a target no files but its own
	output, result.err = cmd.CombinedOutput()
	result.runs = statistic(output, "number_of_executed_units")
	result.perSecond = statistic(output, "average_exec_per_sec")
	if result.err == nil && result.runs == 0 {
		result.err = errors.New("it made no runs")
	}
	result.crashes, _ = filepath.Glob(crashes + "*")
	return output, result
}

// progress matches the lines in which libFuzzer tells how far it is.
var progress = regexp.MustCompile(`(?m)^#\d+\s.*\n`)

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// extract writes the files of an archive to a folder, which it makes.
func extract(archive, folder string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	return os.CopyFS(folder, z)
}

// statistic returns a number that libFuzzer prints at its end.
func statistic(output []byte, name string) int {
	found := regexp.MustCompile(`(?m)^stat::` + name + `:\s*(\d+)$`).FindSubmatch(output)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1])) // digits only
	return n
}

// table prints what all runs came to. The error says how many failed.
func (o options) table(targets []fuzz.Target, outcomes []outcome) error {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "target\truns\truns/s\tcrashes\t")
	runs, failed := 0, 0
	for i, t := range targets {
		result := outcomes[i]
		runs += result.runs
		if result.err != nil {
			failed++
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t\n", binary(t), result.runs, result.perSecond, len(result.crashes))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%s%d targets, %d runs\n", &text, len(targets), runs)
	if failed > 0 {
		return fmt.Errorf("%d of %d targets failed; the inputs are in %s", failed, len(targets), filepath.Join(o.out, "crashes"))
	}
	return nil
}
