package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// FuzzText shows a fuzzing campaign to a person: a line for each target, what was
// found, and what was not run. With color, outcomes carry the escape sequences of
// a terminal.
func FuzzText(f *result.Fuzz, color bool) []byte {
	t := text{color: color}
	rows := [][]string{{"TARGET", "KIND", "SECONDS", "RUNS", "RUNS/S", "COVERAGE", "NEW", "CORPUS", "BYTES"}}
	for i := range f.Targets {
		target := &f.Targets[i]
		if target.Runs == 0 {
			continue
		}
		rows = append(rows, []string{
			target.String(), target.Kind, fmt.Sprintf("%.1f", target.Seconds), strconv.FormatInt(target.Executions, 10),
			fmt.Sprintf("%.0f", target.ExecutionsPerSecond), strconv.Itoa(target.Coverage), strconv.Itoa(target.NewCoverage),
			strconv.Itoa(target.CorpusInputs), strconv.FormatInt(target.CorpusBytes, 10),
		})
	}
	t.grid(rows, "llrrrrrrr")
	for i := range f.Targets {
		t.fuzzTarget(&f.Targets[i])
	}
	t.linef("\n%s: %s", t.outcome(fuzzOutcome(f)), strings.Join(fuzzParts(f), ", "))
	return t.Bytes()
}

// fuzzTarget says what is to be said of a target besides numbers.
func (t *text) fuzzTarget(target *result.FuzzTarget) {
	if target.Reason != "" {
		t.linef("\n%s %v", t.outcome(target.Outcome), target)
		t.indented(target.Reason)
	}
	for _, f := range target.Findings {
		t.linef("\n%s %v, with %s", t.outcome(target.Outcome), target, printable(f.Input))
		if f.Again != "" {
			t.linef("  again: %s", printable(f.Again))
		}
		t.indented(f.Message)
	}
}

func fuzzOutcome(f *result.Fuzz) result.Outcome {
	switch s := &f.Summary; {
	case s.Failed > 0:
		return result.Fail
	case s.Broken > 0:
		return result.Broken
	case s.Passed == 0:
		return result.Skipped
	}
	return result.Pass
}

// fuzzParts sums up a campaign.
func fuzzParts(f *result.Fuzz) []string {
	s := &f.Summary
	parts := []string{counted(len(f.Targets)-s.Skipped-s.Broken, "target"), counted(s.Findings, "finding")}
	if s.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", s.Skipped))
	}
	if s.Broken > 0 {
		parts = append(parts, fmt.Sprintf("%d broken", s.Broken))
	}
	return append(parts,
		fmt.Sprintf("%.0f s of fuzzing", s.Seconds),
		counted(s.Executions, "run"),
		fmt.Sprintf("coverage %+d by %s", s.NewCoverage, counted(s.NewInputs, "new input")),
		fmt.Sprintf("corpora of %s and %d bytes", counted(s.CorpusInputs, "input"), s.CorpusBytes),
	)
}

func counted[T int | int64](n T, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
