package family_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/vectors"
)

// own resolves families to the embedded set.
func own(t *testing.T) *vectors.Resolver {
	t.Helper()
	return &vectors.Resolver{Root: t.TempDir(), CacheDir: t.TempDir(), Offline: true}
}

// Our own vectors pass, and there are some of every suite.
func TestOwnVectors(t *testing.T) {
	r := own(t)
	for _, f := range family.Official() {
		_, cases := load(t, r, f.Name)
		suites := make(map[int]bool)
		for i, raw := range cases {
			var c struct {
				Suite int `json:"cipher_suite"`
			}
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			suites[c.Suite] = true
			t.Run(fmt.Sprintf("%s/%03d", f.Name, i), func(t *testing.T) {
				t.Parallel()
				if err := f.Check(t.Context(), raw); err != nil {
					t.Error(err)
				}
			})
		}
		if len(suites) != 1 && len(suites) != len(ciphersuite.All()) {
			t.Errorf("%s: cases of %d suites", f.Name, len(suites))
		}
	}
}
