package runner_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/vectors"
)

// behave is a family whose cases say what happens to them.
func behave(ctx context.Context, raw json.RawMessage) error {
	var c struct {
		Do string `json:"do"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	switch c.Do {
	case "pass":
		return nil
	case "differ":
		return fmt.Errorf("opening: %w", &result.Mismatch{Field: "epochs[3].commit", Want: "00", Got: "01"})
	case "break a rule":
		inner := rule.Errorf("rfc9420-7.3-01", "signature does not verify")
		return result.At("tree", rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", inner))
	case "lack":
		return fmt.Errorf("suite 9: %w", result.ErrUnsupported)
	case "panic":
		panic("index out of range")
	case "heed":
		<-ctx.Done()
		return ctx.Err()
	case "hang":
		<-make(chan bool)
	case "claim a timeout":
		return context.DeadlineExceeded
	}
	return errors.New("what to do?")
}

func source(path string, cases ...string) runner.Source {
	return runner.Source{
		Family: family.Family{Name: "behave", Cases: 2, Check: behave},
		Source: vectors.Source{Kind: vectors.KindFile, Path: path, Data: []byte("[" + strings.Join(cases, ",") + "]")},
	}
}

func do(what string) string { return fmt.Sprintf(`{"do":%q}`, what) }

// ignored are the figures that differ from run to run.
var ignored = cmp.Options{
	cmpopts.IgnoreFields(result.Run{}, "Started"),
	cmpopts.IgnoreFields(result.Summary{}, "Seconds", "PeakRSSBytes"),
	cmpopts.IgnoreFields(result.Family{}, "Seconds"),
	cmpopts.IgnoreFields(result.Case{}, "Seconds"),
}

func TestRunJudgesEachCase(t *testing.T) {
	run := runner.Run(t.Context(), runner.Options{
		Version: "v1",
		Sources: []runner.Source{source("a.json", do("pass"), do("differ"), do("break a rule"), do("lack"), do("claim a timeout"), do("pass"))},
	})
	bad := func(n int, c result.Case) result.Case {
		c.ID = fmt.Sprintf("behave/%03d", n)
		c.Family, c.Source = "behave", "a.json"
		c.Replay = "mlsconform conformance --case " + c.ID + " behave=a.json"
		return c
	}
	want := &result.Run{
		Schema:   "mlsconform/results/v1",
		Tool:     result.Tool{Version: "v1"},
		Summary:  result.Summary{Passed: 2, Failed: 3, Unsupported: 1},
		Families: []result.Family{{Name: "behave", Source: "a.json", Cases: 6, Passed: 2, Failed: 3, Unsupported: 1, OfficialCases: 2}},
		Cases: []result.Case{
			bad(0, result.Case{Outcome: result.Pass}),
			bad(1, result.Case{
				Outcome: result.Fail, Field: "epochs[3].commit", Detail: "opening: epochs[3].commit: not the expected value",
				Diff: "epochs[3].commit (-want +got), from character 0 of 2 and 2:\n- 00\n+ 01",
			}),
			bad(2, result.Case{
				Outcome: result.Fail, Field: "tree", Requirements: []rule.ID{"rfc9420-10.1-03", "rfc9420-7.3-01"},
				Detail: "tree: leaf_node: signature does not verify [rfc9420-7.3-01] [rfc9420-10.1-03]",
			}),
			bad(3, result.Case{Outcome: result.Unsupported, Detail: "suite 9: not supported"}),
			bad(4, result.Case{Outcome: result.Fail, Detail: "context deadline exceeded"}),
			bad(5, result.Case{Outcome: result.Pass}),
		},
	}
	if diff := cmp.Diff(want, run, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if run.Summary.Seconds <= 0 || run.Summary.PeakRSSBytes <= 0 {
		t.Errorf("not measured: %v s, %v bytes", run.Summary.Seconds, run.Summary.PeakRSSBytes)
	}
}

func TestPanicFailsItsCaseOnly(t *testing.T) {
	run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{source("a.json", do("panic"), do("pass"))}})
	if diff := cmp.Diff(result.Summary{Passed: 1, Failed: 1}, run.Summary, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	detail := run.Cases[0].Detail
	if !strings.HasPrefix(detail, "panic: index out of range\n") || !strings.Contains(detail, "runner_test.go") {
		t.Errorf("the detail says not what happened, and where: %s", detail)
	}
}

func TestSlowCasesTimeOut(t *testing.T) {
	// One case ends when its context does; one never does, and is left behind.
	run := runner.Run(t.Context(), runner.Options{
		Timeout: time.Millisecond,
		Jobs:    1,
		Sources: []runner.Source{source("a.json", do("heed"), do("hang"))},
	})
	if diff := cmp.Diff(result.Summary{Timeout: 2}, run.Summary, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := run.Cases[0].Detail, "no verdict within 1ms"; got != want {
		t.Errorf("detail %q, want %q", got, want)
	}
}

func TestEachCaseHasTheWholeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source("a.json", "1", "2", "3")
		s.Family.Check = func(context.Context, json.RawMessage) error {
			time.Sleep(40 * time.Second) // on the clock of the bubble
			return nil
		}
		run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{s}, Jobs: 1})
		if diff := cmp.Diff(result.Summary{Passed: 3, Seconds: 120}, run.Summary, cmpopts.IgnoreFields(result.Summary{}, "PeakRSSBytes")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if want := "2000-01-01T00:00:00Z"; run.Started != want { // as every bubble begins
			t.Errorf("started %s, want %s", run.Started, want)
		}
		if got := run.Families[0].Seconds; got != 120 {
			t.Errorf("the family took %v s, want 120", got)
		}
	})
}

func TestInterruptSkipsTheRest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := source("a.json", "1", "2", "3")
	s.Family.Check = func(ctx context.Context, raw json.RawMessage) error {
		cancel()
		return ctx.Err()
	}
	run := runner.Run(ctx, runner.Options{Sources: []runner.Source{s}, Jobs: 1})
	if diff := cmp.Diff(result.Summary{Skipped: 3}, run.Summary, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCasesRunAtOnce(t *testing.T) {
	const jobs = 4
	var running atomic.Int32
	all := make(chan bool)
	s := source("a.json", "1", "2", "3", "4")
	s.Family.Check = func(ctx context.Context, _ json.RawMessage) error {
		if running.Add(1) == jobs {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var last [2]int
	run := runner.Run(t.Context(), runner.Options{
		Sources:  []runner.Source{s},
		Jobs:     jobs,
		Progress: func(done, total int) { last = [2]int{done, total} },
	})
	if run.Summary.Passed != jobs {
		t.Errorf("%d cases passed, want all %d", run.Summary.Passed, jobs)
	}
	if last != [2]int{4, 4} {
		t.Errorf("the last progress was %v", last)
	}
}

func TestSelection(t *testing.T) {
	inSuite := func(n int) string { return fmt.Sprintf(`{"do":"pass","cipher_suite":%d}`, n) }
	for _, test := range []struct {
		name string
		o    runner.Options
		want []string
	}{
		{"all", runner.Options{}, []string{"behave/000", "behave/001", "behave/002", "behave/003"}},
		{"one suite", runner.Options{Suites: []codepoint.CipherSuite{2}}, []string{"behave/001", "behave/003"}},
		{"two suites", runner.Options{Suites: []codepoint.CipherSuite{1, 2}}, []string{"behave/000", "behave/001", "behave/003"}},
		{"one case", runner.Options{Case: "behave/002"}, []string{"behave/002"}},
		{"one case, other suite", runner.Options{Case: "behave/002", Suites: []codepoint.CipherSuite{1}}, nil},
		{"no such case", runner.Options{Case: "behave/2"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Sources = []runner.Source{source("a.json", inSuite(1), inSuite(2), do("pass"), inSuite(2))}
			run := runner.Run(t.Context(), test.o)
			var got []string
			for _, c := range run.Cases {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got := run.Families[0].Cases; got != len(test.want) {
				t.Errorf("the family counts %d cases, want %d", got, len(test.want))
			}
		})
	}
}

func TestFileWithoutCasesFails(t *testing.T) {
	for _, test := range []struct {
		name, data, detail string
		official           bool
	}{
		{"empty file", ``, "a.json: not a JSON array", false},
		{"no array", `{"do":"pass"}`, "a.json: not a JSON array", false},
		{"null", `null`, "a.json: not a JSON array", false},
		{"cut off", `[{"do":`, "a.json: not JSON: element 0 has no end", false},
		{"empty array", ` [ ] `, "a.json: no cases", false},
		{"cases lost", `[1]`, "a.json: 1 cases, but the official file has 2", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := source("a.json")
			s.Data, s.Official = []byte(test.data), test.official
			run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{s}, Case: "behave/007"})
			want := []result.Case{{ID: "behave/file", Family: "behave", Source: "a.json", Outcome: result.Fail, Detail: test.detail}}
			if diff := cmp.Diff(want, run.Cases); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if f := run.Families[0]; f.Cases != 0 || f.Failed != 1 || run.Summary.Failed != 1 {
				t.Errorf("counted as %+v, %+v", f, run.Summary)
			}
		})
	}
}

func TestReplayCommand(t *testing.T) {
	for _, test := range []struct {
		kind       vectors.Kind
		path, want string
	}{
		{vectors.KindFile, "it's/a b.json", `mlsconform conformance --case behave/000 'behave=it'\''s/a b.json'`},
		{vectors.KindDir, "/tmp/v/behave.json", `mlsconform conformance --case behave/000 --vectors /tmp/v`},
		{vectors.KindShared, "../shared/behave.json", `mlsconform conformance --case behave/000`},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			s := source(test.path, do("pass"))
			s.Kind = test.kind
			run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{s}})
			if got := run.Cases[0].Replay; got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOwnVectorsAreNotOfficial(t *testing.T) {
	s := source("own/behave.json.gz", do("pass"), `{"do":"pass","cipher_suite":7}`)
	s.Kind = vectors.KindOwn
	s.Notes = []error{errors.New("no network")}
	run := runner.Run(t.Context(), runner.Options{Sources: []runner.Source{s}})
	want := []result.Family{{Name: "behave", Source: "own", Cases: 2, Passed: 2, OfficialCases: 2, Notes: []string{"no network"}}}
	if diff := cmp.Diff(want, run.Families, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// The hashes are those that sha256sum gives for the cases.
	ids := []string{run.Cases[0].ID, run.Cases[1].ID}
	if diff := cmp.Diff([]string{"own/behave/c57711a8", "own/behave/suite7-1064cc07"}, ids); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
