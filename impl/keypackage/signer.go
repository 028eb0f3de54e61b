package keypackage

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// NewSigner generates a signature key pair for the suite's scheme and puts it
// into the store before it returns. The store's SignatureKey finds it again by
// its public key, which every leaf node of the client shows. With a nil reader
// the randomness is that of crypto/rand.
func NewSigner(s Store, suite *ciphersuite.Suite, r io.Reader) (*ciphersuite.SignatureKey, error) {
	if r == nil {
		r = rand.Reader
	}
	key, err := suite.GenerateSignatureKey(r)
	if err != nil {
		return nil, fmt.Errorf("signature key: %w", err)
	}
	if err := s.PutSignatureKey(suite, key); err != nil {
		return nil, fmt.Errorf("storing signature key: %w", err)
	}
	return key, nil
}
