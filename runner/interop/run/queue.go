package run

import (
	"slices"
	"strings"
	"sync"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
)

// A queue hands out the cases of a plan. They come in order, except that no
// client plays in all cases that run at once while there are others without it:
// one that is slow, or hangs, then holds up its own cases only.
type queue struct {
	jobs int // cases at once

	mu      sync.Mutex
	lines   []*line
	playing map[string]int // in how many of the cases that run, by client
}

// A line is the cases of the same clients.
type line struct {
	clients []string
	waiting []turn
}

// A turn is a case and its place in the order of all.
type turn struct{ place, n int }

// newQueue makes a queue of the cases of the plan in the order of their numbers.
func newQueue(p *plan.Plan, order []int, jobs int) *queue {
	q := &queue{jobs: jobs, playing: map[string]int{}}
	byClients := map[string]*line{}
	for place, n := range order {
		clients := clientsOf(&p.Cases[n])
		key := strings.Join(clients, "/")
		l := byClients[key]
		if l == nil {
			l = &line{clients: clients}
			byClients[key] = l
			q.lines = append(q.lines, l)
		}
		l.waiting = append(l.waiting, turn{place, n})
	}
	return q
}

// clientsOf lists the clients of a case in order, each once.
func clientsOf(c *plan.Case) []string {
	var names []string
	for _, r := range c.Roles {
		names = append(names, r.Client)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// take returns the number of the case that is to run next, and what has to be
// called when it is over. There is none when all have been taken.
func (q *queue) take() (n int, over func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.first(func(l *line) bool {
		return !slices.ContainsFunc(l.clients, func(c string) bool { return q.jobs > 1 && q.playing[c] >= q.jobs-1 })
	})
	if l == nil {
		l = q.first(func(*line) bool { return true })
	}
	if l == nil {
		return 0, nil, false
	}
	n, l.waiting = l.waiting[0].n, l.waiting[1:]
	q.play(l.clients, 1)
	return n, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.play(l.clients, -1)
	}, true
}

func (q *queue) play(clients []string, cases int) {
	for _, c := range clients {
		q.playing[c] += cases
	}
}

// first is the line, of those that are free, whose first case has waited most.
func (q *queue) first(free func(*line) bool) *line {
	var found *line
	for _, l := range q.lines {
		if len(l.waiting) > 0 && free(l) && (found == nil || l.waiting[0].place < found.waiting[0].place) {
			found = l
		}
	}
	return found
}
