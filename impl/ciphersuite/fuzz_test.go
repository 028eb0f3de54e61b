package ciphersuite_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// FuzzSuite gives arbitrary bytes to everything that takes bytes from outside.
func FuzzSuite(f *testing.F) {
	for i, s := range ciphersuite.All() {
		kem := must[*ciphersuite.KEMKey](f)(s.GenerateKEMKey(stream(1)))
		sig := must[*ciphersuite.SignatureKey](f)(s.GenerateSignatureKey(stream(2)))
		ct := must[ciphersuite.HPKECiphertext](f)(s.EncryptWithLabel(stream(3), kem.Public(), "label", nil, []byte("plaintext")))
		signature := must[[]byte](f)(s.SignWithLabel(sig, "label", nil))
		f.Add(byte(i), kem.Public(), ct.Ciphertext)
		f.Add(byte(i), []byte(kem.Private()), []byte(sig.Private()))
		f.Add(byte(i), sig.Public(), signature)
		f.Add(byte(i), make([]byte, len(kem.Public())), []byte{})
	}
	f.Fuzz(func(t *testing.T, i byte, a, b []byte) {
		s := ciphersuite.All()[int(i)%7]
		fuzzKEM(t, s, a, b)
		fuzzSignature(t, s, a, b)
		if plaintext, err := s.Open(a, b, nil, a); err == nil {
			t.Errorf("opened %x", plaintext)
		}
		if s.VerifyMAC(a, b, a) == nil {
			t.Error("a key is its own tag")
		}
	})
}

func fuzzKEM(t *testing.T, s *ciphersuite.Suite, a, b []byte) {
	own := must[*ciphersuite.KEMKey](t)(s.DeriveKeyPair(append([]byte{1}, a...)))
	formErr := s.CheckKEMPublicKey(a)
	ct, err := s.EncryptWithLabel(stream(1), a, "label", b, b)
	switch {
	case formErr != nil:
		wantID(t, "encrypting to a malformed key", err, "rfc9420-5.1.1-01")
	case err != nil:
		wantID(t, "encrypting to a well-formed key", err, "rfc9420-5.1.3-02")
	case len(ct.Ciphertext) != len(b)+s.Overhead():
		t.Errorf("%d bytes for a plaintext of %d", len(ct.Ciphertext), len(b))
	}
	if _, err := s.DecryptWithLabel(own, "label", nil, ciphersuite.HPKECiphertext{KEMOutput: a, Ciphertext: b}); rule.Of(err) == "" {
		t.Errorf("decrypting from %x: %v", a, err)
	}
	if _, err := s.ExternalInitReceive(own, a); err != nil {
		wantID(t, "external init", err, "rfc9420-5.1.3-02")
	}
	if key, err := s.ParseKEMKey(a); err == nil {
		again := must[*ciphersuite.KEMKey](t)(s.ParseKEMKey(key.Private()))
		if !bytes.Equal(again.Public(), key.Public()) {
			t.Errorf("private key %x changes its public key when written and read", a)
		}
	}
}

func fuzzSignature(t *testing.T, s *ciphersuite.Suite, a, b []byte) {
	if key, err := s.ParseSignatureKey(a); err == nil {
		if !bytes.Equal(key.Private(), a) {
			t.Errorf("private key %x is written as %x", a, []byte(key.Private()))
		}
		signature := must[[]byte](t)(s.SignWithLabel(key, "label", b))
		if err := s.VerifyWithLabel(key.Public(), "label", b, signature); err != nil {
			t.Error(err)
		}
	}
	err := s.VerifyWithLabel(a, "fuzz", a, b)
	if s.CheckSignatureKey(a) != nil && rule.Of(err) == "" {
		t.Errorf("a malformed key %x verifies: %v", a, err)
	}
}
