package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// The subject is a number and the circumstances are a limit.
var numberChecks = []rule.Check[int, int]{
	{ID: "rfc9420-1-01", Verify: func(n, limit int) error {
		if n > limit {
			return rule.Errorf("rfc9420-1-01", "%d is over %d", n, limit)
		}
		return nil
	}, Open: func(_, limit int) string {
		if limit == 0 {
			return "no limit"
		}
		return ""
	}},
	{ID: "rfc9420-1-02", Verify: func(n, _ int) error {
		if n%2 != 0 {
			return rule.Errorf("rfc9420-1-02", "%d is odd", n)
		}
		return nil
	}},
}

func TestVerifyStopsAtTheFirst(t *testing.T) {
	for _, c := range []struct {
		n, limit int
		want     rule.ID
	}{
		{2, 4, ""},
		{7, 4, "rfc9420-1-01"},
		{7, 8, "rfc9420-1-02"},
		{7, 0, "rfc9420-1-02"},
		{8, 0, ""},
	} {
		if err := rule.Verify(numberChecks, c.n, c.limit); rule.Of(err) != c.want {
			t.Errorf("%d, limit %d: %v, want %q", c.n, c.limit, err, c.want)
		}
	}
}

func TestExamineTellsAll(t *testing.T) {
	outcome := func(n, limit int) (all []string) {
		for _, f := range rule.Examine(numberChecks, n, limit) {
			switch {
			case f.Err != nil:
				all = append(all, string(f.ID)+" broken")
			case f.Open != "":
				all = append(all, string(f.ID)+" "+f.Open)
			default:
				all = append(all, string(f.ID)+" met")
			}
		}
		return all
	}
	for _, c := range []struct {
		n, limit int
		want     []string
	}{
		{2, 4, []string{"rfc9420-1-01 met", "rfc9420-1-02 met"}},
		{7, 4, []string{"rfc9420-1-01 broken", "rfc9420-1-02 broken"}},
		{7, 0, []string{"rfc9420-1-01 no limit", "rfc9420-1-02 broken"}},
	} {
		if diff := cmp.Diff(c.want, outcome(c.n, c.limit)); diff != "" {
			t.Errorf("%d, limit %d (-want +got):\n%s", c.n, c.limit, diff)
		}
	}
}
