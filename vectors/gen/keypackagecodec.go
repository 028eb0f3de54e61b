package main

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A writer writes the presentation language of RFC 9420, Section 2.1, by hand,
// and remembers where everything is. A place is the name of a field; where it
// tells a vector's, the header or the content can be made another one.
type writer struct {
	bytes   []byte
	within  string // what stands in front of all names, where a structure occurs twice
	extents []extent
	forms   map[string]func(length int) []byte
	edits   map[string]func(content []byte) []byte
}

// An extent says where a field is: for an integer, header and content begin at
// the same byte.
type extent struct {
	place                string
	header, content, end int
}

func (w *writer) number(place string, v uint64, size int) {
	at := len(w.bytes)
	w.bytes = append(w.bytes, binary.BigEndian.AppendUint64(nil, v)[8-size:]...)
	w.extents = append(w.extents, extent{w.within + place, at, at, len(w.bytes)})
}

// vector writes a vector around what content writes.
func (w *writer) vector(place string, content func()) {
	place = w.within + place
	start, first := len(w.bytes), len(w.extents)
	content()
	body := slices.Clone(w.bytes[start:])
	if edit := w.edits[place]; edit != nil {
		body = edit(body)
	}
	length := header(len(body))
	if form := w.forms[place]; form != nil {
		length = form(len(body))
	}
	w.bytes = slices.Concat(w.bytes[:start], length, body)
	for i := first; i < len(w.extents); i++ {
		e := &w.extents[i]
		e.header, e.content, e.end = e.header+len(length), e.content+len(length), e.end+len(length)
	}
	w.extents = append(w.extents, extent{place, start, start + len(length), len(w.bytes)})
}

func (w *writer) opaque(place string, content []byte) {
	w.vector(place, func() { w.bytes = append(w.bytes, content...) })
}

// types writes a vector of code points.
func (w *writer) types(place string, values []uint16) {
	w.vector(place, func() {
		for _, v := range values {
			w.bytes = binary.BigEndian.AppendUint16(w.bytes, v)
		}
	})
}

// at returns where a field is.
func (w *writer) at(place string) extent {
	i := slices.IndexFunc(w.extents, func(e extent) bool { return e.place == place })
	if i < 0 {
		check(fmt.Errorf("there is no field %s", place))
	}
	return w.extents[i]
}

// These are forms of a length header that Section 2.1.2 refuses.

// twoBytes is longer than needed below 64.
func twoBytes(n int) []byte { return binary.BigEndian.AppendUint16(nil, 1<<14|uint16(n)) }

// fourBytes is longer than needed below 16384.
func fourBytes(n int) []byte { return binary.BigEndian.AppendUint32(nil, 2<<30|uint32(n)) }

// quicBytes is the longest of the four forms of RFC 9000, Section 16.
func quicBytes(n int) []byte { return binary.BigEndian.AppendUint64(nil, 3<<62|uint64(n)) }

// masked is a length of four bytes with both of the first bits set.
func masked(n int) []byte { return binary.BigEndian.AppendUint32(nil, 3<<30|uint32(n)) }

// longer takes the next longer form than the shortest.
func longer(n int) []byte {
	if n < 1<<6 {
		return twoBytes(n)
	}
	return fourBytes(n)
}

// claiming is the right header for a length that differs from the true one.
func claiming(more int) func(int) []byte {
	return func(n int) []byte { return header(n + more) }
}

// exactly is a header that does not depend on the content.
func exactly(h ...byte) func(int) []byte {
	return func(int) []byte { return h }
}
