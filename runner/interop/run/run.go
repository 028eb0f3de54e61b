package run

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/result"
)

// Options say what to run, and how. Pool and Plan are needed.
type Options struct {
	Pool *Pool
	Plan *plan.Plan

	Jobs     int           // cases at once; zero means one for each core
	Timeout  time.Duration // for all cases together; zero means no limit
	FailFast bool          // after the first failure no other case is begun

	// Out is the folder for what failing cases leave. Empty means that nothing
	// is kept.
	Out    string
	Replay func(id string) string // the command that runs a case alone; may be nil

	// Known, if not nil, may turn the outcome of a case into what a baseline
	// says of it.
	Known func(*result.InteropCase)

	Version  string                            // of the tool
	Started  time.Time                         // when the run began; zero means now
	Progress func(done, total int)             // called after each case, by one goroutine at a time; may be nil
	Done     func(n int, c result.InteropCase) // the same, with the place of the case in the plan; may be nil
}

// Run carries out the plan. When ctx ends, or the time is up, what has not run
// is skipped. An error says that a folder for a failing case could not be
// written; the result is whole all the same.
func Run(ctx context.Context, o Options) (*result.Interop, error) {
	if o.Started.IsZero() {
		o.Started = time.Now()
	}
	ctx, cancel := limit(ctx, o.Timeout)
	defer cancel()
	r := &run{o: &o, cases: describe(o.Plan), reasons: map[string]int{}}
	r.all(ctx)
	out := &result.Interop{
		Schema:  result.InteropSchema,
		Tool:    result.Tool{Version: o.Version},
		Started: result.Stamp(o.Started),
		Plan:    result.InteropPlan{Digest: o.Plan.Digest, Cases: o.Plan.Total, Notes: o.Plan.Notes},
		Clients: o.Pool.Report(),
		Cases:   r.cases,
	}
	for n := range out.Cases {
		out.Summary.Count(out.Cases[n].Outcome)
	}
	out.Summary.Seconds = seconds(time.Since(o.Started))
	out.Summary.PeakRSSBytes = runner.PeakRSS()
	return out, r.err
}

// describe makes the verdicts of cases that have not run. They are there from the
// start, so that a long run takes no more memory in the end than in the beginning.
func describe(p *plan.Plan) []result.InteropCase {
	cases := make([]result.InteropCase, len(p.Cases))
	shared := map[*plan.Role][]result.InteropRole{} // as in the plan
	for n := range cases {
		c := &p.Cases[n]
		roles := shared[&c.Roles[0]]
		if roles == nil {
			for _, r := range c.Roles {
				roles = append(roles, result.InteropRole(r))
			}
			shared[&c.Roles[0]] = roles
		}
		cases[n] = result.InteropCase{
			ID:      c.ID,
			File:    c.Script.File,
			Script:  c.Script.Name,
			Suite:   c.Suite,
			Framing: string(c.Framing),
			Roles:   roles,
		}
	}
	return cases
}

// limit is a context that says why it ended.
func limit(ctx context.Context, total time.Duration) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(errInterrupted) })
	release := func() {}
	if total > 0 {
		inner, release = context.WithTimeoutCause(inner, total, errTotal)
	}
	return inner, func() {
		stop()
		release()
		cancel(nil)
	}
}

// A run is a plan on its way.
type run struct {
	o     *Options
	cases []result.InteropCase // in the order of the plan

	mu      sync.Mutex
	done    int
	stopped bool // by a failure
	err     error
	reasons map[string]int // of known failures, and how many there were
}

// all brings every case to a verdict.
func (r *run) all(ctx context.Context) {
	order := make([]int, len(r.o.Plan.Cases))
	for n := range order {
		order[n] = n
	}
	jobs := cmp.Or(r.o.Jobs, runtime.GOMAXPROCS(0))
	if jobs > 1 {
		// The longest first: one that takes as long as all others together
		// should not be the last to start.
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(len(r.o.Plan.Cases[b].Script.Steps), len(r.o.Plan.Cases[a].Script.Steps))
		})
	}
	queue := newQueue(r.o.Plan, order, jobs)
	var workers sync.WaitGroup
	for range min(jobs, len(order)) {
		workers.Go(func() {
			for {
				n, over, ok := queue.take()
				if !ok {
					return
				}
				v := r.one(ctx, n)
				over()
				r.finished(n, v)
			}
		})
	}
	workers.Wait()
}

// finished takes note of a verdict.
func (r *run) finished(n int, v result.InteropCase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cases[n] = v
	r.done++
	if r.o.FailFast && failed(&v) {
		r.stopped = true
	}
	if r.o.Done != nil {
		r.o.Done(n, v)
	}
	if r.o.Progress != nil {
		r.o.Progress(r.done, len(r.cases))
	}
}

// failed reports whether a case makes the run fail.
func failed(v *result.InteropCase) bool {
	switch v.Outcome {
	case result.Fail, result.Timeout, result.Broken:
		return true
	}
	return v.Disagrees()
}

// one brings a case to its verdict.
func (r *run) one(ctx context.Context, n int) result.InteropCase {
	c, v := &r.o.Plan.Cases[n], &r.cases[n]
	if why := r.over(ctx); why != "" {
		skipped := *v
		skipped.Outcome, skipped.Detail = result.Skipped, why
		return skipped
	}
	first := r.attempt(ctx, c, *v, false)
	r.release(first)
	last := first
	if first.again() && ctx.Err() == nil {
		if second := r.attempt(ctx, c, *v, true); second.verdict.Outcome != result.Skipped {
			last = second
			last.verdict.First = first.verdict.Outcome
		}
		r.release(last)
	}
	v = &last.verdict
	if last == first && first.stuck != "" && failed(v) {
		v.Detail += fmt.Sprintf("\n%s had failed before and cannot be started again, so this may follow from that", first.stuck)
	}
	if !last.judged {
		r.known(last)
	}
	if (failed(v) || v.Outcome == result.Known) && r.o.Replay != nil {
		v.Replay = r.o.Replay(c.ID)
	}
	if r.o.Out != "" && (failed(v) || last != first || v.Outcome == result.Known && r.rare(v.Reason)) {
		v.Folder = folderOf(r.o.Out, c.ID)
		r.keep(last.leave(v.Folder, c))
		if last != first {
			r.keep(first.leave(filepath.Join(v.Folder, "first"), c))
		}
	}
	return *v
}

// known lets the baseline judge an attempt, once.
func (r *run) known(a *attempt) {
	a.judged = true
	if r.o.Known != nil {
		r.o.Known(&a.verdict)
	}
}

// rare reports whether there are only a few folders of cases that failed for a
// known reason. There may be thousands of such cases, and one shows what it is.
func (r *run) rare(reason string) bool {
	const few = 3
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reasons[reason]++
	return r.reasons[reason] <= few
}

// over says why no other case is begun, or nothing.
func (r *run) over(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil {
		return cause.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return "a case failed before, and the run was to end then"
	}
	return ""
}

// release gives back what an attempt used.
func (r *run) release(a *attempt) {
	for _, i := range a.instances {
		i.client.release(i)
	}
}

// keep remembers the first folder that could not be written.
func (r *run) keep(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("what a failing case left cannot be written: %w", err)
	}
}
