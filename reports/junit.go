package reports

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitTrouble `xml:"failure"`
	Error   *junitTrouble `xml:"error"`
	Skipped *junitTrouble `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitTrouble struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit shows a run as JUnit XML, one test suite for each family. A wrong
// answer or none is a failure, the tool's own fault an error; what says
// nothing about conformance counts as skipped. A case that takes both verdicts
// passes, and its output is the one that was given.
func JUnit(run *result.Run) ([]byte, error) {
	all := junitSuites{Name: "mlsconform", Time: seconds(run.Summary.Seconds)}
	for _, f := range run.Families {
		s := junitSuite{
			Name: f.Name,
			Time: seconds(f.Seconds),
			Properties: []junitProperty{
				{"source", f.Source},
				{"official", fmt.Sprint(f.Official)},
			},
		}
		if run.Subject != nil {
			s.Properties = append(s.Properties,
				junitProperty{"subject", run.Subject.Name},
				junitProperty{"subject version", run.Subject.Version},
			)
		}
		for _, c := range run.Cases {
			if c.Family == f.Name && c.Source == f.Source {
				s.add(&c)
			}
		}
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

func (s *junitSuite) add(c *result.Case) {
	t := junitCase{Class: c.Family, Name: c.ID, Time: seconds(c.Seconds)}
	message := firstLine(cmp.Or(c.Reason, c.Detail))
	trouble := &junitTrouble{Type: string(c.Outcome), Message: message, Text: junitText(c)}
	s.Tests++
	switch c.Outcome {
	case result.Pass:
	case result.Either:
		t.Output = trouble.Text
	case result.Fail, result.Timeout:
		t.Failure = trouble
		s.Failures++
	case result.Broken:
		t.Error = trouble
		s.Errors++
	case result.Unsupported, result.Skipped, result.Known:
		t.Skipped = trouble
		s.Skipped++
	}
	s.Cases = append(s.Cases, t)
}

func junitText(c *result.Case) string {
	parts := []string{c.Reason, c.Detail, c.Diff}
	for _, id := range c.Requirements {
		parts = append(parts, "requirement: "+string(id))
	}
	if c.Replay != "" {
		parts = append(parts, "replay: "+c.Replay)
	}
	var b strings.Builder
	for _, p := range parts {
		if p != "" {
			b.WriteString("\n" + strings.TrimRight(p, "\n"))
		}
	}
	return b.String() + "\n"
}

func seconds(s float64) string { return fmt.Sprintf("%.6f", s) }
