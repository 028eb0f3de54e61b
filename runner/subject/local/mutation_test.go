//go:build mutation

package local_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A check is a row of the mutation table. It is taken out where it stands, and
// what comes after it runs on.
type check struct {
	what string
	// ids are the requirements that the check is for. A case can name others
	// besides, which have no check of their own or another row.
	ids []rule.ID
}

func (c *check) isFor(ids []rule.ID) bool {
	return slices.ContainsFunc(ids, func(id rule.ID) bool { return slices.Contains(c.ids, id) })
}

// A question is a case of any family.
type question struct {
	id string
	format.Expectation
	judge func() format.Verdict
}

// noticeMissingChecks takes the checks out one after the other. Each time exactly
// the cases about it have to be accepted, and all others keep their verdicts. It
// prints the mutation table.
func noticeMissingChecks(t *testing.T, checks []check, cases []question) {
	t.Helper()
	for _, q := range cases {
		if q.Result == format.Reject && !slices.ContainsFunc(checks, func(c check) bool { return c.isFor(q.IDs) }) {
			t.Errorf("%s is in no row of the table: %v", q.id, q.IDs)
		}
	}
	before := judgeAll(cases)
	var table strings.Builder
	for _, c := range checks {
		restore := rule.Skip(c.ids...)
		after := judgeAll(cases)
		restore()
		rejected, accepted := 0, 0
		for i, q := range cases {
			concerned := c.isFor(q.IDs)
			want := before[i].Result
			switch {
			case concerned && q.Result == format.Reject:
				rejected++
				want = format.Accept
			case q.Result == format.Either && after[i].Result == format.Accept:
				want = format.Accept // both are right, without the check too
			}
			if after[i].Result != want {
				t.Errorf("without the check of %v %s has the verdict %s, want %s: %s", c.ids, q.id, after[i].Result, want, after[i].Detail)
			} else if concerned && q.Result == format.Reject {
				accepted++
			}
		}
		if rejected == 0 {
			t.Errorf("no case is about %v", c.ids)
		}
		fmt.Fprintf(&table, "\n%4d %4d  %-62s %v", rejected, accepted, c.what, c.ids)
	}
	t.Logf("refused cases, how many of them are accepted without the check, and the check:%s", &table)
}

// endOfInput is the check that nothing is read past the end.
var endOfInput = []rule.ID{"rfc9420-2.1-01", "rfc9420-2.1.2-05", "rfc9420-2.1.2-08"}

// inBuffer returns the bytes of a case. Where they end too early, what was cut off
// lies behind them, for those who read on past the end: it comes from a case that
// is accepted.
func inBuffer[C any](input []byte, ids []rule.ID, all []C, accepted func(*C) []byte) []byte {
	if slices.ContainsFunc(ids, func(id rule.ID) bool { return slices.Contains(endOfInput, id) }) {
		for i := range all {
			if whole := accepted(&all[i]); whole != nil && bytes.HasPrefix(whole, input) {
				return whole[:len(input)]
			}
		}
	}
	return slices.Clip(input)
}

// judgeAll judges the cases on all cores.
func judgeAll(cases []question) []format.Verdict {
	verdicts := make([]format.Verdict, len(cases))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(cases); i = int(next.Add(1)) - 1 {
				verdicts[i] = cases[i].judge()
			}
		})
	}
	workers.Wait()
	return verdicts
}
