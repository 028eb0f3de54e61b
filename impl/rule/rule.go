// Package rule names the requirements of RFC 9420 and carries them in errors.
//
// An ID is an entry of the project's requirement catalogue, for example
// "rfc9420-7.3-01": the document, the section, and a number that never
// changes. Every check that refuses an input returns an [Error] with the ID of
// the requirement that the input breaks.
package rule

import (
	"errors"
	"fmt"
)

// An ID names one requirement of the catalogue.
type ID string

// An Error reports that an input breaks one requirement of the catalogue.
type Error struct {
	ID  ID
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("%v [%s]", e.Err, e.ID) }

// Unwrap returns the error that says what is wrong with the input.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an [*Error] for the requirement id.
// The format and its arguments are those of [fmt.Errorf], %w included.
func Errorf(id ID, format string, args ...any) error {
	return &Error{ID: id, Err: fmt.Errorf(format, args...)}
}

// Of returns the requirement that err says is broken: the outermost one, where
// one cause is wrapped in another. It is empty when err names none.
func Of(err error) ID {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.ID
	}
	return ""
}

// All returns every requirement that err and its causes name, outermost first:
// a leaf with a bad signature breaks a rule about leaves and, inside a
// KeyPackage, a rule about KeyPackages.
func All(err error) []ID {
	var ids []ID
	for err != nil {
		if e, ok := err.(*Error); ok {
			ids = append(ids, e.ID)
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				ids = append(ids, All(e)...)
			}
			return ids
		}
		err = errors.Unwrap(err)
	}
	return ids
}
