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
	"github.com/mlsconform/mlsconform/vectors/format"
)

// Hex is binary data, written as a string of hexadecimal digits.
type Hex = format.Hex

// A Chooser is a struct, by its pointer, with a field of an interface type
// that is decoded into what NewValue returns for the name of that field, after
// all others: it depends on them. NewValue returns nil when they are no help.
type Chooser interface{ NewValue(field string) any }

// Decode reads the one JSON value of raw into *v. Its structs, and those that
// they embed, say by their `json` tags which fields there are; all have to be
// there, except those marked omitempty or omitzero. Only pointers take a null,
// and not those marked omitzero, where nothing is written as no field. An error
// is a [*result.FieldError] that names the field by its path.
func Decode[T any](raw []byte, v *T) error {
	d := newDecoder(raw)
	if err := d.value(reflect.ValueOf(v).Elem()); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows after the value")
	}
	return nil
}

type decoder struct{ *json.Decoder }

func newDecoder(raw []byte) decoder {
	d := decoder{json.NewDecoder(bytes.NewReader(raw))}
	d.UseNumber()
	return d
}

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
	var later []chosen
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
		to := v.FieldByIndex(fields[i].index)
		if to.Kind() == reflect.Interface {
			c := chosen{field: name, to: to}
			err = d.Decode(&c.raw)
			later = append(later, c)
		} else {
			err = d.field(&fields[i], to)
		}
		if err != nil {
			return result.At(name, err)
		}
	}
	for i, f := range fields {
		if !seen[i] && !f.optional {
			return result.At(f.name, errors.New("missing"))
		}
	}
	for _, c := range later {
		if err := c.decode(v); err != nil {
			return result.At(c.field, err)
		}
	}
	return d.end()
}

// field reads the value of a field into v.
func (d decoder) field(f *field, v reflect.Value) error {
	switch {
	case f.quoted:
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", noEOF(err))
		}
		s, ok := token.(string)
		if !ok {
			return mistyped("a string of digits", token)
		}
		return setNumber(json.Number(s), v)
	case f.present && v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem())
	}
	return d.value(v)
}

// A chosen field is one whose type the other fields decide.
type chosen struct {
	field string
	raw   json.RawMessage
	to    reflect.Value
}

// decode reads the field into the value that the struct around it chooses.
func (c *chosen) decode(around reflect.Value) error {
	chooser, ok := around.Addr().Interface().(Chooser)
	if !ok {
		return fmt.Errorf("nothing chooses a value for the Go type %s", c.to.Type())
	}
	value := chooser.NewValue(c.field)
	if value == nil {
		return errors.New("the other fields do not say what this is")
	}
	v := reflect.ValueOf(value)
	d := newDecoder(c.raw)
	if err := d.value(v.Elem()); err != nil {
		return err
	}
	c.to.Set(v)
	return nil
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
	index    []int // for reflect.Value.FieldByIndex
	optional bool  // may be left out
	present  bool  // is not null when it is there
	quoted   bool  // is a number in a string
}

// fieldsOf lists the fields of a struct and of those that it embeds.
func fieldsOf(t reflect.Type) []field {
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, field{
			name:     name,
			index:    f.Index,
			optional: options == "omitempty" || options == "omitzero",
			present:  options == "omitzero",
			quoted:   options == "string",
		})
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
	case v.CanFloat():
		f, err := strconv.ParseFloat(n.String(), v.Type().Bits())
		if err != nil {
			return fmt.Errorf("want a number of %d bits, got %s", v.Type().Bits(), n)
		}
		v.SetFloat(f)
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
