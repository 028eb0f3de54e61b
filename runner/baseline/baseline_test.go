package baseline_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/result"
)

const example = `{"schema": "mlsconform/baseline/v1", "known": [
	{"case": "reinit/*", "client": "theirs", "detail": "*this stack has no ReInit*", "rule": "rfc9420-12.1.5-01",
	 "reason": "no ReInit yet", "link": "https://example.com/issues/7"},
	{"case": "branch/base/suite1/public/all=theirs", "reason": "a bug"}
]}`

func ExampleMatcher_Judge() {
	b, err := baseline.Parse("known.json", []byte(example))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := baseline.NewMatcher(b.Known)
	c := result.InteropCase{
		ID:      "reinit/base/suite1/public/all=theirs",
		Roles:   []result.InteropRole{{Role: "alice", Client: "theirs"}},
		Outcome: result.Fail,
		Detail:  "ReInitCommit: this stack has no ReInit",
	}
	m.Judge(&c)
	fmt.Println(c.Outcome, c.Reason)
	fmt.Println(m.Unused()[0].Case)
	// Output:
	// known no ReInit yet
	// branch/base/suite1/public/all=theirs
}

func TestParse(t *testing.T) {
	got, err := baseline.Parse("known.json", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &baseline.Baseline{Schema: baseline.Schema, Known: []baseline.Entry{
		{
			Case: "reinit/*", Client: "theirs", Detail: "*this stack has no ReInit*", Rule: "rfc9420-12.1.5-01",
			Reason: "no ReInit yet", Link: "https://example.com/issues/7",
		},
		{Case: "branch/base/suite1/public/all=theirs", Reason: "a bug"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../reports/schema/baseline-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, data []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema(t).Validate(value)
}

// Mistakes are found, with the file and the entry. The schema finds those that
// a schema can find.
func TestFaults(t *testing.T) {
	entries := func(e string) string { return `{"schema": "mlsconform/baseline/v1", "known": [` + e + `]}` }
	for _, test := range []struct {
		name, data, text string
		schemaTakesIt    bool
	}{
		{"no object", `[]`, "want an object", false},
		{"no schema", `{"known": []}`, "schema: missing", false},
		{"another schema", `{"schema": "mlsconform/baseline/v2", "known": []}`, `"mlsconform/baseline/v2"`, false},
		{"no entries", `{"schema": "mlsconform/baseline/v1"}`, "known: missing", false},
		{"another field", `{"schema": "mlsconform/baseline/v1", "known": [], "unknown": []}`, "unknown: unknown field", false},
		{"no case", entries(`{"reason": "r"}`), "known[0].case: missing", false},
		{"empty case", entries(`{"case": "", "reason": "r"}`), "known[0]: case: empty", false},
		{"no reason", entries(`{"case": "a", "reason": "r"}, {"case": "b"}`), "known[1].reason: missing", false},
		{"blank reason", entries(`{"case": "a", "reason": " "}`), "known[0]: reason: empty", false},
		{"misspelt field", entries(`{"case": "a", "reason": "r", "clients": "c"}`), "known[0].clients: unknown field", false},
		{"detail of two lines", entries(`{"case": "a", "reason": "r", "detail": "x\ny"}`), "known[0]: detail: more than one line", false},
		{"link to nowhere", entries(`{"case": "a", "reason": "r", "link": "issue 7"}`), `known[0]: link: "issue 7"`, false},
		{"the same twice", entries(`{"case": "a", "reason": "r"}, {"case": "a", "reason": "s"}`), "known[1]: covers the same as known[0]", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := baseline.Parse("dir/known.json", []byte(test.data))
			if err == nil || !strings.HasPrefix(err.Error(), "dir/known.json: ") || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %q", err, test.text)
			}
			if took := validate(t, []byte(test.data)) == nil; took != test.schemaTakesIt {
				t.Errorf("the schema takes it: %v", took)
			}
		})
	}
}

// What is written is in order, is as the schema says, and is read as it was.
func TestEncode(t *testing.T) {
	for _, entries := range [][]baseline.Entry{
		nil,
		{
			{Case: "b", Reason: "<&>"},
			{Case: "a", Client: "z", Reason: "r"},
			{Case: "a", Client: "c", Detail: "y", Rule: "rfc9420-7.3-01", Reason: "r", Link: "http://example.com"},
			{Case: "a", Client: "c", Detail: "x", Reason: "r"},
		},
	} {
		data, err := (&baseline.Baseline{Known: entries}).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, data); err != nil {
			t.Error(err)
		}
		b, err := baseline.Parse("f", data)
		if err != nil {
			t.Fatal(err)
		}
		want := []baseline.Entry{}
		for i := range entries {
			want = append(want, entries[len(entries)-1-i])
		}
		if diff := cmp.Diff(want, b.Known); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if again, err := b.Encode(); err != nil || !bytes.Equal(again, data) {
			t.Errorf("written again: %v\n%s", err, again)
		}
	}
	if _, err := (&baseline.Baseline{Known: []baseline.Entry{{Case: "a"}}}).Encode(); err == nil {
		t.Error("an entry without reason is written")
	}
}
