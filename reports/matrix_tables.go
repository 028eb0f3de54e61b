package reports

import (
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A matrixPart is a heading of the matrix with what stands below it, for any form
// of report.
type matrixPart struct {
	Title string
	Sub   bool // below the part before
	Text  string
	Head  []string
	Rows  []matrixRow
	Left  bool // the columns are text, and not numbers
}

type matrixRow struct {
	Name  matrixText
	Cells []matrixText
}

// A matrixText is what stands in a cell: a tally, or a text that may be a link.
type matrixText struct {
	Text, Link string
	Tally      *tally
}

const matrixSigns = "✓ passed, ✗ failed, timed out, or members disagree, – unsupported, ○ known to fail, or skipped"

// parts lists what the matrix shows, in order.
func (m *Matrix) parts() []matrixPart {
	parts := []matrixPart{m.stackPart()}
	if len(m.sets) > 0 {
		parts = append(parts, m.pairPart())
		if len(m.triples) > 0 {
			parts = append(parts, m.triplePart())
		}
		parts = append(parts, m.filePart())
		parts = append(parts, m.knownParts("Why cases do not pass",
			"What is known to fail, each case counted at every stack whose fault it may be.",
			func(s *stack) []result.KnownFailure { return s.known })...)
	}
	parts = append(parts, m.lackParts()...)
	if len(m.families) > 0 {
		parts = append(parts, m.familyPart())
		if len(m.rules) > 0 {
			parts = append(parts, m.rulePart())
		}
		parts = append(parts, m.knownParts("Why verdicts are wrong", "", func(s *stack) []result.KnownFailure { return s.wrong })...)
	}
	return parts
}

func words(list ...string) []matrixText {
	var cells []matrixText
	for _, s := range list {
		cells = append(cells, matrixText{Text: s})
	}
	return cells
}

func numbers(tallies ...*tally) []matrixText {
	var cells []matrixText
	for _, t := range tallies {
		cells = append(cells, matrixText{Tally: t})
	}
	return cells
}

func (m *Matrix) stackPart() matrixPart {
	p := matrixPart{Title: "Stacks", Head: []string{"", "Library", "Version", "Suites"}, Left: true}
	for _, s := range m.stacks {
		row := matrixRow{matrixText{Text: s.name}, words(s.about.Library, s.about.Version, s.suites)}
		switch {
		case s.error != "":
			row.Cells[2].Text = "not available: " + firstLine(s.error)
		case s.name == own:
			row.Cells[0].Text = "mlsconform"
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// names heads a table with a column for each stack.
func (m *Matrix) names() []string {
	head := []string{""}
	for _, s := range m.stacks {
		head = append(head, s.name)
	}
	return head
}

func (m *Matrix) pairPart() matrixPart {
	p := matrixPart{
		Title: "Interop",
		Text:  "Cases that two stacks play with each other, in every assignment of roles that the plan has; on the diagonal, those that one plays alone. " + matrixSigns + ".",
		Head:  m.names(),
	}
	for i := range m.stacks {
		row := matrixRow{Name: matrixText{Text: m.stacks[i].name}}
		for j := range m.stacks {
			set := []int{min(i, j), max(i, j)}
			if i == j {
				set = set[:1]
			}
			row.Cells = append(row.Cells, numbers(m.set(set...))...)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (m *Matrix) triplePart() matrixPart {
	p := matrixPart{Title: "Three or more at once", Sub: true, Head: []string{"", "Cases"}}
	for _, set := range m.triples {
		p.Rows = append(p.Rows, matrixRow{matrixText{Text: m.name(set...)}, numbers(m.set(set...))})
	}
	return p
}

func (m *Matrix) filePart() matrixPart {
	p := matrixPart{Title: "By scripts", Sub: true, Head: []string{""}}
	for _, pair := range m.pairs {
		p.Head = append(p.Head, m.name(pair[:]...))
	}
	if len(m.triples) > 0 {
		p.Head = append(p.Head, "three or more")
	}
	for _, f := range m.files {
		row := matrixRow{Name: matrixText{Text: f}}
		for _, pair := range m.pairs {
			row.Cells = append(row.Cells, numbers(m.inFile(f, pair[:]...))...)
		}
		if len(m.triples) > 0 {
			row.Cells = append(row.Cells, numbers(m.moreInFile(f))...)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// knownParts says why, of what is known of the stacks.
func (m *Matrix) knownParts(title, text string, of func(*stack) []result.KnownFailure) []matrixPart {
	p := matrixPart{Title: title, Text: text, Sub: true, Head: []string{"", "Cases", "Requirement", "Why", "See"}, Left: true}
	for i := range m.stacks {
		s := &m.stacks[i]
		// Several entries may speak of one fault.
		var rows []matrixRow
		byReason := map[string]int{}
		counts := []int{}
		for _, k := range of(s) {
			key := string(k.Rule) + k.Reason + k.Link
			at, ok := byReason[key]
			if !ok {
				at = len(rows)
				byReason[key] = at
				counts = append(counts, 0)
				link := matrixText{}
				if k.Link != "" {
					link = matrixText{Text: shortLink(k.Link), Link: k.Link}
				}
				rows = append(rows, matrixRow{matrixText{Text: s.name}, []matrixText{{}, ruleText(k.Rule), {Text: k.Reason}, link}})
			}
			counts[at] += k.Failed
			rows[at].Cells[0].Text = fmt.Sprint(counts[at])
		}
		p.Rows = append(p.Rows, rows...)
	}
	if p.Rows == nil {
		return nil
	}
	return []matrixPart{p}
}

// shortLink is the end of an address, as pull/449.
func shortLink(link string) string {
	parts := strings.Split(strings.TrimRight(link, "/"), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

// ruleText shows a requirement with a link to its section.
func ruleText(id rule.ID) matrixText {
	rest, ok := strings.CutPrefix(string(id), "rfc9420-")
	section, _, _ := strings.Cut(rest, "-")
	if !ok || section == "" {
		return matrixText{Text: string(id)}
	}
	anchor := "section-" + section
	if section[0] >= 'A' && section[0] <= 'Z' {
		anchor = "appendix-" + section
	}
	return matrixText{Text: string(id), Link: "https://www.rfc-editor.org/rfc/rfc9420#" + anchor}
}

func (m *Matrix) lackParts() []matrixPart {
	p := matrixPart{Title: "What they do not do", Sub: true, Head: []string{"", "What", "Why"}, Left: true}
	for _, s := range m.stacks {
		for _, l := range s.about.Lacks {
			p.Rows = append(p.Rows, matrixRow{matrixText{Text: s.name}, words(l.Feature, l.Reason)})
		}
	}
	if p.Rows == nil {
		return nil
	}
	return []matrixPart{p}
}

// asked lists the stacks that judged vectors.
func (m *Matrix) asked() (stacks []int, head []string) {
	head = []string{""}
	for i, j := range m.judged {
		if j.asked {
			stacks = append(stacks, i)
			head = append(head, m.stacks[i].name)
		}
	}
	return stacks, head
}

func (m *Matrix) familyPart() matrixPart {
	stacks, head := m.asked()
	p := matrixPart{
		Title: "Vectors",
		Text:  "Verdicts on mlsconform's vectors: ✓ right, ✗ wrong, ○ wrong and known, – not supported, ≈ either verdict is right.",
		Head:  head,
	}
	for _, f := range m.families {
		row := matrixRow{Name: matrixText{Text: f}}
		for _, i := range stacks {
			row.Cells = append(row.Cells, numbers(m.ofFamily(i, f))...)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (m *Matrix) rulePart() matrixPart {
	stacks, head := m.asked()
	p := matrixPart{
		Title: "Wrong verdicts by requirement",
		Sub:   true,
		Text:  "How many cases about a requirement were taken that have to be refused, or refused that have to be taken. A case about several requirements counts at each.",
		Head:  head,
	}
	for _, id := range m.rules {
		name := ruleText(id)
		if id == "" {
			name.Text = "what has to be taken"
		}
		row := matrixRow{Name: name}
		for _, i := range stacks {
			row.Cells = append(row.Cells, words(m.judged[i].wrong[id].String())...)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}
