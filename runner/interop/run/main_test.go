package run_test

import (
	"os"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/interop/run/runtest"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

func TestMain(m *testing.M) {
	runtest.Main()
	os.Exit(m.Run())
}

// talk is a script in which two members do a little of everything.
const talk = `{"scripts": {"talk": [
	{"action": "createGroup", "actor": "alice", "members": ["bob"]},
	{"action": "protect", "actor": "alice", "authenticatedData": "to all", "plaintext": "hello"},
	{"action": "unprotect", "actor": "bob", "ciphertext": 1},
	{"action": "updateProposal", "actor": "bob"},
	{"action": "fullCommit", "actor": "alice", "byReference": [3], "members": ["bob"]}
]}}`

func parse(t testing.TB, name, data string) []*script.Script {
	t.Helper()
	scripts, err := script.Parse(name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return scripts
}

func open(t testing.TB, limits run.Limits, clients ...run.Client) *run.Pool {
	t.Helper()
	pool, err := run.Open(t.Context(), clients, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// planned is the plan of one suite, so that a case is run for each assignment
// and framing.
func planned(t testing.TB, pool *run.Pool, scripts []*script.Script, globs ...string) *plan.Plan {
	t.Helper()
	p, err := plan.Make(scripts, pool.Plannable(), plan.Options{CaseGlobs: globs})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func builtin(name string, faults ...string) run.Client {
	return run.Client{Name: name, Kind: run.Builtin, Serve: runtest.Serve(faults...)}
}

func started(name string, faults ...string) run.Client {
	return run.Client{Name: name, Kind: run.Started, Command: runtest.Command(faults...)}
}

// execute runs the cases of a script that the globs name, one after the other.
func execute(t *testing.T, o run.Options) *result.Interop {
	t.Helper()
	if o.Jobs == 0 {
		o.Jobs = 1
	}
	got, err := run.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
