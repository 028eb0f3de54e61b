package family_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/family"
)

// changed says which case of our own is changed, one per family: the first one
// whose JSON has all of the parts.
var changed = map[string][]string{
	"tree-math":                      {`"n_leaves":8,`},
	"crypto-basics":                  nil,
	"secret-tree":                    {`"generation":500`},
	"message-protection":             nil,
	"key-schedule":                   nil,
	"psk_secret":                     {`"psks":[{`},
	"tree-validation":                {`"resolutions":[[0],[1]`},
	"transcript-hashes":              nil,
	"welcome":                        nil,
	"tree-operations":                {`"proposal_sender":2,`}, // an update, all of which goes into the tree
	"treekem":                        nil,
	"messages":                       nil,
	"deserialization":                nil,
	"passive-client-welcome":         {`"psk_id"`, `"ratchet_tree":null`},
	"passive-client-handling-commit": {`"psk_id"`, `"proposals":["`},
	"passive-client-random":          nil,
}

// Whatever value of a case is changed, the case fails.
func TestChangedValues(t *testing.T) {
	for _, f := range family.Official() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			parts, ok := changed[f.Name]
			if !ok {
				t.Fatal("no case to change")
			}
			_, cases := load(t, own(t), f.Name)
			i := slices.IndexFunc(cases, func(raw json.RawMessage) bool {
				return !slices.ContainsFunc(parts, func(part string) bool { return !bytes.Contains(raw, []byte(part)) })
			})
			if i < 0 {
				t.Fatalf("no case has %q", parts)
			}
			change := flips
			switch f.Name {
			case "messages":
				change = cuts // these are only decoded, and mean nothing
			case "passive-client-random":
				change = oneFlip // to be done sooner
			}
			n := forEachValue(t, cases[i], change, func(path string, raw json.RawMessage) {
				if err := f.Check(t.Context(), raw); err == nil {
					t.Errorf("%s changed, and the case passes", path)
				}
			})
			if n < 2 {
				t.Errorf("%d changes", n)
			}
		})
	}
}

// forEachValue calls f with the JSON object for each change of a value in it
// that is no object or array. It returns the number of changes.
func forEachValue(t *testing.T, raw []byte, change func(any) []any, f func(path string, changed json.RawMessage)) int {
	t.Helper()
	var root any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(path string, v any, set func(any))
	walk = func(path string, v any, set func(any)) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(path+"."+k, v[k], func(x any) { v[k] = x })
			}
		case []any:
			for i := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), v[i], func(x any) { v[i] = x })
			}
		default:
			for _, x := range change(v) {
				set(x)
				encoded, err := json.Marshal(root)
				if err != nil {
					t.Fatal(err)
				}
				f(strings.TrimPrefix(path, "."), encoded)
				n++
			}
			set(v)
		}
	}
	walk("", root, nil)
	return n
}

// flips returns values that differ from v by one bit, of the hex digits at its
// beginning, in its middle and at its end; and a value in place of null or of
// nothing.
func flips(v any) []any {
	switch v := v.(type) {
	case nil:
		return []any{json.Number("0"), "00"}
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return []any{json.Number("0")}
		}
		return []any{json.Number(fmt.Sprint(n ^ 1))}
	case string:
		if v == "" {
			return []any{"00"}
		}
		return []any{flip(v, 0), flip(v, len(v)/2), flip(v, len(v)-1)}
	}
	return nil
}

// oneFlip returns one of the flips.
func oneFlip(v any) []any {
	all := flips(v)
	return all[len(all)/2:][:1]
}

// cuts returns v without its last byte and with one more.
func cuts(v any) []any {
	s, ok := v.(string)
	if !ok || s == "" {
		return nil
	}
	return []any{s[:len(s)-2], s + "00"}
}

// flip changes one hex digit, or one letter of a label, by one bit.
func flip(s string, at int) string {
	b := []byte(s)
	if value := strings.IndexByte("0123456789abcdef", b[at]); value >= 0 {
		b[at] = "0123456789abcdef"[value^1]
	} else {
		b[at] ^= 1
	}
	return string(b)
}
