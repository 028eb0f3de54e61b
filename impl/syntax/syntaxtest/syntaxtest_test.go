package syntaxtest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// A recorder notes what a check reports.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) wants(t *testing.T, part string) {
	t.Helper()
	for _, e := range r.errors {
		if strings.Contains(e, part) {
			return
		}
	}
	t.Errorf("no error says %q; they are %q", part, r.errors)
}

// A pair of an integer and an opaque field, whose methods have one fault or none.
type Fields struct {
	Number uint16
	Data   []byte
}

func (f *Fields) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(f.Number)
	syntax.AddOpaque(b, f.Data)
}

func (f *Fields) UnmarshalMLS(s *cryptobyte.String) error {
	*f = Fields{}
	if err := syntax.ReadUint16(s, &f.Number); err != nil {
		return err
	}
	return syntax.ReadOpaque(s, &f.Data)
}

type sound struct{ Fields }

// The error of the last field is lost.
type forgetful struct{ Fields }

func (f *forgetful) UnmarshalMLS(s *cryptobyte.String) error {
	err := syntax.ReadUint16(s, &f.Number)
	if err == nil {
		_ = syntax.ReadOpaque(s, &f.Data)
	}
	return err
}

// The last field is read and dropped.
type lossy struct{ Fields }

func (l *lossy) UnmarshalMLS(s *cryptobyte.String) error {
	err := l.Fields.UnmarshalMLS(s)
	l.Data = nil
	return err
}

// What follows is taken for padding.
type greedy struct{ Fields }

func (g *greedy) UnmarshalMLS(s *cryptobyte.String) error {
	err := g.Fields.UnmarshalMLS(s)
	*s = nil
	return err
}

// A refusal does not say why.
type mute struct{ Fields }

func (m *mute) UnmarshalMLS(s *cryptobyte.String) error {
	if m.Fields.UnmarshalMLS(s) != nil {
		return errors.New("malformed")
	}
	return nil
}

// Some values decode that do not encode.
type oneWay struct{ Fields }

func (o *oneWay) MarshalMLS(b *cryptobyte.Builder) {
	if o.Number == 7 {
		b.SetError(errors.New("seven"))
	}
	o.Fields.MarshalMLS(b)
}

func TestCodecAcceptsASoundPair(t *testing.T) {
	var r recorder
	syntaxtest.Codec(&r, sound{}, sound{Fields{1, []byte("data")}})
	if len(r.errors) > 0 {
		t.Errorf("errors: %q", r.errors)
	}
}

func TestCodecNotices(t *testing.T) {
	data := Fields{1, []byte("data")}
	t.Run("a forgotten error", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, forgetful{data})
		r.wants(t, "2 of 7 bytes are accepted")
	})
	t.Run("a lost field", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, lossy{data})
		r.wants(t, "(-want +got)")
	})
	t.Run("trailing bytes", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, greedy{data})
		r.wants(t, "with a byte behind it")
	})
	t.Run("a refusal without requirement", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, mute{data})
		r.wants(t, "error without requirement")
	})
	t.Run("a value that does not encode", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, oneWay{Fields{Number: 7}})
		r.wants(t, "Marshal: seven")
	})
	t.Run("a value that does not decode", func(t *testing.T) {
		var r recorder
		syntaxtest.Codec(&r, refusing{data})
		r.wants(t, "Parse(")
	})
}

// Its own encoding is refused.
type refusing struct{ Fields }

func (*refusing) UnmarshalMLS(*cryptobyte.String) error { return errors.New("never") }

func TestCheckNotices(t *testing.T) {
	t.Run("a refusal without requirement", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[mute, *mute]{}.Check(&r, []byte{0})
		r.wants(t, "error without requirement")
	})
	t.Run("a value that does not encode", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[oneWay, *oneWay]{}.Check(&r, []byte{0, 7, 0})
		r.wants(t, "does not encode: seven")
	})
	t.Run("another encoding", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[lossy, *lossy]{}.Check(&r, []byte{0, 7, 1, 0xaa})
		r.wants(t, "encodes to 000700, was 000701aa")
	})
	t.Run("nothing about a sound pair", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[sound, *sound]{}.Check(&r, []byte{0, 7, 1, 0xaa})
		syntaxtest.Target[sound, *sound]{}.Check(&r, []byte{0, 7, 2, 0xaa})
		if len(r.errors) > 0 {
			t.Errorf("errors: %q", r.errors)
		}
	})
}

// More is taken than the input can need.
type hungry struct{ Fields }

func (h *hungry) UnmarshalMLS(s *cryptobyte.String) error {
	h.Data = make([]byte, 1<<20)
	return h.Fields.UnmarshalMLS(s)
}

// Zeros may follow.
type padded struct {
	Fields
	zeros int
}

func (p *padded) MarshalMLS(b *cryptobyte.Builder) {
	p.Fields.MarshalMLS(b)
	b.AddBytes(make([]byte, p.zeros))
}

func (p *padded) UnmarshalMLS(s *cryptobyte.String) error {
	err := p.Fields.UnmarshalMLS(s)
	p.zeros = len(*s)
	*s = nil
	return err
}

func TestThoroughNotices(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[hungry, *hungry]{}.Thorough(&r, []byte{0, 7}, 0, 10)
		r.wants(t, "decoding 2 bytes allocates")
	})
	t.Run("one prefix of several", func(t *testing.T) {
		input := []byte{0, 7, 4, 1, 2, 3, 4}
		caught := 0
		for offset := range input {
			var r recorder
			syntaxtest.Target[forgetful, *forgetful]{}.Thorough(&r, input, offset, 1)
			for _, e := range r.errors {
				if strings.Contains(e, "bytes are accepted") {
					caught++
				}
			}
		}
		if caught != 2 { // those that end before and after the header of data
			t.Errorf("%d prefixes are found to be accepted, want 2", caught)
		}
	})
	t.Run("padding that may not be left out", func(t *testing.T) {
		var r recorder
		syntaxtest.Target[padded, *padded]{}.Thorough(&r, []byte{0, 7, 0, 0, 0}, 0, 10)
		r.wants(t, "3 of 5 bytes are accepted")
	})
	t.Run("nothing about padding that may", func(t *testing.T) {
		var r recorder
		target := syntaxtest.Target[padded, *padded]{Padding: func(p *padded) int { return p.zeros }}
		target.Thorough(&r, []byte{0, 7, 0, 0, 0}, 0, 10)
		if len(r.errors) > 0 {
			t.Errorf("errors: %q", r.errors)
		}
	})
}

func TestLocalTargetsNeedNoRequirement(t *testing.T) {
	var r recorder
	syntaxtest.Target[mute, *mute]{Local: true}.Thorough(&r, []byte{0, 7, 2, 1, 1}, 0, 10)
	syntaxtest.Target[mute, *mute]{Local: true}.Thorough(&r, []byte{0}, 0, 10)
	if len(r.errors) > 0 {
		t.Errorf("errors: %q", r.errors)
	}
}
