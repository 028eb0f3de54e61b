// Package strict decodes JSON that has to have exactly the fields of a Go
// value: each of them once, none besides, and each of its type.
//
// encoding/json takes a missing field, a field given twice, and a name in
// another case. In a test vector each of these is a mistake that would go
// unseen, since a check whose input is missing passes.
package strict

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// Hex is binary data, written as a string of hexadecimal digits.
type Hex []byte

// MarshalText returns the digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// Decode reads the one JSON value of raw into *v. Its structs say by their
// `json` tags which fields there are; all have to be there, except those
// marked omitempty. Only pointers take a null. An error is a
// [*result.FieldError] that names the field by its path.
func Decode[T any](raw []byte, v *T) error {
	d := decoder{json.NewDecoder(bytes.NewReader(raw))}
	d.UseNumber()
	if err := d.value(reflect.ValueOf(v).Elem()); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows after the value")
	}
	return nil
}

type decoder struct{ *json.Decoder }

var (
	hexType = reflect.TypeFor[Hex]()
	rawType = reflect.TypeFor[json.RawMessage]()
)

// value reads the next value into v.
func (d decoder) value(v reflect.Value) error {
	if v.Type() == rawType {
		return d.Decode(v.Addr().Interface())
	}
	token, err := d.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", noEOF(err))
	}
	return d.from(token, v)
}

// from sets v from a value that begins with token.
func (d decoder) from(token json.Token, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if token == nil {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return d.from(token, v.Elem())
	}
	if v.Type() == hexType {
		return setHex(token, v)
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.object(token, v)
	case reflect.Slice:
		return d.array(token, v)
	case reflect.String:
		s, ok := token.(string)
		if !ok {
			return mistyped("a string", token)
		}
		v.SetString(s)
		return nil
	case reflect.Bool:
		b, ok := token.(bool)
		if !ok {
			return mistyped("true or false", token)
		}
		v.SetBool(b)
		return nil
	default:
		return setNumber(token, v)
	}
}

func (d decoder) object(token json.Token, v reflect.Value) error {
	if token != json.Delim('{') {
		return mistyped("an object", token)
	}
	fields := fieldsOf(v.Type())
	seen := make([]bool, len(fields))
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", noEOF(err))
		}
		name := token.(string) // the decoder lets nothing else be a key
		i := indexOf(fields, name)
		switch {
		case i < 0:
			return result.At(name, errors.New("unknown field"))
		case seen[i]:
			return result.At(name, errors.New("given twice"))
		}
		seen[i] = true
		if err := d.value(v.Field(i)); err != nil {
			return result.At(name, err)
		}
	}
	for i, f := range fields {
		if !seen[i] && !f.optional {
			return result.At(f.name, errors.New("missing"))
		}
	}
	return d.end()
}

func (d decoder) array(token json.Token, v reflect.Value) error {
	if token != json.Delim('[') {
		return mistyped("an array", token)
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for d.More() {
		i := v.Len()
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		if err := d.value(v.Index(i)); err != nil {
			return result.At(fmt.Sprintf("[%d]", i), err)
		}
	}
	return d.end()
}

// end reads the delimiter that closes an object or array.
func (d decoder) end() error {
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("not JSON: %w", noEOF(err))
	}
	return nil
}

type field struct {
	name     string
	optional bool
}

// fieldsOf lists the fields of a struct by their index.
func fieldsOf(t reflect.Type) []field {
	fields := make([]field, t.NumField())
	for i := range fields {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[i] = field{name: name, optional: options == "omitempty"}
	}
	return fields
}

func indexOf(fields []field, name string) int {
	for i, f := range fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

func setHex(token json.Token, v reflect.Value) error {
	s, ok := token.(string)
	if !ok {
		return mistyped("a string of hex digits", token)
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return err
	}
	v.SetBytes(b)
	return nil
}

func setNumber(token json.Token, v reflect.Value) error {
	n, ok := token.(json.Number)
	if !ok {
		return mistyped("a number", token)
	}
	switch {
	case v.CanUint():
		u, err := strconv.ParseUint(n.String(), 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("want an unsigned integer of %d bits, got %s", v.Type().Bits(), n)
		}
		v.SetUint(u)
	case v.CanInt():
		i, err := strconv.ParseInt(n.String(), 10, v.Type().Bits())
		if err != nil {
			return fmt.Errorf("want an integer of %d bits, got %s", v.Type().Bits(), n)
		}
		v.SetInt(i)
	default:
		return fmt.Errorf("no JSON value fits the Go type %s", v.Type())
	}
	return nil
}

func mistyped(want string, token json.Token) error {
	got := "an object or array"
	switch t := token.(type) {
	case nil:
		got = "null"
	case string:
		got = "a string"
	case bool:
		got = strconv.FormatBool(t)
	case json.Number:
		got = t.String()
	case json.Delim:
		if t == '[' {
			got = "an array"
		} else {
			got = "an object"
		}
	}
	return fmt.Errorf("want %s, got %s", want, got)
}

// noEOF turns the end of the input inside a value into what it is.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
