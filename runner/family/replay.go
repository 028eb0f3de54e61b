package family

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// replay makes the check of a family whose cases have the fields of C.
func replay[C any](check func(context.Context, *C) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, raw json.RawMessage) error {
		var c C
		if err := strict.Decode(raw, &c); err != nil {
			return err
		}
		return check(ctx, &c)
	}
}

// lookup finds the suite that a case names.
func lookup(id codepoint.CipherSuite) (*ciphersuite.Suite, error) {
	suite, err := ciphersuite.Lookup(id)
	return suite, at("cipher_suite", err)
}

// newRandom returns the randomness for what a check makes anew. It is the same
// for every case, so that a failure can be seen again; the keys made of it
// protect nothing.
func newRandom() io.Reader { return rand.NewChaCha8([32]byte{}) }

// codec is the pointer type of a wire structure T.
type codec[T any] interface {
	*T
	syntax.Marshaler
	syntax.Unmarshaler
}

// recode reads a T from all of data and compares what it encodes to.
func recode[T any, P codec[T]](field string, data []byte) (*T, error) {
	v, err := syntax.Parse[T, P](data)
	if err != nil {
		return nil, at(field, err)
	}
	encoded, err := syntax.Marshal(P(v))
	if err != nil {
		return nil, at(field, err)
	}
	return v, equal(field, data, encoded)
}

// A comparison is of one field with what was computed for it.
type comparison struct {
	field     string
	want, got []byte
}

// firstDifference makes the comparisons until one fails.
func firstDifference(list []comparison) error {
	for _, c := range list {
		if err := equal(c.field, c.want, c.got); err != nil {
			return err
		}
	}
	return nil
}
