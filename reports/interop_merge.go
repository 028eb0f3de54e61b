package reports

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// MergeInterop puts the shards of a run together, in whatever order they come.
// But for times, memory and how often clients were started, the merged run
// equals the one without shards: its cases are those of the plan, in the order
// of the plan, as the digest proves. Times are added up. A shard that is
// missing, double, or of another plan, other clients or another version is an
// error.
func MergeInterop(shards ...*result.Interop) (*result.Interop, error) {
	if len(shards) == 0 {
		return nil, errors.New("there is nothing to merge")
	}
	ordered, err := inOrder(shards)
	if err != nil {
		return nil, err
	}
	merged := *ordered[0]
	merged.Summary = result.Summary{}
	merged.Plan.Shard = nil
	merged.Clients = slices.Clone(merged.Clients)
	merged.Baseline = slices.Clone(merged.Baseline)
	for i, s := range ordered {
		if s.Started < merged.Started {
			merged.Started = s.Started
		}
		if i > 0 {
			if err := join(&merged, s); err != nil {
				return nil, fmt.Errorf("shard %d: %w", i+1, err)
			}
		}
		merged.Summary.Seconds += s.Summary.Seconds
		merged.Summary.PeakRSSBytes = max(merged.Summary.PeakRSSBytes, s.Summary.PeakRSSBytes)
	}
	if merged.Cases, err = interleave(ordered); err != nil {
		return nil, err
	}
	for _, c := range merged.Cases {
		merged.Summary.Count(c.Outcome)
	}
	return &merged, nil
}

// inOrder sorts the shards, and finds out whether each is there once.
func inOrder(shards []*result.Interop) ([]*result.Interop, error) {
	if len(shards) == 1 && shards[0].Plan.Shard == nil {
		return shards, nil
	}
	byIndex := map[int]*result.Interop{}
	n := 0
	for _, s := range shards {
		if s.Plan.Shard == nil {
			return nil, errors.New("one of the runs is no shard, but a whole run")
		}
		at := *s.Plan.Shard
		if n == 0 {
			n = at.Count
		}
		switch {
		case at.Count != n:
			return nil, fmt.Errorf("shard %d is one of %d, others are of %d", at.Index, at.Count, n)
		case at.Index < 1 || at.Index > n:
			return nil, fmt.Errorf("there is no shard %d of %d", at.Index, n)
		case byIndex[at.Index] != nil:
			return nil, fmt.Errorf("shard %d of %d is there twice", at.Index, n)
		}
		byIndex[at.Index] = s
	}
	if len(byIndex) < n {
		return nil, fmt.Errorf("shard %s of %d is missing", missing(byIndex, n), n)
	}
	var ordered []*result.Interop
	for _, i := range slices.Sorted(maps.Keys(byIndex)) {
		ordered = append(ordered, byIndex[i])
	}
	return ordered, nil
}

func missing(shards map[int]*result.Interop, n int) string {
	const shown = 10
	var names []string
	for i := 1; i <= n; i++ {
		if shards[i] != nil {
			continue
		}
		if len(names) == shown {
			names = append(names, "...")
			break
		}
		names = append(names, strconv.Itoa(i))
	}
	return strings.Join(names, ", ")
}

// join adds what shard s says of the clients to the run. Both have to be of the
// same plan.
func join(run, s *result.Interop) error {
	if s.Tool != run.Tool {
		return fmt.Errorf("made by version %s of mlsconform, another shard by %s", s.Tool.Version, run.Tool.Version)
	}
	plan := s.Plan
	plan.Shard = nil
	switch {
	case plan.Digest != run.Plan.Digest || plan.Cases != run.Plan.Cases || !equal(plan.Seed, run.Plan.Seed):
		return errors.New("of another plan")
	case !slices.Equal(plan.Notes, run.Plan.Notes):
		return errors.New("the notes on the plan differ")
	case len(s.Clients) != len(run.Clients):
		return errors.New("other clients took part")
	}
	for i, c := range s.Clients {
		to := &run.Clients[i]
		// A client that did not start does not say which stack it is.
		if to.Stack == "" {
			to.Stack = c.Stack
		}
		if c.Name != to.Name || c.Kind != to.Kind || c.Stack != "" && c.Stack != to.Stack || !slices.Equal(c.Suites, to.Suites) {
			return fmt.Errorf("client %s is not what it is in another shard", c.Name)
		}
		to.Starts += c.Starts
		if to.Error == "" {
			to.Error = c.Error
		}
	}
	return joinBaseline(run, s)
}

func joinBaseline(run, s *result.Interop) error {
	if len(s.Baseline) != len(run.Baseline) {
		return errors.New("with another baseline")
	}
	for i, k := range s.Baseline {
		to := &run.Baseline[i]
		failed, passed := to.Failed+k.Failed, to.Passed+k.Passed
		to.Failed, to.Passed = k.Failed, k.Passed
		if k != *to {
			return errors.New("with another baseline")
		}
		to.Failed, to.Passed = failed, passed
	}
	return nil
}

func equal(a, b *uint64) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// interleave undoes the cut into shards: each case in turn went to the next shard.
func interleave(shards []*result.Interop) ([]result.InteropCase, error) {
	plan := &shards[0].Plan
	for i, s := range shards {
		if want := (plan.Cases - i + len(shards) - 1) / len(shards); len(s.Cases) != want {
			return nil, fmt.Errorf("shard %d has %s, want %d", i+1, count(len(s.Cases), "case"), want)
		}
	}
	cases := make([]result.InteropCase, plan.Cases)
	for i := range cases {
		cases[i] = shards[i%len(shards)].Cases[i/len(shards)]
	}
	digest := result.DigestPlan(func(yield func(string) bool) {
		for i := range cases {
			if !yield(cases[i].ID) {
				return
			}
		}
	})
	if digest != plan.Digest {
		return nil, errors.New("the cases are not those of the plan")
	}
	return cases, nil
}
