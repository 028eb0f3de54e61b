package reports

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode"

	"github.com/mlsconform/mlsconform/runner/result"
)

// maxMarkdown keeps a summary below what CI services take, which is 1 MiB.
const maxMarkdown = 900 << 10

// InteropMarkdown sums up an interop run for the page of a CI job: the verdict,
// the matrix of client by client, the files of scripts, and, folded up, what did
// not pass, by cause. What would make it larger than 900 KiB is left out, and
// the text says so.
func InteropMarkdown(run *result.Interop) []byte {
	m := markdown{}
	o := overviewOf(run)
	m.linef("## MLS interop: %s", o.verdict())
	m.linef("\n%s; %.1f s", strings.Join(o.parts(), ", "), o.Seconds)
	m.clients(run.Clients)
	m.pairs(o)
	m.files(o)
	m.causes(run.Cases)
	if notes := o.notes(run); notes != nil {
		m.WriteByte('\n')
		for _, note := range notes {
			m.linef("- %s", markdownText(note))
		}
	}
	m.linef("\nmlsconform %s, plan `%.12s`", markdownText(run.Tool.Version), run.Plan.Digest)
	return m.Bytes()
}

type markdown struct{ bytes.Buffer }

func (m *markdown) linef(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// table writes rows, whose cells are Markdown, the first as the heading. All
// columns but the first have the alignment.
func (m *markdown) table(rows [][]string, align string) {
	m.WriteByte('\n')
	for i, row := range rows {
		m.linef("| %s |", strings.Join(row, " | "))
		if i == 0 {
			m.linef("| :--- |%s", strings.Repeat(" "+align+" |", len(row)-1))
		}
	}
}

func (m *markdown) clients(clients []result.InteropClient) {
	rows := [][]string{{"Client", "Kind", "Suites", "Stack"}}
	for _, c := range clients {
		stack := stackOf(&c)
		if c.Error != "" {
			stack = "did not take part: " + firstLine(c.Error)
		}
		rows = append(rows, []string{markdownText(c.Name), markdownText(c.Kind), suiteList(c.Suites), markdownText(stack)})
	}
	m.table(rows, ":---")
}

func (m *markdown) pairs(o *overview) {
	if len(o.Names) < 2 {
		return
	}
	m.linef("\nCases in which both clients take part; on the diagonal, those that one plays alone.")
	rows := [][]string{{""}}
	for _, name := range o.Names {
		rows[0] = append(rows[0], markdownText(name))
	}
	for i, name := range o.Names {
		row := []string{"**" + markdownText(name) + "**"}
		for j := range o.Names {
			row = append(row, markdownCell(&o.Pairs[i][j]))
		}
		rows = append(rows, row)
	}
	m.table(rows, "---:")
	m.linef("\n✓ passed, ✗ failed, timed out, or members disagree, – unsupported, ○ known or skipped")
}

func markdownCell(n *tally) string {
	var parts []string
	for _, p := range []struct {
		sign string
		n    int
	}{
		{"✓", n.Good()},
		{"✗", n.Bad()},
		{"–", n.Unsupported},
		{"○", n.Known + n.Skipped},
		{"≈", n.Either},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d\u00a0%s", p.n, p.sign))
		}
	}
	return strings.Join(parts, " ")
}

func (m *markdown) files(o *overview) {
	if len(o.Files) == 0 {
		return
	}
	rows := [][]string{{"Scripts", "Cases", "Passed", "Failed", "Timeout", "Unsupported", "Known", "Skipped", "Broken", "Disagree"}}
	for _, f := range o.Files {
		row := []string{markdownText(f.Name)}
		for _, n := range []int{f.Cases, f.Passed, f.Failed, f.Timeout, f.Unsupported, f.Known, f.Skipped, f.Broken, f.Disagree} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	m.table(rows, "---:")
}

// causes folds up what did not pass. The text in a <pre> is not Markdown, so
// nothing that a client says can have a meaning there.
func (m *markdown) causes(cases []result.InteropCase) {
	const shown = 10 // ids of each cause
	groups := causes(cases)
	for i, g := range groups {
		c := g.Cases[0]
		var b strings.Builder
		fmt.Fprintf(&b, "<details><summary><b>%s</b> %s", strings.ToUpper(g.cause.label()), count(len(g.Cases), "case"))
		if at := causeWhere(g); at != "" {
			fmt.Fprintf(&b, ", %s", html.EscapeString(printable(at)))
		}
		if g.line != "" {
			fmt.Fprintf(&b, ": %s", html.EscapeString(clip(printable(g.line), 200)))
		}
		b.WriteString("</summary>\n\n<pre>\n")
		for _, c := range g.Cases[:min(shown, len(g.Cases))] {
			b.WriteString(html.EscapeString(printable(c.ID)) + "\n")
		}
		if more := len(g.Cases) - shown; more > 0 {
			fmt.Fprintf(&b, "and %d more\n", more)
		}
		if g.outcome != result.Skipped {
			for line := range strings.SplitSeq(strings.TrimRight(clip(interopText(c), 4000), "\n"), "\n") {
				b.WriteString(html.EscapeString(printable(line)) + "\n")
			}
		}
		b.WriteString("</pre>\n\n</details>\n")
		if m.Len()+b.Len() > maxMarkdown {
			m.linef("\nAnd %s, which there is no room for here.", count(len(groups)-i, "other cause"))
			return
		}
		m.linef("\n%s", b.String())
	}
}

// markdownText writes text from outside so that it is only text: whatever could
// mean something in Markdown or HTML is a character reference. What is long is cut.
func markdownText(s string) string { return markdownUpTo(200, s) }

// markdownUpTo does the same with no more than so many bytes.
func markdownUpTo(n int, s string) string {
	var b strings.Builder
	runes := []rune(printable(clip(s, n)))
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i, r := range runes {
		plain := r >= unicode.MaxASCII || word(r) || strings.ContainsRune(" .,/+-()='\";%", r)
		switch r {
		case ':': // which may begin an address
			plain = at(i+1) != '/'
		case '_': // which means nothing within a word
			plain = word(at(i-1)) && word(at(i+1))
		}
		if plain {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// markdownLink keeps an address from ending the link that it is in.
func markdownLink(address string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E", "\n", "%0A").Replace(address)
}

// clip cuts what is longer than n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
