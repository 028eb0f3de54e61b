package reports_test

import (
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// metInterop is a run of several stacks, one of which could not be had.
func metInterop() *result.Interop {
	run := mixedInterop()
	run.Started = "2026-03-01T23:59:00Z"
	run.Clients[1].About = result.About{Library: "openmls", Version: "0.9.2", Lacks: []result.Lack{{Feature: "re-init", Reason: "there is no function for it " + hostile}}}
	run.Baseline = []result.KnownFailure{
		{Case: "commit/*", Peer: "openmls", Rule: "rfc9420-12.4-02", Reason: "counts wrongly", Link: "https://example.org/openmls/issues/7", Failed: 2, Passed: 3},
		{Case: "branch/*", Peer: "openmls", Rule: "rfc9420-12.4-02", Reason: "counts wrongly", Link: "https://example.org/openmls/issues/7", Failed: 1},
		{Case: "reinit/*", Peer: "ts", Reason: hostile, Failed: 1},
		{Case: "unused/*", Client: "ts", Reason: "never seen"},
	}
	return run
}

// judged is a run of vectors by a subject.
func judged(name string, cases ...result.Case) *result.Run {
	run := &result.Run{
		Schema: result.Schema, Tool: result.Tool{Version: "v1.2.3"}, Started: "2026-03-02T00:10:00Z",
		Subject:  &result.Subject{Name: name, Version: "1.0", Argument: "peers/" + name},
		Families: []result.Family{{Name: "key-package", Source: "own", Cases: 10, Passed: 5, Either: 2, Unsupported: 1}, {Name: "welcome", OfficialCases: 7}},
		Cases:    cases,
	}
	for _, c := range cases {
		run.Families[0].Count(c.Outcome)
	}
	return run
}

func metVectors() []*result.Run {
	own := judged("")
	own.Subject = nil
	openmls := judged("openmls",
		result.Case{Outcome: result.Known, Verdict: format.Accept, Requirements: []rule.ID{"rfc9420-7.3-04", "rfc9420-A-01"}, Reason: "not looked at"},
		result.Case{Outcome: result.Fail, Verdict: format.Reject},
	)
	openmls.Baseline = []result.KnownFailure{{Case: "key-package/*", Reason: "not looked at", Failed: 1, Peer: "openmls"}}
	late := judged("late",
		result.Case{Outcome: result.Timeout, Requirements: []rule.ID{"rfc9420-7.3-04"}},
		result.Case{Outcome: result.Fail, Verdict: format.Accept, Requirements: []rule.ID{"rfc9420-7.3-04"}},
		result.Case{Outcome: result.Either, Verdict: format.Accept, Requirements: []rule.ID{"rfc9420-2.1-03"}},
	)
	return []*result.Run{own, openmls, late}
}

func TestMatrix(t *testing.T) {
	for name, runs := range map[string]struct {
		interop *result.Interop
		vectors []*result.Run
	}{
		"matrix":         {metInterop(), metVectors()},
		"matrix-interop": {metInterop(), nil},
		"matrix-vectors": {nil, metVectors()},
	} {
		m, err := reports.NewMatrix(runs.interop, runs.vectors)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", m.Markdown())
		if strings.Contains(string(m.Markdown()), "<script") {
			t.Errorf("%s: what a stack says is more than text", name)
		}
		page, err := m.HTML()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "<script") || strings.Contains(string(page), "<img") {
			t.Errorf("%s: what a stack says is more than text", name)
		}
		if name == "matrix" {
			golden(t, "matrix.html", page)
		}
	}
}

func TestMatrixRefuses(t *testing.T) {
	if _, err := reports.NewMatrix(nil, nil); err == nil {
		t.Error("nothing is shown")
	}
	if _, err := reports.NewMatrix(nil, []*result.Run{judged("a"), judged("a")}); err == nil || !strings.Contains(err.Error(), "two runs of vectors by a") {
		t.Errorf("two runs of one subject: %v", err)
	}
}

// The page can be read in a browser, in the light and the dark, and on paper.
func TestMatrixInABrowser(t *testing.T) {
	m, err := reports.NewMatrix(metInterop(), metVectors())
	if err != nil {
		t.Fatal(err)
	}
	page, err := m.HTML()
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, string(page))
	if b == nil {
		return
	}
	b.looks("matrix")
	if got := value[int](b, `document.querySelectorAll("table").length`); got < 6 {
		t.Errorf("%d tables", got)
	}
	if title := value[string](b, `document.title`); title != "MLS stacks" {
		t.Errorf("the title is %q", title)
	}
}
