// Package result holds what a run found: types only, which the runner fills in
// and the reports show.
package result

import (
	"errors"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// Schema names the format of a run as JSON.
const Schema = "mlsconform/results/v1"

// ErrUnsupported is what a check returns for a case that the implementation
// declares it cannot do. It never stands for a failure.
var ErrUnsupported = errors.New("not supported")

// An Outcome is the verdict on one case.
type Outcome string

// The outcomes.
const (
	Pass        Outcome = "pass"        // as the case expects
	Fail        Outcome = "fail"        // a wrong answer, or no answer at all
	Timeout     Outcome = "timeout"     // no answer within the limit
	Unsupported Outcome = "unsupported" // declared as lacking, never inferred
	Skipped     Outcome = "skipped"     // not run, by our choice
	Known       Outcome = "known"       // fails as listed
	Broken      Outcome = "broken"      // the tool's own fault
	Either      Outcome = "either"      // the RFC takes both verdicts
)

// A Run is everything that one run of the tool found.
type Run struct {
	Schema   string   `json:"schema"`
	Tool     Tool     `json:"tool"`
	Started  string   `json:"started,omitempty"` // RFC 3339, in UTC
	Subject  *Subject `json:"subject,omitempty"` // nil is the implementation of the tool itself
	Summary  Summary  `json:"summary"`
	Families []Family `json:"families"`
	// Baseline has an element for each known failure of the subject, where all
	// cases of the families ran.
	Baseline []KnownFailure `json:"baseline,omitempty"`
	Cases    []Case         `json:"cases"`
}

// Stale returns the known failures that have to go, since what they list passes.
func (r *Run) Stale() []KnownFailure { return stale(r.Baseline) }

// Stamp writes a time as it stands in Started.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A Tool is the program that made the run.
type Tool struct {
	Version string `json:"version"`
}

// A Subject is another implementation that was asked for its verdicts.
type Subject struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Argument string `json:"argument"` // that named it on the command line
}

// A Summary counts the cases of a run by outcome.
type Summary struct {
	Passed       int     `json:"passed"`
	Failed       int     `json:"failed"`
	Timeout      int     `json:"timeout"`
	Unsupported  int     `json:"unsupported"`
	Skipped      int     `json:"skipped"`
	Known        int     `json:"known"`
	Broken       int     `json:"broken"`
	Either       int     `json:"either"`
	Seconds      float64 `json:"seconds"`
	PeakRSSBytes int64   `json:"peak_rss_bytes"`
}

// Count adds one case of outcome o.
func (s *Summary) Count(o Outcome) {
	switch o {
	case Pass:
		s.Passed++
	case Fail:
		s.Failed++
	case Timeout:
		s.Timeout++
	case Unsupported:
		s.Unsupported++
	case Skipped:
		s.Skipped++
	case Known:
		s.Known++
	case Either:
		s.Either++
	default:
		// An outcome without a column would vanish from the sums.
		s.Broken++
	}
}

// Own is the source of families replayed from the vectors that this project
// made itself. They show that nothing broke, not that anything conforms.
const Own = "own"

// A Family sums up one family, or one file of it where files are named.
type Family struct {
	Name    string  `json:"name"`
	Source  string  `json:"source"` // a path or address, or "own"
	Cases   int     `json:"cases"`
	Passed  int     `json:"passed"`
	Failed  int     `json:"failed"`
	Seconds float64 `json:"seconds"` // all cases together, on one core

	Timeout     int `json:"timeout,omitempty"`
	Unsupported int `json:"unsupported,omitempty"`
	Known       int `json:"known,omitempty"`
	Either      int `json:"either,omitempty"`

	Official      bool     `json:"official"`        // the file is the pinned official one
	OfficialCases int      `json:"official_cases"`  // how many that one holds
	Notes         []string `json:"notes,omitempty"` // why no better source was used
}

// Count adds one case of outcome o.
func (f *Family) Count(o Outcome) {
	switch o {
	case Pass:
		f.Passed++
	case Fail:
		f.Failed++
	case Timeout:
		f.Timeout++
	case Unsupported:
		f.Unsupported++
	case Known:
		f.Known++
	case Either:
		f.Either++
	}
}

// A Case is the verdict on one case, and what is needed to look into it.
type Case struct {
	ID           string                `json:"id"`
	Family       string                `json:"family"`
	Source       string                `json:"source"`
	Suite        codepoint.CipherSuite `json:"suite,omitempty"`
	Outcome      Outcome               `json:"outcome"`
	Verdict      format.Result         `json:"verdict,omitempty"` // of the subject, where another one is right, or right too
	Field        string                `json:"field,omitempty"`
	Detail       string                `json:"detail,omitempty"`
	Diff         string                `json:"diff,omitempty"`
	Requirements []rule.ID             `json:"requirements,omitempty"`
	Reason       string                `json:"reason,omitempty"` // of a known failure
	Replay       string                `json:"replay,omitempty"`
	Seconds      float64               `json:"seconds"`
}
