package differential

import (
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/glob"
)

// known returns the entry that explains a difference, or nil. Entries are about
// cases of vectors. Of what a stack takes, the rule tells that the cause is the
// same, or that the cases are named after; of what it refuses, what the stack says. An entry with a where is about
// inputs of which mlsconform says that.
func (d *difference) known(entries []baseline.Entry) *baseline.Entry {
	i := slices.IndexFunc(entries, func(e baseline.Entry) bool { return d.explainedBy(&e) })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

func (d *difference) explainedBy(e *baseline.Entry) bool {
	matches := func(pattern string, lines ...string) bool {
		return slices.ContainsFunc(lines, func(line string) bool { return glob.Match(pattern, line) })
	}
	special := []string{d.detail}
	if d.review != nil {
		special = d.review.remarks
	}
	switch {
	case e.Where != "" && !matches(e.Where, special...):
		return false
	case d.kind == takes:
		named := strings.Contains(e.Case, "/"+strings.TrimPrefix(string(d.rules[0]), "rfc9420-")+"-")
		return (named || slices.Contains(d.rules, e.Rule)) && matches(e.Detail, "want reject, got accept", "")
	}
	return matches(e.Detail, "subject: "+d.detail)
}
