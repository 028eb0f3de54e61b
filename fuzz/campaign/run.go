package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/runner/result"
)

// Options are how a target runs.
type Options struct {
	Limit   time.Duration
	Found   string   // the folder for what reaches more; [Bench.Found] if empty
	Dir     string   // with testdata/fuzz in it; [Bench.Folder] if empty
	Workers int      // 0 is one for each core
	Seed    int      // of the mutations; 0 is another one each time
	Env     []string // besides that of this process
	Watch   func(Progress)
}

// A Progress is how far a run is.
type Progress struct {
	Elapsed    time.Duration
	Executions int64
	Rate       int64 // executions per second, of late
	NewInputs  int
	Coverage   int // 0 as long as it is not known
}

// A Result is what became of a run.
type Result struct {
	Progress            // at its end
	Start    int        // the coverage of the corpus
	Skipped  string     // why the target did not run
	Growth   []Progress // a point wherever the coverage grew
	Finding  *result.FuzzFinding
	CPU      time.Duration // that all processes have taken
	// Early says that package testing took the end of the time for a failure.
	Early bool
}

// Run fuzzes with a target until its time is up, or it fails. An error says that
// it did not run.
func (b *Bench) Run(ctx context.Context, t fuzz.Target, binary string, o Options) (Result, error) {
	found := o.Found
	if found == "" {
		found = b.Found(t)
	}
	cmd := b.Command(ctx, t, binary,
		"-test.v", // so that it says why it skips
		"-test.run=^$",
		"-test.fuzz=^"+t.Name+"$",
		"-test.fuzztime="+o.Limit.String(),
		// Counted in runs: a time would be spent on every input that reaches more.
		"-test.fuzzminimizetime=100x",
		"-test.fuzzcachedir="+found,
	)
	if o.Workers > 0 {
		cmd.Args = append(cmd.Args, "-test.parallel="+strconv.Itoa(o.Workers))
	}
	if o.Dir != "" {
		cmd.Dir = o.Dir
	}
	cmd.Env = append(append(cmd.Environ(), o.Env...), "GODEBUG="+debug(o.Seed))
	out := newOutput(o.Watch)
	cmd.Stdout, cmd.Stderr = out, out // one pipe, so that lines keep their order
	err := cmd.Run()
	r := out.result(t)
	if s := cmd.ProcessState; s != nil {
		r.CPU = s.UserTime() + s.SystemTime()
	}
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case err == nil && !out.ran:
		return r, errors.New("there is no such target in these sources")
	case failed && r.Finding != nil:
		if strings.Contains(r.Finding.Message, hung) && b.passes(ctx, t, cmd, r.Finding.Input) {
			r.Finding.Message += "\nRun again, the input passes. Package testing ends what takes longer than ten seconds, which can happen on a busy machine."
		}
		return r, nil
	case failed && endedInTime(out.report.String()):
		r.Early = true
		return r, nil
	case failed:
		return r, fmt.Errorf("%v\n%s", exit, strings.TrimSpace(out.report.String()))
	}
	return r, err
}

// hung is what package testing says of a worker that has gone.
const hung = "hung or terminated unexpectedly"

// passes runs a target once more, on one input, as it ran in cmd.
func (b *Bench) passes(ctx context.Context, t fuzz.Target, cmd *exec.Cmd, input string) bool {
	again := b.Command(ctx, t, cmd.Path, "-test.run=^"+t.Name+"$/^"+regexp.QuoteMeta(path.Base(input))+"$")
	again.Dir, again.Env = cmd.Dir, cmd.Env
	return again.Run() == nil
}

// debug has package testing tell what is covered, which it does only there, and
// begin with the seed.
func debug(seed int) string {
	settings := []string{"fuzzdebug=1"}
	if seed != 0 {
		settings = append(settings, fmt.Sprintf("fuzzseed=%d", seed))
	}
	if inherited := os.Getenv("GODEBUG"); inherited != "" {
		settings = append(settings, inherited)
	}
	return strings.Join(settings, ",")
}
