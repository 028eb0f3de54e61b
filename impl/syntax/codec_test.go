package syntax_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

type item struct {
	Number uint16
	Data   []byte
}

func (i *item) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(i.Number)
	syntax.AddOpaque(b, i.Data)
}

func (i *item) UnmarshalMLS(s *cryptobyte.String) error {
	*i = item{}
	if err := syntax.ReadUint16(s, &i.Number); err != nil {
		return fmt.Errorf("number: %w", err)
	}
	return syntax.ReadOpaque(s, &i.Data)
}

type list struct{ Items []item }

func (l *list) MarshalMLS(b *cryptobyte.Builder) { syntax.AddVector(b, l.Items) }

func (l *list) UnmarshalMLS(s *cryptobyte.String) error { return syntax.ReadVector(s, &l.Items) }

type maybe struct{ Item *item }

func (m *maybe) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOptional(b, m.Item) }

func (m *maybe) UnmarshalMLS(s *cryptobyte.String) error { return syntax.ReadOptional(s, &m.Item) }

// broken has no encoding.
type broken struct{}

func (*broken) MarshalMLS(b *cryptobyte.Builder) { syntax.AddLength(b, -1) }

func (*broken) UnmarshalMLS(*cryptobyte.String) error { return nil }

// A record has a field of each kind.
type record struct {
	A     uint8
	B     uint16
	C     uint32
	D     uint64
	Data  []byte
	Items []item
	Lists []list
	Item  *item
	Short []uint16
	Long  []uint32
}

func (r *record) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint8(r.A)
	b.AddUint16(r.B)
	b.AddUint32(r.C)
	b.AddUint64(r.D)
	syntax.AddOpaque(b, r.Data)
	syntax.AddVector(b, r.Items)
	syntax.AddVector(b, r.Lists)
	syntax.AddOptional(b, r.Item)
	syntax.AddUint16s(b, r.Short)
	syntax.AddUint32s(b, r.Long)
}

func (r *record) UnmarshalMLS(s *cryptobyte.String) error {
	*r = record{}
	for _, read := range []func() error{
		func() error { return syntax.ReadUint8(s, &r.A) },
		func() error { return syntax.ReadUint16(s, &r.B) },
		func() error { return syntax.ReadUint32(s, &r.C) },
		func() error { return syntax.ReadUint64(s, &r.D) },
		func() error { return syntax.ReadOpaque(s, &r.Data) },
		func() error { return syntax.ReadVector(s, &r.Items) },
		func() error { return syntax.ReadVector(s, &r.Lists) },
		func() error { return syntax.ReadOptional(s, &r.Item) },
		func() error { return syntax.ReadUint16s(s, &r.Short) },
		func() error { return syntax.ReadUint32s(s, &r.Long) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func records() []record {
	many := make([]item, 100) // of different sizes, so that the slice grows by guesses
	for i := range many {
		many[i] = item{Number: uint16(i), Data: bytes.Repeat([]byte{byte(i)}, i*i%23)}
	}
	return []record{
		{},
		{
			A: 1, B: 0x0203, C: 0x04050607, D: 0x08090a0b0c0d0e0f,
			Data:  []byte("data"),
			Items: many,
			Lists: []list{{}, {Items: many[:3]}, {}},
			Item:  &item{Number: 7, Data: bytes.Repeat([]byte{1}, 64)},
			Short: []uint16{0x1011, 0},
			Long:  []uint32{0x12131415, 1 << 31},
		},
	}
}

func TestCodec(t *testing.T) {
	syntaxtest.Codec(t, records()...)
	syntaxtest.Codec(t, maybe{}, maybe{Item: &item{}})
}

func FuzzRecord(f *testing.F) { syntaxtest.FuzzCodec(f, records()...) }

func TestIntegersAreBigEndian(t *testing.T) {
	encoded, err := syntax.Marshal(&record{A: 1, B: 0x0203, C: 0x04050607, D: 0x08090a0b0c0d0e0f})
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, "0102030405060708090a0b0c0d0e0f"+"00"+"00"+"00"+"00"+"00"+"00"); !bytes.Equal(encoded, want) {
		t.Errorf("encoding is %x, want %x", encoded, want)
	}
}

func TestInputThatEndsInAnInteger(t *testing.T) {
	for size, read := range map[int]func(*cryptobyte.String) error{
		1: func(s *cryptobyte.String) error { return syntax.ReadUint8(s, new(uint8)) },
		2: func(s *cryptobyte.String) error { return syntax.ReadUint16(s, new(uint16)) },
		4: func(s *cryptobyte.String) error { return syntax.ReadUint32(s, new(uint32)) },
		8: func(s *cryptobyte.String) error { return syntax.ReadUint64(s, new(uint64)) },
	} {
		for n := range size {
			s := make(cryptobyte.String, n)
			if err := read(&s); rule.Of(err) != "rfc9420-2.1-01" {
				t.Errorf("%d of %d bytes: %v", n, size, err)
			}
		}
	}
}

func TestOptional(t *testing.T) {
	for _, c := range []struct {
		name, input string
		want        []rule.ID
	}{
		{"absent", "00", nil},
		{"present", "01" + "000700", nil},
		{"presence 2", "02", []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 255", "ff", []rule.ID{"rfc9420-2.1.1-01"}},
		{"presence 2 in front of a value", "02" + "000700", []rule.ID{"rfc9420-2.1.1-01"}},
		{"no presence", "", []rule.ID{"rfc9420-2.1-01"}},
		{"presence 1 without a value", "01", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1-01"}},
		{"value cut off in an integer", "01" + "00", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1-01"}},
		{"value cut off in a header", "01" + "000780", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1.2-08"}},
		{"value cut off in a vector", "01" + "000702aa", []rule.ID{"rfc9420-2.1.1-02", "rfc9420-2.1.2-05"}},
		{"value with another fault", "01" + "00074001aa", []rule.ID{"rfc9420-2.1.2-02"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := syntax.Unmarshal(unhex(t, c.input), new(maybe)); !slices.Equal(rule.All(err), c.want) {
				t.Errorf("%s: %v, want %v", c.input, err, c.want)
			}
		})
	}
}

func TestReadOptionalForgetsTheOldValue(t *testing.T) {
	v := &item{Number: 1}
	s := cryptobyte.String{0}
	if err := syntax.ReadOptional(&s, &v); err != nil || v != nil {
		t.Errorf("absent value is read as %v, %v", v, err)
	}
}

func TestTrailingBytesAreRefused(t *testing.T) {
	data := unhex(t, "0001"+"01aa"+"00")
	if _, err := syntax.Parse[item](data); rule.Of(err) != "rfc9420-2.1-03" {
		t.Errorf("Parse: %v", err)
	}
	if err := syntax.Unmarshal(data, new(item)); rule.Of(err) != "rfc9420-2.1-03" {
		t.Errorf("Unmarshal: %v", err)
	}
}

func TestParseCopiesAndUnmarshalDoesNot(t *testing.T) {
	data := unhex(t, "0001"+"01aa")
	parsed, err := syntax.Parse[item](data)
	if err != nil {
		t.Fatal(err)
	}
	var aliased item
	if err := syntax.Unmarshal(data, &aliased); err != nil {
		t.Fatal(err)
	}
	data[3] = 0xbb
	if parsed.Data[0] != 0xaa {
		t.Error("the parsed value changes with the caller's buffer")
	}
	if aliased.Data[0] != 0xbb {
		t.Error("the unmarshalled value is a copy")
	}
}

func TestParseReturnsNothingBesidesAnError(t *testing.T) {
	if v, err := syntax.Parse[item]([]byte{0}); err == nil || v != nil {
		t.Errorf("Parse = %v, %v", v, err)
	}
}
