package script_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/interop/script"
)

var official = filepath.Join("..", "..", "..", "..", "shared", "mls-implementations", "interop-configs")

// All official files are read as they are, where they are.
func TestOfficialFiles(t *testing.T) {
	if _, err := os.Stat(official); errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is not there", official)
		return
	}
	scripts, err := script.Load(official)
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ Scripts, Steps, Roles int } // Roles: the most of a script
	got := map[string]count{}
	for _, s := range scripts {
		c := got[s.File]
		c.Scripts++
		c.Steps += len(s.Steps)
		c.Roles = max(c.Roles, len(s.Roles))
		got[s.File] = c
		if changes := s.File == "reinit" && s.Name == "change_ciphersuite" || s.Name == "external_reinit"; s.ChangesSuite != changes {
			t.Errorf("%s/%s changes the suite: %v, want %v", s.File, s.Name, s.ChangesSuite, changes)
		}
	}
	want := map[string]count{
		"application":        {3, 24, 2},
		"branch":             {4, 8, 5},
		"commit":             {9, 87, 8},
		"deep_random":        {1, 1670, 841},
		"external_join":      {5, 12, 5},
		"external_proposals": {8, 45, 5},
		"reinit":             {6, 12, 5},
		"welcome_join":       {4, 18, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Keys that the official runner overlooks count, however they are spelled.
func TestOfficialKeys(t *testing.T) {
	if _, err := os.Stat(official); errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is not there", official)
		return
	}
	scripts, err := script.Load(official)
	if err != nil {
		t.Fatal(err)
	}
	args := func(file, name string, step int) any {
		i := slices.IndexFunc(scripts, func(s *script.Script) bool { return s.File == file && s.Name == name })
		if i < 0 {
			t.Fatalf("there is no %s/%s", file, name)
		}
		return scripts[i].Steps[step].Args
	}
	others := []string{"bob", "charlie", "diana", "eliza"}
	for _, test := range []struct {
		file, name string
		step       int
		want       any
	}{
		{"branch", "external_tree", 1, &script.Branch{Members: others, ExternalTree: true}},
		{"branch", "force_path", 1, &script.Branch{Members: others, ForcePath: true}},
		{"reinit", "change_ciphersuite", 1, &script.ReInit{
			Proposer: "alice", Committer: "bob", Welcomer: "charlie", Members: others[2:], ChangeSuite: true,
		}},
		{"welcome_join", "with_external_tree", 3, &script.FullCommit{
			Commit: script.Commit{ByReference: []int{2}, ExternalTree: true}, Joiners: []string{"bob"},
		}},
		{"external_proposals", "external_reinit", 3, &script.ExternalSignerProposal{Member: "alice", Description: script.Proposal{
			Type: script.Reinitialize, ChangeGroupID: true, ChangeSuite: true,
			Extensions: []script.Extension{{Type: 3, Data: []byte{0, 0, 0}}},
		}}},
		{"external_proposals", "external_reinit", 4, &script.ReInit{
			Committer: "alice", Welcomer: "bob", Members: []string{"charlie"}, ForcePath: true, ExternalProposal: 3,
		}},
	} {
		if diff := cmp.Diff(test.want, args(test.file, test.name, test.step)); diff != "" {
			t.Errorf("%s/%s, step %d (-want +got)\n%s", test.file, test.name, test.step, diff)
		}
	}
}
