// Package syntax reads and writes the presentation language of RFC 9420,
// Section 2.1: fixed-width integers, optional values, and vectors with
// variable-size length headers in their shortest form.
//
// Each wire structure has a MarshalMLS and an UnmarshalMLS method. Reading
// checks a length against what is left before it allocates, so memory stays in
// proportion to the input. What UnmarshalMLS reads may alias the input;
// [Unmarshal] does not copy, [Parse] does.
package syntax

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Marshaler appends its encoding.
type Marshaler interface {
	MarshalMLS(b *cryptobyte.Builder)
}

// An Unmarshaler replaces its value by what it reads from the front of s.
type Unmarshaler interface {
	UnmarshalMLS(s *cryptobyte.String) error
}

// pointer is the pointer type of a wire structure T.
type pointer[T any] interface {
	*T
	Marshaler
	Unmarshaler
}

// Marshal returns the encoding of v. It fails when a vector is longer than
// [MaxLength] or when v holds a value that has no encoding.
func Marshal(v Marshaler) ([]byte, error) {
	var out []byte
	err := withScratch(v.MarshalMLS, func(encoded []byte) { out = bytes.Clone(encoded) })
	return out, err
}

// Unmarshal reads v from all of data. The fields of v may alias data.
func Unmarshal(data []byte, v Unmarshaler) error {
	s := cryptobyte.String(data)
	if err := v.UnmarshalMLS(&s); err != nil {
		return err
	}
	if !s.Empty() {
		return rule.Errorf("rfc9420-2.1-03", "%d bytes follow the structure", len(s))
	}
	return nil
}

// Parse reads a T from all of data. It copies data once; the fields of the
// result share that copy.
func Parse[T any, P pointer[T]](data []byte) (*T, error) {
	v := new(T)
	if err := Unmarshal(bytes.Clone(data), P(v)); err != nil {
		return nil, err
	}
	return v, nil
}

// Consumed returns what has been read from start when rest is left of it.
// Capacities tell how much, because test builds can read on past the end.
func Consumed(start, rest cryptobyte.String) []byte { return start[:cap(start)-cap(rest)] }

// AddOptional appends optional<T>; nil is the absent value.
func AddOptional[T any, P pointer[T]](b *cryptobyte.Builder, v *T) {
	if v == nil {
		b.AddUint8(0)
		return
	}
	b.AddUint8(1)
	P(v).MarshalMLS(b)
}

// ReadOptional reads optional<T>. An absent value is read as nil.
func ReadOptional[T any, P pointer[T]](s *cryptobyte.String, v **T) error {
	*v = nil
	var present uint8
	if err := ReadUint8(s, &present); err != nil {
		return fmt.Errorf("presence octet: %w", err)
	}
	switch present {
	case 0:
		return nil
	case 1:
		t := new(T)
		if err := P(t).UnmarshalMLS(s); err != nil {
			if cutOff(err) {
				return rule.Errorf("rfc9420-2.1.1-02", "value after presence octet 1: %w", err)
			}
			return err
		}
		*v = t
		return nil
	}
	if rule.Skipped("rfc9420-2.1.1-01") {
		readIfPresent[T, P](s, v)
		return nil
	}
	return rule.Errorf("rfc9420-2.1.1-01", "presence octet is %d", present)
}

// ReadUint8 reads an 8-bit integer.
func ReadUint8[T ~uint8](s *cryptobyte.String, v *T) error {
	var n uint8
	if !s.ReadUint8(&n) && !(reveal(s, 1) && s.ReadUint8(&n)) {
		return ends(s, 1)
	}
	*v = T(n)
	return nil
}

// ReadUint16 reads a 16-bit integer.
func ReadUint16[T ~uint16](s *cryptobyte.String, v *T) error {
	var n uint16
	if !s.ReadUint16(&n) && !(reveal(s, 2) && s.ReadUint16(&n)) {
		return ends(s, 2)
	}
	*v = T(n)
	return nil
}

// ReadUint32 reads a 32-bit integer.
func ReadUint32[T ~uint32](s *cryptobyte.String, v *T) error {
	var n uint32
	if !s.ReadUint32(&n) && !(reveal(s, 4) && s.ReadUint32(&n)) {
		return ends(s, 4)
	}
	*v = T(n)
	return nil
}

// ReadUint64 reads a 64-bit integer.
func ReadUint64[T ~uint64](s *cryptobyte.String, v *T) error {
	var n uint64
	if !s.ReadUint64(&n) && !(reveal(s, 8) && s.ReadUint64(&n)) {
		return ends(s, 8)
	}
	*v = T(n)
	return nil
}

// cutOff reports whether err says that the input ends too early.
func cutOff(err error) bool {
	switch rule.Of(err) {
	case "rfc9420-2.1-01", "rfc9420-2.1.1-02", "rfc9420-2.1.2-05", "rfc9420-2.1.2-08":
		return true
	}
	return false
}

func ends(s *cryptobyte.String, want int) error {
	return rule.Errorf("rfc9420-2.1-01", "input ends: %d bytes wanted, %d left", want, len(*s))
}
