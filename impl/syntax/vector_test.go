package syntax_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

func TestOpaque(t *testing.T) {
	for _, size := range []int{0, 1, 63, 64, 16383, 16384} {
		want := bytes.Repeat([]byte{0xa5}, size)
		var b cryptobyte.Builder
		syntax.AddOpaque(&b, want)
		s := cryptobyte.String(append(b.BytesOrPanic(), 7))
		var got []byte
		if err := syntax.ReadOpaque(&s, &got); err != nil {
			t.Errorf("%d bytes: %v", size, err)
			continue
		}
		if !bytes.Equal(got, want) || got == nil {
			t.Errorf("%d bytes: read %d bytes (nil: %v)", size, len(got), got == nil)
		}
		if !slices.Equal(s, cryptobyte.String{7}) {
			t.Errorf("%d bytes: %x is left", size, s)
		}
	}
}

// Appending to a field must not write into the one behind it.
func TestOpaqueEndsWithItsCapacity(t *testing.T) {
	s := cryptobyte.String{1, 0xaa, 1, 0xbb}
	var first, second []byte
	if err := syntax.ReadOpaque(&s, &first); err != nil {
		t.Fatal(err)
	}
	_ = append(first, 0xff, 0xff)
	if err := syntax.ReadOpaque(&s, &second); err != nil || !bytes.Equal(second, []byte{0xbb}) {
		t.Errorf("second field is %x, %v", second, err)
	}
}

func TestVectorsThatAreRefused(t *testing.T) {
	opaque := func(s *cryptobyte.String) error { return syntax.ReadOpaque(s, new([]byte)) }
	structs := func(s *cryptobyte.String) error { return syntax.ReadVector(s, new([]item)) }
	nested := func(s *cryptobyte.String) error { return syntax.ReadVector(s, new([]list)) }
	maybes := func(s *cryptobyte.String) error { return syntax.ReadVector(s, new([]maybe)) }
	uint16s := func(s *cryptobyte.String) error { return syntax.ReadUint16s(s, new([]uint16)) }
	uint32s := func(s *cryptobyte.String) error { return syntax.ReadUint32s(s, new([]uint32)) }
	for _, c := range []struct {
		name  string
		read  func(*cryptobyte.String) error
		input string
		want  []rule.ID
	}{
		{"opaque, one byte more than there is", opaque, "02aa", []rule.ID{"rfc9420-2.1.2-05"}},
		{"opaque, longest length", opaque, "bfffffff" + "aabbccdd", []rule.ID{"rfc9420-2.1.2-05"}},
		{"opaque, header not minimal", opaque, "4001aa", []rule.ID{"rfc9420-2.1.2-02"}},
		{"structures, one byte more than there is", structs, "05" + "000101aa", []rule.ID{"rfc9420-2.1.2-05"}},
		{"structures, longest length", structs, "bfffffff" + "000101aa", []rule.ID{"rfc9420-2.1.2-05"}},
		{"structures, number cut off", structs, "05" + "000101aa" + "00", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1-01"}},
		{"structures, no header in the last", structs, "06" + "000101aa" + "0001", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1-01"}},
		{"structures, header cut off", structs, "07" + "000101aa" + "000140" + "01", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1.2-08"}},
		{"structures, data beyond the vector", structs, "03" + "000102" + "aabb", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1.2-05"}},
		{"structures, header not minimal", structs, "05" + "00014001aa", []rule.ID{"rfc9420-2.1.2-02"}},
		{"nested, inner element cut off", nested, "03" + "02" + "0001", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1-01"}},
		{"optional, absent value", maybes, "01" + "01", []rule.ID{"rfc9420-2.1.2-06", "rfc9420-2.1.1-02", "rfc9420-2.1-01"}},
		{"16-bit, half of one", uint16s, "03" + "000100" + "00", []rule.ID{"rfc9420-2.1.2-06"}},
		{"16-bit, longer than the input", uint16s, "06" + "0001", []rule.ID{"rfc9420-2.1.2-05"}},
		{"32-bit, one and a half", uint32s, "06" + "000000010000", []rule.ID{"rfc9420-2.1.2-06"}},
		{"32-bit, longer than the input", uint32s, "bfffffff" + "00000001", []rule.ID{"rfc9420-2.1.2-05"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cryptobyte.String(unhex(t, c.input))
			if err := c.read(&s); !slices.Equal(rule.All(err), c.want) {
				t.Errorf("%s: %v, want %v", c.input, err, c.want)
			}
		})
	}
}

func TestVectorBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		add  func(*cryptobyte.Builder)
		want string
	}{
		{"no structure", func(b *cryptobyte.Builder) { syntax.AddVector(b, []item(nil)) }, "00"},
		{"structures", func(b *cryptobyte.Builder) {
			syntax.AddVector(b, []item{{Number: 0x0102, Data: []byte{0xaa}}, {Number: 3}})
		}, "07" + "010201aa" + "000300"},
		{"no 16-bit value", func(b *cryptobyte.Builder) { syntax.AddUint16s(b, []uint16{}) }, "00"},
		{"16-bit values", func(b *cryptobyte.Builder) { syntax.AddUint16s(b, []uint16{0x0102, 0xfffe}) }, "04" + "0102fffe"},
		{"no 32-bit value", func(b *cryptobyte.Builder) { syntax.AddUint32s(b, []uint32{}) }, "00"},
		{"32-bit values", func(b *cryptobyte.Builder) { syntax.AddUint32s(b, []uint32{0x01020304, 5}) }, "08" + "0102030400000005"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b cryptobyte.Builder
			c.add(&b)
			if got := hex.EncodeToString(b.BytesOrPanic()); got != c.want {
				t.Errorf("encoding is %s, want %s", got, c.want)
			}
		})
	}
}

func TestVectorKeepsTheErrorOfAnElement(t *testing.T) {
	var b cryptobyte.Builder
	syntax.AddVector(&b, []broken{{}})
	if _, err := b.Bytes(); rule.Of(err) != "rfc9420-2.1.2-04" {
		t.Errorf("vector of an element without encoding: %v", err)
	}
}

// An error in one vector leaves nothing behind for the next.
func TestMarshalAfterAnError(t *testing.T) {
	if _, err := syntax.Marshal(&record{Items: []item{{Data: []byte("before")}}}); err != nil {
		t.Fatal(err)
	}
	if encoded, err := syntax.Marshal(&broken{}); rule.Of(err) != "rfc9420-2.1.2-04" || encoded != nil {
		t.Errorf("Marshal = %x, %v", encoded, err)
	}
	got, err := syntax.Marshal(&item{Number: 1, Data: []byte{2}})
	if err != nil || !bytes.Equal(got, []byte{0, 1, 1, 2}) {
		t.Errorf("Marshal = %x, %v", got, err)
	}
}
