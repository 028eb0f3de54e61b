package reports

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mlsconform/mlsconform/runner/result"
)

// textWidth is what a table tries to keep to.
const textWidth = 80

// InteropText shows an interop run to a person: who took part, a line for each
// file of scripts, how often each two clients got along, and what did not pass,
// by cause. With color, outcomes carry the escape sequences of a terminal.
func InteropText(run *result.Interop, color bool) []byte {
	t := text{color: color}
	o := overviewOf(run)
	t.clients(run.Clients)
	t.files(o)
	t.pairs(o)
	t.causes(run.Cases)
	t.notes(o.notes(run))
	t.linef("\n%s: %s; %.2f s, %.0f MB of memory at most", t.verdict(o.verdict()), strings.Join(o.parts(), ", "), o.Seconds, float64(o.PeakRSSBytes)/1e6)
	return t.Bytes()
}

func (t *text) clients(clients []result.InteropClient) {
	rows := [][]string{{"CLIENT", "KIND", "SUITES", "STARTS", "STACK"}}
	for _, c := range clients {
		stack := stackOf(&c)
		if c.Error != "" {
			stack = "did not take part: " + firstLine(c.Error)
		}
		starts := ""
		if c.Starts > 0 {
			starts = strconv.Itoa(c.Starts)
		}
		rows = append(rows, []string{printable(c.Name), c.Kind, suiteList(c.Suites), starts, printable(stack)})
	}
	t.grid(rows, "llrrl")
}

func (t *text) files(o *overview) {
	if len(o.Files) == 0 {
		return
	}
	columns := []struct {
		title string
		count func(*tally) int
		asked bool // shown even when it is all zeros
	}{
		{"CASES", func(n *tally) int { return n.Cases }, true},
		{"PASSED", func(n *tally) int { return n.Passed }, true},
		{"FAILED", func(n *tally) int { return n.Failed }, true},
		{"TIMEOUT", func(n *tally) int { return n.Timeout }, false},
		{"UNSUPP", func(n *tally) int { return n.Unsupported }, false},
		{"KNOWN", func(n *tally) int { return n.Known }, false},
		{"SKIPPED", func(n *tally) int { return n.Skipped }, false},
		{"BROKEN", func(n *tally) int { return n.Broken }, false},
		{"DISAGREE", func(n *tally) int { return n.Disagree }, false},
	}
	rows := make([][]string, len(o.Files)+1)
	align := "l"
	rows[0] = []string{"SCRIPTS"}
	for i, f := range o.Files {
		rows[i+1] = []string{printable(f.Name)}
	}
	for _, c := range columns {
		if !c.asked && c.count(&o.tally) == 0 {
			continue
		}
		align += "r"
		rows[0] = append(rows[0], c.title)
		for i := range o.Files {
			rows[i+1] = append(rows[i+1], strconv.Itoa(c.count(&o.Files[i].tally)))
		}
	}
	t.WriteByte('\n')
	t.grid(rows, align)
}

// pairs is the matrix of client by client. The names stand above the columns
// where there is room, otherwise numbers do.
func (t *text) pairs(o *overview) {
	if len(o.Names) < 2 || len(o.Files) == 0 {
		return
	}
	rows := [][]string{{"PASSED/RAN"}}
	for _, name := range o.Names {
		rows[0] = append(rows[0], printable(name))
	}
	for i, name := range o.Names {
		row := []string{printable(name)}
		for j := range o.Names {
			row = append(row, ratio(&o.Pairs[i][j]))
		}
		rows = append(rows, row)
	}
	if width(rows) > textWidth {
		for i, name := range o.Names {
			number := strconv.Itoa(i + 1)
			rows[0][i+1] = number
			rows[i+1][0] = number + " " + printable(name)
		}
	}
	t.linef("\nCases in which both take part; on the diagonal, those that one plays alone:")
	t.grid(rows, "l"+strings.Repeat("r", len(o.Names)))
}

func ratio(n *tally) string {
	switch {
	case n.Cases == 0:
		return "."
	case n.Ran() == 0:
		return "-"
	}
	return fmt.Sprintf("%d/%d", n.Good(), n.Ran())
}

// causes shows what did not pass. One case stands for all that ended for the
// same cause: a fault of one client may show in hundreds.
func (t *text) causes(cases []result.InteropCase) {
	const shown = 40
	groups := causes(cases)
	for _, g := range groups[:min(shown, len(groups))] {
		switch g.outcome {
		case result.Known, result.Unsupported, result.Skipped, result.Pass:
			if !g.disagree {
				t.aside(g)
				continue
			}
		}
		t.failure(g)
	}
	if len(groups) > shown {
		n := 0
		for _, g := range groups[shown:] {
			n += len(g.Cases)
		}
		t.linef("\n... and %s of %s; the other reports have all of them.", count(n, "case"), count(len(groups)-shown, "other cause"))
	}
}

func (t *text) failure(g *causeGroup) {
	c := g.Cases[0]
	t.linef("\n%s %s", t.label(g), printable(c.ID))
	for _, line := range []string{where(c), g.line, again(c)} {
		if line != "" {
			t.linef("  %s", printable(line))
		}
	}
	if c.Disagrees() && c.AgreementDetail != "" && g.outcome != result.Pass {
		t.linef("  members disagree: %s", printable(firstLine(c.AgreementDetail)))
	}
	for _, id := range c.Requirements {
		t.linef("  requirement: %s", printable(string(id)))
	}
	if c.Folder != "" {
		t.linef("  transcript: %s", printable(c.Folder))
	}
	if c.Replay != "" {
		t.linef("  replay: %s", printable(c.Replay))
	}
	if more := len(g.Cases) - 1; more > 0 {
		t.linef("  and %s that ended in the same way", count(more, "more case"))
	}
}

// aside shows what says nothing against anybody in as few lines as possible.
func (t *text) aside(g *causeGroup) {
	const shown = 3
	var about []string
	if g.outcome == result.Unsupported {
		if g.client != "" {
			about = append(about, g.client)
		}
		if g.rpc != "" {
			about = append(about, g.rpc)
		}
	}
	if g.line != "" {
		about = append(about, g.line)
	}
	t.linef("\n%s %s: %s", t.label(g), count(len(g.Cases), "case"), printable(strings.Join(about, ": ")))
	if g.outcome == result.Skipped {
		return
	}
	for _, c := range g.Cases[:min(shown, len(g.Cases))] {
		t.linef("  %s", printable(c.ID))
	}
	if more := len(g.Cases) - shown; more > 0 {
		t.linef("  and %d more", more)
	}
}

func (t *text) notes(notes []string) {
	if len(notes) > 0 {
		t.WriteByte('\n')
	}
	for _, note := range notes {
		t.linef("Note: %s", printable(note))
	}
}

func (t *text) label(g *causeGroup) string {
	if g.outcome == result.Pass && g.disagree {
		return t.paint(31, "DISAGREE")
	}
	if g.outcome == result.Pass {
		return t.paint(33, "RUN AGAIN")
	}
	return t.outcome(g.outcome)
}

func (t *text) verdict(v string) string {
	switch v {
	case "PASS":
		return t.outcome(result.Pass)
	case "FAIL":
		return t.outcome(result.Fail)
	}
	return v
}

// grid writes rows with their columns aligned to the left or right.
func (t *text) grid(rows [][]string, align string) {
	widths := columnWidths(rows)
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString("  ")
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if align[i] == 'r' {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		t.linef("%s", strings.TrimRight(b.String(), " "))
	}
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func width(rows [][]string) int {
	n := 0
	for _, w := range columnWidths(rows) {
		n += 2 + w
	}
	return n
}
