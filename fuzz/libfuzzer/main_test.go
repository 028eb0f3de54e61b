package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz"
)

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		nil, {"walk"}, {"build"}, {"run", "-time", "soon"}, {"build", "-out", "x", "-target", "("}, {"build", "-out", "x", "-target", "none"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: exit status %d, output %q, error %q", args, code, &stdout, &stderr)
		}
	}
}

func TestNoCompiler(t *testing.T) {
	t.Setenv("CXX", "no-such-compiler")
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"build", "-out", t.TempDir()}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "clang") {
		t.Errorf("exit status %d, error %q", code, &stderr)
	}
}

func TestTargetsWithPeersAreLeftOut(t *testing.T) {
	one := fuzz.Target{Package: "fuzz", Name: "FuzzOne", Kind: fuzz.Input}
	other := fuzz.Target{Package: "fuzz/x", Name: "FuzzOther", Kind: fuzz.Differential}
	var stdout bytes.Buffer
	got := options{stdout: &stdout}.possible([]fuzz.Target{one, other})
	if diff := cmp.Diff([]fuzz.Target{one}, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if !strings.Contains(stdout.String(), "fuzz/x.FuzzOther is left out") {
		t.Errorf("output %q", &stdout)
	}
}

func TestDictionariesGoToBinaryInputs(t *testing.T) {
	for name, want := range map[string]bool{
		"fuzz.FuzzMessage": true, "fuzz.FuzzStructure": false, "fuzz.FuzzState": false, "impl/group.FuzzForge": false,
		"impl/tree.FuzzNode": true, "impl/inspect.FuzzInspect": true, "runner/strict.FuzzDecode": false,
	} {
		found := false
		for _, target := range fuzz.Targets() {
			if target.String() == name {
				found = true
				if got := speaksMLS(target); got != want {
					t.Errorf("%s: %v", name, got)
				}
			}
		}
		if !found {
			t.Errorf("there is no %s", name)
		}
	}
}
