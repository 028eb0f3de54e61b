// Package reports shows what a run found: as a table, as JSON, and as JUnit
// XML. The writers are pure functions of the run.
package reports

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/mlsconform/mlsconform/runner/result"
)

// Text shows a run to a person: a line for each family, each case that did not
// pass, and what the run says about conformance. With color, outcomes carry
// the escape sequences of a terminal.
func Text(run *result.Run, color bool) []byte {
	t := text{color: color}
	t.families(run.Families)
	t.cases(run.Cases)
	t.summary(&run.Summary)
	t.official(run.Families)
	return t.Bytes()
}

type text struct {
	bytes.Buffer
	color bool
}

func (t *text) linef(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *text) families(families []result.Family) {
	table := tabwriter.NewWriter(t, 0, 0, 2, ' ', tabwriter.AlignRight)
	width := len("FAMILY")
	for _, f := range families {
		width = max(width, len(f.Name))
	}
	// The columns are aligned to the right for the sake of the numbers, so the
	// names, which come first, are filled up by hand.
	row := func(name, cases, passed, failed, time, source string) {
		fmt.Fprintf(table, "%-*s\t%s\t%s\t%s\t%s\t  %s\n", width, name, cases, passed, failed, time, source)
	}
	row("FAMILY", "CASES", "PASSED", "FAILED", "TIME", "SOURCE")
	for _, f := range families {
		row(f.Name, fmt.Sprint(f.Cases), fmt.Sprint(f.Passed), fmt.Sprint(f.Failed), fmt.Sprintf("%.2f s", f.Seconds), sourceOf(&f))
	}
	table.Flush()
}

func sourceOf(f *result.Family) string {
	if f.Official {
		return "official, " + f.Source
	}
	return f.Source
}

// cases shows what did not pass. Cases that were skipped for the same reason
// share a line: after an interrupt there may be hundreds.
func (t *text) cases(cases []result.Case) {
	skipped := map[string]int{}
	var reasons []string
	for _, c := range cases {
		switch c.Outcome {
		case result.Pass:
		case result.Skipped:
			if skipped[c.Detail] == 0 {
				reasons = append(reasons, c.Detail)
			}
			skipped[c.Detail]++
		default:
			t.oneCase(&c)
		}
	}
	for _, reason := range reasons {
		t.linef("\n%s %s: %s", t.outcome(result.Skipped), count(skipped[reason], "case"), reason)
	}
}

func (t *text) oneCase(c *result.Case) {
	t.linef("\n%s %s, %s%s", t.outcome(c.Outcome), c.ID, suite(c), c.Source)
	t.indented(c.Detail)
	t.indented(c.Diff)
	for _, id := range c.Requirements {
		t.linef("  requirement: %s", id)
	}
	if c.Replay != "" {
		t.linef("  replay: %s", c.Replay)
	}
}

func suite(c *result.Case) string {
	if c.Suite == 0 {
		return ""
	}
	return fmt.Sprintf("suite %d, ", uint16(c.Suite))
}

func (t *text) indented(s string) {
	if s == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		t.linef("  %s", printable(line))
	}
}

// printable spells out what would steer a terminal: details quote vector
// files, and those come from anywhere.
func printable(line string) string {
	var b strings.Builder
	for _, r := range line {
		if r == '\t' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// outcome is the outcome in capitals, and in color: green for a pass, red for
// what makes a run fail, yellow for the rest.
func (t *text) outcome(o result.Outcome) string {
	name := strings.ToUpper(string(o))
	if !t.color {
		return name
	}
	code := 33
	switch o {
	case result.Pass:
		code = 32
	case result.Fail, result.Timeout, result.Broken:
		code = 31
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", code, name)
}

func (t *text) summary(s *result.Summary) {
	verdict := t.outcome(result.Pass)
	switch {
	case s.Failed+s.Timeout+s.Broken > 0:
		verdict = t.outcome(result.Fail)
	case s.Passed == 0:
		verdict = "NOTHING RAN"
	case s.Skipped > 0:
		verdict = "INCOMPLETE"
	}
	parts := []string{fmt.Sprintf("%d passed", s.Passed), fmt.Sprintf("%d failed", s.Failed)}
	for _, other := range []struct {
		outcome result.Outcome
		n       int
	}{
		{result.Timeout, s.Timeout},
		{result.Unsupported, s.Unsupported},
		{result.Skipped, s.Skipped},
		{result.Known, s.Known},
		{result.Broken, s.Broken},
		{result.Either, s.Either},
	} {
		if other.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", other.n, other.outcome))
		}
	}
	t.linef("\n%s: %s; %.2f s, %.0f MB of memory at most", verdict, strings.Join(parts, ", "), s.Seconds, float64(s.PeakRSSBytes)/1e6)
}

// official says what the run shows about conformance, and what it does not.
func (t *text) official(families []result.Family) {
	var own []string
	var notes []string
	var passed, official, notRun int
	for _, f := range families {
		for _, note := range f.Notes {
			if !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
		switch {
		case f.Official:
			passed += f.Passed
			official += f.OfficialCases
		case f.Source == result.Own:
			own = append(own, fmt.Sprintf("%s (%d)", f.Name, f.OfficialCases))
			notRun += f.OfficialCases
		}
	}
	if official > 0 {
		t.linef("Official conformance: %d of the %d official cases of these families passed.", passed, official)
	}
	if len(own) > 0 {
		t.linef("\nThe families marked %q are not official conformance: they ran mlsconform's own vectors, which show that nothing broke.", result.Own)
		t.linef("Not run: %s, of %s.", count(notRun, "official case"), strings.Join(own, ", "))
	}
	for _, note := range notes {
		t.linef("Note: %s", note)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
