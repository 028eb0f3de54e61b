package baseline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/result"
)

func TestReport(t *testing.T) {
	m := baseline.NewMatcher([]baseline.Entry{
		{Case: "commit/*", Detail: "bad *", Reason: "r"},
		{Case: "reinit/*", Client: "a", Reason: "s"},
	})
	m.Add("b", []baseline.Entry{{Case: "branch/*", Reason: "u"}, {Case: "branch/*", Client: "a", Reason: "v"}, {Case: "*", Client: "c", Reason: "w"}})
	m.Failure("commit/x", []string{"a"}, "bad luck")
	m.Failure("commit/y", []string{"a"}, "good luck")
	m.Pass("commit/z", []string{"a"})
	m.Pass("branch/z", []string{"a", "b"})
	m.Pass("branch/z", []string{"a"}) // which is not about the peer
	want := []result.KnownFailure{
		{Case: "commit/*", Detail: "bad *", Reason: "r", Failed: 1, Passed: 1},
		{Case: "reinit/*", Client: "a", Reason: "s"},
	}
	if diff := cmp.Diff(want, m.Report(true)); diff != "" {
		t.Errorf("part of the cases (-want +got)\n%s", diff)
	}
	want = append(want,
		result.KnownFailure{Case: "branch/*", Reason: "u", Peer: "b", Passed: 1},
		result.KnownFailure{Case: "branch/*", Client: "a", Reason: "v", Peer: "b", Passed: 1},
		result.KnownFailure{Case: "*", Client: "c", Reason: "w", Peer: "b"},
	)
	if diff := cmp.Diff(want, m.Report(false)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
