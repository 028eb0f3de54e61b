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
)

var update = flag.Bool("update", false, "write the golden files anew")

// mixed is a run with each outcome.
func mixed() *result.Run {
	return &result.Run{
		Schema:  result.Schema,
		Tool:    result.Tool{Version: "v1.2.3"},
		Summary: result.Summary{Passed: 2, Failed: 2, Timeout: 1, Unsupported: 1, Skipped: 2, Known: 1, Broken: 1, Either: 1, Seconds: 1.25, PeakRSSBytes: 123_400_000},
		Families: []result.Family{
			{Name: "welcome", Source: "../shared/welcome.json", Cases: 7, Passed: 2, Failed: 1, Seconds: 0.5, Official: true, OfficialCases: 7},
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
			{ID: "messages/003", Family: "messages", Source: "own", Outcome: result.Either, Detail: "accepted"},
		},
	}
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
	interrupted := clean()
	interrupted.Summary.Skipped = 1
	interrupted.Cases = []result.Case{{ID: "welcome/006", Outcome: result.Skipped, Detail: "the run was interrupted"}}
	golden(t, "interrupted.txt", reports.Text(interrupted, false))
	golden(t, "nothing.txt", reports.Text(&result.Run{}, false))
}

func TestJUnit(t *testing.T) {
	got, err := reports.JUnit(mixed())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "mixed.xml", got)
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
		"another schema":    func(r *result.Run) { r.Schema = "mlsconform/results/v2" },
		"no version":        func(r *result.Run) { r.Tool.Version = "" },
		"a negative count":  func(r *result.Run) { r.Summary.Failed = -1 },
		"an odd outcome":    func(r *result.Run) { r.Cases[1].Outcome = "maybe" },
		"a case without id": func(r *result.Run) { r.Cases[1].ID = "" },
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
	data, err := reports.JSON(mixed(), true)
	if err != nil {
		t.Fatal(err)
	}
	got, err := reports.ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mixed(), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, in := range []string{``, `[]`, `{}`, `{"schema":"mlsconform/results/v2"}`} {
		if _, err := reports.ParseJSON([]byte(in)); err == nil {
			t.Errorf("%q is taken", in)
		}
	}
}
