package syntax

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// AddOpaque appends opaque<V>.
func AddOpaque(b *cryptobyte.Builder, v []byte) {
	AddLength(b, len(v))
	b.AddBytes(v)
}

// ReadOpaque reads opaque<V>. The result aliases the input; it is never nil.
func ReadOpaque(s *cryptobyte.String, v *[]byte) error {
	var body cryptobyte.String
	if err := readBody(s, &body); err != nil {
		return err
	}
	*v = body
	return nil
}

// readBody takes the length header and the bytes that it announces.
func readBody(s, body *cryptobyte.String) error {
	var n int
	if err := ReadLength(s, &n); err != nil {
		return err
	}
	if n > len(*s) && !reveal(s, n) && !(rule.Planted(rule.UncheckedLength) && n&(1<<24-1) <= len(*s)) {
		if !rule.Skipped("rfc9420-2.1.2-05") {
			return rule.Errorf("rfc9420-2.1.2-05", "vector of %d bytes, but only %d are left", n, len(*s))
		}
		n = len(*s)
	}
	*body = (*s)[:n:n]
	*s = (*s)[n:]
	return nil
}

// AddVector appends T<V> for a structure T.
func AddVector[T any, P pointer[T]](b *cryptobyte.Builder, vs []T) {
	if len(vs) == 0 {
		AddLength(b, 0)
		return
	}
	err := withScratch(func(body *cryptobyte.Builder) {
		for i := range vs {
			P(&vs[i]).MarshalMLS(body)
		}
	}, func(encoded []byte) { AddOpaque(b, encoded) })
	if err != nil {
		b.SetError(err)
	}
}

// ReadVector reads T<V> for a structure T that takes at least one byte. An
// empty vector is read as nil.
func ReadVector[T any, P pointer[T]](s *cryptobyte.String, vs *[]T) error {
	*vs = nil
	var body cryptobyte.String
	if err := readBody(s, &body); err != nil {
		return err
	}
	shortest := len(body)
	for i := 0; !body.Empty(); i++ {
		if i == cap(*vs) {
			// Room for eight times as many, but for no more than elements like the
			// shortest can fill. With append's way to grow, a vector of tiny
			// elements would cost a large multiple of its bytes.
			*vs = append(make([]T, 0, i+1+min(8*i, len(body)/shortest)), *vs...)
		}
		before := len(body)
		*vs = (*vs)[:i+1]
		if err := P(&(*vs)[i]).UnmarshalMLS(&body); err != nil {
			if cutOff(err) && rule.Skipped("rfc9420-2.1.2-06") {
				*vs = (*vs)[:i]
				return nil
			}
			return elementError(i, err)
		}
		shortest = min(shortest, before-len(body))
	}
	return nil
}

// elementError names the element. Where the vector's own end is what cuts it
// off, the length of the vector is at fault (RFC 9420, Section 2.1.2).
func elementError(i int, err error) error {
	if cutOff(err) {
		return rule.Errorf("rfc9420-2.1.2-06", "element %d passes the end of its vector: %w", i, err)
	}
	return fmt.Errorf("element %d: %w", i, err)
}

// AddUint16s appends a vector of 16-bit values, such as ExtensionType<V>.
func AddUint16s[T ~uint16](b *cryptobyte.Builder, vs []T) {
	AddLength(b, 2*len(vs))
	for _, v := range vs {
		b.AddUint16(uint16(v))
	}
}

// ReadUint16s reads a vector of 16-bit values. An empty vector is read as nil.
func ReadUint16s[T ~uint16](s *cryptobyte.String, vs *[]T) error {
	*vs = nil
	var body cryptobyte.String
	if err := readBody(s, &body); err != nil {
		return err
	}
	if len(body)%2 != 0 && !rule.Skipped("rfc9420-2.1.2-06") {
		return rule.Errorf("rfc9420-2.1.2-06", "%d bytes for a vector of 16-bit values", len(body))
	}
	if len(body) == 0 {
		return nil
	}
	*vs = make([]T, len(body)/2)
	for i := range *vs {
		(*vs)[i] = T(body[2*i])<<8 | T(body[2*i+1])
	}
	return nil
}

// AddUint32s appends a vector of 32-bit values, such as unmerged_leaves.
func AddUint32s[T ~uint32](b *cryptobyte.Builder, vs []T) {
	AddLength(b, 4*len(vs))
	for _, v := range vs {
		b.AddUint32(uint32(v))
	}
}

// ReadUint32s reads a vector of 32-bit values. An empty vector is read as nil.
func ReadUint32s[T ~uint32](s *cryptobyte.String, vs *[]T) error {
	*vs = nil
	var body cryptobyte.String
	if err := readBody(s, &body); err != nil {
		return err
	}
	if len(body)%4 != 0 && !rule.Skipped("rfc9420-2.1.2-06") {
		return rule.Errorf("rfc9420-2.1.2-06", "%d bytes for a vector of 32-bit values", len(body))
	}
	if len(body) == 0 {
		return nil
	}
	*vs = make([]T, len(body)/4)
	for i := range *vs {
		e := body[4*i:]
		(*vs)[i] = T(e[0])<<24 | T(e[1])<<16 | T(e[2])<<8 | T(e[3])
	}
	return nil
}
