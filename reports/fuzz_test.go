package reports_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// campaign has a target of each outcome, and growth in each of two runs.
func campaign() *result.Fuzz {
	f := &result.Fuzz{
		Schema: result.FuzzSchema, Tool: result.Tool{Version: "v1.2.3"}, Started: "2026-01-02T03:04:05Z",
		Targets: []result.FuzzTarget{
			{
				Package: "impl/leaf", Name: "FuzzLeafNode", Kind: "codec", Outcome: result.Pass,
				Runs: 2, Seconds: 400, Executions: 12_345_678, ExecutionsPerSecond: 30_864, Coverage: 812, NewCoverage: 12, NewInputs: 3,
				CorpusInputs: 55, CorpusBytes: 6398,
				Growth: []result.FuzzPoint{{Seconds: 0.2, Coverage: 800}, {Seconds: 40, Coverage: 805}, {Seconds: 200, Coverage: 805},
					{Seconds: 400.2, Coverage: 803}, {Seconds: 450, Coverage: 812}, {Seconds: 600, Coverage: 812}},
			},
			{
				Package: "impl/group", Name: "FuzzForge", Kind: "crypto", Outcome: result.Fail,
				Runs: 1, Seconds: 200, Executions: 100_000, ExecutionsPerSecond: 500, Coverage: 4000, NewCoverage: 20, NewInputs: 7,
				CorpusInputs: 20, CorpusBytes: 1000,
				Growth: []result.FuzzPoint{{Seconds: 201, Coverage: 3980}, {Seconds: 210, Coverage: 3990}, {Seconds: 390, Coverage: 4000}},
				Findings: []result.FuzzFinding{{
					Input: "impl/group/testdata/fuzz/FuzzForge/0123456789abcdef", Again: "go test -run='FuzzForge/0123456789abcdef' ./impl/group",
					IDs: []rule.ID{"rfc9420-7.3-10"}, Message: "forge_fuzz_test.go:12: accepted <b>without</b> [rfc9420-7.3-10]\n    \x1b[31msecond line",
				}},
			},
			{Package: "fuzz/differential", Name: "FuzzDifferential", Kind: "differential", Outcome: result.Skipped, Reason: "no peer is built", Growth: []result.FuzzPoint{}},
			{Package: "impl/x", Name: "FuzzX", Kind: "input", Outcome: result.Broken, Reason: "building impl/x: exit status 1\nx.go:1: no", Growth: []result.FuzzPoint{}},
		},
	}
	f.Sum()
	return f
}

func quiet() *result.Fuzz {
	f := campaign()
	f.Targets = f.Targets[:1]
	f.Sum()
	return f
}

func TestFuzzText(t *testing.T) {
	golden(t, "fuzz.txt", reports.FuzzText(campaign(), false))
	golden(t, "fuzz-quiet.txt", reports.FuzzText(quiet(), false))
}

func TestFuzzJSON(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema/fuzz-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]*result.Fuzz{"fuzz.json": campaign(), "fuzz-nothing.json": {Schema: result.FuzzSchema}} {
		got, err := reports.FuzzJSON(f)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, got)
		if err := valid(t, schema, got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := campaign()
	bad.Targets[2].Reason = ""
	got, err := reports.FuzzJSON(bad)
	if err != nil {
		t.Fatal(err)
	}
	if valid(t, schema, got) == nil {
		t.Error("a target that is skipped without a reason is valid")
	}
}

func TestFuzzHTML(t *testing.T) {
	for name, f := range map[string]*result.Fuzz{"fuzz.html": campaign(), "": {}, " ": quiet()} {
		page, err := reports.FuzzHTML(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), "<b>") || strings.ContainsAny(string(page), "\x1b") || strings.Contains(string(page), "NaN") {
			t.Error("what a target says gets into the page as it is, or a point has no place")
		}
		if strings.TrimSpace(name) != "" {
			golden(t, name, page)
		}
	}
}
