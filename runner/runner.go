// Package runner replays test vectors: it finds the cases, runs them on all
// cores, and says what became of each.
package runner

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors"
)

// Options say what to run, and how. Sources is needed.
type Options struct {
	// Sources are the files to replay, in the order of the report.
	Sources []Source

	Suites []codepoint.CipherSuite // only cases of these; none means all cases
	Case   string                  // only the case of this id; empty means all

	// Subject, if not nil, judges the cases. Sources are then only of families
	// that can be asked about. About is how the report presents it.
	Subject subject.Subject
	About   result.Subject

	// Known, if not nil, may turn the outcome of a case into what is known of the
	// subject. It is called by one goroutine.
	Known func(*result.Case)

	Jobs    int           // cases at once; zero means one for each core
	Timeout time.Duration // for each case; zero means a minute

	Version  string                // of the tool
	Started  time.Time             // when the run began; zero means now
	Progress func(done, total int) // called after each case, by one goroutine at a time; may be nil
}

// A Source is a file of cases of one family.
type Source struct {
	Family family.Family
	vectors.Source
}

// DefaultTimeout is the time that a case has unless the options say otherwise.
const DefaultTimeout = time.Minute

// Run replays the cases that the options select. When ctx ends, the cases that
// have not run are reported as skipped.
func Run(ctx context.Context, o Options) *result.Run {
	if o.Started.IsZero() {
		o.Started = time.Now()
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	run := &result.Run{
		Schema:   result.Schema,
		Tool:     result.Tool{Version: o.Version},
		Started:  result.Stamp(o.Started),
		Families: make([]result.Family, len(o.Sources)),
		Cases:    []result.Case{},
	}
	if o.Subject != nil {
		run.Subject = &o.About
	}
	var jobs []*job
	for i, s := range o.Sources {
		run.Families[i] = s.summary()
		jobs = append(jobs, o.plan(i, s)...)
	}
	o.execute(ctx, jobs)
	for _, j := range jobs {
		c := j.verdict
		if o.Known != nil {
			o.Known(&c)
		}
		f := &run.Families[j.source]
		f.Seconds += c.Seconds
		f.Count(c.Outcome)
		if j.raw != nil {
			f.Cases++
		}
		run.Summary.Count(c.Outcome)
		run.Cases = append(run.Cases, c)
	}
	for i := range run.Families {
		f := &run.Families[i]
		f.Seconds = math.Round(f.Seconds*1e6) / 1e6 // what adding fractions added
	}
	run.Summary.Seconds = seconds(time.Since(o.Started))
	run.Summary.PeakRSSBytes = PeakRSS()
	return run
}

func (s *Source) summary() result.Family {
	f := result.Family{Name: s.Family.Name, Source: s.label(), Official: s.Official, OfficialCases: s.Family.Cases}
	for _, note := range s.Notes {
		f.Notes = append(f.Notes, note.Error())
	}
	return f
}

// label says in a report where the cases come from.
func (s *Source) label() string {
	if s.Kind == vectors.KindOwn {
		return result.Own
	}
	return s.Path
}

// plan makes the jobs for the cases of a source. A source without cases gives
// one that fails, so that it is not taken for a source whose cases all pass.
func (o *Options) plan(i int, s Source) []*job {
	raws, err := cases(s.Data, &s.Family)
	switch {
	case err == nil && len(raws) == 0:
		err = errors.New("no cases")
	case err == nil && s.Official && len(raws) != s.Family.Cases:
		err = fmt.Errorf("%d cases, but the official file has %d", len(raws), s.Family.Cases)
	}
	if err != nil {
		return []*job{{source: i, verdict: result.Case{
			ID:      s.Family.Name + "/file",
			Family:  s.Family.Name,
			Source:  s.label(),
			Outcome: result.Fail,
			Detail:  fmt.Sprintf("%s: %v", s.Path, err),
		}}}
	}
	check := s.Family.Check
	if o.Subject != nil {
		check = func(ctx context.Context, raw json.RawMessage) error { return s.Family.Ask(ctx, raw, o.Subject) }
	}
	var jobs []*job
	for n, raw := range raws {
		j := &job{source: i, check: check, waits: o.Subject != nil, raw: raw, verdict: result.Case{
			ID:     s.caseID(n, raw),
			Family: s.Family.Name,
			Source: s.label(),
			Suite:  suiteOf(raw),
		}}
		if o.selects(&j.verdict) {
			j.verdict.Replay = o.replay(&s, j.verdict.ID)
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func (o *Options) selects(c *result.Case) bool {
	return (o.Case == "" || o.Case == c.ID) &&
		(len(o.Suites) == 0 || slices.Contains(o.Suites, c.Suite))
}

// OwnPrefix begins the ids of cases of the project's own vectors.
const OwnPrefix = result.Own + "/"

// caseID names case n of the source. A position is the name of an official
// case, since a checksum pins what it means. Cases of this project's families
// bring their name. Its own cases in an official format may move when others
// come in, so what names them is their content.
func (s *Source) caseID(n int, raw json.RawMessage) string {
	if s.Family.Schema != "" {
		if id := idOf(raw); id != "" {
			return id
		}
		return fmt.Sprintf("%s/%03d", s.Family.Name, n)
	}
	if s.Kind != vectors.KindOwn {
		return fmt.Sprintf("%s/%03d", s.Family.Name, n)
	}
	name := fmt.Sprintf("%x", sha256.Sum256(raw))[:8]
	if suite := suiteOf(raw); suite != 0 {
		name = fmt.Sprintf("suite%d-%s", uint16(suite), name)
	}
	return OwnPrefix + s.Family.Name + "/" + name
}

// replay is the command that runs one case of the source again.
func (o *Options) replay(s *Source, id string) string {
	command := "mlsconform conformance --case " + Quote(id)
	if o.Subject != nil {
		command += " --subject " + Quote(o.About.Argument)
	}
	switch s.Kind {
	case vectors.KindFile:
		command += " " + Quote(s.Family.Name+"="+s.Path)
	case vectors.KindDir:
		command += " --vectors " + Quote(filepath.Dir(s.Path))
	}
	return command
}
