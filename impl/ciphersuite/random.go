package ciphersuite

import (
	"fmt"
	"io"
)

// readSeed reads n bytes, which the caller clears after use.
func readSeed(rand io.Reader, n int) ([]byte, error) {
	seed := make([]byte, n)
	if _, err := io.ReadFull(rand, seed); err != nil {
		clear(seed)
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return seed, nil
}
