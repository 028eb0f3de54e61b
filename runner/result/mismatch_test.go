package result_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/result"
)

func TestDiffShowsShortValuesWhole(t *testing.T) {
	m := &result.Mismatch{Field: "secret", Want: "00112233", Got: "00112a33"}
	want := "secret (-want +got), from character 4 of 8 and 8:\n- 00112233\n+ 00112a33"
	if diff := cmp.Diff(want, m.Diff()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDiffShowsTheFirstDifferenceOfLongValues(t *testing.T) {
	head, tail := strings.Repeat("ab", 500), strings.Repeat("cd", 500)
	for _, test := range []struct{ name, want, got, minus, plus string }{
		{
			"in the middle", head + "01" + tail, head + "02" + tail,
			"..." + head[:32] + "01" + tail[:94] + "...",
			"..." + head[:32] + "02" + tail[:94] + "...",
		},
		{"shorter", head + "01", head, "..." + head[:32] + "01", "..." + head[:32]},
		{"nothing at all", head, "", head[:96] + "...", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &result.Mismatch{Field: "tree", Want: test.want, Got: test.got}
			_, values, _ := strings.Cut(m.Diff(), "\n")
			if diff := cmp.Diff("- "+test.minus+"\n+ "+test.plus, values); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAtBuildsThePath(t *testing.T) {
	if err := result.At("tree", nil); err != nil {
		t.Errorf("At makes %v from nothing", err)
	}
	err := result.At("leaves", result.At("[2]", result.At("[0]", result.At("generation", io.EOF))))
	field, ok := errors.AsType[*result.FieldError](err)
	if !ok || field.Field != "leaves[2][0].generation" {
		t.Errorf("got %v", err)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}

	err = result.At("epochs[3]", &result.Mismatch{Field: "commit", Want: "00", Got: "01"})
	want := &result.Mismatch{Field: "epochs[3].commit", Want: "00", Got: "01"}
	got, ok := errors.AsType[*result.Mismatch](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCountLosesNoOutcome(t *testing.T) {
	var s result.Summary
	for _, o := range []result.Outcome{
		result.Pass, result.Fail, result.Timeout, result.Unsupported,
		result.Skipped, result.Known, result.Broken, result.Either, "misspelt",
	} {
		s.Count(o)
	}
	want := result.Summary{Passed: 1, Failed: 1, Timeout: 1, Unsupported: 1, Skipped: 1, Known: 1, Broken: 2, Either: 1}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
