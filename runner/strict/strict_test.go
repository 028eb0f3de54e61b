package strict_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type epoch struct {
	Commit strict.Hex `json:"commit"`
}

type scenario struct {
	Suite  uint16          `json:"suite"`
	Shift  int8            `json:"shift"`
	Time   float64         `json:"time"`
	Label  string          `json:"label"`
	Flag   bool            `json:"flag"`
	Tree   *strict.Hex     `json:"tree"`
	Left   []*uint32       `json:"left"`
	Epochs []epoch         `json:"epochs"`
	Grid   [][]uint32      `json:"grid"`
	Extra  json.RawMessage `json:"extra"`
	Name   string          `json:"name,omitempty"`
}

const valid = `{"suite":7,"shift":-3,"time":1.5e-3,"label":"a\"b","flag":true,"tree":null,"left":[null,4294967295],
	"epochs":[{"commit":""},{"commit":"0aFF"}],"grid":[[],[1,2]],"extra":{"any":[1]}}`

func TestDecodeReadsEveryKind(t *testing.T) {
	var got scenario
	if err := strict.Decode([]byte(valid), &got); err != nil {
		t.Fatal(err)
	}
	most := uint32(1<<32 - 1)
	want := scenario{
		Suite: 7, Shift: -3, Time: 0.0015, Label: `a"b`, Flag: true,
		Left:   []*uint32{nil, &most},
		Epochs: []epoch{{Commit: strict.Hex{}}, {Commit: strict.Hex{0x0a, 0xff}}},
		Grid:   [][]uint32{{}, {1, 2}},
		Extra:  json.RawMessage(`{"any":[1]}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecodeTakesOptionalFieldsAndPointers(t *testing.T) {
	var got struct {
		Tree *strict.Hex `json:"tree"`
		Name string      `json:"name,omitempty"`
	}
	if err := strict.Decode([]byte(`{"name":"x","tree":"01"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "x" || got.Tree == nil || !cmp.Equal(*got.Tree, strict.Hex{1}) {
		t.Errorf("got %+v", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	type small struct {
		N     uint8      `json:"n"`
		Hex   strict.Hex `json:"hex"`
		Lists [][]epoch  `json:"lists"`
	}
	for _, test := range []struct{ name, in, field string }{
		{"missing field", `{"n":1,"hex":""}`, "lists"},
		{"unknown field", `{"n":1,"hex":"","lists":[],"more":1}`, "more"},
		{"field given twice", `{"n":1,"n":1,"hex":"","lists":[]}`, "n"},
		{"name in another case", `{"N":1,"hex":"","lists":[]}`, "N"},
		{"null", `{"n":null,"hex":"","lists":[]}`, "n"},
		{"null for hex", `{"n":1,"hex":null,"lists":[]}`, "hex"},
		{"null for a list", `{"n":1,"hex":"","lists":null}`, "lists"},
		{"too large", `{"n":256,"hex":"","lists":[]}`, "n"},
		{"negative", `{"n":-1,"hex":"","lists":[]}`, "n"},
		{"fraction", `{"n":1.0,"hex":"","lists":[]}`, "n"},
		{"string for a number", `{"n":"1","hex":"","lists":[]}`, "n"},
		{"number for hex", `{"n":1,"hex":10,"lists":[]}`, "hex"},
		{"odd number of digits", `{"n":1,"hex":"012","lists":[]}`, "hex"},
		{"no hex digit", `{"n":1,"hex":"0g","lists":[]}`, "hex"},
		{"object for a list", `{"n":1,"hex":"","lists":{}}`, "lists"},
		{"list for an object", `{"n":1,"hex":"","lists":[[[]]]}`, "lists[0][0]"},
		{"deep inside", `{"n":1,"hex":"","lists":[[],[{"commit":""},{"commit":true}]]}`, "lists[1][1].commit"},
		{"missing deep inside", `{"n":1,"hex":"","lists":[[{}]]}`, "lists[0][0].commit"},
		{"cut off inside", `{"n":1,"hex":"","lists":[[`, "lists[0]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var v small
			err := strict.Decode([]byte(test.in), &v)
			field, ok := errors.AsType[*result.FieldError](err)
			if !ok {
				t.Fatalf("got %v, want an error about %s", err, test.field)
			}
			if field.Field != test.field {
				t.Errorf("the error is about %q, want %q: %v", field.Field, test.field, err)
			}
		})
	}
}

func TestDecodeRefusesWholeValues(t *testing.T) {
	for _, in := range []string{``, `null`, `[]`, `7`, `"x"`, `{`, `{"commit":"00"`, `{"commit":"00"} 1`, `{"commit":"00"}}`, `{"commit" "00"}`} {
		var v epoch
		if err := strict.Decode([]byte(in), &v); err == nil {
			t.Errorf("%s is taken", in)
		}
	}
}

func TestHexIsWrittenAsDigits(t *testing.T) {
	got, err := json.Marshal(epoch{Commit: strict.Hex{0x0a, 0xff}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"commit":"0aff"}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A shape is decoded as its kind says.
type shape struct {
	Kind string `json:"kind"`
	Size any    `json:"size"`
}

type circle struct {
	Radius uint8 `json:"radius"`
}

func (s *shape) NewValue(field string) any {
	if field == "size" && s.Kind == "circle" {
		return new(circle)
	}
	return nil
}

type drawing struct {
	ID string `json:"id"`
	shape
	Limit *uint64    `json:"limit,omitzero"`
	Tree  strict.Hex `json:"tree,omitzero"`
	End   uint64     `json:"end,string"`
}

func TestDecodeReadsEmbeddedChosenAndQuotedFields(t *testing.T) {
	limit := uint64(0)
	for in, want := range map[string]drawing{
		`{"id":"a","size":{"radius":7},"kind":"circle","end":"18446744073709551615"}`: {
			ID: "a", shape: shape{Kind: "circle", Size: &circle{7}}, End: 1<<64 - 1,
		},
		`{"kind":"circle","id":"a","size":{"radius":7},"end":"0","limit":0,"tree":""}`: {
			ID: "a", shape: shape{Kind: "circle", Size: &circle{7}}, Limit: &limit, Tree: strict.Hex{},
		},
	} {
		var got drawing
		if err := strict.Decode([]byte(in), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(drawing{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", in, diff)
		}
	}
}

func TestDecodeRefusesEmbeddedChosenAndQuotedFields(t *testing.T) {
	const rest = `"id":"a","end":"0","kind":"circle"`
	for _, test := range []struct{ name, in, field string }{
		{"embedded field missing", `{"id":"a","end":"0","kind":"circle"}`, "size"},
		{"unknown kind", `{"id":"a","end":"0","kind":"square","size":{}}`, "size"},
		{"inside a chosen field", `{"size":{"radius":256},` + rest + `}`, "size.radius"},
		{"chosen field twice", `{"size":{"radius":1},"size":{"radius":1},` + rest + `}`, "size"},
		{"chosen field cut off", `{` + rest + `,"size":{"radius":`, "size"},
		{"null for a chosen field", `{"size":null,` + rest + `}`, "size"},
		{"null for a field that may be absent", `{"size":{"radius":1},"limit":null,` + rest + `}`, "limit"},
		{"null for hex that may be absent", `{"size":{"radius":1},"tree":null,` + rest + `}`, "tree"},
		{"number not in a string", `{"size":{"radius":1},"id":"a","kind":"circle","end":0}`, "end"},
		{"no digits", `{"size":{"radius":1},"id":"a","kind":"circle","end":""}`, "end"},
		{"too large", `{"size":{"radius":1},"id":"a","kind":"circle","end":"18446744073709551616"}`, "end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var v drawing
			err := strict.Decode([]byte(test.in), &v)
			field, ok := errors.AsType[*result.FieldError](err)
			if !ok || field.Field != test.field {
				t.Errorf("got %v, want an error about %s", err, test.field)
			}
		})
	}
}

// No input may panic the decoder, and what it takes is JSON.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(`{"suite":1,"suite":2}`))
	f.Add([]byte(`{"id":"a","size":{"radius":7},"kind":"circle","end":"1","tree":"00"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var d drawing
		if err := strict.Decode(in, &d); err == nil && !json.Valid(in) {
			t.Errorf("%q is taken", in)
		}
		var v scenario
		if err := strict.Decode(in, &v); err == nil && !json.Valid(in) {
			t.Errorf("%q is taken", in)
		}
	})
}
