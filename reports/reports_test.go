package reports_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/vectors/format"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mixed is a run with each outcome.
func mixed() *result.Run {
	return &result.Run{
		Schema:  result.Schema,
		Tool:    result.Tool{Version: "v1.2.3"},
		Summary: result.Summary{Passed: 2, Failed: 2, Timeout: 1, Unsupported: 1, Skipped: 2, Known: 1, Broken: 1, Either: 1, Seconds: 1.25, PeakRSSBytes: 123_400_000},
		Families: []result.Family{
			{Name: "welcome", Source: "../shared/welcome.json", Cases: 7, Passed: 2, Failed: 1, Timeout: 1, Unsupported: 1, Seconds: 0.5, Official: true, OfficialCases: 7},
			{Name: "messages", Source: "own", Cases: 4, Failed: 1, Seconds: 10.125, OfficialCases: 300, Notes: []string{"no answer within 5s"}},
			{Name: "passive-client-welcome", Source: "/tmp/mine.json", Seconds: 0, OfficialCases: 56, Notes: []string{"no answer within 5s"}},
		},
		Cases: []result.Case{
			{ID: "welcome/000", Family: "welcome", Source: "../shared/welcome.json", Suite: 1, Outcome: result.Pass, Seconds: 0.1},
			{
				ID: "welcome/001", Family: "welcome", Source: "../shared/welcome.json", Suite: 2, Outcome: result.Fail,
				Field: "welcome", Detail: "welcome: signature does not verify [rfc9420-12.4.3.1-02]",
				Requirements: []rule.ID{"rfc9420-12.4.3.1-02"}, Replay: "mlsconform conformance --case welcome/001", Seconds: 0.2,
			},
			{ID: "welcome/002", Family: "welcome", Source: "../shared/welcome.json", Suite: 3, Outcome: result.Timeout, Detail: "no verdict within 1m0s", Replay: "mlsconform conformance --case welcome/002", Seconds: 60},
			{ID: "welcome/003", Family: "welcome", Source: "../shared/welcome.json", Suite: 4, Outcome: result.Unsupported, Detail: "suite 4: not supported"},
			{ID: "welcome/004", Family: "welcome", Source: "../shared/welcome.json", Suite: 5, Outcome: result.Skipped, Detail: "the run was interrupted"},
			{ID: "welcome/005", Family: "welcome", Source: "../shared/welcome.json", Suite: 6, Outcome: result.Skipped, Detail: "the run was interrupted"},
			{ID: "welcome/006", Family: "welcome", Source: "../shared/welcome.json", Suite: 7, Outcome: result.Pass, Seconds: 0.1},
			{
				ID: "messages/000", Family: "messages", Source: "own", Outcome: result.Fail, Field: "commit",
				Detail: "commit: not the expected value", Diff: "commit (-want +got), from character 2 of 4 and 4:\n- 0011\n+ 0022", Seconds: 0.1,
			},
			{ID: "messages/001", Family: "messages", Source: "own", Outcome: result.Known, Detail: "upstream issue 7 <&>"},
			{ID: "messages/002", Family: "messages", Source: "own", Outcome: result.Broken, Detail: "panic: nil\n\ngoroutine 7\x00"},
			{ID: "messages/003", Family: "messages", Source: "own", Suite: 5, Outcome: result.Either, Verdict: format.Accept, Detail: "accepted"},
		},
	}
}

// asked is a run in which a subject gave verdicts.
func asked() *result.Run {
	run := &result.Run{
		Schema:  result.Schema,
		Tool:    result.Tool{Version: "v1.2.3"},
		Subject: &result.Subject{Name: "some stack", Version: "0.9", Argument: "peers/some stack"},
		Summary: result.Summary{Passed: 1, Failed: 2, Timeout: 1, Unsupported: 6, Either: 4, Seconds: 2.5, PeakRSSBytes: 45_000_000},
		Families: []result.Family{
			{Name: "key-package", Source: "own", Cases: 9, Passed: 1, Failed: 2, Either: 3, Timeout: 1, Unsupported: 2, Seconds: 2},
			{Name: "ciphersuite", Source: "/tmp/mine.json", Cases: 4, Unsupported: 4, Seconds: 0.25},
			{Name: "decoding", Source: "own", Cases: 1, Either: 1, Seconds: 0.125},
		},
		Cases: []result.Case{
			{ID: "key-package/10-basic/suite1", Family: "key-package", Source: "own", Suite: 1, Outcome: result.Pass, Seconds: 0.1},
			{
				ID: "key-package/7.3-01-leaf-signature-bit/suite1", Family: "key-package", Source: "own", Suite: 1, Outcome: result.Fail, Verdict: format.Accept,
				Detail:       "want reject, got accept\ncase: One bit of the leaf node's signature is flipped.\nstandard error: \x1b[31mwarning\x1b[0m\n\tat line 7",
				Requirements: []rule.ID{"rfc9420-7.3-01"}, Replay: "mlsconform conformance --case key-package/7.3-01-leaf-signature-bit/suite1 --subject 'peers/some stack'",
			},
			{
				ID: "key-package/10-x509/suite2", Family: "key-package", Source: "own", Suite: 2, Outcome: result.Fail, Field: "expected.reference",
				Detail: "expected.reference: not the expected value", Diff: "expected.reference (-want +got), from character 0 of 2 and 2:\n- 00\n+ 01",
				Replay: "mlsconform conformance --case key-package/10-x509/suite2 --subject 'peers/some stack'",
			},
			{
				ID: "key-package/7.3-06-over/suite1", Family: "key-package", Source: "own", Suite: 1, Outcome: result.Either, Verdict: format.Accept,
				Detail: "accept; the other verdict would be right as well\ncase: Over.", Requirements: []rule.ID{"rfc9420-7.3-06"},
			},
			{
				ID: "key-package/7.3-06-over/suite2", Family: "key-package", Source: "own", Suite: 2, Outcome: result.Either, Verdict: format.Accept,
				Detail: "accept; the other verdict would be right as well\ncase: Over.", Requirements: []rule.ID{"rfc9420-7.3-06"},
			},
			{
				ID: "key-package/5.1.2-03-ber/suite2", Family: "key-package", Source: "own", Suite: 2, Outcome: result.Either, Verdict: format.Reject,
				Detail: "reject; the other verdict would be right as well\ncase: Loose.\nsubject: bad <DER>", Requirements: []rule.ID{"rfc9420-5.1.2-03"},
			},
			{ID: "key-package/10-basic/suite4", Family: "key-package", Source: "own", Suite: 4, Outcome: result.Unsupported, Detail: "not supported: suite 4"},
			{ID: "key-package/10-long/suite3", Family: "key-package", Source: "own", Suite: 3, Outcome: result.Timeout, Detail: "no verdict within 1m0s\nstandard error: thinking"},
			{ID: "key-package/7.2-07-too-long/suite1", Family: "key-package", Source: "own", Suite: 1, Outcome: result.Unsupported, Detail: "not supported: no longest lifetime"},
		},
	}
	for _, what := range []string{"a", "b", "c", "d"} {
		run.Cases = append(run.Cases, result.Case{
			ID: "ciphersuite/mac-" + what + "/suite1", Family: "ciphersuite", Source: "/tmp/mine.json", Suite: 1,
			Outcome: result.Unsupported, Detail: "not supported",
		})
	}
	run.Cases = append(run.Cases, result.Case{
		ID: "decoding/2.1-03-byte-behind-public", Family: "decoding", Source: "own", Outcome: result.Either, Verdict: format.Reject,
		Detail: "reject; the other verdict would be right as well\ncase: A byte follows.", Requirements: []rule.ID{"rfc9420-2.1-03"},
	})
	return run
}

// clean is a run of official vectors that all pass.
func clean() *result.Run {
	return &result.Run{
		Schema:   result.Schema,
		Tool:     result.Tool{Version: "v1.2.3"},
		Summary:  result.Summary{Passed: 7, Seconds: 0.031, PeakRSSBytes: 21_000_000},
		Families: []result.Family{{Name: "welcome", Source: "welcome.json", Cases: 7, Passed: 7, Seconds: 0.05, Official: true, OfficialCases: 7}},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", path, diff)
	}
}

func TestText(t *testing.T) {
	golden(t, "mixed.txt", reports.Text(mixed(), false))
	golden(t, "mixed-color.txt", reports.Text(mixed(), true))
	golden(t, "clean.txt", reports.Text(clean(), false))
	golden(t, "asked.txt", reports.Text(asked(), false))
	interrupted := clean()
	interrupted.Summary.Skipped = 1
	interrupted.Cases = []result.Case{{ID: "welcome/006", Outcome: result.Skipped, Detail: "the run was interrupted"}}
	golden(t, "interrupted.txt", reports.Text(interrupted, false))
	golden(t, "nothing.txt", reports.Text(&result.Run{}, false))
}

func TestJUnit(t *testing.T) {
	for name, run := range map[string]*result.Run{"mixed.xml": mixed(), "asked.xml": asked()} {
		got, err := reports.JUnit(run)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, got)
	}
}

func TestJSON(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema/results-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		golden string
		run    *result.Run
		all    bool
	}{
		{"mixed.json", mixed(), false},
		{"mixed-all.json", mixed(), true},
		{"clean.json", clean(), true},
		{"asked.json", asked(), false},
	} {
		t.Run(test.golden, func(t *testing.T) {
			got, err := reports.JSON(test.run, test.all)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, test.golden, got)
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema/results-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*result.Run){
		"another schema":     func(r *result.Run) { r.Schema = "mlsconform/results/v2" },
		"no version":         func(r *result.Run) { r.Tool.Version = "" },
		"a negative count":   func(r *result.Run) { r.Summary.Failed = -1 },
		"an odd outcome":     func(r *result.Run) { r.Cases[1].Outcome = "maybe" },
		"an odd verdict":     func(r *result.Run) { r.Cases[1].Verdict = format.Either },
		"a nameless subject": func(r *result.Run) { r.Subject = &result.Subject{Argument: "x"} },
		"a case without id":  func(r *result.Run) { r.Cases[1].ID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			run := mixed()
			spoil(run)
			data, err := reports.JSON(run, false)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if schema.Validate(value) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func TestParseJSONReadsWhatJSONWrote(t *testing.T) {
	for _, want := range []*result.Run{mixed(), asked()} {
		data, err := reports.JSON(want, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := reports.ParseJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, in := range []string{``, `[]`, `{}`, `{"schema":"mlsconform/results/v2"}`} {
		if _, err := reports.ParseJSON([]byte(in)); err == nil {
			t.Errorf("%q is taken", in)
		}
	}
}
