package family_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/vectors"
)

// load returns the cases of a family from the best source of this machine.
func load(t *testing.T, r *vectors.Resolver, name string) (vectors.Source, []json.RawMessage) {
	t.Helper()
	s, err := r.Resolve(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(s.Data, &cases); err != nil {
		t.Fatalf("%s: %v", s.Path, err)
	}
	return s, cases
}

// Every case passes: of the official files where they are, of our own elsewhere.
func TestFamilies(t *testing.T) {
	r := &vectors.Resolver{Offline: true}
	for _, f := range family.Official() {
		s, cases := load(t, r, f.Name)
		if s.Official && len(cases) != f.Cases {
			t.Errorf("%s: %d cases, want %d", s.Path, len(cases), f.Cases)
		}
		for i, raw := range cases {
			t.Run(fmt.Sprintf("%s/%03d", f.Name, i), func(t *testing.T) {
				t.Parallel()
				if err := f.Check(t.Context(), raw); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The families are those of the manifest, with as many cases.
func TestFamiliesAreThoseOfTheManifest(t *testing.T) {
	type pin struct {
		Name  string
		Cases int
	}
	var want, got []pin
	for _, p := range vectors.Official().Families {
		want = append(want, pin{p.Name, p.Cases})
	}
	for _, f := range family.Official() {
		got = append(got, pin{f.Name, f.Cases})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-manifest +families):\n%s", diff)
	}
}

// Each requirement that a family shows is in the catalogue, and once in its list.
func TestRequirementsAreInTheCatalogue(t *testing.T) {
	for _, f := range family.Official() {
		for i, id := range f.Requirements {
			if _, ok := vectors.Lookup(id); !ok {
				t.Errorf("%s: the catalogue has no %s", f.Name, id)
			}
			if slices.Contains(f.Requirements[:i], id) {
				t.Errorf("%s: %s twice", f.Name, id)
			}
		}
	}
}
