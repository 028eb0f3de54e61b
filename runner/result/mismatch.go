package result

import (
	"fmt"
	"strings"
)

// A Mismatch says that a value is not the expected one. Want and Got are the
// values as text, in hex for bytes.
type Mismatch struct {
	Field     string
	Want, Got string
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s: not the expected value", m.Field)
}

// Diff shows both values from shortly before their first difference.
func (m *Mismatch) Diff() string {
	at := firstDifference(m.Want, m.Got)
	return fmt.Sprintf("%s (-want +got), from character %d of %d and %d:\n- %s\n+ %s",
		m.Field, at, len(m.Want), len(m.Got), window(m.Want, at), window(m.Got, at))
}

// A FieldError is an error that belongs to one field of a case.
type FieldError struct {
	Field string // the path, as in "epochs[3].commit"
	Err   error
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %v", e.Field, e.Err) }

// Unwrap returns what is wrong with the field.
func (e *FieldError) Unwrap() error { return e.Err }

// At says that err belongs to field, or to the part of field that err names.
// It is nil when err is.
func At(field string, err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Mismatch:
		return &Mismatch{Field: join(field, e.Field), Want: e.Want, Got: e.Got}
	case *FieldError:
		return &FieldError{Field: join(field, e.Field), Err: e.Err}
	}
	return &FieldError{Field: field, Err: err}
}

func join(outer, inner string) string {
	if inner == "" || strings.HasPrefix(inner, "[") {
		return outer + inner
	}
	return outer + "." + inner
}

// What a diff shows of a long value: so much before the first difference, and
// so much after it. Both are even, so that hex is cut between bytes.
const (
	shownBefore = 32
	shownAfter  = 96
)

// firstDifference is the even index at or before the first character in which
// a and b differ.
func firstDifference(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i &^ 1
}

// window cuts s to the surroundings of index at, and marks what it left out.
func window(s string, at int) string {
	from, to := max(0, at-shownBefore), min(len(s), at+shownAfter)
	if len(s) <= shownBefore+shownAfter {
		from, to = 0, len(s)
	}
	out := s[min(from, len(s)):to]
	if from > 0 {
		out = "..." + out
	}
	if to < len(s) {
		out += "..."
	}
	return out
}
