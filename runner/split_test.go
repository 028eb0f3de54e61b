package runner

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/family"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []string
	}{
		{`[]`, nil},
		{" \n[ ]\t", nil},
		{`[1]`, []string{`1`}},
		{`[ 1 , "a,]" ,null]`, []string{`1`, `"a,]"`, `null`}},
		{`[{"a":[1,{"b":"}\"]\\"}]},[[]]]`, []string{`{"a":[1,{"b":"}\"]\\"}]}`, `[[]]`}},
	} {
		raws, err := split([]byte(test.in))
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
		}
		var got []string
		for _, raw := range raws {
			got = append(got, string(raw))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.in, diff)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, in := range []string{``, ` `, `{}`, `null`, `[`, `[1`, `[1,`, `[,1]`, `[1,]`, `[1 2]`, `[1]]`, `[1]x`, `[{]`, `["a]`, `["a\"]`, `["\`, `[:]`} {
		if raws, err := split([]byte(in)); err == nil {
			t.Errorf("%s is cut into %s", in, raws)
		}
	}
}

func TestSuiteOf(t *testing.T) {
	for in, want := range map[string]codepoint.CipherSuite{
		`{"cipher_suite":3}`: 3,
		`{ "a" : {"cipher_suite":1}, "cipher_suite" : 7 , "b":2}`: 7,
		`{"suite":3,"id":"x"}`:         3,
		`{"suite":3,"cipher_suite":4}`: 4,
		`{"a":1}`:                      0,
		`{"cipher_suite":"1"}`:         0,
		`{"cipher_suite":65536}`:       0,
		`{"cipher_suite"`:              0,
		`["cipher_suite",1]`:           0,
		`{"a":,"cipher_suite":1}`:      0,
		`{"a" 1,"cipher_suite":1}`:     0,
		`{}`:                           0,
		``:                             0,
	} {
		if got := suiteOf(json.RawMessage(in)); got != want {
			t.Errorf("%s: suite %d, want %d", in, got, want)
		}
	}
}

func TestIDOf(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":"a/b"}`:                   "a/b",
		`{"x":{"id":"c"},"id":"\u0061"}`: "a",
		`{"id":7}`:                       "",
		`{"id":"a`:                       "",
		`{"x":1}`:                        "",
		`["id","a"]`:                     "",
	} {
		if got := idOf(json.RawMessage(in)); got != want {
			t.Errorf("%s: id %q, want %q", in, got, want)
		}
	}
}

func TestCasesOfOurFamilies(t *testing.T) {
	f := &family.Family{Name: "fruit", Schema: "fruit/v1"}
	got, err := cases([]byte(`{"generator":"g","cases":[{"id":"a"}, {"id":"b"},7,8],"schema":"fruit/v1","family":"fruit"}`), f)
	if err != nil {
		t.Fatal(err)
	}
	want := []json.RawMessage{[]byte(`{"id":"a"}`), []byte(`{"id":"b"}`), []byte(`7`), []byte(`8`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for in, want := range map[string]string{
		`[]`: "want an object, got an array",
		`{"schema":"fruit/v1","family":"fruit","generator":"g"}`:                                   "cases: missing",
		`{"schema":"fruit/v2","family":"fruit","generator":"g","cases":[]}`:                        `schema: "fruit/v2", want "fruit/v1"`,
		`{"schema":"fruit/v1","family":"apple","generator":"g","cases":[]}`:                        `family: "apple", want "fruit"`,
		`{"schema":"fruit/v1","family":"fruit","generator":"g","cases":[],"notes":[]}`:             "notes: unknown field",
		`{"schema":"fruit/v1","family":"fruit","generator":"g","cases":{}}`:                        "cases: not a JSON array",
		`{"schema":"fruit/v1","family":"fruit","generator":"g","cases":[{"id":"a"},1,{"id":"a"}]}`: `two cases have the id "a"`,
	} {
		if _, err := cases([]byte(in), f); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

// On JSON, split agrees with encoding/json; what it takes apart beyond that
// has an element that is not JSON.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`[{"a":[1,{"b":"}\"]\\"}]},[[]],null, "x" ]`))
	f.Add([]byte(`[1,2`))
	f.Add([]byte(`["\`))
	f.Fuzz(func(t *testing.T, in []byte) {
		suiteOf(in)
		got, err := split(in)
		var want []json.RawMessage
		if json.Unmarshal(in, &want) == nil && want != nil {
			if diff := cmp.Diff(want, got); err != nil || diff != "" && len(want) > 0 {
				t.Fatalf("%v (-want +got)\n%s", err, diff)
			}
			return
		}
		if err != nil {
			return
		}
		for _, raw := range got {
			if !json.Valid(raw) {
				return
			}
		}
		t.Errorf("%q is no JSON, but each of its %d elements is", in, len(got))
	})
}
