package reports

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/result"
)

// HTMLOptions says what else to put into an HTML report.
type HTMLOptions struct {
	// Transcript returns the decoded transcript of a case that did not pass, or
	// nothing. It may be nil.
	Transcript func(*result.InteropCase) string
}

// What keeps a page of any number of cases to 30 MB or so, and one of 20,000
// cases of which few fail to a few. What passed takes up a few bytes for each
// combination of file, suite, framing and clients.
const (
	maxListed     = 5000     // cases in full, the gravest first
	maxCauses     = 50       // in the list of causes
	maxDetail     = 8 << 10  // bytes of one error
	maxTranscript = 64 << 10 // bytes of one transcript, the end of it
	transcribed   = 3        // cases of each cause that have a transcript
	maxTexts      = 12 << 20 // bytes, as HTML, of all errors and transcripts
	maxScarce     = 200      // bytes of an error when those are used up
	maxLine       = 140      // bytes of an error where it stands behind an id
)

var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string
)

// InteropHTML shows an interop run as one page that needs nothing else, neither
// a network nor, to be read, scripts. All that clients say is in it as text; a
// policy that names the page's own style and script keeps browsers from
// anything else.
func InteropHTML(run *result.Interop, options HTMLOptions) ([]byte, error) {
	t, err := template.New("page").Parse(pageHTML + cellHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(run, options)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// A page is what the template shows.
type page struct {
	Policy, Verdict, Class, Counts string
	Version, Time, Digest          string
	Seed                           string
	Clients                        []pageClient
	Names                          []string
	Suites                         []pageSuite
	Framings, Outcomes             []string
	Matrix                         [][]pageCell
	Files                          []pageFile
	Causes                         []pageCause
	MoreCauses                     string
	Listed                         bool
	Passed                         string // and in no way remarkable
	Left                           string
	Cut                            bool
	Notes                          []string
	Cube                           [][]any
	Style                          template.CSS
	Script                         template.JS
}

type pageClient struct{ Name, Kind, Suites, Starts, Stack, Error string }

type pageSuite struct {
	Number int
	Name   string
}

// A pageCell is what the script counts anew when filters change.
type pageCell struct {
	tally
	Aside int
	Class string
}

type pageFile struct {
	Name  string
	All   pageCell
	Cells []pageCell
	Cases []pageCase
}

type pageCause struct{ Label, Cases, Where, Line, Anchor string }

type pageCase struct {
	Anchor, ID, Label, Line            string
	Suite                              int
	Framing, Clients                   string
	Where, Detail, Known, Disagreement string
	Again, Work, Folder, Replay        string
	Cast, Requirements                 []string
	Transcript                         string
}

func newPage(run *result.Interop, options HTMLOptions) *page {
	o := overviewOf(run)
	p := &page{
		Policy:  policy(),
		Verdict: o.verdict(),
		Class:   map[string]string{"PASS": "good", "FAIL": "bad"}[o.verdict()],
		Counts:  strings.Join(o.parts(), ", "),
		Version: run.Tool.Version,
		Time:    (time.Duration(o.Seconds*1000) * time.Millisecond).String(),
		Digest:  run.Plan.Digest,
		Style:   template.CSS(pageStyle),
		Script:  template.JS(pageScript),
	}
	for _, note := range o.notes(run) {
		p.Notes = append(p.Notes, printable(note))
	}
	if run.Plan.Seed != nil {
		p.Seed = fmt.Sprint(*run.Plan.Seed)
	}
	p.clients(run.Clients)
	p.cells(o)
	p.Cube = cube(run, o)
	p.cases(run, o, options)
	return p
}

// policy lets the browser take the style and the script of the page, and
// nothing else from anywhere.
func policy() string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", hash(pageStyle), hash(pageScript))
}

func (p *page) clients(clients []result.InteropClient) {
	for _, c := range clients {
		starts := ""
		if c.Starts > 0 {
			starts = fmt.Sprint(c.Starts)
		}
		p.Clients = append(p.Clients, pageClient{
			Name: printable(c.Name), Kind: c.Kind, Suites: suiteList(c.Suites), Starts: starts,
			Stack: printable(stackOf(&c)), Error: printable(clip(firstLine(c.Error), maxScarce)),
		})
	}
}

// cells makes the tables of client by client and of scripts by suite.
func (p *page) cells(o *overview) {
	for _, name := range o.Names {
		p.Names = append(p.Names, printable(name))
	}
	for _, s := range o.Suites {
		p.Suites = append(p.Suites, pageSuite{int(s), s.String()})
	}
	for _, f := range o.Files {
		p.Files = append(p.Files, pageFile{Name: printable(f.Name), All: cell(&f.tally), Cells: pageCells(f.Suites)})
	}
	if o.Cases > 0 {
		for _, row := range o.Pairs {
			p.Matrix = append(p.Matrix, pageCells(row))
		}
	}
}

func pageCells(tallies []tally) []pageCell {
	var cells []pageCell
	for i := range tallies {
		cells = append(cells, cell(&tallies[i]))
	}
	return cells
}

func cell(t *tally) pageCell {
	class := "lack-cell"
	switch {
	case t.Cases == 0:
		class = ""
	case t.Bad() > 0 && t.Good() > 0:
		class = "mixed-cell"
	case t.Bad() > 0:
		class = "bad-cell"
	case t.Good() > 0:
		class = "good-cell"
	}
	return pageCell{tally: *t, Aside: t.Known + t.Skipped, Class: class}
}

// cube counts the cases of each combination of what can be filtered, for the
// script: file, suite, framing, clients, and the four numbers of a cell.
func cube(run *result.Interop, o *overview) [][]any {
	type combination struct {
		file    string
		suite   codepoint.CipherSuite
		framing string
		clients string
	}
	tallies := map[combination]*tally{}
	rows := [][]any{}
	var inOrder []*tally
	for i := range run.Cases {
		c := &run.Cases[i]
		who := taking(o.Names, c)
		k := combination{c.File, c.Suite, c.Framing, fmt.Sprint(who)}
		t := tallies[k]
		if t == nil {
			t = &tally{}
			tallies[k] = t
			inOrder = append(inOrder, t)
			file := slices.IndexFunc(o.Files, func(f fileTally) bool { return f.Name == c.File })
			rows = append(rows, []any{file, int(c.Suite), c.Framing, who})
		}
		t.add(c)
	}
	for i, t := range inOrder {
		rows[i] = append(rows[i], t.Good(), t.Bad(), t.Unsupported, t.Known+t.Skipped)
	}
	return rows
}

// cases fills in the causes, and the cases under their files.
func (p *page) cases(run *result.Interop, o *overview, options HTMLOptions) {
	groups := causes(run.Cases)
	texts := &texts{left: maxTexts}
	anchors := map[*result.InteropCase]string{}
	shown := map[string]pageCase{}
	left := 0
	for _, g := range groups {
		for i, c := range g.Cases {
			if len(shown) == maxListed {
				left++
				continue
			}
			anchors[c] = fmt.Sprintf("case-%d", len(shown)+1)
			s := showCase(c, g.label(), texts)
			if i < transcribed && options.Transcript != nil && c.Outcome != result.Skipped {
				s.Transcript = texts.end(options.Transcript(c), maxTranscript)
			}
			s.Anchor = anchors[c]
			s.Clients = strings.Trim(fmt.Sprint(taking(o.Names, c)), "[]")
			shown[c.ID] = s
		}
	}
	for i := range run.Cases {
		c := &run.Cases[i]
		if s, ok := shown[c.ID]; ok {
			f := slices.IndexFunc(o.Files, func(f fileTally) bool { return f.Name == c.File })
			p.Files[f].Cases = append(p.Files[f].Cases, s)
			p.Outcomes = append(p.Outcomes, s.Label)
		}
		p.Framings = append(p.Framings, c.Framing)
	}
	p.Framings = slices.Compact(slices.Sorted(slices.Values(p.Framings)))
	p.Outcomes = slices.Compact(slices.Sorted(slices.Values(p.Outcomes)))
	p.Passed = count(o.Cases-len(shown)-left, "case")
	p.Listed, p.Cut = len(shown) > 0, texts.cut
	if left > 0 {
		p.Left = count(left, "case")
	}
	for _, g := range groups[:min(maxCauses, len(groups))] {
		p.Causes = append(p.Causes, pageCause{
			Label: g.label(), Cases: count(len(g.Cases), "case"), Where: printable(causeWhere(g)),
			Line: printable(clip(g.line, maxScarce)), Anchor: anchors[g.Cases[0]],
		})
	}
	if more := len(groups) - maxCauses; more > 0 {
		p.MoreCauses = count(more, "other cause")
	}
}

func showCase(c *result.InteropCase, label string, texts *texts) pageCase {
	s := pageCase{
		ID:      printable(c.ID),
		Label:   label,
		Line:    printable(clip(cmp.Or(firstLine(reason(c)), firstLine(c.AgreementDetail), again(c)), maxScarce)),
		Suite:   int(c.Suite),
		Framing: c.Framing,
		Where:   printable(where(c)),
		Detail:  texts.take(c.Detail, maxDetail),
		Known:   printable(clip(c.Reason, maxDetail)),
		Again:   again(c),
		Work:    fmt.Sprintf("%s, %s, %.3f s", count(c.Steps, "step"), count(c.RPCs, "RPC"), c.Seconds),
		Folder:  printable(c.Folder),
		Replay:  printable(c.Replay),
	}
	if c.Disagrees() {
		s.Disagreement = texts.take(cmp.Or(c.AgreementDetail, string(c.Agreement)), maxDetail)
	}
	for _, line := range cast(c) {
		s.Cast = append(s.Cast, printable(line))
	}
	for _, id := range c.Requirements {
		s.Requirements = append(s.Requirements, printable(string(id)))
	}
	return s
}

// texts gives out the room that there is for what clients say.
type texts struct {
	left int  // bytes of HTML
	cut  bool // whether anything did not fit
}

// take returns what is shown of s, and not more than n bytes of it.
func (t *texts) take(s string, n int) string {
	s = strings.TrimSpace(s)
	if t.left <= 0 {
		n = min(n, maxScarce)
	}
	t.cut = t.cut || len(s) > n
	return t.spend(clip(s, n))
}

// end is the same for texts that tell the most at their end, and are of no use
// in small pieces.
func (t *texts) end(s string, n int) string {
	s = strings.TrimSpace(s)
	if t.left <= 0 {
		t.cut = t.cut || s != ""
		return ""
	}
	if len(s) > n {
		t.cut = true
		_, s, _ = strings.Cut(strings.ToValidUTF8(s[len(s)-n:], ""), "\n")
		s = "...\n" + s
	}
	return t.spend(s)
}

func (t *texts) spend(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	s = strings.Join(lines, "\n")
	t.left -= len(template.HTMLEscapeString(s))
	return s
}
