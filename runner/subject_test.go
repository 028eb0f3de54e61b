package runner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A script is a subject that does for each case what its id says.
type script struct{}

func (script) Judge(ctx context.Context, r format.Request) (subject.Answer, error) {
	say := func(r format.Result) (subject.Answer, error) {
		return subject.Answer{Verdict: format.Verdict{Result: r}}, nil
	}
	switch strings.Split(r.CaseID(), "/")[1] {
	case "accept":
		return say(format.Accept)
	case "reject":
		return say(format.Reject)
	case "lack":
		return say(format.Unsupported)
	case "crash":
		return subject.Answer{}, &subject.Fault{Err: errors.New("exit status 3"), Stderr: "oh\n"}
	}
	<-ctx.Done()
	return subject.Answer{}, &subject.Fault{Err: ctx.Err(), Stderr: "thinking\n"}
}

// asking is a case of the family ciphersuite.
func asking(do string, want format.Result) string {
	ids := ""
	if want != format.Accept {
		ids = `,"ids":["rfc9420-17.1-02"]`
	}
	return fmt.Sprintf(`{"id":"ciphersuite/%s/suite2","comment":"c","suite":2,"function":"hash","arguments":{"data":"","out":"00"},"result":%q%s}`, do, want, ids)
}

func askingSource(t *testing.T, cases ...string) runner.Source {
	t.Helper()
	f, ok := family.Lookup(format.Ciphersuite)
	if !ok {
		t.Fatal("no family ciphersuite")
	}
	data := fmt.Sprintf(`{"schema":%q,"family":%q,"generator":"g","cases":[%s]}`, format.CiphersuiteSchema, format.Ciphersuite, strings.Join(cases, ","))
	return runner.Source{Family: f, Source: vectors.Source{Kind: vectors.KindFile, Path: "a.json", Data: []byte(data)}}
}

func TestSubjectIsAsked(t *testing.T) {
	about := result.Subject{Name: "script", Version: "v2", Argument: "run it"}
	run := runner.Run(t.Context(), runner.Options{
		Subject: script{}, About: about, Version: "v1",
		Sources: []runner.Source{askingSource(t,
			asking("accept", format.Accept),
			asking("reject", format.Accept),
			asking("reject/open", format.Either),
			asking("lack", format.Reject),
			asking("crash", format.Reject),
			`{"suite":3}`,
		)},
	})
	verdict := func(id string, c result.Case) result.Case {
		c.ID, c.Family, c.Source, c.Suite = id, "ciphersuite", "a.json", 2
		c.Replay = "mlsconform conformance --case " + id + " --subject 'run it' ciphersuite=a.json"
		return c
	}
	broken := verdict("ciphersuite/005", result.Case{Outcome: result.Fail, Field: "id", Detail: "id: missing"})
	broken.Suite = 3
	want := &result.Run{
		Schema:   "mlsconform/results/v1",
		Tool:     result.Tool{Version: "v1"},
		Subject:  &about,
		Summary:  result.Summary{Passed: 1, Failed: 3, Unsupported: 1, Either: 1},
		Families: []result.Family{{Name: "ciphersuite", Source: "a.json", Cases: 6, Passed: 1, Failed: 3, Unsupported: 1, Either: 1}},
		Cases: []result.Case{
			verdict("ciphersuite/accept/suite2", result.Case{Outcome: result.Pass}),
			verdict("ciphersuite/reject/suite2", result.Case{
				Outcome: result.Fail, Verdict: format.Reject, Detail: "want accept, got reject\ncase: c",
			}),
			verdict("ciphersuite/reject/open/suite2", result.Case{
				Outcome: result.Either, Verdict: format.Reject, Requirements: []rule.ID{"rfc9420-17.1-02"},
				Detail: "reject; the other verdict would be right as well\ncase: c",
			}),
			verdict("ciphersuite/lack/suite2", result.Case{Outcome: result.Unsupported, Detail: "not supported"}),
			verdict("ciphersuite/crash/suite2", result.Case{Outcome: result.Fail, Detail: "exit status 3\nstandard error: oh"}),
			broken,
		},
	}
	if diff := cmp.Diff(want, run, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// When the time is over the subject still has its say.
func TestSubjectTimesOut(t *testing.T) {
	run := runner.Run(t.Context(), runner.Options{
		Subject: script{}, Timeout: time.Millisecond,
		Sources: []runner.Source{askingSource(t, asking("hang", format.Accept))},
	})
	if diff := cmp.Diff(result.Summary{Timeout: 1}, run.Summary, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if run.Families[0].Timeout != 1 {
		t.Errorf("the family counts %d", run.Families[0].Timeout)
	}
	if got, want := run.Cases[0].Detail, "no verdict within 1ms\nstandard error: thinking"; got != want {
		t.Errorf("detail %q, want %q", got, want)
	}
}

// Cases of these families are selected by their own ids and suites.
func TestSelectionByOwnID(t *testing.T) {
	for _, o := range []runner.Options{
		{Case: "ciphersuite/accept/suite2"},
		{Case: "ciphersuite/accept/suite2", Suites: []codepoint.CipherSuite{2}},
	} {
		o.Subject = script{}
		o.Sources = []runner.Source{askingSource(t, asking("reject", format.Accept), asking("accept", format.Accept))}
		run := runner.Run(t.Context(), o)
		if len(run.Cases) != 1 || run.Cases[0].ID != o.Case || run.Summary.Passed != 1 {
			t.Errorf("%+v", run.Cases)
		}
	}
	run := runner.Run(t.Context(), runner.Options{
		Subject: script{}, Suites: []codepoint.CipherSuite{1},
		Sources: []runner.Source{askingSource(t, asking("reject", format.Accept))},
	})
	if len(run.Cases) != 0 {
		t.Errorf("%+v", run.Cases)
	}
}

// Without a subject the implementation of the tool is asked.
func TestImplementationIsTheSubject(t *testing.T) {
	run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{askingSource(t, asking("accept", format.Reject))}})
	if run.Subject != nil {
		t.Errorf("the subject is %+v", run.Subject)
	}
	if got := run.Summary; got.Passed != 1 {
		t.Errorf("%+v", got)
	}
}
