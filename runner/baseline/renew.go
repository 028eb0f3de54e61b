package baseline

import (
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// Unexplained begins the reasons that Renew gives.
const Unexplained = "not explained yet: "

// Renew makes the baseline of a run that was judged by m: the entries so far,
// but for those whose cases pass now, and one for each case that failed and that
// none of them covers. Somebody has to write the reasons for these. Entries that
// no case bore on stay.
func Renew(m *Matcher, cases []result.InteropCase) *Baseline {
	gone := m.which(func(i int) bool { return m.failed[i] == 0 && m.passed[i] > 0 })
	b := &Baseline{Schema: Schema}
	passes := map[string]bool{} // cases that fail only because they are listed
	for _, e := range m.entries[:m.own] {
		switch {
		case !slices.Contains(gone, e):
			b.Known = append(b.Known, e)
		case e.exact():
			passes[e.Case] = true
		}
	}
	for i := range cases {
		c := &cases[i]
		detail := c.Detail
		if c.Outcome == result.Pass && c.Disagrees() {
			detail = c.AgreementDetail
		} else if c.Outcome != result.Fail && c.Outcome != result.Timeout || passes[c.ID] {
			continue
		}
		b.Known = append(b.Known, Entry{Case: c.ID, Reason: Unexplained + brief(detail)})
	}
	return b
}

// brief is the first line of a text, or what fits into a line of it.
func brief(text string) string {
	const most = 200
	line, _, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return line
}
