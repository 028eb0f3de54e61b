package syntax

import (
	"sync"

	"golang.org/x/crypto/cryptobyte"
)

// A vector is encoded apart, because its header depends on its length. The
// buffers for that are used again: a large Commit would otherwise be grown and
// thrown away at every level of nesting.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch is the largest buffer that is kept, in bytes.
const maxScratch = 1 << 20

// withScratch calls fill with a builder, and use with what it has built. The
// bytes are gone afterwards; as they can be secret, they are cleared.
func withScratch(fill func(*cryptobyte.Builder), use func([]byte)) error {
	buf := scratch.Get().(*[]byte)
	b := cryptobyte.NewBuilder((*buf)[:0])
	fill(b)
	encoded, err := b.Bytes()
	if err == nil {
		use(encoded)
	}
	if grown := cap(encoded) > cap(*buf); grown || err != nil {
		clear((*buf)[:cap(*buf)])
		if grown && cap(encoded) <= maxScratch {
			*buf = encoded[:0]
		}
	}
	clear(encoded)
	scratch.Put(buf)
	return err
}
