// Package inspect shows any object of MLS (RFC 9420) as a tree of its fields,
// for a person and for a program.
//
// [Read] takes an object in one of several encodings, and either knows what it
// is or finds out. What it returns can be written with [Result.Text] and
// [Result.JSON]. Besides the fields, with the names that the RFC gives them,
// it holds what follows from the object (such as the reference of a KeyPackage)
// and the checks that the object alone can answer for.
//
// The codecs of the other packages decide what decodes. Where they refuse, the
// result has the fields up to that place.
package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// ErrType reports a type that is not one of [Types].
var ErrType = errors.New("inspect: no such type")

// ErrInput reports an input that is empty or longer than [MaxInput].
var ErrInput = errors.New("inspect: wrong length")

// Options say how to read an object. The zero value works.
type Options struct {
	Type     string           // one of [Types]; empty or auto means whatever fits
	Encoding string           // one of [Encodings]; empty means auto
	Now      func() time.Time // nil means time.Now
	// FieldsOnly leaves out checks, and values that follow from the fields.
	FieldsOnly bool
}

// A Reading is an object taken as a structure of one type.
type Reading struct {
	Type    string // one of [Types]
	Root    *Node
	Failure *Failure // nil for an object that is such a structure, and nothing else
	Rest    *Node    // what a failure leaves unread
}

// A Result is what an input can be.
type Result struct {
	Input Input
	// Readings take all bytes. Where the type was not given there may be several.
	Readings []*Reading
	// Attempts are what was tried in vain, the farthest first, when no reading
	// takes all bytes.
	Attempts []*Reading
	// Partial is the attempt that is worth a look, or nil.
	Partial *Reading
}

// Read decodes an object.
func Read(raw []byte, o Options) (*Result, error) {
	if len(raw) > MaxInput {
		return nil, fmt.Errorf("%w: the input has more than %d bytes", ErrInput, MaxInput)
	}
	if o.Type == "auto" {
		o.Type = ""
	}
	if o.Type != "" && !slices.Contains(Types(), o.Type) {
		return nil, fmt.Errorf("%w: %q", ErrType, o.Type)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	inputs, err := Decode(raw, o.Encoding)
	if err != nil {
		return nil, err
	}
	var results []*Result
	for _, input := range inputs {
		if len(input.Data) == 0 {
			return nil, fmt.Errorf("%w: the input is empty", ErrInput)
		}
		r := inspect(input, &o)
		if len(r.Readings) > 0 {
			return r, nil
		}
		results = append(results, r)
	}
	return results[0], nil
}

func inspect(input Input, o *Options) *Result {
	r := &Result{Input: input}
	tried := registry()
	if o.Type != "" {
		tried = slices.DeleteFunc(tried, func(t registration) bool { return t.name != o.Type })
		r.try(tried, o)
		if len(r.Attempts) > 0 {
			r.Partial = r.Attempts[0]
		}
		return r
	}
	r.try(within(tried, first), o)
	if len(r.Readings) > 0 {
		return r
	}
	attempts := r.Attempts
	r.try(within(tried, second), o)
	if len(r.Readings) > 0 {
		r.Attempts = nil
		return r
	}
	r.Attempts = attempts
	if best := attempts[0]; best.hasVersion() || 2*best.Failure.Reach >= len(input.Data) {
		r.Partial = best
	}
	return r
}

// try reads the object as each of the types.
func (r *Result) try(types []registration, o *Options) {
	for _, t := range types {
		reading := t.read(r.Input.Data, o)
		if reading.Failure == nil {
			r.Readings = append(r.Readings, reading)
		} else {
			r.Attempts = append(r.Attempts, reading)
		}
	}
	if len(r.Readings) > 0 {
		r.Attempts = nil
	}
	slices.SortStableFunc(r.Attempts, func(a, b *Reading) int {
		switch {
		case a.hasVersion() && !b.hasVersion():
			return -1
		case b.hasVersion() && !a.hasVersion():
			return 1
		}
		return cmp.Compare(b.Failure.Reach, a.Failure.Reach)
	})
}

// hasVersion reports whether the object begins with the version, as most objects
// do that are sent. Others hardly begin with those bytes.
func (r *Reading) hasVersion() bool {
	n := r.Root
	for n.Kind == Struct && len(n.Children) > 0 {
		n = n.Children[0]
	}
	return n.Name == "version" && n.Text != ""
}

func (t *registration) read(data []byte, o *Options) *Reading {
	s := t.new()
	b := &budget{now: o.Now(), fieldsOnly: o.FieldsOnly, elements: maxElements, values: maxValues, signatures: maxSignatures}
	root := &Node{Type: s.name, Kind: s.kind}
	c := &cursor{budget: b, node: new(Node), rest: cryptobyte.String(data), end: len(data)}
	c.into(root, s)
	if b.failure == nil {
		if err := trailing(data, root.Length); err != nil {
			c.fail("", root.Length, err)
		}
	}
	r := &Reading{Type: t.name, Root: root, Failure: b.failure}
	if b.failure != nil {
		reach := b.failure.Reach
		r.Rest = &Node{Kind: Bytes, Bytes: data[reach:], Offset: reach, Length: len(data) - reach}
		if t.secret {
			r.Rest.Kind = Secret
		}
	}
	return r
}
