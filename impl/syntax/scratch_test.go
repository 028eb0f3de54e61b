package syntax

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// Buffers for encoding have held secrets. That they are cleared is seen from
// inside only.
func TestScratchBuffersAreCleared(t *testing.T) {
	secret := []byte("secret")
	for _, c := range []struct {
		name  string
		fill  func(*cryptobyte.Builder)
		fails bool
	}{
		{"a buffer that grows", func(b *cryptobyte.Builder) { b.AddBytes(secret) }, false},
		{"a buffer with room", func(b *cryptobyte.Builder) { b.AddBytes(secret) }, false},
		{"after an error", func(b *cryptobyte.Builder) {
			b.AddBytes(secret)
			b.SetError(errors.New("no encoding"))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen []byte
			err := withScratch(c.fill, func(encoded []byte) { seen = encoded })
			if (err != nil) != c.fails {
				t.Errorf("err = %v", err)
			}
			if bytes.Contains(seen, secret) {
				t.Errorf("%q is left in what was handed out", seen)
			}
			buf := scratch.Get().(*[]byte)
			defer scratch.Put(buf)
			if left := (*buf)[:cap(*buf)]; bytes.Contains(left, secret) {
				t.Errorf("%q is left in the pool", left)
			}
		})
	}
}

func TestLargeScratchBuffersAreDropped(t *testing.T) {
	err := withScratch(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, maxScratch+1)) }, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	if buf := scratch.Get().(*[]byte); cap(*buf) > maxScratch {
		t.Errorf("a buffer of %d bytes is kept", cap(*buf))
	}
}
