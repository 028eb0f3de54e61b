package ciphersuite

import (
	"fmt"
	"io"
)

// A source is where a key gets its randomness.
type source struct{ io.Reader }

// bytes reads n bytes. The caller clears them after use.
func (r source) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		clear(b)
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return b, nil
}
