package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
)

// planOf is a plan of cases whose clients are the letters of a name.
func planOf(names ...string) (*plan.Plan, []int) {
	p := &plan.Plan{}
	var order []int
	for n, name := range names {
		c := plan.Case{ID: name}
		for _, r := range name {
			c.Roles = append(c.Roles, plan.Role{Client: string(r)})
		}
		p.Cases = append(p.Cases, c)
		order = append(order, n)
	}
	return p, order
}

// While one case with a client runs, the others go on; only when all that are
// left need it, it plays twice.
func TestQueueKeepsASlowClientApart(t *testing.T) {
	p, order := planOf("ax", "bx", "xx", "ab", "aa", "bb")
	q := newQueue(p, order, 2)
	var got []string
	take := func() func() {
		t.Helper()
		n, over, ok := q.take()
		if !ok {
			t.Fatalf("nothing left after %v", got)
		}
		got = append(got, p.Cases[n].ID)
		return over
	}
	slow := take() // ax, which takes long
	take()()
	take()() // aa and ab have to wait for a, too
	slow()
	take()()
	take()()
	take()
	if diff := cmp.Diff([]string{"ax", "bb", "bx", "xx", "ab", "aa"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n, _, ok := q.take(); ok {
		t.Errorf("%d is taken twice", n)
	}
}

// Alone, or without others, the order is that of the plan.
func TestQueueInOrder(t *testing.T) {
	for jobs, want := range map[int][]int{1: {2, 0, 1, 3}, 9: {2, 0, 1, 3}} {
		p, _ := planOf("ab", "ab", "c", "a")
		q := newQueue(p, []int{2, 0, 1, 3}, jobs)
		var got []int
		for {
			n, _, ok := q.take()
			if !ok {
				break
			}
			got = append(got, n)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d jobs (-want +got)\n%s", jobs, diff)
		}
	}
}
