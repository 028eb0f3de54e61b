package ciphersuite_test

import (
	"bytes"
	"crypto/hkdf"
	stdhpke "crypto/hpke"
	"fmt"
	"testing"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// measure times an operation that has to succeed.
func measure(b *testing.B, name string, op func() error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := op(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSuite times the operations of each suite and, for HPKE and HKDF, the
// same done by whole libraries.
func BenchmarkSuite(b *testing.B) {
	for _, s := range ciphersuite.All() {
		b.Run(fmt.Sprintf("suite=%d", s.ID()), func(b *testing.B) {
			key := must[*ciphersuite.KEMKey](b)(s.GenerateKEMKey(stream(1)))
			benchmarkHPKE(b, s, key)
			benchmarkCircl(b, s, key)
			if s.SeedSize() != 56 { // crypto/hpke has no X448
				benchmarkStd(b, s, key)
			}
			benchmarkSignature(b, s)
			benchmarkExpand(b, s)
		})
	}
}

// pathSecret is a plaintext of the usual size.
var pathSecret = make([]byte, 32)

func benchmarkHPKE(b *testing.B, s *ciphersuite.Suite, key *ciphersuite.KEMKey) {
	ikm, seed := make([]byte, s.HashSize()), make([]byte, s.SeedSize())
	ct := must[ciphersuite.HPKECiphertext](b)(s.EncryptWithLabel(stream(2), key.Public(), "label", []byte("context"), pathSecret))
	measure(b, "derive", func() error {
		_, err := s.DeriveKeyPair(ikm)
		return err
	})
	measure(b, "seal", func() error {
		_, err := s.EncryptWithLabel(bytes.NewReader(seed), key.Public(), "label", []byte("context"), pathSecret)
		return err
	})
	measure(b, "open", func() error {
		_, err := s.DecryptWithLabel(key, "label", []byte("context"), ct)
		return err
	})
}

func benchmarkCircl(b *testing.B, s *ciphersuite.Suite, key *ciphersuite.KEMKey) {
	n := hpkeNumbers[s.ID()]
	suite, scheme := hpke.NewSuite(hpke.KEM(n[0]), hpke.KDF(n[1]), hpke.AEAD(n[2])), hpke.KEM(n[0]).Scheme()
	private := must[kem.PrivateKey](b)(scheme.UnmarshalBinaryPrivateKey(key.Private()))
	seed := make([]byte, s.SeedSize())
	seal := func() (kemOutput, ciphertext []byte, err error) {
		public, err := scheme.UnmarshalBinaryPublicKey(key.Public())
		if err != nil {
			return nil, nil, err
		}
		sender, err := suite.NewSender(public, encryptContext)
		if err != nil {
			return nil, nil, err
		}
		kemOutput, sealer, err := sender.Setup(bytes.NewReader(seed))
		if err != nil {
			return nil, nil, err
		}
		ciphertext, err = sealer.Seal(pathSecret, nil)
		return kemOutput, ciphertext, err
	}
	kemOutput, ciphertext, err := seal()
	if err != nil {
		b.Fatal(err)
	}
	measure(b, "seal/circl", func() error {
		_, _, err := seal()
		return err
	})
	measure(b, "open/circl", func() error {
		receiver, err := suite.NewReceiver(private, encryptContext)
		if err != nil {
			return err
		}
		opener, err := receiver.Setup(kemOutput)
		if err != nil {
			return err
		}
		_, err = opener.Open(ciphertext, nil)
		return err
	})
}

func benchmarkStd(b *testing.B, s *ciphersuite.Suite, key *ciphersuite.KEMKey) {
	n := hpkeNumbers[s.ID()]
	scheme := must[stdhpke.KEM](b)(stdhpke.NewKEM(n[0]))
	kdf := must[stdhpke.KDF](b)(stdhpke.NewKDF(n[1]))
	aead := must[stdhpke.AEAD](b)(stdhpke.NewAEAD(n[2]))
	private := must[stdhpke.PrivateKey](b)(scheme.NewPrivateKey(key.Private()))
	ciphertext := must[[]byte](b)(stdhpke.Seal(private.PublicKey(), kdf, aead, encryptContext, pathSecret))
	measure(b, "seal/std", func() error {
		public, err := scheme.NewPublicKey(key.Public())
		if err != nil {
			return err
		}
		_, err = stdhpke.Seal(public, kdf, aead, encryptContext, pathSecret)
		return err
	})
	measure(b, "open/std", func() error {
		_, err := stdhpke.Open(private, kdf, aead, encryptContext, ciphertext)
		return err
	})
}

func benchmarkSignature(b *testing.B, s *ciphersuite.Suite) {
	key := must[*ciphersuite.SignatureKey](b)(s.GenerateSignatureKey(stream(1)))
	content := make([]byte, 300)
	signature := must[[]byte](b)(s.SignWithLabel(key, "label", content))
	measure(b, "sign", func() error {
		_, err := s.SignWithLabel(key, "label", content)
		return err
	})
	measure(b, "verify", func() error {
		return s.VerifyWithLabel(key.Public(), "label", content, signature)
	})
	measure(b, "checkkey", func() error {
		return s.CheckSignatureKey(key.Public())
	})
}

func benchmarkExpand(b *testing.B, s *ciphersuite.Suite) {
	secret := make([]byte, s.HashSize())
	measure(b, "expand", func() error {
		_, err := s.ExpandWithLabel(secret, "handshake", nil, s.HashSize())
		return err
	})
	info := make([]byte, 21)
	measure(b, "expand/std", func() error {
		_, err := hkdf.Expand(s.NewHash, secret, string(info), s.HashSize())
		return err
	})
}
