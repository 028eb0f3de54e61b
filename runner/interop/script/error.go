package script

import (
	"fmt"
	"strings"
)

// An Error says what is wrong with a script, and where.
type Error struct {
	File   string
	Script string // empty when it is the file
	Step   int    // its index, from 0 as in references; -1 when it is no step
	Action Action // of the step; empty when that is what is wrong
	Field  string // by its path, as in "byValue[1].keyPackage"; may be empty
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Script != "" {
		fmt.Fprintf(&b, ": script %q", e.Script)
	}
	if e.Step >= 0 {
		fmt.Fprintf(&b, ": step %d", e.Step)
	}
	if e.Action != "" {
		fmt.Fprintf(&b, " (%s)", e.Action)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, ": %s", e.Field)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }
