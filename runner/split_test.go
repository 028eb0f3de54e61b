package runner

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
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
		`{"a":1}`:                  0,
		`{"cipher_suite":"1"}`:     0,
		`{"cipher_suite":65536}`:   0,
		`{"cipher_suite"`:          0,
		`["cipher_suite",1]`:       0,
		`{"a":,"cipher_suite":1}`:  0,
		`{"a" 1,"cipher_suite":1}`: 0,
		`{}`:                       0,
		``:                         0,
	} {
		if got := suiteOf(json.RawMessage(in)); got != want {
			t.Errorf("%s: suite %d, want %d", in, got, want)
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
