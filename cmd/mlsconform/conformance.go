package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/vectors"
)

// ConformanceCmd replays test vectors.
type ConformanceCmd struct {
	Vectors string   `help:"Folder that holds FAMILY.json files." placeholder:"DIR" env:"MLS_VECTORS_DIR"`
	Family  []string `help:"Only this family; may be repeated." placeholder:"F"`
	Suite   []uint16 `help:"Only cases of this cipher suite; may be repeated." placeholder:"N"`
	Case    string   `help:"Only this case." placeholder:"ID"`
	Subject *string  `help:"Ask another implementation: a command, or a folder with a peer.json." placeholder:"SUBJECT"`

	Out     string `help:"Write conformance.txt, .json and .xml into this folder." placeholder:"DIR"`
	JSON    string `name:"json" help:"Write the results as JSON; - is the standard output." placeholder:"FILE"`
	JSONAll bool   `name:"json-all" help:"Put cases that passed into the JSON too."`
	JUnit   string `name:"junit" help:"Write the results as JUnit XML; - is the standard output." placeholder:"FILE"`

	Jobs    int           `help:"Cases at once, and processes of a subject; 0 is one for each core." placeholder:"N"`
	Timeout time.Duration `help:"Time for each case." default:"${timeout}"`

	Files []string `arg:"" optional:"" name:"FAMILY=FILE" help:"Replay this file; - is the standard input. Families that are not named do not run then."`
}

// Run replays the vectors and writes the reports.
func (c *ConformanceCmd) Run(a *app) error {
	started := time.Now()
	if err := c.check(); err != nil {
		return err
	}
	asked, err := c.subject(a)
	if err != nil {
		return err
	}
	defer asked.end()
	sources, err := c.sources(a)
	if err != nil {
		return err
	}
	bar := a.progress("replaying")
	run := runner.Run(a.ctx, runner.Options{
		Sources:  sources,
		Subject:  asked.subject,
		About:    asked.about,
		Known:    asked.known.JudgeVector,
		Suites:   c.suites(),
		Case:     c.Case,
		Jobs:     c.Jobs,
		Timeout:  c.Timeout,
		Version:  version(),
		Started:  started,
		Progress: bar.cases,
	})
	bar.finish()
	run.Baseline = asked.known.Report(len(c.Suite) > 0 || c.Case != "" || len(c.Files) > 0 || run.Summary.Skipped > 0)
	if err := c.report(a, run); err != nil {
		return err
	}
	return c.verdict(a, run)
}

func (c *ConformanceCmd) check() error {
	for _, n := range c.Suite {
		if _, err := ciphersuite.Lookup(codepoint.CipherSuite(n)); err != nil {
			return usagef("--suite %d: there is no such cipher suite, see mlsconform suites", n)
		}
	}
	switch {
	case c.Jobs < 0:
		return usagef("--jobs %d: want 0 or more", c.Jobs)
	case c.Timeout <= 0:
		return usagef("--timeout %v: want more than 0", c.Timeout)
	case c.JSON == "-" && c.JUnit == "-":
		return usagef("--json and --junit cannot both go to the standard output")
	}
	return nil
}

func (c *ConformanceCmd) suites() []codepoint.CipherSuite {
	var suites []codepoint.CipherSuite
	for _, n := range c.Suite {
		suites = append(suites, codepoint.CipherSuite(n))
	}
	return suites
}

// sources finds what to replay: the files that are named, and the families
// that are. With neither it is every family.
func (c *ConformanceCmd) sources(a *app) ([]runner.Source, error) {
	sources, err := c.files(a)
	if err != nil {
		return nil, err
	}
	families, err := c.families()
	if err != nil {
		return nil, err
	}
	downloads := a.progress("downloading")
	defer downloads.finish()
	resolver := &vectors.Resolver{Dir: c.Vectors, Progress: downloads.download}
	for _, f := range families {
		s, err := resolver.Resolve(a.ctx, f.Name)
		switch {
		case errors.Is(err, vectors.ErrUnusable):
			return nil, usageError{err}
		case a.ctx.Err() != nil:
			return nil, exitStatus(statusInterrupted)
		case err != nil:
			return nil, err
		}
		sources = append(sources, runner.Source{Family: f, Source: s})
	}
	return sources, nil
}

// files reads the files named as FAMILY=FILE, each of them once.
func (c *ConformanceCmd) files(a *app) ([]runner.Source, error) {
	var sources []runner.Source
	for i, arg := range c.Files {
		name, path, ok := strings.Cut(arg, "=")
		if !ok || path == "" {
			return nil, usagef("%s: want FAMILY=FILE", arg)
		}
		f, err := c.lookup(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(c.Files[:i], arg) {
			continue
		}
		s, err := a.readSource(name, path)
		if err != nil {
			return nil, usageError{err}
		}
		sources = append(sources, runner.Source{Family: f, Source: s})
	}
	return sources, nil
}

func (a *app) readSource(name, path string) (vectors.Source, error) {
	if path != "-" {
		return vectors.ReadFile(name, path)
	}
	data, err := io.ReadAll(a.stdin)
	if err != nil {
		return vectors.Source{}, fmt.Errorf("standard input: %w", err)
	}
	return vectors.Source{Family: name, Kind: vectors.KindFile, Path: path, Data: data}, nil
}

// families lists the families to run besides the files that are named.
func (c *ConformanceCmd) families() ([]family.Family, error) {
	var families []family.Family
	for i, name := range c.Family {
		f, err := c.lookup(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(c.Family[:i], name) {
			families = append(families, f)
		}
	}
	switch {
	case len(c.Family) > 0 || len(c.Files) > 0:
		return families, nil
	case c.Case != "":
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Case, runner.OwnPrefix), "/")
		f, err := c.lookup(name)
		if err != nil {
			return nil, fmt.Errorf("--case %s: %w", c.Case, err)
		}
		return []family.Family{f}, nil
	case c.Subject != nil:
		return slices.DeleteFunc(family.All(), func(f family.Family) bool { return f.Ask == nil }), nil
	}
	return family.All(), nil
}

// lookup finds a family that can be run as the flags say.
func (c *ConformanceCmd) lookup(name string) (family.Family, error) {
	f, ok := family.Lookup(name)
	if !ok {
		return f, usagef("there is no family %q, see mlsconform families", name)
	}
	if c.Subject != nil && f.Ask == nil {
		var names []string
		for _, a := range family.Asked() {
			names = append(names, a.Name)
		}
		return f, usagef("family %s cannot be put to a subject, only %s can", name, strings.Join(names, ", "))
	}
	return f, nil
}

// report prints the table and writes the files that were asked for.
func (c *ConformanceCmd) report(a *app, run *result.Run) error {
	js, err := reports.JSON(run, c.JSONAll)
	if err != nil {
		return err
	}
	xml, err := reports.JUnit(run)
	if err != nil {
		return err
	}
	table := a.stdout
	if c.JSON == "-" || c.JUnit == "-" {
		table = a.stderr
	}
	if _, err := table.Write(reports.Text(run, colored(table))); err != nil {
		return err
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return usageError{err}
		}
		base := filepath.Join(c.Out, "conformance")
		for _, f := range []struct {
			path string
			data []byte
		}{{base + ".txt", reports.Text(run, false)}, {base + ".json", js}, {base + ".xml", xml}} {
			if err := a.writeReport(f.path, f.data); err != nil {
				return err
			}
		}
	}
	if err := a.writeReport(c.JSON, js); err != nil {
		return err
	}
	return a.writeReport(c.JUnit, xml)
}

// writeReport writes to the file at path, or to the standard output when that
// is "-". An empty path is one that was not asked for.
func (a *app) writeReport(path string, data []byte) error {
	switch path {
	case "":
		return nil
	case "-":
		_, err := a.stdout.Write(data)
		return err
	}
	if err := reports.WriteFile(path, data); err != nil {
		return usageError{err}
	}
	return nil
}

// verdict turns the outcome of the run into the exit status.
func (c *ConformanceCmd) verdict(a *app, run *result.Run) error {
	s := &run.Summary
	switch {
	case a.ctx.Err() != nil:
		return exitStatus(statusInterrupted)
	case s.Broken > 0:
		return exitStatus(statusFault)
	case s.Failed+s.Timeout > 0 || len(run.Stale()) > 0:
		return exitStatus(statusFailed)
	case s.Passed+s.Known == 0:
		if len(run.Cases) == 0 {
			fmt.Fprintln(a.stderr, "mlsconform: nothing ran: no case is of that id and suite")
		}
		return exitStatus(statusNothing)
	}
	return nil
}
