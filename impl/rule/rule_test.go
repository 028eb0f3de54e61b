package rule_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestErrorCarriesRequirementThroughWrapping(t *testing.T) {
	cause := rule.Errorf("rfc9420-2.1-01", "version: %w", io.ErrUnexpectedEOF)
	err := fmt.Errorf("key_package: %w", cause)

	if got, want := rule.Of(err), rule.ID("rfc9420-2.1-01"); got != want {
		t.Errorf("Of = %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "key_package: version: unexpected EOF [rfc9420-2.1-01]"; got != want {
		t.Errorf("Error = %q, want %q", got, want)
	}
}

func TestOfNamesTheOutermostRequirement(t *testing.T) {
	inner := rule.Errorf("rfc9420-7.3-01", "signature")
	err := rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", inner)
	if got, want := rule.Of(err), rule.ID("rfc9420-10.1-03"); got != want {
		t.Errorf("Of = %q, want %q", got, want)
	}
}

func TestOfIsEmptyWithoutRequirement(t *testing.T) {
	for _, err := range []error{nil, io.EOF} {
		if got := rule.Of(err); got != "" {
			t.Errorf("Of(%v) = %q, want none", err, got)
		}
	}
}

func TestAllFollowsEveryCause(t *testing.T) {
	err := rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", errors.Join(
		rule.Errorf("rfc9420-7.3-01", "signature"),
		fmt.Errorf("lifetime: %w", rule.Errorf("rfc9420-7.3-06", "over")),
		io.EOF,
	))
	want := []rule.ID{"rfc9420-10.1-03", "rfc9420-7.3-01", "rfc9420-7.3-06"}
	if diff := cmp.Diff(want, rule.All(err)); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
}
