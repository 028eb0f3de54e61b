package ciphersuite_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

func TestAEADKnownAnswers(t *testing.T) {
	// Tags of the empty message under the all-zero key and nonce. For AES these
	// are test cases 1 and 13 of the GCM specification.
	tags := map[string]string{
		"1": "58e2fccefa7e3061367f1d57a4e7455a",
		"4": "530f8afbc74536b9a963b4f1c4cb738b",
		"3": "4eb972c9a8fb3a1b382bb4d36f5ffad1",
	}
	for _, s := range ciphersuite.All() {
		want := tags["4"]
		switch s.ID() {
		case 1, 2:
			want = tags["1"]
		case 3, 6:
			want = tags["3"]
		}
		got, err := s.Seal(make([]byte, s.KeySize()), make([]byte, s.NonceSize()), nil, nil)
		if err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("suite %d: tag %x, %v, want %s", s.ID(), got, err, want)
		}
	}
}

func TestAEADRefuses(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key, nonce := make([]byte, s.KeySize()), make([]byte, s.NonceSize())
		aad, plaintext := []byte("aad"), []byte("plaintext")
		ciphertext := must[[]byte](t)(s.Seal(key, nonce, aad, plaintext))
		if got, err := s.Open(key, nonce, aad, ciphertext); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open = %q, %v", got, err)
		}
		for i := range ciphertext {
			changed := bytes.Clone(ciphertext)
			changed[i] ^= 1
			if _, err := s.Open(key, nonce, aad, changed); err == nil {
				t.Errorf("opened with byte %d changed", i)
			}
			if _, err := s.Open(key, nonce, aad, ciphertext[:i]); err == nil {
				t.Errorf("opened the first %d bytes", i)
			}
		}
		if _, err := s.Open(key, nonce, nil, ciphertext); err == nil {
			t.Error("opened with other associated data")
		}
		for n := range 70 {
			if n != s.KeySize() {
				_, err := s.Seal(make([]byte, n), nonce, nil, nil)
				wantID(t, fmt.Sprintf("sealing with a key of %d bytes", n), err, "rfc9420-17.1-02")
				_, err = s.Open(make([]byte, n), nonce, aad, ciphertext)
				wantID(t, fmt.Sprintf("opening with a key of %d bytes", n), err, "rfc9420-17.1-02")
			}
			if n != s.NonceSize() {
				_, err := s.Seal(key, make([]byte, n), nil, nil)
				wantID(t, fmt.Sprintf("sealing with a nonce of %d bytes", n), err, "rfc9420-17.1-02")
				_, err = s.Open(key, make([]byte, n), aad, ciphertext)
				wantID(t, fmt.Sprintf("opening with a nonce of %d bytes", n), err, "rfc9420-17.1-02")
			}
		}
	})
}
