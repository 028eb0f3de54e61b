package campaign

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/runner/result"
)

var (
	codec = fuzz.Target{Name: "FuzzCodec", Kind: fuzz.Codec}
	state = fuzz.Target{Name: "FuzzState", Kind: fuzz.State}
)

// A share is what a schedule has given.
type share struct {
	Target int
	Limit  time.Duration
}

// follow runs a schedule to its end. Each target grows by the next of its numbers
// each time, and by nothing after the last; -1 has it dropped, -2 says that the share was too short.
func follow(s *schedule, growth ...[]int) []share {
	var shares []share
	for {
		i, limit, ok := s.next()
		if !ok || len(shares) == 100 {
			return shares
		}
		shares = append(shares, share{i, limit})
		g := 0
		if len(growth[i]) > 0 {
			g, growth[i] = growth[i][0], growth[i][1:]
		}
		switch g {
		case -1:
			s.drop(i, limit)
		case -2:
			s.tooShort(i, limit)
		default:
			s.ran(i, limit, g)
		}
	}
}

func TestSchedule(t *testing.T) {
	const second = time.Second
	for _, c := range []struct {
		name        string
		targets     []fuzz.Target
		each, total time.Duration
		growth      [][]int
		want        []share
	}{
		{"in turn", []fuzz.Target{codec, state}, 3 * second, 0, [][]int{{9}, {}}, []share{{0, 3 * second}, {1, 3 * second}}},
		{"shares by kind, then by yield", []fuzz.Target{codec, state}, 0, 20 * second, [][]int{{5, 3, 1}, {4}},
			// One part of ten and four of them; the codec yields more until it ends to.
			[]share{{0, 2 * second}, {1, 8 * second}, {0, 2 * second}, {1, 8 * second}}},
		{"who yields goes on", []fuzz.Target{codec, codec}, 0, 12 * second, [][]int{{0}, {3, 2, 1}},
			// The fourth share is for who has waited.
			[]share{{0, 3 * second}, {1, 3 * second}, {1, 3 * second}, {0, 3 * second}}},
		{"nobody yields", []fuzz.Target{codec, codec, codec}, 0, 18 * second, [][]int{{}, {}, {}},
			[]share{{0, 3 * second}, {1, 3 * second}, {2, 3 * second}, {0, 3 * second}, {1, 3 * second}, {2, 3 * second}}},
		{"little time", []fuzz.Target{codec, codec}, 0, second, [][]int{{9}, {9}}, []share{{0, second / 2}, {1, second / 2}}},
		{"one that fails", []fuzz.Target{codec, codec}, 0, 8 * second, [][]int{{-1}, {}},
			[]share{{0, 2 * second}, {1, 2 * second}, {1, 2 * second}, {1, 2 * second}}},
		{"a share that is too short", []fuzz.Target{codec, codec}, 0, 16 * second, [][]int{{-2}, {}},
			[]share{{0, 4 * second}, {1, 4 * second}, {0, 8 * second}}},
		{"all fail", []fuzz.Target{codec, codec}, 0, 8 * second, [][]int{{-1}, {-1}}, []share{{0, 2 * second}, {1, 2 * second}}},
		{"a rest", []fuzz.Target{codec}, 0, 150 * second, [][]int{{}}, []share{{0, time.Minute}, {0, time.Minute}, {0, 30 * second}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := follow(newSchedule(c.targets, c.each, c.total), c.growth...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	var target result.FuzzTarget
	at := func(seconds, inputs, coverage int) Progress {
		return Progress{Elapsed: time.Duration(seconds) * time.Second, Executions: int64(seconds) * 100, NewInputs: inputs, Coverage: coverage}
	}
	add(&target, &Result{Progress: at(4, 2, 110), Start: 100, Growth: []Progress{at(0, 0, 100), at(2, 1, 105), at(3, 2, 110)}}, 0)
	// What the corpus reaches is a little less this time.
	add(&target, &Result{Progress: at(2, 1, 112), Start: 108, Growth: []Progress{at(0, 0, 108), at(1, 1, 112)}}, 10)
	want := result.FuzzTarget{
		Outcome: result.Pass, Runs: 2, Seconds: 6, Executions: 600, ExecutionsPerSecond: 100,
		Coverage: 112, NewCoverage: 12, NewInputs: 3,
		Growth: []result.FuzzPoint{{Seconds: 0, Coverage: 100}, {Seconds: 2, Coverage: 105}, {Seconds: 3, Coverage: 110}, {Seconds: 4, Coverage: 110},
			{Seconds: 10, Coverage: 108}, {Seconds: 11, Coverage: 112}, {Seconds: 12, Coverage: 112}},
	}
	if diff := cmp.Diff(want, target); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	add(&target, &Result{Finding: &result.FuzzFinding{Input: "x"}}, 12)
	if target.Outcome != result.Fail || len(target.Findings) != 1 || target.NewCoverage != 12 {
		t.Errorf("after a finding: %+v", target)
	}
}

func TestThin(t *testing.T) {
	points := make([]result.FuzzPoint, 10*maxPoints)
	for i := range points {
		points[i].Coverage = i
	}
	got := thin(points)
	if len(got) > maxPoints || len(got) < maxPoints/3 || got[0] != points[0] || got[len(got)-1] != points[len(points)-1] {
		t.Errorf("%d points from %v to %v", len(got), got[0], got[len(got)-1])
	}
}
