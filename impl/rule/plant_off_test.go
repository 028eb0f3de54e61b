//go:build !planted

package rule_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestNoBugIsPlanted(t *testing.T) {
	for _, b := range rule.Bugs() {
		t.Setenv(rule.PlantedBug, string(b))
		if rule.Planted(b) {
			t.Errorf("%s is planted", b)
		}
	}
}
