package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

func interopHTML(t *testing.T, run *result.Interop) string {
	t.Helper()
	page, err := reports.InteropHTML(run, reports.HTMLOptions{Transcript: func(c *result.InteropCase) string {
		if c.Folder == "" {
			return ""
		}
		return "1 JoinGroup to openmls\n  request: " + hostile
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestInteropHTML(t *testing.T) {
	golden(t, "interop-mixed.html", []byte(interopHTML(t, mixedInterop())))
	if !strings.Contains(interopHTML(t, &result.Interop{}), "NOTHING RAN") {
		t.Error("the page of nothing does not say so")
	}
}

// However much clients say, the page stays of a size that a browser shows.
func TestInteropHTMLIsBounded(t *testing.T) {
	run := &result.Interop{}
	long := strings.Repeat("<&\"\n", 5_000)
	for i := range 20_000 {
		run.Cases = append(run.Cases, result.InteropCase{
			File: "f", Script: fmt.Sprint(i), Suite: 1, Framing: "public", Roles: roles("a", "b"), Folder: "x",
			Outcome: result.Fail, Detail: word(i) + long, Agreement: result.Fail, AgreementDetail: long,
		})
	}
	setUp(run)
	page, err := reports.InteropHTML(run, reports.HTMLOptions{Transcript: func(*result.InteropCase) string { return long + long + long + long + "the end" }})
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 30<<20 {
		t.Errorf("%d bytes", len(page))
	}
	if !strings.Contains(string(page), "the end</pre>") {
		t.Error("no transcript has its end")
	}
	for _, want := range []string{"15000 cases of the least grave are left out", "Long texts are cut.", "And 19950 other causes."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("does not say %q", want)
		}
	}
	t.Logf("%d bytes for %d failures", len(page), len(run.Cases))
}
