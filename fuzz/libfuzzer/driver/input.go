package driver

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// The bytes of an input are the arguments of a target: first those of a fixed
// size, in network byte order, then strings and byte slices, each with a length
// of four bytes in front. The last of these has none, as it takes what is left:
// the input of a target that takes bytes is just these. All bytes are an input:
// what is missing is zero, and a length counts modulo what is possible.

const lengthSize = 4

// encode returns the bytes of arguments.
func encode(values []any) ([]byte, error) {
	var fixed []byte
	var texts [][]byte
	for _, v := range values {
		switch v := v.(type) {
		case []byte:
			texts = append(texts, v)
		case string:
			texts = append(texts, []byte(v))
		case int:
			fixed = binary.BigEndian.AppendUint64(fixed, uint64(v))
		case uint:
			fixed = binary.BigEndian.AppendUint64(fixed, uint64(v))
		default:
			var err error
			if fixed, err = binary.Append(fixed, binary.BigEndian, v); err != nil {
				return nil, err
			}
		}
	}
	for i, text := range texts {
		if i < len(texts)-1 {
			if len(text) > math.MaxUint32 {
				return nil, fmt.Errorf("an argument of %d bytes", len(text))
			}
			fixed = binary.BigEndian.AppendUint32(fixed, uint32(len(text)))
		}
		fixed = append(fixed, text...)
	}
	return fixed, nil
}

// decode returns arguments of the given types. They do not refer to data.
func decode(data []byte, types []reflect.Type) []any {
	values := make([]any, len(types))
	texts := 0
	for i, typ := range types {
		if isText(typ) {
			texts++
			continue
		}
		values[i] = number(typ, take(&data, int(typ.Size())))
	}
	for i, typ := range types {
		if !isText(typ) {
			continue
		}
		texts--
		n := len(data)
		if texts > 0 {
			length := binary.BigEndian.Uint32(take(&data, lengthSize))
			n = int(uint64(length) % uint64(len(data)+1))
		}
		text := take(&data, n)
		if typ.Kind() == reflect.String {
			values[i] = string(text)
		} else {
			values[i] = text
		}
	}
	return values
}

func isText(typ reflect.Type) bool {
	return typ.Kind() == reflect.String || typ.Kind() == reflect.Slice
}

// take returns a copy of the first n bytes; zeros where there are too few.
func take(data *[]byte, n int) []byte {
	taken := make([]byte, n)
	*data = (*data)[copy(taken, *data):]
	return taken
}

// number returns a value of a type of fixed size.
func number(typ reflect.Type, data []byte) any {
	v := reflect.New(typ).Elem()
	bits := binary.BigEndian.Uint64(append(make([]byte, 8-len(data)), data...))
	switch typ.Kind() {
	case reflect.Bool:
		v.SetBool(bits&1 == 1)
	case reflect.Float32:
		v.SetFloat(float64(math.Float32frombits(uint32(bits))))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(bits))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		unused := 64 - 8*len(data)
		v.SetInt(int64(bits<<unused) >> unused)
	default:
		v.SetUint(bits)
	}
	return v.Interface()
}
