package campaign

import (
	"context"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A Campaign runs targets.
type Campaign struct {
	Bench   *Bench
	Targets []fuzz.Target
	// Each is how long each target runs, in turn. When it is zero they share Time.
	Each, Time time.Duration
	Workers    int // 0 is one for each core

	Begin func(run int, t fuzz.Target, limit time.Duration)             // before each run
	Watch func(run int, t fuzz.Target, p Progress)                      // during it
	End   func(run int, t *result.FuzzTarget, r Result, f *result.Fuzz) // after it
}

// Run runs the targets until the time is up or ctx ends, and returns what came
// of it. A target that fails does not run again.
func (c *Campaign) Run(ctx context.Context) *result.Fuzz {
	f := &result.Fuzz{Schema: result.FuzzSchema, Targets: make([]result.FuzzTarget, len(c.Targets))}
	for i, t := range c.Targets {
		f.Targets[i] = result.FuzzTarget{
			Package: t.Package, Name: t.Name, Kind: string(t.Kind),
			Outcome: result.Skipped, Reason: "the campaign ended before its turn", Growth: []result.FuzzPoint{},
		}
	}
	s := newSchedule(c.Targets, c.Each, c.Time)
	for run := 1; ctx.Err() == nil; run++ {
		i, limit, ok := s.next()
		if !ok {
			break
		}
		t := &f.Targets[i]
		before := t.NewCoverage
		c.Begin(run, c.Targets[i], limit)
		r, err := c.fuzz(ctx, run, c.Targets[i], limit)
		if err != nil && ctx.Err() == nil {
			t.Outcome, t.Reason = result.Broken, err.Error()
		} else {
			add(t, &r, f.Summary.Seconds)
		}
		c.Bench.weigh(c.Targets[i], t)
		switch {
		case t.Outcome == result.Pass:
			s.ran(i, r.Elapsed, t.NewCoverage-before)
		case t.Outcome == result.Skipped && r.Skipped == "" && ctx.Err() == nil:
			t.Reason = "its time was up before it had read its corpus"
			s.tooShort(i, r.Elapsed)
		default:
			s.drop(i, r.Elapsed)
		}
		f.Sum()
		c.End(run, t, r, f)
	}
	return f
}

// fuzz runs a target once.
func (c *Campaign) fuzz(ctx context.Context, run int, t fuzz.Target, limit time.Duration) (Result, error) {
	binary, err := c.Bench.Build(ctx, t, ForFuzzing)
	if err != nil {
		return Result{}, err
	}
	return c.Bench.Run(ctx, t, binary, Options{
		Limit: limit, Workers: c.Workers,
		Watch: func(p Progress) { c.Watch(run, t, p) },
	})
}

// add takes a run into the account of its target, since when the campaign has
// fuzzed for so many seconds.
func add(t *result.FuzzTarget, r *Result, since float64) {
	if r.Skipped != "" {
		t.Outcome, t.Reason = result.Skipped, r.Skipped
		return
	}
	if r.Executions == 0 && r.Finding == nil && r.Coverage == 0 {
		return // it was ended before it began
	}
	t.Outcome, t.Reason = result.Pass, ""
	if r.Finding != nil {
		t.Outcome, t.Findings = result.Fail, append(t.Findings, *r.Finding)
	}
	t.NewInputs += r.NewInputs
	t.Runs++
	t.Executions += r.Executions
	t.Seconds = round(t.Seconds + r.Elapsed.Seconds())
	t.ExecutionsPerSecond = math.Round(float64(t.Executions) / max(t.Seconds, 0.001))
	if r.Coverage == 0 {
		return
	}
	for _, p := range append(r.Growth, r.Progress) {
		t.Growth = append(t.Growth, result.FuzzPoint{Seconds: round(since + p.Elapsed.Seconds()), Coverage: p.Coverage})
	}
	t.Growth = thin(t.Growth)
	// What a corpus reaches differs between runs by a few counters.
	t.Coverage = max(t.Coverage, r.Coverage)
	t.NewCoverage = t.Coverage - t.Growth[0].Coverage
}

// round keeps of seconds what is worth reading.
func round(seconds float64) float64 { return math.Round(1000*seconds) / 1000 }

// maxPoints bounds what is kept of the growth of a target.
const maxPoints = 400

// thin leaves out every second point when there are too many, but neither the
// first nor the last.
func thin(points []result.FuzzPoint) []result.FuzzPoint {
	for len(points) > maxPoints {
		kept := points[:1:1]
		for i := 2; i < len(points)-1; i += 2 {
			kept = append(kept, points[i])
		}
		points = append(kept, points[len(points)-1])
	}
	return points
}

// weigh counts the corpus of a target.
func (b *Bench) weigh(target fuzz.Target, t *result.FuzzTarget) {
	t.CorpusInputs, t.CorpusBytes = 0, 0
	for _, folder := range []string{b.Corpus(target), filepath.Join(b.Found(target), target.Name)} {
		_ = filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil // a folder that is not there has no inputs
			}
			if info, err := e.Info(); err == nil {
				t.CorpusInputs++
				t.CorpusBytes += info.Size()
			}
			return nil
		})
	}
}
