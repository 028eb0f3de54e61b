package scripts_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/interop/scripts"
)

func ExampleAll() {
	all, err := scripts.All()
	if err != nil {
		fmt.Println(err)
		return
	}
	first := all[0]
	fmt.Printf("%s/%s: %s\n", first.File, first.Name, first.Steps[0].Comment)
	// Output:
	// concurrent/proposals_of_all_members: Every member proposes something, and one Commit takes all of it.
}

// All scripts are read, and none has gone.
func TestAll(t *testing.T) {
	all, err := scripts.All()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range all {
		got[s.File]++
		generated := s.File == "random" || s.File == "large_group"
		if s.Steps[0].Comment == "" && !generated {
			t.Errorf("%s/%s does not say what it is for", s.File, s.Name)
		}
	}
	want := map[string]int{
		"concurrent": 4, "delivery": 6, "exporter": 3, "extensions": 2, "grease": 2, "large_group": 1, "psk": 6, "random": 2,
		"readd": 4, "removed_member": 2, "resumption": 5, "tree": 5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The random scripts have 60 epochs, and everything that members can do.
func TestRandom(t *testing.T) {
	all, err := scripts.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.File != "random" {
			continue
		}
		epoch := 1
		did := map[script.Action]bool{}
		for _, step := range s.Steps {
			did[step.Action] = true
			if step.Action == script.ActionFullCommit || step.Action == script.ActionExternalJoin {
				epoch++
			}
		}
		if epoch != 60 {
			t.Errorf("%s has %d epochs", s.Name, epoch)
		}
		for _, a := range []script.Action{
			script.ActionAddProposal, script.ActionUpdateProposal, script.ActionRemoveProposal, script.ActionExternalPSKProposal,
			script.ActionResumptionPSKProposal, script.ActionGroupContextExtensionsProposal, script.ActionExternalJoin, script.ActionUnprotect,
		} {
			if !did[a] {
				t.Errorf("%s has no %s", s.Name, a)
			}
		}
	}
}

// An external Commit joins a group of 100.
func TestLargeGroup(t *testing.T) {
	all, err := scripts.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.File != "large_group" {
			continue
		}
		if n := 1 + len(s.Steps[0].Args.(*script.CreateGroup).Members); n != 100 {
			t.Errorf("the group has %d members", n)
		}
		if n := 1 + len(s.Steps[1].Args.(*script.ExternalJoin).Members); n != 100 {
			t.Errorf("%d members handle the external Commit", n)
		}
	}
}
