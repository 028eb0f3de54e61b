package bolt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// KeySize is the length of the key that seals a file, in bytes.
const KeySize = 32

var (
	// ErrKeySize reports a key to seal with that has not [KeySize] bytes.
	ErrKeySize = errors.New("bolt: a key has 32 bytes")
	// ErrWrongKey reports that a file was sealed with another key.
	ErrWrongKey = errors.New("bolt: the file is sealed with another key")
	// ErrSealed reports that a file is sealed and no key was given.
	ErrSealed = errors.New("bolt: the file is sealed, and no key was given")
	// ErrNotSealed reports that a key was given for a file that is not sealed.
	ErrNotSealed = errors.New("bolt: the file is not sealed, and a key was given")
)

// A sealer seals records with AES-256-GCM. Nil leaves them as they are.
type sealer struct {
	aead cipher.AEAD
	rand io.Reader // of the nonces
}

func newSealer(key ciphersuite.Secret, random io.Reader) (*sealer, error) {
	if key == nil {
		return nil, nil
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("%w, not %d", ErrKeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if random == nil {
		random = rand.Reader
	}
	return &sealer{aead, random}, nil
}

// seal returns a fresh nonce and the ciphertext of a record. It is called in
// writing transactions only, of which there is one at a time: the reader need
// not bear more.
func (s *sealer) seal(k kind, key, record []byte) ([]byte, error) {
	if s == nil {
		return record, nil
	}
	place, err := placeOf(k, key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(record)+s.aead.Overhead())
	if _, err := io.ReadFull(s.rand, nonce); err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	return s.aead.Seal(nonce, nonce, record, place), nil
}

// open reverses seal. The result is always a copy.
func (s *sealer) open(k kind, key, sealed []byte) ([]byte, error) {
	if s == nil {
		return bytes.Clone(sealed), nil
	}
	place, err := placeOf(k, key)
	if err != nil {
		return nil, err
	}
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("%w: %d bytes are too few for a sealed one", store.ErrRecord, len(sealed))
	}
	record, err := s.aead.Open(nil, sealed[:n], sealed[n:], place)
	if err != nil {
		return nil, fmt.Errorf("%w: it was sealed at another place, or has changed", store.ErrRecord)
	}
	return record, nil
}

// A place is what a sealed record is bound to.
type place struct {
	kind kind
	key  []byte
}

func placeOf(k kind, key []byte) ([]byte, error) { return syntax.Marshal(&place{k, key}) }

func (p *place) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, []byte("mlsconform store"))
	b.AddUint16(version)
	syntax.AddOpaque(b, []byte(p.kind))
	syntax.AddOpaque(b, p.key)
}
