// Package syntaxtest checks codec pairs.
package syntaxtest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A Pair is the pointer type of a wire structure T.
type Pair[T any] interface {
	*T
	syntax.Marshaler
	syntax.Unmarshaler
}

// Codec checks for each value that it survives encoding and decoding, that
// every proper prefix of its encoding is refused, and that a byte after it is.
// Empty and nil slices count as equal.
func Codec[T any, P Pair[T]](t testing.TB, values ...T) {
	t.Helper()
	for i := range values {
		encoded, err := syntax.Marshal(P(&values[i]))
		if err != nil {
			t.Errorf("value %d: Marshal: %v", i, err)
			continue
		}
		got, err := syntax.Parse[T, P](encoded)
		if err != nil {
			t.Errorf("value %d: Parse(%x): %v", i, encoded, err)
			continue
		}
		if diff := cmp.Diff(&values[i], got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("value %d (-want +got):\n%s", i, diff)
		}
		prefixes[T, P](t, encoded)
		if _, err := syntax.Parse[T, P](append(bytes.Clone(encoded), 0)); rule.Of(err) != "rfc9420-2.1-03" {
			t.Errorf("value %d: with a byte behind it: %v", i, err)
		}
	}
}

func prefixes[T any, P Pair[T]](t testing.TB, encoded []byte) {
	t.Helper()
	for n := range encoded {
		if _, err := syntax.Parse[T, P](encoded[:n]); err == nil {
			t.Errorf("%T: %d of %d bytes are accepted: %x", *new(T), n, len(encoded), encoded[:n])
			return
		} else if rule.Of(err) == "" {
			t.Errorf("%T: %d of %d bytes: error without requirement: %v", *new(T), n, len(encoded), err)
			return
		}
	}
}

// FuzzCodec fuzzes decoding with [Canonical], beginning with the encoded seeds.
func FuzzCodec[T any, P Pair[T]](f *testing.F, seeds ...T) {
	for i := range seeds {
		encoded, err := syntax.Marshal(P(&seeds[i]))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, data []byte) { Canonical[T, P](t, data) })
}

// Canonical checks that data is either refused, with the requirement that it
// breaks, or decodes to a value that encodes to the same bytes.
func Canonical[T any, P Pair[T]](t testing.TB, data []byte) {
	t.Helper()
	v, err := syntax.Parse[T, P](data)
	if err != nil {
		if rule.Of(err) == "" {
			t.Errorf("error without requirement: %v", err)
		}
		return
	}
	encoded, err := syntax.Marshal(P(v))
	if err != nil {
		t.Errorf("decoded value does not encode: %v", err)
		return
	}
	if !bytes.Equal(encoded, data) {
		t.Errorf("encodes to %x, was %x", encoded, data)
	}
}
