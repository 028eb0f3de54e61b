// Package mutate changes MLS objects along the presentation language (RFC 9420,
// Section 2.1): parts are replaced, left out, repeated and filled with other
// values, and the length headers around them follow.
package mutate

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A form says how a value is encoded.
type form uint8

const (
	fixed    form = iota // its bytes
	opaque               // a length header and bytes
	vector               // a length header and parts
	optional             // a presence octet and a part, or none
	sequence             // its parts
)

// A Value is an object or a part of one.
type Value struct {
	typ    string // the RFC's name
	form   form
	bytes  []byte   // of a fixed or an opaque value; never changed in place
	parts  []*Value // of the others
	header header
}

// A header is what is wrong with a length header.
type header uint8

const (
	right     header = iota
	twoBytes         // in two bytes, although one suffices
	fourBytes        // in four bytes, although fewer suffice
	undefined        // with a prefix that is not defined
	tooLong          // one more than is there
	tooShort         // one less
	headers
)

// Of takes an object apart that has one of the types of [inspect.Types].
func Of(typ string, data []byte) (*Value, error) {
	r, err := inspect.Read(data, inspect.Options{Type: typ, Encoding: "binary", FieldsOnly: true})
	if err != nil {
		return nil, err
	}
	if len(r.Readings) == 0 {
		return nil, fmt.Errorf("%s: %w", typ, r.Partial.Failure)
	}
	v := valueOf(r.Readings[0].Root, data)
	if again := v.Encode(); !bytes.Equal(again, data) {
		return nil, errors.New(typ + ": the fields do not add up to the object")
	}
	return v, nil
}

// valueOf makes a value of a node that was read from data.
func valueOf(n *inspect.Node, data []byte) *Value {
	encoded := data[n.Offset : n.Offset+n.Length]
	v := &Value{typ: n.Type, bytes: encoded}
	if inner, ok := strings.CutPrefix(n.Type, "optional<"); ok {
		v.form, v.bytes = optional, nil
		if n.Kind != inspect.Absent {
			present := *n
			present.Type = strings.TrimSuffix(inner, ">")
			present.Offset, present.Length = n.Offset+1, n.Length-1
			v.parts = []*Value{valueOf(&present, data)}
		}
		return v
	}
	switch n.Kind {
	case inspect.Struct:
		v.form, v.bytes, v.parts = sequence, nil, partsOf(n.Children, data)
	case inspect.List:
		v.form, v.bytes, v.parts = vector, nil, partsOf(n.Children, data)
	case inspect.Codes, inspect.Numbers:
		width := len(body(encoded)) / max(1, len(n.Values))
		v.form, v.bytes = vector, nil
		for i := range n.Values {
			v.parts = append(v.parts, &Value{typ: strings.TrimSuffix(n.Type, "<V>"), bytes: body(encoded)[i*width : (i+1)*width]})
		}
	case inspect.Bytes, inspect.Secret:
		if strings.HasPrefix(n.Type, "opaque[") {
			break
		}
		v.form, v.bytes = opaque, body(encoded)
		if n.Content != nil && n.Content.Length == len(v.bytes) {
			v.form, v.bytes, v.parts = vector, nil, []*Value{valueOf(n.Content, data)}
		}
	}
	return v
}

func partsOf(nodes []*inspect.Node, data []byte) []*Value {
	var parts []*Value
	for _, n := range nodes {
		parts = append(parts, valueOf(n, data))
	}
	return parts
}

// body returns what follows the length header of a vector that decodes.
func body(encoded []byte) (b []byte) {
	s := cryptobyte.String(encoded)
	if err := syntax.ReadOpaque(&s, &b); err != nil || !s.Empty() {
		return encoded
	}
	return b
}

// Encode returns the encoding.
func (v *Value) Encode() []byte { return v.append(nil) }

func (v *Value) append(b []byte) []byte {
	switch v.form {
	case fixed:
		return append(b, v.bytes...)
	case optional:
		b = append(b, byte(len(v.parts)))
	case opaque:
		b = appendLength(b, len(v.bytes), v.header)
		return append(b, v.bytes...)
	case vector:
		begin := len(b)
		for _, p := range v.parts {
			b = p.append(b)
		}
		length := appendLength(nil, len(b)-begin, v.header)
		b = append(b, length...)
		copy(b[begin+len(length):], b[begin:len(b)-len(length)])
		copy(b[begin:], length)
		return b
	}
	for _, p := range v.parts {
		b = p.append(b)
	}
	return b
}

func appendLength(b []byte, n int, h header) []byte {
	switch h {
	case twoBytes:
		return append(b, 0x40|byte(n>>8)&0x3f, byte(n))
	case fourBytes:
		return append(b, 0x80|byte(n>>24)&0x3f, byte(n>>16), byte(n>>8), byte(n))
	case undefined:
		return append(b, 0xc0|byte(n)&0x3f)
	case tooLong:
		n++
	case tooShort:
		n = max(0, n-1)
	}
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return append(b, 0x40|byte(n>>8), byte(n))
	}
	return append(b, 0x80|byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// clone returns a copy that can be changed.
func (v *Value) clone() *Value {
	n := v.count()
	values, parts := make([]Value, n), make([]*Value, n)
	return v.cloneInto(&values, &parts)
}

// cloneInto takes the room for the copy from the two slices.
func (v *Value) cloneInto(values *[]Value, parts *[]*Value) *Value {
	c := &(*values)[0]
	*values = (*values)[1:]
	*c = *v
	n := len(v.parts)
	c.parts = (*parts)[:n:n]
	*parts = (*parts)[n:]
	for i, p := range v.parts {
		c.parts[i] = p.cloneInto(values, parts)
	}
	return c
}

// count returns how many values there are, with all parts.
func (v *Value) count() int {
	n := 1
	for _, p := range v.parts {
		n += p.count()
	}
	return n
}

// shape describes the value without what is in its bytes.
func (v *Value) shape(b []byte) []byte {
	b = append(b, v.typ...)
	b = append(b, byte(v.form), byte(len(v.parts)))
	if v.form == fixed && len(v.bytes) <= 2 { // a choice, or a code point
		b = append(b, v.bytes...)
	}
	for _, p := range v.parts {
		b = p.shape(b)
	}
	return b
}
