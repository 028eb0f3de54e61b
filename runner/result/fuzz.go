package result

import "github.com/mlsconform/mlsconform/impl/rule"

// FuzzSchema names the format of a fuzzing campaign as JSON.
const FuzzSchema = "mlsconform/fuzz/v1"

// A Fuzz is everything that one fuzzing campaign found.
type Fuzz struct {
	Schema  string       `json:"schema"`
	Tool    Tool         `json:"tool"`
	Started string       `json:"started,omitempty"` // RFC 3339, in UTC
	Summary FuzzSummary  `json:"summary"`
	Targets []FuzzTarget `json:"targets"` // in the order of the list
}

// A FuzzSummary counts targets by outcome, and adds up what they did.
type FuzzSummary struct {
	Passed       int     `json:"passed"`
	Failed       int     `json:"failed"`
	Skipped      int     `json:"skipped"`
	Broken       int     `json:"broken"`
	Seconds      float64 `json:"seconds"` // of fuzzing, without builds
	Executions   int64   `json:"executions"`
	NewCoverage  int     `json:"new_coverage"`
	NewInputs    int     `json:"new_inputs"`
	CorpusInputs int     `json:"corpus_inputs"`
	CorpusBytes  int64   `json:"corpus_bytes"`
	Findings     int     `json:"findings"`
}

// A FuzzTarget is what became of one target. Coverage is counted in counters, as
// the go command does: a stretch of code, and in powers of two how often an input
// passes it.
type FuzzTarget struct {
	Package             string        `json:"package"` // its folder, from the module's root
	Name                string        `json:"name"`    // of the function
	Kind                string        `json:"kind"`
	Outcome             Outcome       `json:"outcome"`          // pass, fail, skipped (with the reason) or broken
	Reason              string        `json:"reason,omitempty"` // why it was not run, or could not be
	Runs                int           `json:"runs"`             // how often it got time
	Seconds             float64       `json:"seconds"`
	Executions          int64         `json:"executions"`
	ExecutionsPerSecond float64       `json:"executions_per_second"`
	Coverage            int           `json:"coverage"`      // at the end
	NewCoverage         int           `json:"new_coverage"`  // since the beginning
	NewInputs           int           `json:"new_inputs"`    // that reached it
	CorpusInputs        int           `json:"corpus_inputs"` // committed, and in the cache of the go command
	CorpusBytes         int64         `json:"corpus_bytes"`
	Growth              []FuzzPoint   `json:"growth"`
	Findings            []FuzzFinding `json:"findings,omitempty"`
}

// String is the name of the target as it stands in lists.
func (t *FuzzTarget) String() string { return t.Package + "." + t.Name }

// A FuzzPoint is the coverage of a target at a time.
type FuzzPoint struct {
	Seconds  float64 `json:"seconds"` // of fuzzing, since the campaign began
	Coverage int     `json:"coverage"`
}

// A FuzzFinding is an input that a target fails with.
type FuzzFinding struct {
	Input   string    `json:"input,omitempty"` // a file, from the module's root, or the name of a seed
	Again   string    `json:"again,omitempty"` // the command that runs the target on the input
	IDs     []rule.ID `json:"ids,omitempty"`   // the requirements that the message names
	Message string    `json:"message"`         // what the target says
}

// Sum adds up the targets.
func (f *Fuzz) Sum() {
	f.Summary = FuzzSummary{}
	s := &f.Summary
	for i := range f.Targets {
		t := &f.Targets[i]
		switch t.Outcome {
		case Pass:
			s.Passed++
		case Fail:
			s.Failed++
		case Skipped:
			s.Skipped++
		default:
			s.Broken++
		}
		s.Seconds += t.Seconds
		s.Executions += t.Executions
		s.NewCoverage += t.NewCoverage
		s.NewInputs += t.NewInputs
		s.CorpusInputs += t.CorpusInputs
		s.CorpusBytes += t.CorpusBytes
		s.Findings += len(t.Findings)
	}
}
