package run

import (
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/run/runtest"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A process that died between two cases is replaced: the next one is not to
// blame for that.
func TestDeathBetweenCases(t *testing.T) {
	pool, err := Open(t.Context(), []Client{{Name: "a", Kind: Started, Command: runtest.Command()}}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	c := pool.clients[0].idle[0].child
	c.kill()
	<-c.dead

	scripts, err := script.Parse("one", []byte(`{"scripts": {"one": [{"action": "createGroup", "actor": "alice"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Make(scripts, pool.Plannable(), plan.Options{CaseGlobs: []string{"*suite1/public*"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(t.Context(), Options{Pool: pool, Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	if v := got.Cases[0]; v.Outcome != result.Pass {
		t.Errorf("%s: %s", v.Outcome, v.Detail)
	}
	if n := got.Clients[0].Starts; n != 2 {
		t.Errorf("%d starts, want 2", n)
	}
}
