package main

import (
	"archive/zip"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz"
)

// All targets can be built outside of go test, and have seeds. What is only for
// libFuzzer needs clang, and is not part of this.
func TestSeedsOfAllTargets(t *testing.T) {
	out := t.TempDir()
	targets := options{stdout: t.Output()}.possible(fuzz.Targets())
	b := &builder{options: options{out: out}, temp: t.TempDir()}
	var err error
	if b.overlay, err = newOverlay(t.Context(), b.temp, targets); err != nil {
		t.Fatal(err)
	}
	if err := b.overlay.addPrograms(targets); err != nil {
		t.Fatal(err)
	}
	if err := b.seeds(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^[a-zA-Z0-9_-]+$`) // what the services take for a target
	for _, target := range targets {
		if !name.MatchString(binary(target)) {
			t.Errorf("%s cannot be the name of a binary", binary(target))
		}
		z, err := zip.OpenReader(filepath.Join(out, binary(target)+"_seed_corpus.zip"))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(z.File) == 0 {
			t.Errorf("%v has no seeds", target)
		}
		if err := z.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTargetsThatAreNotThere(t *testing.T) {
	for _, target := range []fuzz.Target{
		{Package: "fuzz", Name: "FuzzNothing"},
		{Package: "fuzz/nothing", Name: "FuzzStructure"},
	} {
		o, err := newOverlay(t.Context(), t.TempDir(), []fuzz.Target{target})
		if err == nil {
			err = o.addPrograms([]fuzz.Target{target})
		}
		if err == nil {
			t.Errorf("there is %v", target)
		}
	}
}
