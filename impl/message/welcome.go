package message

import (
	"bytes"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/parallel"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A Welcome lets new members join (RFC 9420, Section 12.4.3.1).
type Welcome struct {
	CipherSuite        codepoint.CipherSuite
	Secrets            []EncryptedGroupSecrets
	EncryptedGroupInfo []byte
}

func (w *Welcome) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(w.CipherSuite))
	syntax.AddVector(b, w.Secrets)
	syntax.AddOpaque(b, w.EncryptedGroupInfo)
}

func (w *Welcome) UnmarshalMLS(s *cryptobyte.String) error {
	*w = Welcome{}
	if err := syntax.ReadUint16(s, &w.CipherSuite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadVector(s, &w.Secrets); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	if err := syntax.ReadOpaque(s, &w.EncryptedGroupInfo); err != nil {
		return fmt.Errorf("encrypted_group_info: %w", err)
	}
	return nil
}

// EncryptedGroupSecrets are the GroupSecrets for one new member
// (RFC 9420, Section 12.4.3.1).
type EncryptedGroupSecrets struct {
	NewMember             []byte // KeyPackageRef
	EncryptedGroupSecrets ciphersuite.HPKECiphertext
}

func (e *EncryptedGroupSecrets) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, e.NewMember)
	e.EncryptedGroupSecrets.MarshalMLS(b)
}

func (e *EncryptedGroupSecrets) UnmarshalMLS(s *cryptobyte.String) error {
	*e = EncryptedGroupSecrets{}
	if err := syntax.ReadOpaque(s, &e.NewMember); err != nil {
		return fmt.Errorf("new_member: %w", err)
	}
	if err := e.EncryptedGroupSecrets.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("encrypted_group_secrets: %w", err)
	}
	return nil
}

// GroupSecrets are what a new member needs of the key schedule
// (RFC 9420, Section 12.4.3.1).
type GroupSecrets struct {
	JoinerSecret ciphersuite.Secret
	PathSecret   *PathSecret
	PSKs         []schedule.PreSharedKeyID
}

func (g *GroupSecrets) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, g.JoinerSecret)
	syntax.AddOptional(b, g.PathSecret)
	syntax.AddVector(b, g.PSKs)
}

func (g *GroupSecrets) UnmarshalMLS(s *cryptobyte.String) error {
	*g = GroupSecrets{}
	if err := syntax.ReadOpaque(s, (*[]byte)(&g.JoinerSecret)); err != nil {
		return fmt.Errorf("joiner_secret: %w", err)
	}
	if err := syntax.ReadOptional(s, &g.PathSecret); err != nil {
		return fmt.Errorf("path_secret: %w", err)
	}
	if err := syntax.ReadVector(s, &g.PSKs); err != nil {
		return fmt.Errorf("psks: %w", err)
	}
	return nil
}

// A PathSecret is the path secret of the lowest node above both the committer
// and the new member (RFC 9420, Section 12.4.3.1).
type PathSecret struct {
	PathSecret ciphersuite.Secret
}

func (p *PathSecret) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, p.PathSecret) }

func (p *PathSecret) UnmarshalMLS(s *cryptobyte.String) error {
	*p = PathSecret{}
	return syntax.ReadOpaque(s, (*[]byte)(&p.PathSecret))
}

const welcomeLabel = "Welcome"

// SealGroupInfo encrypts the GroupInfo under the welcome secret.
func (w *Welcome) SealGroupInfo(suite *ciphersuite.Suite, welcomeSecret ciphersuite.Secret, info *GroupInfo) error {
	encoded, err := syntax.Marshal(info)
	if err != nil {
		return fmt.Errorf("group info: %w", err)
	}
	key, nonce := schedule.WelcomeKeyNonce(suite, welcomeSecret)
	defer clear(key)
	w.EncryptedGroupInfo, err = suite.Seal(key, nonce, nil, encoded)
	if err != nil {
		return fmt.Errorf("encrypting group info: %w", err)
	}
	return nil
}

// OpenGroupInfo decrypts the GroupInfo.
func (w *Welcome) OpenGroupInfo(suite *ciphersuite.Suite, welcomeSecret ciphersuite.Secret) (*GroupInfo, error) {
	key, nonce := schedule.WelcomeKeyNonce(suite, welcomeSecret)
	defer clear(key)
	encoded, err := suite.Open(key, nonce, nil, w.EncryptedGroupInfo)
	if err != nil {
		return nil, rule.Errorf("rfc9420-12.4.3.1-08", "encrypted_group_info: %w", err)
	}
	info := new(GroupInfo)
	if err := syntax.Unmarshal(encoded, info); err != nil {
		return nil, fmt.Errorf("group info: %w", err)
	}
	return info, nil
}

// A Recipient is a new member to be welcomed.
type Recipient struct {
	KeyPackageRef []byte
	InitKey       []byte
	Secrets       *GroupSecrets
}

// SealSecrets encrypts their GroupSecrets to the new members, on all cores. The
// encrypted GroupInfo has to be in place: it is the context of the encryption.
// What each ciphertext takes from rand is settled before, so that the same
// randomness gives the same Welcome.
func (w *Welcome) SealSecrets(rand io.Reader, suite *ciphersuite.Suite, recipients []Recipient) error {
	size := suite.SeedSize()
	seeds := make([]byte, len(recipients)*size)
	defer clear(seeds)
	if _, err := io.ReadFull(rand, seeds); err != nil {
		return fmt.Errorf("randomness for group secrets: %w", err)
	}
	w.Secrets = make([]EncryptedGroupSecrets, len(recipients))
	return parallel.Each(len(recipients), func(i int) error {
		r, seed := &recipients[i], bytes.NewReader(seeds[i*size:][:size])
		encoded, err := syntax.Marshal(r.Secrets)
		if err != nil {
			return fmt.Errorf("group secrets %d: %w", i, err)
		}
		defer clear(encoded)
		ct, err := suite.EncryptWithLabel(seed, r.InitKey, welcomeLabel, w.EncryptedGroupInfo, encoded)
		if err != nil {
			return fmt.Errorf("encrypting group secrets %d: %w", i, err)
		}
		w.Secrets[i] = EncryptedGroupSecrets{NewMember: r.KeyPackageRef, EncryptedGroupSecrets: ct}
		return nil
	})
}

// Names reports whether the Welcome has an entry for the KeyPackageRef.
func (w *Welcome) Names(ref []byte) bool { return w.entry(ref) != nil }

func (w *Welcome) entry(ref []byte) *EncryptedGroupSecrets {
	for i := range w.Secrets {
		if bytes.Equal(w.Secrets[i].NewMember, ref) {
			return &w.Secrets[i]
		}
	}
	return nil
}

// OpenSecrets decrypts the GroupSecrets for the KeyPackage with the given
// reference and init key.
func (w *Welcome) OpenSecrets(suite *ciphersuite.Suite, ref []byte, initKey *ciphersuite.KEMKey) (*GroupSecrets, error) {
	e := w.entry(ref)
	if e == nil {
		return nil, rule.Errorf("rfc9420-12.4.3.1-02", "secrets: no entry for KeyPackage %x", ref)
	}
	encoded, err := suite.DecryptWithLabel(initKey, welcomeLabel, w.EncryptedGroupInfo, e.EncryptedGroupSecrets)
	if err != nil {
		return nil, rule.Errorf("rfc9420-12.4.3.1-04", "encrypted_group_secrets: %w", err)
	}
	secrets := new(GroupSecrets)
	if err := syntax.Unmarshal(encoded, secrets); err != nil {
		return nil, fmt.Errorf("group secrets: %w", err)
	}
	return secrets, nil
}
