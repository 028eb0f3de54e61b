package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A job is a case on its way to a verdict. One without raw bytes has its
// verdict already.
type job struct {
	source  int // index in Options.Sources
	check   func(context.Context, json.RawMessage) error
	waits   bool // check ends soon after its context, and has something to say then
	raw     json.RawMessage
	verdict result.Case
}

// interrupted is why cases were not run to their end.
const interrupted = "the run was interrupted"

// execute brings every job to a verdict.
func (o *Options) execute(ctx context.Context, jobs []*job) {
	// The largest cases first: one that takes as long as all others together
	// should not be the last to start.
	queue := slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.raw == nil })
	slices.SortStableFunc(queue, func(a, b *job) int { return cmp.Compare(len(b.raw), len(a.raw)) })

	next := make(chan *job)
	var workers sync.WaitGroup
	var progress sync.Mutex
	done := 0
	for range min(cmp.Or(o.Jobs, runtime.GOMAXPROCS(0)), len(queue)) {
		workers.Go(func() {
			for j := range next {
				j.run(ctx, o.Timeout)
				if o.Progress == nil {
					continue
				}
				progress.Lock()
				done++
				o.Progress(done, len(queue))
				progress.Unlock()
			}
		})
	}
	for _, j := range queue {
		next <- j
	}
	close(next)
	workers.Wait()
}

// run replays the case in a goroutine of its own, so that one that hangs can
// be left behind.
func (j *job) run(ctx context.Context, limit time.Duration) {
	if ctx.Err() != nil {
		j.verdict.Outcome = result.Skipped
		j.verdict.Detail = interrupted
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	answer := make(chan error, 1)
	go func() { answer <- protect(ctx, j) }()
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = ctx.Err()
		if j.waits {
			err = <-answer
		}
	}
	j.verdict.Seconds = seconds(time.Since(start))
	if end := ctx.Err(); end != nil && errors.Is(err, end) {
		j.abandon(end, limit)
		if fault, ok := errors.AsType[*subject.Fault](err); ok {
			j.verdict.Detail += fault.Written()
		}
		return
	}
	j.judge(err)
}

// abandon is the verdict on a case that was still running when its time, or
// that of the whole run, ended.
func (j *job) abandon(end error, limit time.Duration) {
	j.verdict.Outcome, j.verdict.Detail = result.Skipped, interrupted
	if errors.Is(end, context.DeadlineExceeded) {
		j.verdict.Outcome, j.verdict.Detail = result.Timeout, fmt.Sprintf("no verdict within %v", limit)
	}
}

// protect runs the check and turns a panic into an error.
func protect(ctx context.Context, j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.check(ctx, j.raw)
}

// judge writes what a check returned into the verdict.
func (j *job) judge(err error) {
	v := &j.verdict
	switch {
	case err == nil:
		v.Outcome = result.Pass
		return
	case errors.Is(err, result.ErrUnsupported):
		v.Outcome = result.Unsupported
	default:
		v.Outcome = result.Fail
	}
	v.Detail = err.Error()
	if e, ok := errors.AsType[*result.VerdictError](err); ok {
		if e.Want == format.Either {
			v.Outcome = result.Either
		}
		v.Requirements = e.IDs
		if e.Got != e.Want { // and not for a wrong reason only
			v.Verdict = e.Got
		}
		return
	}
	if m, ok := errors.AsType[*result.Mismatch](err); ok {
		v.Field, v.Diff = m.Field, m.Diff()
	} else if f, ok := errors.AsType[*result.FieldError](err); ok {
		v.Field = f.Field
	}
	v.Requirements = rule.All(err)
}

// seconds is d to the microsecond: the digits beyond are noise.
func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }
