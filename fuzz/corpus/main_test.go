package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz"
)

func TestChoose(t *testing.T) {
	a := fuzz.Target{Package: "impl/a", Name: "FuzzOne", Kind: fuzz.Codec}
	b := fuzz.Target{Package: "impl/b", Name: "FuzzOne", Kind: fuzz.State}
	c := fuzz.Target{Package: "impl/b", Name: "FuzzTwo", Kind: fuzz.Codec}
	for _, test := range []struct {
		name    string
		kind    fuzz.Kind
		pattern string
		want    []fuzz.Target
	}{
		{"all", "", "", []fuzz.Target{a, b, c}},
		{"of a kind", fuzz.Codec, "", []fuzz.Target{a, c}},
		{"of a name", "", "FuzzOne$", []fuzz.Target{a, b}},
		{"of a package", "", `^impl/b\.`, []fuzz.Target{b, c}},
		{"of both", fuzz.Codec, "FuzzTwo", []fuzz.Target{c}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := choose([]fuzz.Target{a, b, c}, test.kind, test.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		nil, {"-time", "1s"}, {"walk"},
		{"fuzz", "-kind", "none"}, {"fuzz", "-target", "none"}, {"fuzz", "-target", "("}, {"fuzz", "-time", "soon"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: exit status %d, output %q, error %q", args, code, &stdout, &stderr)
		}
	}
}
