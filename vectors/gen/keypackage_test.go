package main

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// madeKeyPackageCases makes the cases once for all tests that read them.
var madeKeyPackageCases = sync.OnceValue(keyPackageCases)

func TestCommittedKeyPackageFileIsMadeAgain(t *testing.T) {
	madeAgain(t, format.KeyPackage, format.KeyPackageSchema, madeKeyPackageCases)
}

func TestKeyPackageCasesAreTold(t *testing.T) {
	var tales []tale
	for _, c := range madeKeyPackageCases() {
		tales = append(tales, tale{c.ID, fmt.Sprintf("suite %d", c.Suite), c.Comment, c.Expectation})
		if (c.Expected != nil) != (c.Result == format.Accept) {
			t.Errorf("%s: %s, and what it says is %v", c.ID, c.Result, c.Expected)
		}
	}
	wellTold(t, tales)
}

func TestKeyPackageCasesDiffer(t *testing.T) {
	asked := map[string]format.KeyPackageInput{}
	for _, c := range madeKeyPackageCases() {
		asked[c.ID] = c.KeyPackageInput
	}
	allDiffer(t, asked)
}

// refusals are the requirements that have to be named by a reject in every
// suite that they apply to.
func refusals(s *suite) ids {
	all := ids{
		"rfc9420-2.1-01", "rfc9420-2.1.2-02", "rfc9420-2.1.2-03", "rfc9420-2.1.2-05", "rfc9420-2.1.2-06", "rfc9420-2.1.2-08",
		"rfc9420-5.1.1-01", "rfc9420-5.1.2-01", "rfc9420-5.1.2-05", "rfc9420-5.3-01", "rfc9420-5.3-03", "rfc9420-6-04", "rfc9420-6-05",
		"rfc9420-7.2-03", "rfc9420-7.2-05", "rfc9420-7.2-07", "rfc9420-7.2-10", "rfc9420-7.2-12", "rfc9420-7.2-13",
		"rfc9420-7.3-01", "rfc9420-7.3-02", "rfc9420-7.3-03", "rfc9420-7.3-04", "rfc9420-7.3-05", "rfc9420-7.3-09", "rfc9420-7.3-10",
		"rfc9420-10-03", "rfc9420-10-05", "rfc9420-10-06", "rfc9420-10-07", "rfc9420-10-08",
		"rfc9420-10.1-01", "rfc9420-10.1-02", "rfc9420-10.1-03", "rfc9420-10.1-04", "rfc9420-10.1-05",
		"rfc9420-11.1-01", "rfc9420-11.1-02", "rfc9420-13.3-01", "rfc9420-13.4-04", "rfc9420-13.4-07", "rfc9420-13.5-03", "rfc9420-17.1-03",
	}
	if s.signature != nil {
		return append(all, "rfc9420-5.1.1-03", "rfc9420-5.1.2-02")
	}
	return append(all, "rfc9420-5.1.1-02", "rfc9420-5.1.2-04")
}

// choices are those that have to be named by an either, and showings by an
// accept.
func choices(s *suite) ids {
	all := ids{
		"rfc9420-2.1-02", "rfc9420-2.1-03", "rfc9420-5.3.3-02", "rfc9420-7.2-01", "rfc9420-7.2-04", "rfc9420-7.2-13", "rfc9420-7.3-06", "rfc9420-10-09",
		"rfc9420-11.1-03", "rfc9420-12.2-07", "rfc9420-17.3-01",
	}
	if s.signature != nil {
		all = append(all, "rfc9420-5.1.2-03")
	} else {
		all = append(all, "rfc9420-5.1.1-01", "rfc9420-5.1.1-02", "rfc9420-5.1.2-04", "rfc9420-5.1.3-02")
	}
	if s.signature != nil || s.curve != nil {
		all = append(all, "rfc9420-16.7-02")
	}
	return all
}

var showings = ids{
	"rfc9420-2.1.2-07", "rfc9420-5.3-01", "rfc9420-5.3-02", "rfc9420-5.3-03", "rfc9420-7.2-06", "rfc9420-7.2-07",
	"rfc9420-7.3-02", "rfc9420-7.3-03", "rfc9420-7.3-04", "rfc9420-7.3-05", "rfc9420-7.3-06", "rfc9420-10-01", "rfc9420-10-10",
	"rfc9420-13.4-01", "rfc9420-13.4-03", "rfc9420-13.4-07", "rfc9420-13.5-01", "rfc9420-13.5-02", "rfc9420-13.5-05",
}

func TestKeyPackageCasesNameTheRequirements(t *testing.T) {
	type naming struct {
		suite  uint16
		result format.Result
		id     rule.ID
	}
	named := map[naming]bool{}
	cases := madeKeyPackageCases()
	for _, c := range cases {
		for _, id := range c.IDs {
			named[naming{c.Suite, c.Result, id}] = true
		}
	}
	for _, s := range suites() {
		for result, wanted := range map[format.Result]ids{format.Reject: refusals(s), format.Either: choices(s), format.Accept: showings} {
			for _, id := range wanted {
				if !named[naming{s.number, result, id}] {
					t.Errorf("suite %d: no %s names %s", s.number, result, id)
				}
			}
		}
	}
	if len(cases) < 1000 {
		t.Errorf("%d cases", len(cases))
	}
}

// What is cut off is the beginning of an accepted KeyPackage, under the same
// circumstances: nothing else is wrong with it.
func TestTruncatedKeyPackagesBeginAcceptedOnes(t *testing.T) {
	type circumstances struct {
		suite         uint16
		form          format.Form
		use           format.Use
		time          uint64
		context, tree string
		longest       bool
	}
	of := func(c *format.KeyPackageCase) circumstances {
		return circumstances{c.Suite, c.Form, c.Use, c.Time, string(c.GroupContext), string(c.RatchetTree), c.MaxLifetime != nil}
	}
	accepted := map[circumstances][][]byte{}
	cases := madeKeyPackageCases()
	for i := range cases {
		if c := &cases[i]; c.Result == format.Accept {
			accepted[of(c)] = append(accepted[of(c)], c.Bytes)
		}
	}
	for _, s := range suites() {
		p := newPackages(s)
		p.truncations()
		for i := range p.cases {
			c := &p.cases[i]
			if !slices.ContainsFunc(accepted[of(c)], func(b []byte) bool { return len(c.Bytes) < len(b) && bytes.HasPrefix(b, c.Bytes) }) {
				t.Errorf("%s: no accepted one begins so", c.ID)
			}
		}
	}
}

// Each form, use and kind of circumstances is there with each result.
func TestKeyPackageCasesOfAllKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range madeKeyPackageCases() {
		for _, what := range []string{string(c.Form), string(c.Use), fmt.Sprint("context ", c.GroupContext != nil), fmt.Sprint("tree ", c.RatchetTree != nil)} {
			seen[fmt.Sprintf("suite %d, %s, %s", c.Suite, c.Result, what)] = true
		}
	}
	for _, s := range suites() {
		for _, result := range []format.Result{format.Accept, format.Reject, format.Either} {
			for _, what := range []string{"message", "struct", "add", "receive", "context true", "context false", "tree true", "tree false"} {
				if name := fmt.Sprintf("suite %d, %s, %s", s.number, result, what); !seen[name] {
					t.Errorf("no case: %s", name)
				}
			}
		}
	}
}
