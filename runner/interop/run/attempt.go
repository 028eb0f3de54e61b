package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/result"
)

// An attempt is one run of a case.
type attempt struct {
	verdict   result.InteropCase
	instances []*instance // that took part, in the order of the roles
	record    *recorder
	judged    bool   // by what is known of the clients
	suspect   bool   // a client in it had failed something before, and can be started anew
	stuck     string // the name of one that had, and cannot
}

// attempt runs a case once, and fills in a blank verdict. With fresh, the clients that can be started anew
// are.
func (r *run) attempt(ctx context.Context, c *plan.Case, blank result.InteropCase, fresh bool) *attempt {
	a := &attempt{verdict: blank}
	if r.o.Out != "" {
		a.record = newRecorder()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Pool.limits.Case, errCaseLimit)
	defer cancel()
	start := time.Now()
	defer func() { a.verdict.Seconds = seconds(time.Since(start)) }()

	players, err := r.cast(ctx, c, a, fresh)
	if err != nil {
		a.skip(ctx, err)
		return a
	}
	w := newWorld(ctx, c, players, r.o.Pool.limits.RPC)
	w.record = a.record
	steps, err := protect(w)
	a.verdict.Steps = steps
	a.judge(w, err)
	if failed(&a.verdict) {
		r.known(a)
	}
	a.blame(w, err)
	r.free(ctx, a, w)
	a.verdict.RPCs = w.rpcs
	return a
}

// cast finds an instance for each client of the case, and so for each role.
func (r *run) cast(ctx context.Context, c *plan.Case, a *attempt, fresh bool) (map[string]*instance, error) {
	byClient := map[string]*instance{}
	players := make(map[string]*instance, len(c.Roles))
	for _, role := range c.Roles {
		i := byClient[role.Client]
		if i == nil {
			var err error
			if i, err = r.lease(ctx, role.Client, fresh); err != nil {
				return nil, err
			}
			byClient[role.Client] = i
			a.instances = append(a.instances, i)
			if i.cast() {
				if i.client.Kind == Running {
					a.stuck = role.Client
				} else {
					a.suspect = true
				}
			}
		}
		players[role.Role] = i
	}
	return players, nil
}

func (r *run) lease(ctx context.Context, name string, fresh bool) (*instance, error) {
	c := r.o.Pool.byName[name]
	if c == nil {
		return nil, fmt.Errorf("there is no client %s", name)
	}
	if fresh && c.Kind != Running {
		return c.fresh(ctx)
	}
	return c.lease(ctx)
}

// skip is the verdict where a client was not there, or the run was over.
func (a *attempt) skip(ctx context.Context, err error) {
	a.verdict.Outcome, a.verdict.Detail = result.Skipped, err.Error()
	if cause := context.Cause(ctx); cause != nil {
		a.verdict.Detail = cause.Error()
	}
}

// protect plays the case and turns a panic into an error.
func protect(w *world) (steps int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return w.play()
}

// judge writes into the verdict what came of the script.
func (a *attempt) judge(w *world, err error) {
	v := &a.verdict
	v.Agreement, v.AgreementDetail = w.agreement.outcome, w.agreement.detail
	if err == nil {
		v.Outcome = result.Pass
		if f := w.agreement.failure; f != nil {
			v.RPC, v.Client, v.Code, v.Requirements = f.rpc, f.client, f.code, f.requirements
		}
		return
	}
	if w.step != nil {
		v.Step, v.Action = new(w.step.Index), string(w.step.Action)
	}
	v.Detail = err.Error()
	f, ok := errors.AsType[*failure](err)
	if !ok {
		v.Outcome = result.Broken
		return
	}
	v.Outcome = f.outcome
	v.RPC, v.Client, v.Code, v.Requirements = f.rpc, f.client, f.code, f.requirements
}

// blame lets the clients know that the case did not pass. After a failure all
// that took part are suspicious, since one may have misled another. They go on
// after one that is known, as after what they do not do; only then a run against a
// stack of which much is known is not one of starting it again and again.
func (a *attempt) blame(w *world, err error) {
	for _, f := range []error{err, w.agreement.err()} {
		if f == nil {
			continue
		}
		worn, silent := a.verdict.Outcome != result.Known, ""
		if f, ok := errors.AsType[*failure](f); ok {
			if f.outcome == result.Unsupported {
				worn = false
			}
			if f.dead {
				worn, silent = true, f.client
			}
		}
		for _, i := range a.instances {
			i.blame(worn, i.client.Name == silent)
		}
	}
}

// free has the clients forget the states of the case, also when it failed. An
// instance that is not used again needs no order.
func (r *run) free(ctx context.Context, a *attempt, w *world) {
	limit := w.limit
	if a.verdict.Outcome != result.Pass {
		// What ended the case must not keep it from being cleaned up.
		const all = 10 * time.Second
		limit = min(limit, r.o.Pool.limits.probe())
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), all)
		defer cancel()
	}
	current := w.current()
	for _, i := range a.instances {
		if i.client.Kind != Running && i.spent() {
			continue
		}
		states := w.handles[i]
		if i.client.freesAll() {
			for h := range w.begun {
				if h.i == i {
					states = append(states, h.state)
				}
			}
		}
		slices.Sort(states)
		for _, state := range slices.Compact(states) {
			if !a.forget(ctx, w, i, state, current[held{i, state}], limit) {
				break
			}
		}
	}
}

// held is a state at an instance.
type held struct {
	i     *instance
	state uint32
}

// current says whose states are the last of their members.
func (w *world) current() map[held]string {
	all := map[held]string{}
	for _, m := range w.seats {
		all[held{w.players[m.role], m.state}] = m.role
	}
	return all
}

// forget frees a state, and tells whether to go on. That a state which others
// followed is gone already is right; the last one of a role has to be there.
func (a *attempt) forget(ctx context.Context, w *world, i *instance, state uint32, role string, limit time.Duration) bool {
	rpcCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w.rpcs++
	start := time.Now()
	request := &mlsclient.FreeRequest{StateId: state}
	response, err := i.rpc.Free(rpcCtx, request)
	var f *failure
	if err != nil {
		f = explain(ctx, rpcCtx, i, role, "Free", limit, err)
	}
	if w.record != nil {
		w.record.add(nil, role, i, "Free", request, response, f, time.Since(start))
	}
	switch {
	case f == nil || role == "" && f.refused:
		return true
	case f.outcome == result.Unsupported || f.outcome == result.Skipped:
		return false
	}
	i.blame(true, f.dead)
	if v := &a.verdict; v.Outcome == result.Pass {
		v.Outcome, v.Detail = f.outcome, f.detail
		v.RPC, v.Client, v.Code, v.Requirements = f.rpc, f.client, f.code, f.requirements
	}
	return !f.dead
}

// again reports whether the failure may follow from one before, so that the case
// has to be run once more on clients that have done nothing else.
func (a *attempt) again() bool {
	return a.suspect && (a.verdict.Outcome == result.Fail || a.verdict.Outcome == result.Timeout)
}

// seconds is d to the microsecond: the digits beyond are noise.
func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }
