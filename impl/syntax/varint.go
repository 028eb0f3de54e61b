package syntax

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// MaxLength is the longest vector that a length header can announce, in bytes
// (RFC 9420, Section 2.1.2).
const MaxLength = 1<<30 - 1

// AddLength appends a vector's length header in the shortest of its three forms
// (RFC 9420, Section 2.1.2).
func AddLength(b *cryptobyte.Builder, n int) {
	switch {
	case n < 0 || n > MaxLength:
		b.SetError(rule.Errorf("rfc9420-2.1.2-04", "vector of %d bytes, at most %d can be encoded", n, MaxLength))
	case n < 1<<6:
		b.AddUint8(uint8(n))
	case n < 1<<14:
		b.AddUint16(0x4000 | uint16(n))
	default:
		b.AddUint32(0x8000_0000 | uint32(n))
	}
}

// ReadLength reads a vector's length header. It does not compare the length
// with what is left of s.
func ReadLength(s *cryptobyte.String, n *int) error {
	if s.Empty() && !reveal(s, 1) {
		return rule.Errorf("rfc9420-2.1-01", "length header: input ends")
	}
	prefix := (*s)[0] >> 6
	if prefix == 3 {
		if rule.Skipped("rfc9420-2.1.2-03") {
			return readUndefinedLength(s, n)
		}
		return rule.Errorf("rfc9420-2.1.2-03", "length header begins with %#02x", (*s)[0])
	}
	width := 1 << prefix
	var header []byte
	if !s.ReadBytes(&header, width) && !(reveal(s, width) && s.ReadBytes(&header, width)) {
		return rule.Errorf("rfc9420-2.1.2-08", "length header of %d bytes is cut off after %d", width, len(*s))
	}
	v := int(header[0] & 0x3f)
	for _, b := range header[1:] {
		v = v<<8 | int(b)
	}
	if (width == 2 && v < 1<<6 && !(rule.Planted(rule.Varint) && v == 1<<6-1) || width == 4 && v < 1<<14) && !rule.Skipped("rfc9420-2.1.2-02") {
		return rule.Errorf("rfc9420-2.1.2-02", "length %d is encoded in %d bytes, fewer suffice", v, width)
	}
	*n = v
	return nil
}
