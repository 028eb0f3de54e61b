package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// madeAgain compares what is committed, which an earlier run made, with what is
// made now.
func madeAgain[C any](t *testing.T, family, schema string, cases func() []C) {
	t.Helper()
	f, err := packCases(family, schema, cases)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(f.name)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unpack(t, f.name, committed), unpack(t, f.name, f.data)) {
		t.Error("other cases are committed; run make vectors")
	}
}

// A tale is what a case says about itself.
type tale struct {
	id, place, comment string // no comment stands twice in a place
	format.Expectation
}

// wellTold checks that a case has an id and, within its place, a comment of its
// own, and what its result asks for.
func wellTold(t *testing.T, tales []tale) {
	t.Helper()
	told := map[string]bool{}
	tell := func(text string) {
		if told[text] {
			t.Errorf("twice: %s", text)
		}
		told[text] = true
	}
	for _, c := range tales {
		tell(c.id)
		tell(c.place + ": " + c.comment)
		if !strings.HasSuffix(c.comment, ".") || strings.Contains(c.comment, ". ") {
			t.Errorf("%s: comment %q is not one sentence", c.id, c.comment)
		}
		if len(c.IDs) == 0 && c.Result != format.Accept {
			t.Errorf("%s: no requirement", c.id)
		}
		for i, id := range c.IDs {
			if _, ok := vectors.Lookup(id); !ok || slices.Contains(c.IDs[:i], id) {
				t.Errorf("%s: %s is not in the catalogue, or named twice", c.id, id)
			}
		}
	}
}

// allDiffer checks that no two cases ask the same, not even in different suites.
func allDiffer[I any](t *testing.T, inputs map[string]I) {
	t.Helper()
	asked := map[string]string{}
	for id, input := range inputs {
		question := string(must(encodeCases(format.File[I]{Cases: []I{input}})))
		if other, ok := asked[question]; ok {
			t.Errorf("%s is %s again", id, other)
		}
		asked[question] = id
	}
}
