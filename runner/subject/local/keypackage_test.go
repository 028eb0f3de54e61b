package local_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func keyPackageCases(t *testing.T) []format.KeyPackageCase {
	t.Helper()
	return casesOf[format.KeyPackageCase](t, format.KeyPackage)
}

func TestJudgeKeyPackage(t *testing.T) {
	for _, c := range keyPackageCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			got := local.JudgeKeyPackage(c.Request())
			judged(t, &c.Expectation, &got)
			if c.Result == format.Accept {
				if diff := cmp.Diff(c.Expected, got.Parsed); diff != "" {
					t.Errorf("read (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A case that cannot be judged is never a verdict on the implementation.
func TestJudgeKeyPackageCannotJudge(t *testing.T) {
	zero, long := uint64(0), uint64(1)<<53-1
	for name, input := range map[string]format.KeyPackageInput{
		"suite of the private range":  {Suite: 0xf001},
		"group context cut off":       {Suite: 1, GroupContext: format.Hex{0, 1}},
		"ratchet tree cut off":        {Suite: 1, RatchetTree: format.Hex{0x40}},
		"limit of zero seconds":       {Suite: 1, MaxLifetime: &zero},
		"limit of millions of years":  {Suite: 1, MaxLifetime: &long},
		"group context of suite 0, 2": {Suite: 2, GroupContext: make(format.Hex, 2+2+1+8+1+1+1)},
	} {
		r := &format.KeyPackageRequest{Family: format.KeyPackage, ID: name, KeyPackageInput: input}
		if got := local.JudgeKeyPackage(r); got.Result != format.Unsupported || got.Detail == "" {
			t.Errorf("%s: %s, %q", name, got.Result, got.Detail)
		}
	}
}

// A KeyPackage has faults when it is rejected, and the first is among those that
// the verdict names.
func TestKeyPackageFaults(t *testing.T) {
	for _, c := range keyPackageCases(t) {
		if c.Suite > 2 {
			continue
		}
		verdict := local.JudgeKeyPackage(c.Request())
		faults, err := local.KeyPackageFaults(c.Request())
		if err != nil || (len(faults) > 0) != (verdict.Result == format.Reject) {
			t.Errorf("%s: %s, but %d faults, %v", c.ID, verdict.Result, len(faults), err)
		}
		for i, fault := range faults {
			switch ids := rule.All(fault); {
			case len(ids) == 0:
				t.Errorf("%s: fault without requirement: %v", c.ID, fault)
			case i == 0 && !slices.Contains(verdict.IDs, ids[0]):
				t.Errorf("%s: the first fault is %v, the verdict names %v", c.ID, ids, verdict.IDs)
			}
		}
	}
	if _, err := local.KeyPackageFaults(&format.KeyPackageRequest{KeyPackageInput: format.KeyPackageInput{Suite: 0xf001}}); err == nil {
		t.Error("a suite that is not known")
	}
}
