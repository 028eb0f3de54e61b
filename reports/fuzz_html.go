package reports

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

//go:embed page/fuzz.html
var fuzzHTML string

// FuzzHTML shows a fuzzing campaign as one page that needs nothing else, neither
// a network nor scripts: coverage over time, the targets, and what was found.
func FuzzHTML(f *result.Fuzz) ([]byte, error) {
	t, err := template.New("fuzz").Parse(fuzzHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newFuzzPage(f)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type fuzzPage struct {
	Policy, Verdict, Class   string
	Counts, Version, Started string
	Style                    template.CSS
	Chart                    chart
	Gained                   int
	Seconds                  float64
	Rows                     []fuzzRow
	Findings                 []fuzzFinding
	NotRun                   []fuzzNotRun
}

type fuzzRow struct {
	Name, Kind, Outcome, Seconds string
	Executions                   int64
	Rate                         string
	Coverage, New                int
	Inputs                       int
	Bytes                        int64
	Spark                        chart
}

type fuzzFinding struct{ Target, Input, IDs, Again, Message string }

type fuzzNotRun struct{ Target, Outcome, Reason string }

func newFuzzPage(f *result.Fuzz) *fuzzPage {
	outcome := fuzzOutcome(f)
	p := &fuzzPage{
		Policy:  policy(),
		Verdict: strings.ToUpper(string(outcome)),
		Class:   map[result.Outcome]string{result.Pass: "good", result.Fail: "bad", result.Broken: "bad"}[outcome],
		Counts:  strings.Join(fuzzParts(f), ", "),
		Version: f.Tool.Version,
		Started: f.Started,
		Style:   template.CSS(pageStyle),
		Gained:  f.Summary.NewCoverage,
		Seconds: f.Summary.Seconds,
	}
	all := growth(f.Targets)
	all = append(all, result.FuzzPoint{Seconds: f.Summary.Seconds, Coverage: all[len(all)-1].Coverage})
	p.Chart = draw(all, p.Seconds, 0, 800, 240)
	for i := range f.Targets {
		p.target(&f.Targets[i])
	}
	return p
}

func (p *fuzzPage) target(t *result.FuzzTarget) {
	if t.Reason != "" {
		p.NotRun = append(p.NotRun, fuzzNotRun{t.String(), string(t.Outcome), printableLines(t.Reason)})
	}
	for _, f := range t.Findings {
		var ids []string
		for _, id := range f.IDs {
			ids = append(ids, string(id))
		}
		p.Findings = append(p.Findings, fuzzFinding{
			Target: t.String(), Input: printable(f.Input), IDs: strings.Join(ids, ", "), Again: printable(f.Again),
			Message: printableLines(clip(f.Message, maxDetail)),
		})
	}
	if t.Runs == 0 {
		return
	}
	r := fuzzRow{
		Name: t.String(), Kind: t.Kind, Outcome: string(t.Outcome), Seconds: fmt.Sprintf("%.1f", t.Seconds),
		Executions: t.Executions, Rate: fmt.Sprintf("%.0f", t.ExecutionsPerSecond),
		Coverage: t.Coverage, New: t.NewCoverage, Inputs: t.CorpusInputs, Bytes: t.CorpusBytes,
	}
	if len(t.Growth) > 0 {
		r.Spark = draw(highest(t.Growth), p.Seconds, t.Growth[0].Coverage, 120, 20)
	}
	p.Rows = append(p.Rows, r)
}

func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = printable(l)
	}
	return strings.Join(lines, "\n")
}
