package syntax_test

import (
	"bytes"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// A header can announce 2^30-1 bytes where there are none.
func TestAnnouncedLengthIsNotAllocated(t *testing.T) {
	input := append([]byte{0xbf, 0xff, 0xff, 0xff}, make([]byte, 60)...)
	for name, read := range map[string]func(s *cryptobyte.String) error{
		"opaque":        func(s *cryptobyte.String) error { return syntax.ReadOpaque(s, new([]byte)) },
		"structures":    func(s *cryptobyte.String) error { return syntax.ReadVector(s, new([]item)) },
		"16-bit values": func(s *cryptobyte.String) error { return syntax.ReadUint16s(s, new([]uint16)) },
		"32-bit values": func(s *cryptobyte.String) error { return syntax.ReadUint32s(s, new([]uint32)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := cryptobyte.String(input)
			var err error
			if got := syntaxtest.Allocated(func() { err = read(&s) }); got > 16<<10 {
				t.Errorf("%d bytes are allocated", got)
			}
			if rule.Of(err) != "rfc9420-2.1.2-05" {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// blob is the structure that grows most in memory: one byte becomes a slice.
type blob struct{ Data []byte }

func (v *blob) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, v.Data) }

func (v *blob) UnmarshalMLS(s *cryptobyte.String) error { return syntax.ReadOpaque(s, &v.Data) }

func TestMemoryIsASmallMultipleOfTheInput(t *testing.T) {
	const most = 64
	tiny := func(n int) []blob { return make([]blob, n) }
	long := blob{Data: make([]byte, 40)}
	for name, blobs := range map[string][]blob{
		"one too many for a power of eight": tiny(1<<15 + 1),
		"a power of two":                    tiny(1 << 18),
		"a million":                         tiny(1e6),
		"a long one first":                  append([]blob{long}, tiny(1e5)...),
		"long ones between":                 mixed(long, 1e5),
		"shrinking":                         shrinking(400),
	} {
		t.Run(name, func(t *testing.T) {
			var b cryptobyte.Builder
			syntax.AddVector(&b, blobs)
			input := b.BytesOrPanic()
			var got []blob
			s := cryptobyte.String(input)
			used := syntaxtest.Allocated(func() {
				if err := syntax.ReadVector(&s, &got); err != nil {
					t.Error(err)
				}
			})
			if len(got) != len(blobs) {
				t.Errorf("%d elements are read, want %d", len(got), len(blobs))
			}
			if limit := uint64(most*len(input) + 64<<10); used > limit {
				t.Errorf("%d bytes are allocated for %d, %d times as many", used, len(input), used/uint64(len(input)))
			}
		})
	}
}

func mixed(long blob, n int) []blob {
	var blobs []blob
	for i := range n {
		if i%1000 == 999 {
			blobs = append(blobs, long)
		}
		blobs = append(blobs, blob{})
	}
	return blobs
}

func shrinking(n int) []blob {
	var blobs []blob
	for i := range n {
		blobs = append(blobs, blob{Data: make([]byte, n-i-1)})
	}
	return blobs
}

// Where a list begins with short elements and ends with a long one, as
// extensions do, room for many short ones would be wasted.
func TestRoomIsNotTakenForElementsThatMayNotCome(t *testing.T) {
	var b cryptobyte.Builder
	syntax.AddVector(&b, []blob{{}, {}, {Data: make([]byte, 1<<20)}})
	s := cryptobyte.String(b.BytesOrPanic())
	var got []blob
	used := syntaxtest.Allocated(func() {
		if err := syntax.ReadVector(&s, &got); err != nil {
			t.Error(err)
		}
	})
	if used > 16<<10 {
		t.Errorf("%d bytes are allocated for three elements", used)
	}
}

func TestUnmarshalOfOpaqueAllocatesNothing(t *testing.T) {
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, bytes.Repeat([]byte{1}, 1000))
	input := b.BytesOrPanic()
	var v blob
	if n := testing.AllocsPerRun(100, func() {
		s := cryptobyte.String(input)
		if err := syntax.ReadOpaque(&s, &v.Data); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
