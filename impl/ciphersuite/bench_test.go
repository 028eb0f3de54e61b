package ciphersuite_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	stdhpke "crypto/hpke"
	"fmt"
	"testing"

	"github.com/cloudflare/circl/hpke"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

func BenchmarkSuite(b *testing.B) {
	for _, s := range ciphersuite.All() {
		b.Run(fmt.Sprintf("suite=%d", s.ID()), func(b *testing.B) {
			benchmarkKEM(b, s)
			benchmarkSignature(b, s)
			benchmarkKDF(b, s)
		})
	}
}

func benchmarkKEM(b *testing.B, s *ciphersuite.Suite) {
	ikm := bytes.Repeat([]byte{1}, s.HashSize())
	seed := bytes.NewReader(bytes.Repeat([]byte{2}, s.SeedSize()))
	key := must[*ciphersuite.KEMKey](b)(s.DeriveKeyPair(ikm))
	ct := must[ciphersuite.HPKECiphertext](b)(s.EncryptWithLabel(seed, key.Public(), "label", nil, ikm))
	b.Run("op=derive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.DeriveKeyPair(ikm)
		}
	})
	b.Run("op=seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			seed.Reset(ikm[:min(len(ikm), s.SeedSize())])
			s.EncryptWithLabel(seed, key.Public(), "label", nil, ikm)
		}
	})
	b.Run("op=open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.DecryptWithLabel(key, "label", nil, ct)
		}
	})
}

func benchmarkSignature(b *testing.B, s *ciphersuite.Suite) {
	key := must[*ciphersuite.SignatureKey](b)(s.GenerateSignatureKey(stream(1)))
	content := make([]byte, 300)
	signature := must[[]byte](b)(s.SignWithLabel(key, "label", content))
	b.Run("op=sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.SignWithLabel(key, "label", content)
		}
	})
	b.Run("op=verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.VerifyWithLabel(key.Public(), "label", content, signature)
		}
	})
}

func benchmarkKDF(b *testing.B, s *ciphersuite.Suite) {
	secret := make([]byte, s.HashSize())
	b.Run("op=expand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.ExpandWithLabel(secret, "handshake", nil, s.HashSize())
		}
	})
}
