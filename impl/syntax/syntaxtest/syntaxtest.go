// Package syntaxtest checks and fuzzes codec pairs.
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
		Target[T, P]{}.Thorough(t, encoded, 0, len(encoded))
		if _, err := syntax.Parse[T, P](append(bytes.Clone(encoded), 0)); rule.Of(err) != "rfc9420-2.1-03" {
			t.Errorf("value %d: with a byte behind it: %v", i, err)
		}
	}
}
