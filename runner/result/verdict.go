package result

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A VerdictError says that a subject's verdict on a case is not the only right
// one: either it is wrong, or the case takes both.
type VerdictError struct {
	Want, Got format.Result
	Comment   string    // what the case is about
	Detail    string    // what the subject says about its verdict
	IDs       []rule.ID // the requirements that the case is about
	Reasons   []rule.ID // those that the subject says the input breaks
}

func (e *VerdictError) Error() string {
	var b strings.Builder
	switch {
	case e.Want == format.Either:
		fmt.Fprintf(&b, "%s; the other verdict would be right as well", e.Got)
	case e.Want == e.Got:
		fmt.Fprintf(&b, "%s, but because of %s", e.Got, list(e.Reasons))
	default:
		fmt.Fprintf(&b, "want %s, got %s", e.Want, e.Got)
	}
	fmt.Fprintf(&b, "\ncase: %s", e.Comment)
	if e.Detail != "" {
		fmt.Fprintf(&b, "\nsubject: %s", e.Detail)
	}
	return b.String()
}

func list(ids []rule.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
