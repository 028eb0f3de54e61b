package reports

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// InteropJUnit shows an interop run as JUnit XML, one test suite for each file
// of scripts, with every case. Failures, timeouts, and members that disagree
// though the script passed are failures; the tool's own fault is an error; what
// is unsupported, skipped or known counts as skipped. So that a run which fails
// has a failure, entries of the baseline that have to go are cases as well.
func InteropJUnit(run *result.Interop) ([]byte, error) {
	all := junitSuites{Name: "mlsconform interop", Time: seconds(run.Summary.Seconds)}
	at := map[string]int{}
	var times []float64
	for i := range run.Cases {
		c := &run.Cases[i]
		if _, ok := at[c.File]; !ok {
			at[c.File] = len(all.Suites)
			all.Suites = append(all.Suites, junitSuite{Name: c.File, Properties: junitClients(run.Clients)})
			times = append(times, 0)
		}
		times[at[c.File]] += c.Seconds
		all.Suites[at[c.File]].addInterop(c)
	}
	for i := range all.Suites {
		all.Suites[i].Time = seconds(times[i])
	}
	if stale := run.Stale(); len(stale) > 0 {
		all.Suites = append(all.Suites, junitBaseline(stale))
	}
	for _, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(xml.Header), body, []byte("\n")), nil
}

// junitBaseline has a failure for each entry of the baseline that has to go.
func junitBaseline(stale []result.KnownFailure) junitSuite {
	s := junitSuite{Name: "baseline", Tests: len(stale), Failures: len(stale), Time: seconds(0)}
	for _, k := range stale {
		s.Cases = append(s.Cases, junitCase{
			Class: s.Name, Name: entry(&k), Time: seconds(0),
			Failure: &junitTrouble{Type: "stale", Message: staleNote(&k)},
		})
	}
	return s
}

func junitClients(clients []result.InteropClient) []junitProperty {
	var properties []junitProperty
	for _, c := range clients {
		value := strings.TrimSpace(c.Kind + " " + stackOf(&c))
		if c.Error != "" {
			value += ", did not take part: " + firstLine(c.Error)
		}
		properties = append(properties, junitProperty{"client " + c.Name, value})
	}
	return properties
}

func (s *junitSuite) addInterop(c *result.InteropCase) {
	t := junitCase{Class: c.File, Name: c.ID, Time: seconds(c.Seconds)}
	message := firstLine(reason(c))
	if message == "" {
		message = where(c)
	}
	trouble := &junitTrouble{Type: string(c.Outcome), Message: message, Text: interopText(c)}
	s.Tests++
	switch c.Outcome {
	case result.Pass:
		if c.Disagrees() {
			trouble.Type, trouble.Message = "disagree", firstLine(c.AgreementDetail)
			t.Failure = trouble
			s.Failures++
		} else if c.First != "" {
			t.Output = trouble.Text
		}
	case result.Fail, result.Timeout:
		t.Failure = trouble
		s.Failures++
	case result.Unsupported, result.Skipped, result.Known:
		t.Skipped = trouble
		s.Skipped++
	default:
		t.Error = trouble
		s.Errors++
	}
	s.Cases = append(s.Cases, t)
}

// interopText is all that there is to say about a case.
func interopText(c *result.InteropCase) string {
	var b strings.Builder
	line := func(label, text string) {
		if text = strings.TrimSpace(text); text != "" {
			b.WriteString("\n" + label + text)
		}
	}
	line("", where(c))
	line("", c.Detail)
	line("known: ", c.Reason)
	if c.Disagrees() {
		line("members disagree: ", c.AgreementDetail)
	}
	line("", again(c))
	for _, id := range c.Requirements {
		line("requirement: ", string(id))
	}
	line("transcript: ", c.Folder)
	line("replay: ", c.Replay)
	return b.String() + "\n"
}
