package run

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/result"
)

// Limits are the times that a run allows. Zero means the default.
type Limits struct {
	Start time.Duration // for a client to introduce itself; by default more for one that is started
	RPC   time.Duration // for one answer
	Case  time.Duration // for a case, once more for a second run of it
}

// The defaults.
const (
	DefaultStart = 10 * time.Second // three times as much for a client that is started
	DefaultRPC   = 30 * time.Second
	DefaultCase  = 10 * time.Minute
)

// start is the time in which a client of a kind has to introduce itself.
func (l *Limits) start(k Kind) time.Duration {
	switch {
	case l.Start > 0:
		return l.Start
	case k == Started:
		return 3 * DefaultStart
	}
	return DefaultStart
}

// probe is the time for a client that failed to show that it is there.
func (l *Limits) probe() time.Duration { return min(l.RPC, 2*time.Second) }

// A Pool holds the clients of a run, and all that was started for them.
type Pool struct {
	limits  Limits
	ports   ports
	clients []*party // in the order in which they were named
	byName  map[string]*party
}

// An OpenError says which client could not take part, and why.
type OpenError struct {
	Client string
	Err    error
}

func (e *OpenError) Error() string { return fmt.Sprintf("client %s: %v", e.Client, e.Err) }

// Unwrap returns why.
func (e *OpenError) Unwrap() error { return e.Err }

// Open starts the clients that are to be started and asks all what they are.
// When one cannot be reached that is not optional, all are ended again.
func Open(ctx context.Context, clients []Client, limits Limits) (*Pool, error) {
	p := &Pool{limits: limits.orDefault(), byName: map[string]*party{}}
	for _, c := range clients {
		if p.byName[c.Name] != nil {
			return nil, &OpenError{c.Name, fmt.Errorf("there are two of that name")}
		}
		opened := &party{Client: c, pool: p}
		p.clients = append(p.clients, opened)
		p.byName[c.Name] = opened
	}
	failed := make([]error, len(p.clients))
	var all sync.WaitGroup
	for n, c := range p.clients {
		all.Go(func() {
			i, who, err := c.enter(ctx)
			switch {
			case err != nil && c.Optional && ctx.Err() == nil:
				c.notes = err.Error()
				return
			case err != nil:
				failed[n] = &OpenError{c.Name, err}
				return
			}
			c.stack, c.suites, c.notes = who.stack, who.suites, who.note
			c.idle = []*instance{i}
		})
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

func (l Limits) orDefault() Limits {
	if l.RPC == 0 {
		l.RPC = DefaultRPC
	}
	if l.Case == 0 {
		l.Case = DefaultCase
	}
	return l
}

// Close ends what was started, and nothing else. No case may run any more.
func (p *Pool) Close() {
	var all sync.WaitGroup
	for _, c := range p.clients {
		for _, i := range c.idle {
			all.Go(i.finish)
		}
		c.idle = nil
	}
	all.Wait()
}

// Plannable lists the clients as a plan needs them.
func (p *Pool) Plannable() []plan.Client {
	var list []plan.Client
	for _, c := range p.clients {
		list = append(list, plan.Client{Name: c.Name, Suites: c.suites})
	}
	return list
}

// Report says what became of each client.
func (p *Pool) Report() []result.InteropClient {
	var list []result.InteropClient
	for _, c := range p.clients {
		list = append(list, c.report())
	}
	return list
}
