package ciphersuite

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// An HPKECiphertext is the result of EncryptWithLabel (RFC 9420, Section 7.6):
// kem_output and ciphertext.
type HPKECiphertext struct {
	KEMOutput  []byte
	Ciphertext []byte
}

// MarshalMLS appends the encoding.
func (c *HPKECiphertext) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, c.KEMOutput)
	syntax.AddOpaque(b, c.Ciphertext)
}

// UnmarshalMLS reads the encoding.
func (c *HPKECiphertext) UnmarshalMLS(s *cryptobyte.String) error {
	*c = HPKECiphertext{}
	if err := syntax.ReadOpaque(s, &c.KEMOutput); err != nil {
		return fmt.Errorf("kem_output: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.Ciphertext); err != nil {
		return fmt.Errorf("ciphertext: %w", err)
	}
	return nil
}

// A KEMKey is an HPKE key pair. It does not change, and printing it shows only
// the public key.
type KEMKey struct {
	key groupKey
}

// Public returns the public key as SerializePublicKey gives it (RFC 9180,
// Section 4). The caller must not change it.
func (k *KEMKey) Public() []byte {
	public := k.key.public()
	return public[:len(public):len(public)]
}

// Private returns a copy of the private key as SerializePrivateKey gives it.
// For X25519 and X448 it is clamped (RFC 9180, Section 7.1.2).
func (k *KEMKey) Private() Secret { return append(Secret(nil), k.key.private()...) }

// Format prints the public key, for every verb.
func (k *KEMKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "HPKE key pair %x", k.Public()) }

// SeedSize returns the number of bytes that GenerateKEMKey, EncryptWithLabel and
// ExternalInitSend each read from their reader: Nsk of the KEM.
func (s *Suite) SeedSize() int { return s.hpke.privateSize() }

// GenerateKEMKey returns a new key pair, the one that DeriveKeyPair gives for
// SeedSize bytes of rand.
func (s *Suite) GenerateKEMKey(rand io.Reader) (*KEMKey, error) {
	seed, err := readSeed(rand, s.SeedSize())
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return s.DeriveKeyPair(seed)
}

// DeriveKeyPair returns the key pair that ikm decides (RFC 9180, Section 7.1.3).
func (s *Suite) DeriveKeyPair(ikm []byte) (*KEMKey, error) {
	if len(ikm) == 0 {
		return nil, errors.New("no key material to derive a key pair from")
	}
	key, err := s.hpke.deriveKeyPair(ikm)
	if err != nil {
		return nil, err
	}
	return &KEMKey{key}, nil
}

// ParseKEMKey reads a private key and computes the public one.
func (s *Suite) ParseKEMKey(private []byte) (*KEMKey, error) {
	key, err := s.hpke.parseKey(private)
	if err != nil {
		return nil, fmt.Errorf("HPKE private key: %w", err)
	}
	return &KEMKey{key}, nil
}

// CheckKEMPublicKey checks that a public key has the length and form of the
// suite's KEM (RFC 9420, Section 5.1.1).
func (s *Suite) CheckKEMPublicKey(public []byte) error {
	if err := s.hpke.checkPublicKey(public); err != nil && !rule.Skipped("rfc9420-5.1.1-01") {
		return rule.Errorf("rfc9420-5.1.1-01", "HPKE public key: %w", err)
	}
	return nil
}

// EncryptWithLabel encrypts plaintext to a public key (RFC 9420, Section 5.1.3).
// The ephemeral key is derived from SeedSize bytes of rand.
func (s *Suite) EncryptWithLabel(rand io.Reader, public []byte, label string, context, plaintext []byte) (HPKECiphertext, error) {
	info, err := encryptContext(label, len(context))
	if err != nil {
		return HPKECiphertext{}, fmt.Errorf("EncryptContext: %w", err)
	}
	sender, kemOutput, err := s.setupSender(rand, public, info, context)
	if err != nil {
		return HPKECiphertext{}, err
	}
	defer sender.erase()
	ciphertext, err := sender.seal(plaintext)
	if err != nil {
		return HPKECiphertext{}, err
	}
	return HPKECiphertext{kemOutput, ciphertext}, nil
}

// DecryptWithLabel reverses EncryptWithLabel (RFC 9420, Section 5.1.3).
func (s *Suite) DecryptWithLabel(key *KEMKey, label string, context []byte, ct HPKECiphertext) (Secret, error) {
	info, err := encryptContext(label, len(context))
	if err != nil {
		return nil, fmt.Errorf("EncryptContext: %w", err)
	}
	receiver, err := s.hpke.setupReceiver(key.key, ct.KEMOutput, info, context)
	if err != nil {
		return nil, err
	}
	defer receiver.erase()
	plaintext, err := receiver.open(ct.Ciphertext)
	if err != nil {
		return nil, rule.Errorf("rfc9420-5.1.3-01", "HPKE ciphertext for %q: %w", label, err)
	}
	return plaintext, nil
}

// externalInitLabel is the exporter context of external initialization. It is
// no MLS label with a length, just these bytes.
const externalInitLabel = "MLS 1.0 external init secret"

// ExternalInitSend returns a fresh init secret and the KEM output that gives it
// to the holders of the external private key (RFC 9420, Section 8.3).
func (s *Suite) ExternalInitSend(rand io.Reader, public []byte) (kemOutput []byte, initSecret Secret, err error) {
	sender, kemOutput, err := s.setupSender(rand, public)
	if err != nil {
		return nil, nil, err
	}
	defer sender.erase()
	return kemOutput, sender.export(externalInitLabel, s.HashSize()), nil
}

// ExternalInitReceive returns the init secret that a KEM output stands for
// (RFC 9420, Section 8.3).
func (s *Suite) ExternalInitReceive(key *KEMKey, kemOutput []byte) (Secret, error) {
	receiver, err := s.hpke.setupReceiver(key.key, kemOutput)
	if err != nil {
		return nil, err
	}
	defer receiver.erase()
	return receiver.export(externalInitLabel, s.HashSize()), nil
}

func (s *Suite) setupSender(rand io.Reader, public []byte, info ...[]byte) (*hpkeContext, []byte, error) {
	seed, err := readSeed(rand, s.SeedSize())
	if err != nil {
		return nil, nil, err
	}
	defer clear(seed)
	return s.hpke.setupSender(seed, public, info...)
}
