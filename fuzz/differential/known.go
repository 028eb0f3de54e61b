package differential

import (
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/glob"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// known returns the entry that explains a difference, or nil. Entries are about
// cases of vectors. Of what a stack refuses, its words tell that the cause is the
// same; of what it takes, the rule does, which is that of the entry or the one
// that its cases are named after. An entry with a where goes by that instead of
// the rule: it is about inputs of which mlsconform says so.
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
	case strings.HasPrefix(e.Case, format.Ciphersuite+"/"),
		d.kind == takes && !matches(e.Detail, "want reject, got accept", ""),
		d.kind != takes && !matches(e.Detail, "subject: "+d.detail):
		return false
	case e.Where != "":
		return matches(e.Where, special...)
	case d.kind != takes:
		return true
	}
	named := strings.Contains(e.Case, "/"+strings.TrimPrefix(string(d.rules[0]), "rfc9420-")+"-")
	return named || slices.Contains(d.rules, e.Rule)
}
