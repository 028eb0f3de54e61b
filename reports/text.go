// Package reports shows what a run found: as a table, as JSON, as JUnit XML,
// and an interop run as Markdown and HTML too. The writers are pure functions
// of the run.
package reports

import (
	"bytes"
	"cmp"
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
	t.subject(run.Subject)
	t.families(run.Families)
	t.cases(run.Cases)
	t.stale(run)
	t.summary(run)
	t.official(run.Families)
	return t.Bytes()
}

type text struct {
	bytes.Buffer
	color bool
}

func (t *text) linef(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// subject says who was asked, if it was not the implementation of the tool.
func (t *text) subject(s *result.Subject) {
	if s == nil {
		return
	}
	name := strings.TrimRight(s.Name+" "+s.Version, " ")
	t.linef("Subject: %s, by --subject %s\n", printable(name), printable(s.Argument))
}

// A column is one that is shown when a family has something in it.
type column struct {
	title string
	count func(*result.Family) int
}

func columns(families []result.Family) []column {
	all := []column{
		{"TIMEOUT", func(f *result.Family) int { return f.Timeout }},
		{"UNSUPPORTED", func(f *result.Family) int { return f.Unsupported }},
		{"KNOWN", func(f *result.Family) int { return f.Known }},
		{"EITHER", func(f *result.Family) int { return f.Either }},
	}
	return slices.DeleteFunc(all, func(c column) bool {
		return !slices.ContainsFunc(families, func(f result.Family) bool { return c.count(&f) > 0 })
	})
}

func (t *text) families(families []result.Family) {
	table := tabwriter.NewWriter(t, 0, 0, 2, ' ', tabwriter.AlignRight)
	width := len("FAMILY")
	for _, f := range families {
		width = max(width, len(f.Name))
	}
	// The columns are aligned to the right for the sake of the numbers, so the
	// names, which come first, are filled up by hand.
	row := func(name string, cells []string, time, source string) {
		fmt.Fprintf(table, "%-*s\t%s\t%s\t  %s\n", width, name, strings.Join(cells, "\t"), time, source)
	}
	more := columns(families)
	titles := []string{"CASES", "PASSED", "FAILED"}
	for _, c := range more {
		titles = append(titles, c.title)
	}
	row("FAMILY", titles, "TIME", "SOURCE")
	for _, f := range families {
		cells := []string{strconv.Itoa(f.Cases), strconv.Itoa(f.Passed), strconv.Itoa(f.Failed)}
		for _, c := range more {
			cells = append(cells, strconv.Itoa(c.count(&f)))
		}
		row(f.Name, cells, fmt.Sprintf("%.2f s", f.Seconds), sourceOf(&f))
	}
	table.Flush()
}

func sourceOf(f *result.Family) string {
	if f.Official {
		return "official, " + f.Source
	}
	return f.Source
}

// cases shows what did not pass. What says nothing against an implementation
// is put together: there may be hundreds of such cases.
func (t *text) cases(cases []result.Case) {
	var aside []result.Case
	for _, c := range cases {
		switch c.Outcome {
		case result.Pass:
		case result.Known, result.Unsupported, result.Either, result.Skipped:
			aside = append(aside, c)
		default:
			t.oneCase(&c)
		}
	}
	t.either(aside)
	t.reasons(result.Known, aside)
	t.reasons(result.Unsupported, aside)
	t.reasons(result.Skipped, aside)
}

// either lists the cases that take both verdicts by the one that was given,
// those of several suites on one line.
func (t *text) either(cases []result.Case) {
	suites := map[string][]string{}
	var lines []string
	n := 0
	for _, c := range cases {
		if c.Outcome != result.Either {
			continue
		}
		n++
		suite := fmt.Sprint(uint16(c.Suite))
		line := fmt.Sprintf("%s  %s", c.Verdict, strings.TrimSuffix(c.ID, "/suite"+suite))
		if suites[line] == nil {
			lines = append(lines, line)
			suites[line] = []string{}
		}
		if c.Suite != 0 {
			suites[line] = append(suites[line], suite)
		}
	}
	if n == 0 {
		return
	}
	t.linef("\n%s %s, for which both verdicts are right; given were", t.outcome(result.Either), count(n, "case"))
	for _, line := range lines {
		where := ""
		if len(suites[line]) > 0 {
			where = ", suite " + strings.Join(suites[line], " ")
		}
		t.linef("  %s%s", printable(line), where)
	}
}

// reasons shows the reasons for an outcome, and the first cases of each. Which
// cases an interrupt left out is of no interest.
func (t *text) reasons(outcome result.Outcome, cases []result.Case) {
	const shown = 3
	ids := map[string][]string{}
	var reasons []string
	for _, c := range cases {
		if c.Outcome != outcome {
			continue
		}
		reason := cmp.Or(c.Reason, c.Detail)
		if ids[reason] == nil {
			reasons = append(reasons, reason)
		}
		ids[reason] = append(ids[reason], c.ID)
	}
	for _, reason := range reasons {
		all := ids[reason]
		t.linef("\n%s %s: %s", t.outcome(outcome), count(len(all), "case"), printable(reason))
		if outcome == result.Skipped {
			continue
		}
		for _, id := range all[:min(shown, len(all))] {
			t.linef("  %s", printable(id))
		}
		if len(all) > shown {
			t.linef("  and %d more", len(all)-shown)
		}
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
	code := 33
	switch o {
	case result.Pass:
		code = 32
	case result.Fail, result.Timeout, result.Broken:
		code = 31
	}
	return t.paint(code, strings.ToUpper(string(o)))
}

func (t *text) paint(code int, s string) string {
	if !t.color {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", code, s)
}

// stale lists what is known to fail, and does not.
func (t *text) stale(run *result.Run) {
	for _, k := range run.Stale() {
		t.linef("\n%s %s", t.outcome(result.Fail), printable(staleNote(&k)))
	}
}

func (t *text) summary(run *result.Run) {
	s := &run.Summary
	verdict := t.outcome(result.Pass)
	switch {
	case s.Failed+s.Timeout+s.Broken > 0 || len(run.Stale()) > 0:
		verdict = t.outcome(result.Fail)
	case s.Passed+s.Known == 0:
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
	var own, ours []string
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
		case f.OfficialCases == 0:
			ours = append(ours, f.Name)
		case f.Source == result.Own:
			own = append(own, fmt.Sprintf("%s (%d)", f.Name, f.OfficialCases))
			notRun += f.OfficialCases
		}
	}
	if official > 0 {
		t.linef("Official conformance: %d of the %d official cases of these families passed.", passed, official)
	}
	if len(ours) > 0 {
		t.linef("Of mlsconform's own making, without official vectors: %s.", strings.Join(slices.Compact(ours), ", "))
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
