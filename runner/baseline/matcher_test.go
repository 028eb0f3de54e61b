package baseline_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/result"
)

func roles(clients ...string) []result.InteropRole {
	var roles []result.InteropRole
	for _, c := range clients {
		roles = append(roles, result.InteropRole{Role: "role of " + c, Client: c})
	}
	return roles
}

type verdict struct {
	Outcome        result.Outcome
	Reason, Detail string
}

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name    string
		entries []baseline.Entry
		c       result.InteropCase
		want    verdict
	}{
		{"not listed", nil, result.InteropCase{Outcome: result.Fail, Detail: "d"}, verdict{result.Fail, "", "d"}},
		{
			"listed by id", []baseline.Entry{{Case: "f/s/1", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail, Detail: "d"}, verdict{result.Known, "r", "d"},
		},
		{
			"timeout listed", []baseline.Entry{{Case: "f/*", Reason: "r"}},
			result.InteropCase{Outcome: result.Timeout, Detail: "d"}, verdict{result.Known, "r", "d"},
		},
		{
			"another case listed", []baseline.Entry{{Case: "f/s", Reason: "r"}, {Case: "f/s/1/2", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail, Detail: "d"}, verdict{result.Fail, "", "d"},
		},
		{
			"the first entry that fits", []baseline.Entry{{Case: "*", Detail: "e", Reason: "1"}, {Case: "f/*", Reason: "2"}, {Case: "*", Reason: "3"}},
			result.InteropCase{Outcome: result.Fail, Detail: "d"}, verdict{result.Known, "2", "d"},
		},
		{
			"client that takes part", []baseline.Entry{{Case: "*", Client: "b", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail, Client: "a"}, verdict{result.Known, "r", ""},
		},
		{
			"client that does not", []baseline.Entry{{Case: "*", Client: "c", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail}, verdict{result.Fail, "", ""},
		},
		{
			"detail, its first line", []baseline.Entry{{Case: "*", Detail: "*: no such thing", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail, Detail: "b: no such thing\nmore"}, verdict{result.Known, "r", "b: no such thing\nmore"},
		},
		{
			"another detail", []baseline.Entry{{Case: "f/s/1", Detail: "no such thing", Reason: "r"}},
			result.InteropCase{Outcome: result.Fail, Detail: "the client died"}, verdict{result.Fail, "", "the client died"},
		},
		{
			"passes, not listed", []baseline.Entry{{Case: "f/s/2", Reason: "r"}},
			result.InteropCase{Outcome: result.Pass}, verdict{result.Pass, "", ""},
		},
		{
			"passes, listed by id", []baseline.Entry{{Case: "f/s/1", Detail: "d", Reason: "a bug"}},
			result.InteropCase{Outcome: result.Pass, Agreement: result.Pass},
			verdict{result.Fail, "", "it passes, and the baseline lists it as a known failure (a bug); the entry has to go"},
		},
		{
			"passes, listed by a pattern", []baseline.Entry{{Case: "f/s/?", Reason: "r"}},
			result.InteropCase{Outcome: result.Pass}, verdict{result.Pass, "", ""},
		},
		{
			"members disagree, listed", []baseline.Entry{{Case: "f/s/1", Detail: "exporters*", Reason: "r"}},
			result.InteropCase{Outcome: result.Pass, Agreement: result.Fail, AgreementDetail: "exporters differ"}, verdict{result.Known, "r", ""},
		},
		{
			"members disagree, not listed", []baseline.Entry{{Case: "f/s/1", Detail: "authenticators*", Reason: "r"}},
			result.InteropCase{Outcome: result.Pass, Agreement: result.Fail, AgreementDetail: "exporters differ"}, verdict{result.Pass, "", ""},
		},
		{
			"unsupported", []baseline.Entry{{Case: "*", Reason: "r"}},
			result.InteropCase{Outcome: result.Unsupported, Detail: "d"}, verdict{result.Unsupported, "", "d"},
		},
		{
			"the tool's own fault", []baseline.Entry{{Case: "*", Reason: "r"}},
			result.InteropCase{Outcome: result.Broken, Detail: "d"}, verdict{result.Broken, "", "d"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.c
			c.ID, c.Roles = "f/s/1", roles("a", "b")
			baseline.NewMatcher(test.entries).Judge(&c)
			if diff := cmp.Diff(test.want, verdict{c.Outcome, c.Reason, c.Detail}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// With vectors, any line of the error may tell one fault from another.
func TestJudgeVector(t *testing.T) {
	const detail = "want accept, got reject\ncase: what it is about\nsubject: InvalidSuite(9)"
	for _, test := range []struct {
		name    string
		entry   baseline.Entry
		outcome result.Outcome
		want    verdict
	}{
		{"by its first line", baseline.Entry{Case: "f/*", Detail: "want accept*", Reason: "r"}, result.Fail, verdict{result.Known, "r", detail}},
		{"by another line", baseline.Entry{Case: "f/*", Detail: "subject: InvalidSuite*", Reason: "r"}, result.Fail, verdict{result.Known, "r", detail}},
		{"not by two lines", baseline.Entry{Case: "f/*", Detail: "want*InvalidSuite*", Reason: "r"}, result.Fail, verdict{result.Fail, "", detail}},
		{"another case", baseline.Entry{Case: "g/*", Reason: "r"}, result.Fail, verdict{result.Fail, "", detail}},
		{"too late", baseline.Entry{Case: "f/*", Reason: "r"}, result.Timeout, verdict{result.Known, "r", detail}},
		{"open", baseline.Entry{Case: "f/*", Reason: "r"}, result.Either, verdict{result.Either, "", detail}},
		{"unexpected", baseline.Entry{Case: "f/1", Reason: "r"}, result.Pass, verdict{result.Fail, "", "it passes, and the baseline lists it as a known failure (r); the entry has to go"}},
	} {
		c := result.Case{ID: "f/1", Outcome: test.outcome, Detail: detail}
		m := baseline.NewMatcher(nil)
		m.Add("peer", []baseline.Entry{test.entry})
		m.JudgeVector(&c)
		if diff := cmp.Diff(test.want, verdict{c.Outcome, c.Reason, c.Detail}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

// judged is a run with these outcomes, and the cases after Judge.
func judged(entries []baseline.Entry, outcomes map[string]result.Outcome) (*baseline.Matcher, []result.InteropCase) {
	m := baseline.NewMatcher(entries)
	var cases []result.InteropCase
	for _, id := range []string{"f/1", "f/2", "g/1", "g/2", "h/1"} {
		if o, ok := outcomes[id]; ok {
			c := result.InteropCase{ID: id, Roles: roles("a"), Outcome: o, Detail: string(o) + " of " + id + "\nmore"}
			m.Judge(&c)
			cases = append(cases, c)
		}
	}
	return m, cases
}

func names(entries []baseline.Entry) string {
	var cases []string
	for _, e := range entries {
		cases = append(cases, e.Case)
	}
	return strings.Join(cases, " ")
}

func TestStaleAndUnused(t *testing.T) {
	m, _ := judged(
		[]baseline.Entry{{Case: "f/*", Reason: "r"}, {Case: "g/*", Reason: "r"}, {Case: "g/1", Reason: "r"}, {Case: "h/*", Reason: "r"}, {Case: "x", Reason: "r"}},
		map[string]result.Outcome{"f/1": result.Pass, "f/2": result.Fail, "g/1": result.Pass, "g/2": result.Pass, "h/1": result.Unsupported},
	)
	if got := names(m.Stale()); got != "g/*" {
		t.Errorf("stale: %s", got)
	}
	if got := names(m.Unused()); got != "h/* x" {
		t.Errorf("unused: %s", got)
	}
}

func TestRenew(t *testing.T) {
	outcomes := map[string]result.Outcome{
		"f/1": result.Fail, "f/2": result.Pass, "g/1": result.Pass, "g/2": result.Timeout, "h/1": result.Unsupported,
	}
	m, cases := judged([]baseline.Entry{
		{Case: "f/*", Reason: "stays, since f/1 fails"},
		{Case: "g/1", Reason: "goes, since it passes"},
		{Case: "h/*", Reason: "stays, since nothing was seen of it"},
		{Case: "f/2*", Reason: "goes as well"},
	}, outcomes)
	got := baseline.Renew(m, cases)
	want := []baseline.Entry{
		{Case: "f/*", Reason: "stays, since f/1 fails"},
		{Case: "h/*", Reason: "stays, since nothing was seen of it"},
		{Case: "g/2", Reason: "not explained yet: timeout of g/2"},
	}
	if diff := cmp.Diff(want, got.Known); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// With the new list the same run has no failure, and nothing is stale.
	m, cases = judged(got.Known, outcomes)
	for _, c := range cases {
		if c.Outcome == result.Fail || c.Outcome == result.Timeout {
			t.Errorf("%s: %s", c.ID, c.Detail)
		}
	}
	if stale := m.Stale(); len(stale) > 0 {
		t.Errorf("stale: %v", stale)
	}

	// What others than the file list stays theirs.
	m = baseline.NewMatcher([]baseline.Entry{{Case: "f/*", Reason: "r"}})
	m.Add("a", []baseline.Entry{{Case: "g/*", Reason: "theirs"}})
	for i := range cases {
		cases[i].Outcome = result.Fail
		m.Judge(&cases[i])
	}
	if diff := cmp.Diff("f/* h/1", names(baseline.Renew(m, cases).Known)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	// A disagreement is listed as well; a long detail is cut.
	c := result.InteropCase{ID: "i", Outcome: result.Pass, Agreement: result.Fail, AgreementDetail: strings.Repeat("é", 300)}
	got = baseline.Renew(baseline.NewMatcher(nil), []result.InteropCase{c, {ID: "j", Outcome: result.Pass}})
	if len(got.Known) != 1 || got.Known[0].Reason != baseline.Unexplained+strings.Repeat("é", 200)+"..." {
		t.Errorf("got %v", got.Known)
	}
}
