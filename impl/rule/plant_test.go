//go:build planted

package rule_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestPlant(t *testing.T) {
	restore := rule.Plant(rule.Varint)
	for _, b := range rule.Bugs() {
		if rule.Planted(b) != (b == rule.Varint) {
			t.Errorf("%s is planted: %v", b, rule.Planted(b))
		}
	}
	restore()
	if rule.Planted(rule.Varint) {
		t.Error("restore leaves the bug")
	}
}
