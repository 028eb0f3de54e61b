package family

import (
	"context"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type deserializationCase struct {
	Header strict.Hex `json:"vlbytes_header"`
	Length uint32     `json:"length"`
}

func deserialization() Family {
	return Family{
		Name: "deserialization", Title: "Vector deserialization", Section: "2.1.2", Cases: 14,
		Requirements: []rule.ID{"rfc9420-2.1.2-07"},
		Check:        replay(checkDeserialization),
	}
}

func checkDeserialization(_ context.Context, c *deserializationCase) error {
	s := cryptobyte.String(c.Header)
	var length int
	if err := syntax.ReadLength(&s, &length); err != nil {
		return at("vlbytes_header", err)
	}
	if err := same("length", c.Length, uint32(length)); err != nil {
		return err
	}
	// The only header of this length is its shortest, with nothing behind it.
	var b cryptobyte.Builder
	syntax.AddLength(&b, length)
	header, err := b.Bytes()
	if err != nil {
		return at("length", err)
	}
	return equal("vlbytes_header", c.Header, header)
}
