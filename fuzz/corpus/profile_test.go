package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestProfiles(t *testing.T) {
	folder := t.TempDir()
	read := func(text string) profile {
		p, err := readProfile(write(t, filepath.Join(folder, "cover.out"), "mode: set\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := read("m/a.go:1.1,2.2 3 1\nm/a.go:3.1,4.2 2 0\nm/b.go:1.1,2.2 5 0\nm/a.go:1.1,2.2 3 0\n")
	second := read("m/a.go:3.1,4.2 2 7\n")
	a, all := regexp.MustCompile(`/a\.go$`), regexp.MustCompile("")
	if got := []int{first.reached(a), first.statements(a), first.reached(all), first.statements(all)}; !cmp.Equal(got, []int{3, 5, 3, 10}) {
		t.Errorf("statements reached and in all, of a.go and of all: %v", got)
	}
	if rest := second.without(first); rest.reached(all) != 2 {
		t.Errorf("only the second reaches %v", rest)
	}
	if !first.merge(second) || first.reached(all) != 5 {
		t.Errorf("after the merge %d statements are reached", first.reached(all))
	}
	if first.merge(second) {
		t.Error("the second has more although it was merged")
	}
	if _, err := readProfile(write(t, filepath.Join(folder, "cover.out"), "mode: set\nnonsense\n")); err == nil {
		t.Error("nonsense is no profile")
	}
}

func TestTakeAndList(t *testing.T) {
	folder := t.TempDir()
	found, corpus := filepath.Join(folder, "found"), filepath.Join(folder, "corpus")
	if taken, err := take(found, corpus); err != nil || taken != nil {
		t.Errorf("of nothing %v is taken, %v", taken, err)
	}
	write(t, filepath.Join(found, "long"), "123")
	write(t, filepath.Join(found, "short"), "1")
	write(t, filepath.Join(found, "both"), "12")
	write(t, filepath.Join(corpus, "both"), "own")
	taken, err := take(found, corpus)
	if diff := cmp.Diff([]string{"short", "long"}, taken); err != nil || diff != "" {
		t.Errorf("taken (-want +got), %v:\n%s", err, diff)
	}
	inputs, err := list(corpus)
	want := []input{{"short", 1}, {"both", 3}, {"long", 3}}
	if diff := cmp.Diff(want, inputs, cmp.AllowUnexported(input{})); err != nil || diff != "" {
		t.Errorf("inputs (-want +got), %v:\n%s", err, diff)
	}
	if err := removeEmpty(corpus); err != nil {
		t.Error(err)
	}
	if left, err := list(corpus); err != nil || len(left) != 3 {
		t.Errorf("%v, %v: a corpus that is not empty is removed", left, err)
	}
}
