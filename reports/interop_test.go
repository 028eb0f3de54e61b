package reports_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// hostile is what a client may say to be more than text.
const hostile = "</pre></script><script>document.title='owned'</script><img src=x onerror=alert(1)> | **bold** [link](http://example.org) `code` \x1b[31m\u202e"

// setUp fills in the summary, the plan, and what follows from the roles.
func setUp(run *result.Interop) *result.Interop {
	run.Schema = result.InteropSchema
	run.Tool.Version = "v1.2.3"
	run.Plan.Cases = len(run.Cases)
	ids := make([]string, len(run.Cases))
	for i := range run.Cases {
		c := &run.Cases[i]
		var roles []string
		for _, r := range c.Roles {
			roles = append(roles, r.Role+"="+r.Client)
		}
		c.ID = fmt.Sprintf("%s/%s/suite%d/%s/%s", c.File, c.Script, c.Suite, c.Framing, strings.Join(roles, ","))
		ids[i] = c.ID
		if c.Outcome != result.Pass && c.Outcome != result.Skipped {
			c.Replay = "mlsconform interop --case '" + c.ID + "'"
		}
		run.Summary.Count(c.Outcome)
	}
	run.Plan.Digest = result.DigestPlan(slices.Values(ids))
	return run
}

// word spells out a number, so that errors are of different kinds.
func word(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'q' }, fmt.Sprint(n))
}

func roles(names ...string) []result.InteropRole {
	var roles []result.InteropRole
	for i, name := range names {
		roles = append(roles, result.InteropRole{Role: []string{"alice", "bob", "charlie", "diana"}[i], Client: name})
	}
	return roles
}

// mixedInterop is a run with each outcome.
func mixedInterop() *result.Interop {
	seed := uint64(7)
	run := &result.Interop{
		Summary: result.Summary{Seconds: 12.5, PeakRSSBytes: 98_000_000},
		Plan:    result.InteropPlan{Seed: &seed, Notes: []string{"reinit/with_psk: no two clients offer what it needs <b>"}},
		Clients: []result.InteropClient{
			{Name: "builtin", Kind: "builtin", Stack: "mlsconform", Suites: []codepoint.CipherSuite{1, 2, 3, 4, 5, 6, 7}},
			{Name: "openmls", Kind: "exec", Stack: "OpenMLS 0.9 " + hostile, Suites: []codepoint.CipherSuite{1, 2, 3}, Starts: 4},
			{Name: "ts", Kind: "client", Stack: "ts-mls", Suites: []codepoint.CipherSuite{1, 2, 61}},
			{Name: "gone", Kind: "exec", Suites: []codepoint.CipherSuite{}, Starts: 1, Error: "exit status 1\nstack | trace"},
		},
		Cases: []result.InteropCase{
			{File: "welcome_join", Script: "welcome", Suite: 1, Framing: "public", Roles: roles("builtin", "builtin"), Outcome: result.Pass, Agreement: result.Pass, Steps: 9, RPCs: 14, Seconds: 0.25},
			{File: "welcome_join", Script: "welcome", Suite: 1, Framing: "public", Roles: roles("builtin", "openmls"), Outcome: result.Pass, Agreement: result.Unsupported, AgreementDetail: "openmls: Export: this stack has no exporter", Steps: 9, RPCs: 14, Seconds: 0.5},
			{File: "welcome_join", Script: "welcome", Suite: 1, Framing: "public", Roles: roles("openmls", "builtin"), Outcome: result.Pass, Agreement: result.Fail, AgreementDetail: "epoch 3: alice and bob have another epoch authenticator\nalice: 00\nbob: 01", Steps: 9, RPCs: 14, Seconds: 0.5},
			{
				File: "welcome_join", Script: "welcome", Suite: 2, Framing: "public", Roles: roles("ts", "openmls"), Outcome: result.Fail,
				Step: new(7), Action: "joinGroup", RPC: "JoinGroup", Client: "openmls", Code: "INVALID_ARGUMENT",
				Detail: "bad leaf: " + hostile + "\nsecond line", Requirements: []rule.ID{"rfc9420-7.3-01"},
				Folder: "cases/3-welcome", Steps: 7, RPCs: 10, Seconds: 0.5,
			},
			{
				File: "welcome_join", Script: "welcome", Suite: 2, Framing: "private", Roles: roles("ts", "openmls"), Outcome: result.Fail,
				Step: new(7), Action: "joinGroup", RPC: "JoinGroup", Client: "openmls", Code: "INVALID_ARGUMENT",
				Detail: "bad leaf: " + hostile + "\nanother second line", Requirements: []rule.ID{"rfc9420-7.3-01"}, Steps: 7, RPCs: 10, Seconds: 0.5,
			},
			{
				File: "commit", Script: "remove", Suite: 1, Framing: "public", Roles: roles("builtin", "ts", "ts"), Outcome: result.Timeout,
				Step: new(4), Action: "fullCommit", RPC: "Commit", Client: "ts", Code: "DEADLINE_EXCEEDED", Detail: "no answer within 10s", Steps: 4, RPCs: 6, Seconds: 10,
			},
			{
				File: "commit", Script: "remove", Suite: 1, Framing: "private", Roles: roles("builtin", "ts", "openmls"), Outcome: result.Pass, First: result.Fail,
				Agreement: result.Pass, Detail: "first run: the client had ended", Steps: 12, RPCs: 20, Seconds: 1.5,
			},
			{
				File: "commit", Script: "remove", Suite: 2, Framing: "private", Roles: roles("openmls", "openmls", "openmls"), Outcome: result.Known, First: result.Known,
				Step: new(5), Action: "fullCommit", RPC: "Commit", Client: "openmls", Code: "INTERNAL", Detail: "assertion failed", Reason: "upstream issue 7 <&>", Steps: 5, RPCs: 8, Seconds: 0.125,
			},
			{
				File: "reinit", Script: "reinit", Suite: 1, Framing: "public", Roles: roles("builtin", "openmls"), Outcome: result.Unsupported,
				Step: new(3), Action: "reinit", RPC: "ReInitProposal", Client: "openmls", Code: "UNIMPLEMENTED", Detail: "no re-init", Steps: 3, RPCs: 5, Seconds: 0.125,
			},
			{
				File: "reinit", Script: "reinit", Suite: 2, Framing: "public", Roles: roles("openmls", "builtin"), Outcome: result.Unsupported,
				Step: new(3), Action: "reinit", RPC: "ReInitProposal", Client: "openmls", Code: "UNIMPLEMENTED", Detail: "no re-init", Steps: 3, RPCs: 5, Seconds: 0.125,
			},
			{
				File: "reinit", Script: "reinit", Suite: 1, Framing: "private", Roles: roles("builtin", "ts"), Outcome: result.Broken,
				Step: new(2), Detail: "panic: nil\n\ngoroutine 7\x00", Steps: 2, RPCs: 5, Seconds: 0.125,
			},
			{File: "reinit", Script: "reinit", Suite: 2, Framing: "private", Roles: roles("ts", "ts"), Outcome: result.Skipped, Detail: "the run was interrupted"},
			{File: "reinit", Script: "reinit", Suite: 2, Framing: "private", Roles: roles("ts", "builtin"), Outcome: result.Skipped, Detail: "the run was interrupted"},
		},
		Baseline: []result.KnownFailure{
			{Case: "commit/*", Client: "openmls", Detail: "assertion*", Reason: "upstream issue 7 <&>", Failed: 1, Passed: 1},
			{Case: "welcome_join/*/suite1/*", Reason: "was *wrong* once", Passed: 3},
			{Case: "nothing/*", Reason: "is no more"},
		},
	}
	return setUp(run)
}

// cleanInterop is a run of one client with itself, in which all went well.
func cleanInterop() *result.Interop {
	run := &result.Interop{
		Summary: result.Summary{Seconds: 1.5, PeakRSSBytes: 40_000_000},
		Clients: []result.InteropClient{{Name: "builtin", Kind: "builtin", Stack: "mlsconform", Suites: []codepoint.CipherSuite{1, 2, 3, 4, 5, 6, 7}}},
	}
	for _, file := range []string{"welcome_join", "commit"} {
		for suite := range codepoint.CipherSuite(3) {
			run.Cases = append(run.Cases, result.InteropCase{
				File: file, Script: "s", Suite: suite + 1, Framing: "public", Roles: roles("builtin", "builtin"),
				Outcome: result.Pass, Agreement: result.Pass, Steps: 9, RPCs: 14, Seconds: 0.25,
			})
		}
	}
	return setUp(run)
}

func TestInteropText(t *testing.T) {
	golden(t, "interop-mixed.txt", reports.InteropText(mixedInterop(), false))
	golden(t, "interop-mixed-color.txt", reports.InteropText(mixedInterop(), true))
	golden(t, "interop-clean.txt", reports.InteropText(cleanInterop(), false))
	golden(t, "interop-nothing.txt", reports.InteropText(&result.Interop{}, false))

	// Many clients, with numbers in place of names above the columns.
	wide := cleanInterop()
	for i := range 6 {
		wide.Clients = append(wide.Clients, result.InteropClient{Name: fmt.Sprintf("another-stack-%d", i), Kind: "client"})
	}
	wide.Plan.Shard = &result.InteropShard{Index: 2, Count: 3}
	golden(t, "interop-wide.txt", reports.InteropText(wide, false))
}

// What a client says does not steer the terminal.
func TestInteropTextIsPrintable(t *testing.T) {
	for _, c := range []string{"\x1b", "\u202e", "\x00"} {
		if bytes.Contains(reports.InteropText(mixedInterop(), false), []byte(c)) {
			t.Errorf("%q is in the text", c)
		}
	}
}

// A fault that shows in thousands of cases takes a few lines.
func TestInteropTextIsShort(t *testing.T) {
	run := &result.Interop{}
	for i := range 5000 {
		run.Cases = append(run.Cases, result.InteropCase{
			File: "f", Script: fmt.Sprint(i), Suite: 1, Framing: "public", Roles: roles("a", "b"),
			Outcome: result.Fail, Client: "b", RPC: "Commit", Detail: "cause " + word(i%100) + fmt.Sprintf(", node %d, hash %064x, of bob (b)", i, i),
		})
	}
	got := reports.InteropText(setUp(run), false)
	if lines := bytes.Count(got, []byte("\n")); lines > 300 {
		t.Errorf("%d lines", lines)
	}
	if want := "... and 3000 cases of 60 other causes; the other reports have all of them.\n"; !bytes.Contains(got, []byte(want)) {
		t.Errorf("does not say what is left out:\n%s", got)
	}
}

func TestInteropJUnit(t *testing.T) {
	got, err := reports.InteropJUnit(mixedInterop())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "interop-mixed.xml", got)

	var counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(got, &counts); err != nil {
		t.Fatal(err)
	}
	run := mixedInterop()
	if counts.Tests != 14 || counts.Failures != 5 || counts.Errors != 1 || counts.Skipped != 5 || len(counts.Cases) != len(run.Cases)+1 {
		t.Errorf("counts %+v", counts)
	}
	for i, c := range run.Cases {
		got := counts.Cases[i]
		passed := got.Failure == nil && got.Error == nil && got.Skipped == nil
		if got.Name != c.ID || passed != (c.Outcome == result.Pass && !c.Disagrees()) {
			t.Errorf("%s, %s: %+v", c.ID, c.Outcome, got)
		}
	}
}

func interopSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("schema/interop-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func interopJSON(t *testing.T, run *result.Interop) []byte {
	t.Helper()
	data, err := reports.InteropJSON(run)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func valid(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestInteropJSON(t *testing.T) {
	schema := interopSchema(t)
	shard := cleanInterop()
	shard.Plan.Shard = &result.InteropShard{Index: 1, Count: 1}
	for name, run := range map[string]*result.Interop{
		"interop-mixed.json": mixedInterop(), "interop-clean.json": cleanInterop(),
		"interop-shard.json": shard, "interop-nothing.json": setUp(&result.Interop{}),
	} {
		got := interopJSON(t, run)
		golden(t, name, got)
		if err := valid(t, schema, got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The same counts, by the same names, as in the results of a conformance run.
		var inter, conform struct {
			Summary map[string]any `json:"summary"`
		}
		results, err := reports.JSON(&result.Run{Summary: run.Summary}, true)
		if err := errors.Join(err, json.Unmarshal(got, &inter), json.Unmarshal(results, &conform)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(conform, inter); diff != "" {
			t.Errorf("summary (-conformance +interop)\n%s", diff)
		}
	}
}

func TestInteropSchemaRefuses(t *testing.T) {
	schema := interopSchema(t)
	for name, spoil := range map[string]func(*result.Interop){
		"another schema":     func(r *result.Interop) { r.Schema = result.Schema },
		"no version":         func(r *result.Interop) { r.Tool.Version = "" },
		"a negative count":   func(r *result.Interop) { r.Summary.Failed = -1 },
		"a short digest":     func(r *result.Interop) { r.Plan.Digest = "00" },
		"shard 0":            func(r *result.Interop) { r.Plan.Shard = &result.InteropShard{Count: 1} },
		"a nameless client":  func(r *result.Interop) { r.Clients[0].Name = "" },
		"an odd kind":        func(r *result.Interop) { r.Clients[0].Kind = "friend" },
		"an odd outcome":     func(r *result.Interop) { r.Cases[1].Outcome = "maybe" },
		"an odd agreement":   func(r *result.Interop) { r.Cases[1].Agreement = "maybe" },
		"an odd framing":     func(r *result.Interop) { r.Cases[1].Framing = "both" },
		"a case without id":  func(r *result.Interop) { r.Cases[1].ID = "" },
		"a case with nobody": func(r *result.Interop) { r.Cases[1].Roles = nil },
		"a negative entry":   func(r *result.Interop) { r.Baseline[0].Failed = -1 },
		"an odd requirement": func(r *result.Interop) { r.Cases[1].Requirements = []rule.ID{"7.3"} },
	} {
		t.Run(name, func(t *testing.T) {
			run := mixedInterop()
			spoil(run)
			if valid(t, schema, interopJSON(t, run)) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func TestParseInteropJSONReadsWhatInteropJSONWrote(t *testing.T) {
	for _, want := range []*result.Interop{mixedInterop(), cleanInterop()} {
		got, err := reports.ParseInteropJSON(interopJSON(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestParseInteropJSONRefuses(t *testing.T) {
	good := string(interopJSON(t, mixedInterop()))
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not there to be spoiled", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, in := range map[string]string{
		"nothing":             "",
		"a list":              "[]",
		"an empty object":     "{}",
		"a conformance run":   `{"schema":"mlsconform/results/v1"}`,
		"half of it":          good[:len(good)/2],
		"two of them":         good + good,
		"an unknown field":    swap(`"tool": {`, `"tol": 1, "tool": {`),
		"an unknown in cases": swap(`"steps":9`, `"steps":9,"stops":9`),
		"a field missing":     swap(`"steps":9,`, ``),
		"a field twice":       swap(`"steps":9`, `"steps":9,"steps":9`),
		"another count":       swap(`"failed": 2`, `"failed": 1`),
		"an outcome":          swap(`"outcome":"pass"`, `"outcome":"fine"`),
		"a case twice":        swap("suite2/private/alice=ts,bob=builtin", "suite2/private/alice=ts,bob=ts"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := reports.ParseInteropJSON([]byte(in)); err == nil {
				t.Error("is taken")
			} else if errors.Is(err, io.EOF) {
				t.Errorf("the error says nothing: %v", err)
			}
		})
	}
}

func TestInteropMarkdown(t *testing.T) {
	golden(t, "interop-mixed.md", reports.InteropMarkdown(mixedInterop()))
	golden(t, "interop-clean.md", reports.InteropMarkdown(cleanInterop()))
}

// What a client says is nothing but text.
func TestInteropMarkdownEscapes(t *testing.T) {
	got := string(reports.InteropMarkdown(mixedInterop()))
	for _, bad := range []string{"<script", "<img", "</script", "\x1b", "\u202e", "](http"} {
		at := strings.Index(got, bad)
		// Inside of <pre>, what is Markdown elsewhere is text.
		if at >= 0 && (bad != "](http" || strings.LastIndex(got[:at], "<pre>") <= strings.LastIndex(got[:at], "</pre>") && !strings.Contains(got[strings.LastIndex(got[:at], "\n"):at], "<summary>")) {
			t.Errorf("%q is in the Markdown", bad)
		}
	}
}

func TestInteropMarkdownFitsAJobSummary(t *testing.T) {
	run := &result.Interop{}
	for i := range 3000 {
		run.Cases = append(run.Cases, result.InteropCase{
			File: "f", Script: fmt.Sprint(i), Suite: 1, Framing: "public", Roles: roles("a", "b"),
			Outcome: result.Fail, Detail: word(i) + "\n" + strings.Repeat("<", 10_000),
		})
	}
	got := reports.InteropMarkdown(setUp(run))
	if len(got) > 1<<20 {
		t.Errorf("%d bytes", len(got))
	}
	if !bytes.Contains(got, []byte("which there is no room for here")) {
		t.Error("does not say that something is left out")
	}
}

// A baseline that lists what passes makes a run fail, in every report; a shard
// alone does not know that.
func TestStaleBaseline(t *testing.T) {
	run := cleanInterop()
	run.Baseline = []result.KnownFailure{{Case: "commit/*", Reason: "once upon a time", Passed: 3}}
	for _, shard := range []*result.InteropShard{nil, {Index: 1, Count: 2}} {
		run.Plan.Shard = shard
		xml, err := reports.InteropJUnit(run)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{
			"text": string(reports.InteropText(run, false)), "Markdown": string(reports.InteropMarkdown(run)),
			"HTML": interopHTML(t, run), "JUnit": string(xml),
		} {
			fails := strings.Contains(strings.ReplaceAll(got, "FAILED", ""), "FAIL") || strings.Contains(got, `failures="1"`)
			if says := strings.Contains(got, "the entry has to go"); says != (shard == nil) || fails != (shard == nil) {
				t.Errorf("%s, shard %v:\n%s", name, shard, got)
			}
		}
	}
}
