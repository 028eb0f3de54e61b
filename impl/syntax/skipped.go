package syntax

import (
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// What is here does something only in test builds that take a check out
// (rule.Skipped): each function does what a decoder without the check does.

// reveal reports whether there are n bytes after all when one reads on past the
// end of the input, into what else its buffer holds.
func reveal(s *cryptobyte.String, n int) bool {
	if !rule.Skipped("rfc9420-2.1-01") || n > cap(*s) {
		return false
	}
	*s = (*s)[:cap(*s)]
	return true
}

// readUndefinedLength reads a header whose first two bits are set as one of eight
// bytes (RFC 9000, Section 16) or, where that passes the end, as one of four.
func readUndefinedLength(s *cryptobyte.String, n *int) error {
	if len(*s) >= 8 {
		if v := binary.BigEndian.Uint64(*s) &^ (3 << 62); v <= uint64(len(*s)-8) {
			*n = int(v)
			s.Skip(8)
			return nil
		}
	}
	var v uint32
	if err := ReadUint32(s, &v); err != nil {
		return err
	}
	*n = int(v &^ (3 << 30))
	return nil
}

// readIfPresent reads a value that may be there or not: other octets than 0 and 1
// stand for either, depending on the decoder.
func readIfPresent[T any, P pointer[T]](s *cryptobyte.String, v **T) {
	rest, t := *s, new(T)
	if P(t).UnmarshalMLS(&rest) == nil {
		*s, *v = rest, t
	}
}
