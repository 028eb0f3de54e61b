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
	m.Failure("commit/x", []string{"a"}, "bad luck")
	m.Failure("commit/y", []string{"a"}, "good luck")
	m.Pass("commit/z", []string{"a"})
	want := []result.InteropKnown{
		{Case: "commit/*", Detail: "bad *", Reason: "r", Failed: 1, Passed: 1},
		{Case: "reinit/*", Client: "a", Reason: "s"},
	}
	if diff := cmp.Diff(want, m.Report()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
