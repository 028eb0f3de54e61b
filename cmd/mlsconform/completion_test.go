package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The script does in a shell what it is for.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Logf("not run: %v", err)
		return
	}
	script := output(t, "", "completion", "bash") + `
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_mlsconform
echo "${COMPREPLY[*]}"
`
	for line, want := range map[string]string{
		"mlsconform conf":                            "conformance",
		"mlsconform vectors ":                        "export",
		"mlsconform completion ":                     "bash zsh fish",
		"mlsconform conformance --su":                "--suite --subject",
		"mlsconform conformance --family tree-m":     "tree-math",
		"mlsconform conformance --family x --json-":  "--json-all",
		"mlsconform directory serve --db ":           "",
		"mlsconform directory serve --addr :80 --na": "--name",
	} {
		words := append([]string{"-c", script, "bash"}, strings.Split(line, " ")...)
		got, err := exec.CommandContext(t.Context(), bash, words...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSuffix(string(got), "\n") != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
