package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

func TestAllBugsAreInTheTable(t *testing.T) {
	var got []rule.Bug
	for _, p := range plantings {
		got = append(got, p.bug)
		if !slices.ContainsFunc(fuzz.Targets(), func(t fuzz.Target) bool { return t.String() == p.target }) {
			t.Errorf("%s: there is no target %s", p.bug, p.target)
		}
		if _, ok := vectors.Lookup(p.requirement); !ok {
			t.Errorf("%s: there is no requirement %s", p.bug, p.requirement)
		}
	}
	want := rule.Bugs()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rule.Bugs and the table (-want +got):\n%s", diff)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-bug", "("}, {"-bug", "no such bug"}, {"-seeds", "1"}} {
		var out, err bytes.Buffer
		if code := run(t.Context(), args, &out, &err); code != 2 || err.Len() == 0 || out.Len() > 0 {
			t.Errorf("%v: %d, %q, %q", args, code, out.String(), err.String())
		}
	}
}

func TestShort(t *testing.T) {
	for _, c := range []struct{ report, want string }{
		{"", "no reason is given"},
		{"--- FAIL: FuzzState (0.1s)\n  state_test.go:1: [rapid] draw public: 0\n\n  it fails\nmore", "it fails"},
		{strings.Repeat("a", 200), strings.Repeat("a", 160) + "…"},
	} {
		if got := short(c.report); got != c.want {
			t.Errorf("%q: %q, want %q", c.report, got, c.want)
		}
	}
}
