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
	}, baseline.Of("b", []baseline.Entry{{Case: "branch/*", Reason: "u"}, {Case: "*", Client: "c", Reason: "v"}})...)
	m.Failure("commit/x", []string{"a"}, "bad luck")
	m.Failure("commit/y", []string{"a"}, "good luck")
	m.Pass("commit/z", []string{"a"})
	m.Pass("branch/z", []string{"a", "b"})
	want := []result.KnownFailure{
		{Case: "commit/*", Detail: "bad *", Reason: "r", Failed: 1, Passed: 1},
		{Case: "reinit/*", Client: "a", Reason: "s"},
	}
	if diff := cmp.Diff(want, m.Report(true)); diff != "" {
		t.Errorf("part of the cases (-want +got)\n%s", diff)
	}
	want = append(want,
		result.KnownFailure{Case: "branch/*", Client: "b", Reason: "u", Peer: true, Passed: 1},
		result.KnownFailure{Case: "*", Client: "c", Reason: "v", Peer: true},
	)
	if diff := cmp.Diff(want, m.Report(false)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
