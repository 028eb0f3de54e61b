package family_test

import (
	"encoding/json"
	"testing"

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
	for _, f := range family.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s, cases := load(t, r, f.Name)
			if s.Official && len(cases) != f.Cases {
				t.Errorf("%s: %d cases, want %d", s.Path, len(cases), f.Cases)
			}
			for i, raw := range cases {
				if err := f.Check(t.Context(), raw); err != nil {
					t.Errorf("case %03d: %v", i, err)
				}
			}
			t.Logf("%d cases from %s", len(cases), s.Path)
		})
	}
}
