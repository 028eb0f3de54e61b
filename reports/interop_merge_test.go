package reports_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

// shardsOf cuts a run as n runs with --shard would have found it.
func shardsOf(run *result.Interop, n int) []*result.Interop {
	var shards []*result.Interop
	for i := range n {
		s := *run
		s.Plan.Shard = &result.InteropShard{Index: i + 1, Count: n}
		s.Clients = slices.Clone(run.Clients)
		s.Baseline = slices.Clone(run.Baseline)
		for j, k := range run.Baseline {
			s.Baseline[j].Failed, s.Baseline[j].Passed = part(k.Failed, i, n), part(k.Passed, i, n)
		}
		s.Cases = nil
		s.Summary = result.Summary{Seconds: run.Summary.Seconds / float64(n), PeakRSSBytes: run.Summary.PeakRSSBytes - int64(i)}
		for at := i; at < len(run.Cases); at += n {
			s.Cases = append(s.Cases, run.Cases[at])
			s.Summary.Count(run.Cases[at].Outcome)
		}
		shards = append(shards, &s)
	}
	return shards
}

// part is what the shard with this index has of n things.
func part(things, index, shards int) int { return (things + index) / shards }

// In whatever order the shards come, the merged run is the unsharded one, byte
// by byte.
func TestMergeInteropEqualsTheUnshardedRun(t *testing.T) {
	want := mixedInterop()
	for i := range want.Clients {
		want.Clients[i].Starts = 0
	}
	for _, n := range []int{1, 2, 4, 13, 20} {
		shards := shardsOf(want, n)
		slices.Reverse(shards)
		got, err := reports.MergeInterop(shards...)
		if err != nil {
			t.Fatal(err)
		}
		got.Summary.Seconds = want.Summary.Seconds // added up in another order
		if diff := cmp.Diff(string(interopJSON(t, want)), string(interopJSON(t, got))); diff != "" {
			t.Errorf("%d shards (-want +got)\n%s", n, diff)
		}
	}
}

func TestMergeInteropOfAWholeRun(t *testing.T) {
	want := mixedInterop()
	got, err := reports.MergeInterop(mixedInterop())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMergeInteropAddsUp(t *testing.T) {
	shards := shardsOf(mixedInterop(), 3)
	for i, s := range shards {
		s.Summary.Seconds = float64(int(1) << i)
		s.Summary.PeakRSSBytes = []int64{5, 9, 7}[i]
	}
	shards[0].Clients[2].Error, shards[0].Clients[2].Stack = "", ""
	shards[1].Clients[2].Error = "gone"
	got, err := reports.MergeInterop(shards...)
	if err != nil {
		t.Fatal(err)
	}
	if got.Summary.Seconds != 7 || got.Summary.PeakRSSBytes != 9 {
		t.Errorf("times and memory: %+v", got.Summary)
	}
	if c := got.Clients[1]; c.Starts != 12 {
		t.Errorf("%d starts, want 12", c.Starts)
	}
	if c := got.Clients[2]; c.Error != "gone" || c.Stack != "ts-mls" {
		t.Errorf("client %+v", c)
	}
	if s := shards[0].Clients[1].Starts; s != 4 {
		t.Errorf("the shard that was merged has %d starts now", s)
	}
}

func TestMergeInteropRefuses(t *testing.T) {
	for _, test := range []struct {
		name, want string
		spoil      func([]*result.Interop) []*result.Interop
	}{
		{"nothing", "nothing to merge", func([]*result.Interop) []*result.Interop { return nil }},
		{"a missing shard", "shard 2 of 4 is missing", func(s []*result.Interop) []*result.Interop { return slices.Delete(s, 1, 2) }},
		{"missing shards", "shard 1, 2, 4 of 4 is missing", func(s []*result.Interop) []*result.Interop { return s[2:3] }},
		{"a double shard", "shard 3 of 4 is there twice", func(s []*result.Interop) []*result.Interop { return append(s, s[2]) }},
		{"a shard of another cut", "shard 1 is one of 2", func(s []*result.Interop) []*result.Interop {
			return append(s, shardsOf(mixedInterop(), 2)[0])
		}},
		{"a whole run beside shards", "a whole run", func(s []*result.Interop) []*result.Interop { return append(s, mixedInterop()) }},
		{"two whole runs", "a whole run", func([]*result.Interop) []*result.Interop {
			return []*result.Interop{mixedInterop(), mixedInterop()}
		}},
		{"another plan", "shard 2: of another plan", func(s []*result.Interop) []*result.Interop {
			s[1].Plan.Digest = strings.Repeat("0", 64)
			return s
		}},
		{"another seed", "shard 2: of another plan", func(s []*result.Interop) []*result.Interop {
			s[1].Plan.Seed = new(uint64)
			return s
		}},
		{"other notes", "shard 4: the notes", func(s []*result.Interop) []*result.Interop {
			s[3].Plan.Notes = nil
			return s
		}},
		{"another version", "shard 2: made by version v1.2.4", func(s []*result.Interop) []*result.Interop {
			s[1].Tool.Version = "v1.2.4"
			return s
		}},
		{"another client", "shard 3: client stranger", func(s []*result.Interop) []*result.Interop {
			s[2].Clients[0].Name = "stranger"
			return s
		}},
		{"another version of a client", "shard 3: client ts", func(s []*result.Interop) []*result.Interop {
			s[2].Clients[2].Stack = "ts-mls 2"
			return s
		}},
		{"a client less", "shard 3: other clients", func(s []*result.Interop) []*result.Interop {
			s[2].Clients = s[2].Clients[1:]
			return s
		}},
		{"another baseline", "shard 3: with another baseline", func(s []*result.Interop) []*result.Interop {
			s[2].Baseline[1].Reason = "another"
			return s
		}},
		{"no baseline", "shard 3: with another baseline", func(s []*result.Interop) []*result.Interop {
			s[2].Baseline = nil
			return s
		}},
		{"a case less", "shard 2 has 2 cases, want 3", func(s []*result.Interop) []*result.Interop {
			s[1].Cases = s[1].Cases[1:]
			return s
		}},
		{"another case", "not those of the plan", func(s []*result.Interop) []*result.Interop {
			s[1].Cases[0].ID = "foreign"
			return s
		}},
		{"a case that is in two shards", "not those of the plan", func(s []*result.Interop) []*result.Interop {
			s[1].Cases[0] = s[0].Cases[0]
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := reports.MergeInterop(test.spoil(shardsOf(mixedInterop(), 4))...)
			if err == nil {
				t.Fatal("is taken")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not say %q", err, test.want)
			}
		})
	}
}

// The shards that plans are cut into are those that are put together here.
func TestMergeInteropUndoesTheCutOfAPlan(t *testing.T) {
	scripts := []*script.Script{
		{File: "commit", Name: "remove", Roles: []string{"alice", "bob", "charlie"}},
		{File: "reinit", Name: "reinit", Roles: []string{"alice", "bob"}},
	}
	clients := []plan.Client{{Name: "a", Suites: []codepoint.CipherSuite{1, 2, 3}}, {Name: "b", Suites: []codepoint.CipherSuite{2}}}
	run := func(shard plan.Shard) *result.Interop {
		p, err := plan.Make(scripts, clients, plan.Options{Shard: shard})
		if err != nil {
			t.Fatal(err)
		}
		run := &result.Interop{Schema: result.InteropSchema, Plan: result.InteropPlan{Digest: p.Digest, Cases: p.Total, Notes: p.Notes}}
		if shard.Count > 0 {
			run.Plan.Shard = &result.InteropShard{Index: shard.Index, Count: shard.Count}
		}
		for _, c := range p.Cases {
			run.Cases = append(run.Cases, result.InteropCase{ID: c.ID, File: c.Script.File, Outcome: result.Pass})
			run.Summary.Count(result.Pass)
		}
		return run
	}
	want := run(plan.Shard{})
	for _, n := range []int{1, 3, 7, 100} {
		var shards []*result.Interop
		for i := range n {
			shards = append(shards, run(plan.Shard{Index: i + 1, Count: n}))
		}
		got, err := reports.MergeInterop(shards...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d shards (-want +got)\n%s", n, diff)
		}
	}
}
