//go:build mutation

package rule_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestSkip(t *testing.T) {
	restore := rule.Skip("rfc9420-7.3-01")
	if !rule.Skipped("rfc9420-7.3-01") || rule.Skipped("rfc9420-7.3-02") {
		t.Error("Skip takes out another check than the one named")
	}
	restore()
	if rule.Skipped("rfc9420-7.3-01") {
		t.Error("restore does not bring the check back")
	}
}
