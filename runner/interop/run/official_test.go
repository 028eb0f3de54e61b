package run_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

var official = filepath.Join("..", "..", "..", "..", "shared", "mls-implementations", "interop-configs")

// This project's client does all official scripts with itself. The long one
// runs with one suite here; make interop runs the others.
func TestOfficialScripts(t *testing.T) {
	if _, err := os.Stat(official); errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is not there", official)
		return
	}
	scripts, err := script.Load(official)
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, run.Limits{}, run.Client{Name: "builtin", Kind: run.Builtin})
	p, err := plan.Make(scripts, pool.Plannable(), plan.Options{CaseGlobs: []string{
		"application/*", "branch/*", "commit/*", "external_*", "reinit/*", "welcome_join/*",
		"deep_random/random/suite1/public/*",
	}})
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	got, err := run.Run(t.Context(), run.Options{Pool: pool, Plan: p, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", got.Summary)
	for _, c := range got.Cases {
		if c.Outcome != result.Pass || c.Agreement != result.Pass {
			t.Errorf("%s: %s, step %d (%s): %s\nagreement: %s %s", c.ID, c.Outcome, c.Step, c.Action, c.Detail, c.Agreement, c.AgreementDetail)
		}
		if c.File == "deep_random" {
			t.Logf("%s: %d RPCs, %.1f s", c.ID, c.RPCs, c.Seconds)
		}
	}
}
