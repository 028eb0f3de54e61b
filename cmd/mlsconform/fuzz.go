package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/campaign"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// FuzzCmd runs fuzz targets.
type FuzzCmd struct {
	List   bool   `help:"List the targets instead of running them."`
	Target string `help:"Only targets whose PACKAGE.NAME this regular expression matches." placeholder:"REGEXP"`
	Kind   string `help:"Only targets of this kind: codec, structure, crypto, state, input or differential." placeholder:"KIND"`

	Time    time.Duration `help:"Time for all targets together, shared by what they have yielded of late; 10m unless --each is given." placeholder:"D" xor:"time"`
	Each    time.Duration `help:"Time for each target, one after the other." placeholder:"D" xor:"time"`
	Workers int           `help:"Processes of a target at once; 0 is one for each core." placeholder:"N"`
	Source  string        `help:"A folder in a checkout of mlsconform, where the targets are built." default:"." placeholder:"DIR"`

	Out  string `help:"Write fuzz.txt, .json and .html into this folder, after each run of a target." placeholder:"DIR"`
	JSON string `name:"json" help:"Write the results as JSON; - is the standard output." placeholder:"FILE"`
	HTML string `name:"html" help:"Write the results as one HTML page; - is the standard output." placeholder:"FILE"`
}

// Run runs the targets and writes the reports.
func (c *FuzzCmd) Run(a *app) error {
	targets, err := c.check()
	if err != nil {
		return err
	}
	if c.List {
		return list(a, targets)
	}
	bench, err := campaign.Open(a.ctx, c.Source, a.stderr)
	if err != nil {
		return usageError{err}
	}
	defer bench.Close()
	started := result.Stamp(time.Now())
	var failed error // to write a report while the campaign runs
	stamp := func(f *result.Fuzz) *result.Fuzz {
		f.Tool.Version, f.Started = version(), started
		return f
	}
	show := &fuzzProgress{progress: a.progress("fuzzing"), targets: len(targets)}
	run := campaign.Campaign{
		Bench: bench, Targets: targets,
		Each: c.Each, Time: c.Time, Workers: c.Workers,
		Begin: show.begin, Watch: show.watch,
		End: func(n int, t *result.FuzzTarget, r campaign.Result, f *result.Fuzz) {
			show.end(n, t, r)
			if failed == nil {
				failed = c.writeOut(a, stamp(f))
			}
		},
	}
	f := stamp(run.Run(a.ctx))
	f.Sum()
	if failed != nil {
		return failed
	}
	if err := c.report(a, f); err != nil {
		return err
	}
	return fuzzVerdict(a, f)
}

func (c *FuzzCmd) check() ([]fuzz.Target, error) {
	switch {
	case c.JSON == "-" && c.HTML == "-":
		return nil, usagef("only one of --json and --html can go to the standard output")
	case c.Workers < 0:
		return nil, usagef("--workers %d: want 0 or more", c.Workers)
	case c.Time < 0 || c.Each < 0:
		return nil, usagef("--time and --each: want more than 0")
	case c.Time == 0 && c.Each == 0:
		c.Time = 10 * time.Minute
	}
	targets, err := fuzz.Choose(fuzz.Kind(c.Kind), c.Target)
	if err != nil {
		return nil, usageError{err}
	}
	return targets, nil
}

// list prints the targets.
func list(a *app, targets []fuzz.Target) error {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TARGET\tKIND")
	for _, t := range targets {
		fmt.Fprintf(table, "%v\t%s\n", t, t.Kind)
	}
	return table.Flush()
}

// writeOut writes the files that show a campaign while it runs.
func (c *FuzzCmd) writeOut(a *app, f *result.Fuzz) error {
	if c.Out == "" {
		return nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return usageError{err}
	}
	base := filepath.Join(c.Out, "fuzz")
	if err := a.writeReport(base+".txt", reports.FuzzText(f, false)); err != nil {
		return err
	}
	return writeFuzz(a, f, base+".json", base+".html")
}

func writeFuzz(a *app, f *result.Fuzz, json, html string) error {
	js, err := reports.FuzzJSON(f)
	if err != nil {
		return err
	}
	page, err := reports.FuzzHTML(f)
	if err != nil {
		return err
	}
	if err := a.writeReport(json, js); err != nil {
		return err
	}
	return a.writeReport(html, page)
}

// report prints the table and writes the files that were asked for.
func (c *FuzzCmd) report(a *app, f *result.Fuzz) error {
	table := a.stdout
	if c.JSON == "-" || c.HTML == "-" {
		table = a.stderr
	}
	if _, err := table.Write(reports.FuzzText(f, colored(table))); err != nil {
		return err
	}
	if err := c.writeOut(a, f); err != nil {
		return err
	}
	return writeFuzz(a, f, c.JSON, c.HTML)
}

func fuzzVerdict(a *app, f *result.Fuzz) error {
	switch s := &f.Summary; {
	case s.Failed > 0:
		return exitStatus(statusFailed)
	case a.ctx.Err() != nil:
		return exitStatus(statusInterrupted)
	case s.Broken > 0:
		return exitStatus(statusFault)
	case s.Passed == 0:
		return exitStatus(statusNothing)
	}
	return nil
}

// A fuzzProgress shows how far a campaign is: a line for each run of a target,
// and on a terminal what it is doing.
type fuzzProgress struct {
	*progress
	targets int
	limit   time.Duration
	name    string
}

func (p *fuzzProgress) begin(run int, t fuzz.Target, limit time.Duration) {
	p.limit = limit
	p.name = fmt.Sprintf("%d %v", run, t)
	if run <= p.targets {
		p.name = fmt.Sprintf("%d/%d %v", run, p.targets, t)
	}
	if p.shown {
		fmt.Fprintf(p.w, "\r\x1b[K%s: building", p.name)
	}
}

func (p *fuzzProgress) watch(_ int, _ fuzz.Target, now campaign.Progress) {
	if p.shown {
		fmt.Fprintf(p.w, "\r\x1b[K%s: %v of %v, %s", p.name, now.Elapsed.Round(time.Second), p.limit, ran(now))
	}
}

func (p *fuzzProgress) end(_ int, t *result.FuzzTarget, r campaign.Result) {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	what := ran(r.Progress)
	switch {
	case t.Outcome == result.Fail:
		what = "FOUND " + r.Finding.Input
	case t.Outcome != result.Pass:
		what, _, _ = strings.Cut(fmt.Sprintf("%s: %s", t.Outcome, t.Reason), "\n")
	case r.Coverage > r.Start:
		what += fmt.Sprintf(" (%+d)", r.Coverage-r.Start)
	}
	fmt.Fprintf(p.w, "%s, %v: %s\n", p.name, r.Elapsed.Round(100*time.Millisecond), what)
	if r.Early {
		fmt.Fprintln(p.w, "  Package testing took the end of the time for a failure; nothing was found.")
	}
}

func ran(p campaign.Progress) string {
	return fmt.Sprintf("%d runs, %d/s, %d new inputs, coverage %d", p.Executions, p.Rate, p.NewInputs, p.Coverage)
}
