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

func TestCanonicalNotices(t *testing.T) {
	t.Run("a refusal without requirement", func(t *testing.T) {
		var r recorder
		syntaxtest.Canonical[mute](&r, []byte{0})
		r.wants(t, "error without requirement")
	})
	t.Run("a value that does not encode", func(t *testing.T) {
		var r recorder
		syntaxtest.Canonical[oneWay](&r, []byte{0, 7, 0})
		r.wants(t, "does not encode: seven")
	})
	t.Run("another encoding", func(t *testing.T) {
		var r recorder
		syntaxtest.Canonical[lossy](&r, []byte{0, 7, 1, 0xaa})
		r.wants(t, "encodes to 000700, was 000701aa")
	})
	t.Run("nothing about a sound pair", func(t *testing.T) {
		var r recorder
		syntaxtest.Canonical[sound](&r, []byte{0, 7, 1, 0xaa})
		syntaxtest.Canonical[sound](&r, []byte{0, 7, 2, 0xaa})
		if len(r.errors) > 0 {
			t.Errorf("errors: %q", r.errors)
		}
	})
}
