package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/vectors"
)

// output runs a command that has to succeed.
func output(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr); status != 0 {
		t.Fatalf("%v: exit status %d: %s", args, status, stderr.String())
	}
	return stdout.String()
}

// about returns a family that shows requirements to be followed.
func about(t *testing.T, name string) family.Family {
	t.Helper()
	f, ok := family.Lookup(name)
	if !ok || len(f.Requirements) == 0 {
		t.Fatalf("%s shows no requirement to be followed", name)
	}
	return f
}

func TestRequirementsListsTheCatalogue(t *testing.T) {
	blocks := strings.Split(output(t, "", "requirements"), "\n\n")
	catalogue := vectors.Catalogue()
	if got, want := len(blocks)-1, len(catalogue); got != want { // nothing follows the last empty line
		t.Fatalf("%d requirements listed, want %d", got, want)
	}
	for i, r := range catalogue {
		if !strings.HasPrefix(blocks[i], string(r.ID)+"  "+r.Level+"  ") || !strings.Contains(blocks[i], "\n  "+r.Summary) {
			t.Errorf("block %d is not about %s:\n%s", i, r.ID, blocks[i])
		}
		for _, check := range vectors.Enforced()[r.ID].Checks {
			if !strings.Contains(blocks[i], "\n  check   "+check) {
				t.Errorf("%s: the check %s is not shown", r.ID, check)
			}
		}
	}
}

func TestRequirementsShowsTheFamiliesAboutOne(t *testing.T) {
	f := about(t, "transcript-hashes")
	all := output(t, "", "requirements")
	_, after, found := strings.Cut(all, "\n"+string(f.Requirements[0])+"  ")
	block, _, _ := strings.Cut(after, "\n\n")
	if !found || !strings.Contains(block, "\n  cases   "+f.Name) {
		t.Errorf("%s is not shown beside %s:\n%s", f.Name, f.Requirements[0], block)
	}
}

func TestFamiliesNameRequirementsOfTheCatalogue(t *testing.T) {
	for _, f := range family.All() {
		for _, id := range f.Requirements {
			if _, ok := vectors.Lookup(id); !ok {
				t.Errorf("%s: the catalogue has no %s", f.Name, id)
			}
		}
	}
}

func TestCoverageOfARun(t *testing.T) {
	f := about(t, "transcript-hashes")
	results := fmt.Sprintf(`{"schema":"mlsconform/results/v1","tool":{"version":"v1"},"summary":{},
		"families":[{"name":%q,"passed":1},{"name":"no family of ours","passed":1}],
		"cases":[{"id":"welcome/001","outcome":"fail","requirements":["rfc9420-7.3-01"]},
			{"id":"welcome/002","outcome":"fail","requirements":["rfc9420-7.3-01"]},
			{"id":"welcome/003","outcome":"timeout","requirements":["rfc9420-7.3-02"]}]}`, f.Name)
	got := output(t, results, "requirements", "--results", "-")

	inSection := 0
	for _, r := range vectors.Catalogue() {
		if r.Section == "7.3" {
			inSection++
		}
	}
	for _, line := range []string{
		fmt.Sprintf(`(?m)^ +7\.3 +%d +\d+ +1$`, inSection),
		fmt.Sprintf(`(?m)^ +all +%d +%d +1$`, len(vectors.Catalogue()), len(f.Requirements)),
		`(?m)^rfc9420-7\.3-01: welcome/001, welcome/002$`,
	} {
		if !regexp.MustCompile(line).MatchString(got) {
			t.Errorf("no line like %s in\n%s", line, got)
		}
	}
}

func TestCompletionKnowsEveryCommandAndFlag(t *testing.T) {
	words := []string{"conformance", "families", "suites", "requirements", "completion", "version", "vectors", "export", "--vectors", "--json-all", "--results", "tree-math", "bash zsh fish"}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := output(t, "", "completion", shell)
		for _, word := range words {
			if shell == "fish" {
				word = strings.Replace(word, "--", "-l ", 1)
			}
			if !strings.Contains(script, word) {
				t.Errorf("the script for %s knows nothing of %q", shell, word)
			}
		}
	}
}
