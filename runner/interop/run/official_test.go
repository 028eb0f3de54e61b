package run_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/interop/scripts"
	"github.com/mlsconform/mlsconform/runner/result"
)

var official = filepath.Join("..", "..", "..", "..", "shared", "mls-implementations", "interop-configs")

// This project's client does the official scripts with itself, and its members
// agree after each commit. The long one, and the other suites, are for make
// interop.
func TestOfficialScripts(t *testing.T) {
	if _, err := os.Stat(official); errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is not there", official)
		return
	}
	list, err := script.Load(official)
	if err != nil {
		t.Fatal(err)
	}
	allPass(t, list, 78, "application/*suite1/*", "branch/*suite1/*", "commit/*suite1/*",
		"external_*suite1/*", "reinit/*suite1/*", "welcome_join/*suite1/*")
}

// The same for the scripts of this project.
func TestOwnScripts(t *testing.T) {
	list, err := scripts.All()
	if err != nil {
		t.Fatal(err)
	}
	allPass(t, list, len(list), "*suite1/public/*")
}

func allPass(t *testing.T, list []*script.Script, cases int, globs ...string) {
	t.Helper()
	pool := open(t, run.Limits{}, run.Client{Name: "builtin", Kind: run.Builtin})
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, list, globs...), Jobs: 2})
	if len(got.Cases) != cases {
		t.Errorf("%d cases, want %d", len(got.Cases), cases)
	}
	for _, c := range got.Cases {
		if c.Outcome != result.Pass || c.Agreement != result.Pass {
			t.Errorf("%s: %s, step %d (%s): %s\nagreement: %q %s", c.ID, c.Outcome, nth(c.Step), c.Action, c.Detail, c.Agreement, c.AgreementDetail)
		}
	}
}
