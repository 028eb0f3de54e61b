package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/vectors"
)

// The example of the page is a peer.json, and has every field that there is.
func TestPeersPageHasAPeer(t *testing.T) {
	page, err := os.ReadFile("peers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(page), "```json\n")
	example, _, ended := strings.Cut(example, "```")
	if !ok || !ended {
		t.Fatal("there is no example")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "peer.json"), []byte(example), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := peer.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.Interop.RestartAfter == 0 || p.Build.Makes == "" || len(p.Build.Needs) == 0 || len(p.Lacks) == 0 || p.Interop.Known[0].Link == "" {
		t.Errorf("a field is missing in the example: %+v", p)
	}
}

// The project's own peers are described as they should be, and what is known of
// them names requirements that there are.
func TestPeersOfTheProject(t *testing.T) {
	files, err := filepath.Glob("../peers/*/peer.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d peers, %v", len(files), err)
	}
	ids := map[string]bool{}
	for _, r := range vectors.Catalogue() {
		ids[string(r.ID)] = true
	}
	for _, file := range files {
		p, err := peer.Read(filepath.Dir(file))
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Subject.Command == nil || p.Interop.Command == nil || p.Build.Needs == nil || len(p.Suites) == 0 {
			t.Errorf("%s lacks a field", file)
		}
		for _, e := range append(p.Subject.Known[:len(p.Subject.Known):len(p.Subject.Known)], p.Interop.Known...) {
			if e.Rule != "" && !ids[string(e.Rule)] {
				t.Errorf("%s: %s is no requirement", file, e.Rule)
			}
		}
	}
}
