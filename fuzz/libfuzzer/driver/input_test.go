package driver

import (
	"math"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestInputs(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes string
		want  []any
	}{
		{"bytes", "abc", []any{[]byte("abc")}},
		{"no bytes", "", []any{[]byte{}}},
		{"numbers first", "\x01\x02\x03rest", []any{byte(1), []byte("rest"), uint16(0x0203)}},
		{"a length", "\x00\x00\x00\x02abc", []any{"ab", []byte("c")}},
		{"signs", "\xff\xff\xfe\xff\xff\xff\xfd", []any{int8(-1), int16(-2), rune(-3)}},
		{"64 bits", "\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff", []any{-2, uint(math.MaxUint)}},
		{"others", "\x01\x3f\xc0\x00\x00\xbf\xf8\x00\x00\x00\x00\x00\x00", []any{true, float32(1.5), -1.5}},
	} {
		encoded, err := encode(test.want)
		if err != nil || string(encoded) != test.bytes {
			t.Errorf("%s: %q, %v", test.name, encoded, err)
		}
		if diff := cmp.Diff(test.want, decode([]byte(test.bytes), typesOf(test.want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func typesOf(values []any) []reflect.Type {
	var types []reflect.Type
	for _, v := range values {
		types = append(types, reflect.TypeOf(v))
	}
	return types
}

// All bytes are an input.
func TestBytesThatEncodeNothing(t *testing.T) {
	types := typesOf([]any{byte(0), uint32(0), "", []byte{}})
	for in, want := range map[string][]any{
		"":                         {byte(0), uint32(0), "", []byte{}},
		"\x01\x02":                 {byte(1), uint32(0x02000000), "", []byte{}},
		"\x01\x00\x00\x00\x00\x00": {byte(1), uint32(0), "", []byte{}},
		"\x00\x00\x00\x00\x00\x00\x00\x00\x07abc": {byte(0), uint32(0), "abc", []byte{}}, // 7 modulo 4
	} {
		if diff := cmp.Diff(want, decode([]byte(in), types)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// What is encoded decodes to the same, and nothing refers to the engine's memory.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.OneOf(
			rapid.Byte().AsAny(), rapid.Uint16().AsAny(), rapid.Int64().AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(),
			rapid.String().AsAny(), rapid.SliceOf(rapid.Byte()).AsAny(),
		)).Draw(t, "values")
		encoded, err := encode(values)
		if err != nil {
			t.Fatal(err)
		}
		got := decode(encoded, typesOf(values))
		for i := range encoded {
			encoded[i] ^= 0xff
		}
		if len(values) > 0 && !cmp.Equal(values, got) {
			t.Fatalf("(-want +got):\n%s", cmp.Diff(values, got))
		}
	})
}

func TestFiles(t *testing.T) {
	const all = header + "\n[]byte(\"a\\x00\")\nstring(`b\"`)\nbool(true)\nbyte('\\'')\nuint8(9)\nuint16(0xffff)\nuint32(1)\nuint64(18446744073709551615)\n" +
		"uint(4)\nint(-5)\nint8(-128)\nint16('x')\nint32(-3)\nrune('\\u00e9')\nint64(-9223372036854775808)\n"
	want := []any{
		[]byte("a\x00"), `b"`, true, byte('\''), byte(9), uint16(0xffff), uint32(1), uint64(math.MaxUint64),
		uint(4), -5, int8(-128), int16('x'), int32(-3), 'é', int64(math.MinInt64),
	}
	got, err := parse([]byte(all))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{
		"", "go test fuzz v2\nbyte(1)", header + "\n\nbyte(1)", header + "\nbyte(256)", header + "\nbyte(-1)", header + "\nint8(128)",
		header + "\nbyte(1", header + "\nbyte(1, 2)", header + "\n7", header + "\n[]byte(5)", header + "\n[]int(\"a\")",
		header + "\n[2]byte(\"a\")", header + "\nstring(x)", header + "\nbool(5)", header + "\nbool(perhaps)",
		header + "\nfloat64(1.5)", header + "\nint(x)", header + "\nstrings.X(\"\")",
	} {
		if values, err := parse([]byte(wrong)); err == nil {
			t.Errorf("%q is %v", wrong, values)
		}
	}
}
