// Package store keeps what a client has to remember: its signature keys, the
// private keys of the KeyPackages that it has handed out (RFC 9420, Section 10),
// and the state of its groups. [Memory] forgets with the process; package bolt
// keeps everything in a file. Both are a [group.Store].
//
// Every implementation writes private keys down as a record, made and read by
// the functions of this package. What is read is checked, so that keys never
// come out of a store that do not belong together.
package store

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

var (
	// ErrKeys reports keys that cannot be stored because a private key is
	// missing or is not that of the public key beside it.
	ErrKeys = errors.New("store: private and public keys do not belong together")
	// ErrRecord reports a record that is damaged, or that belongs elsewhere.
	ErrRecord = errors.New("store: not an intact record")
)

// A bundleRecord is what is written down of a bundle. The KeyPackage stays
// encoded, so that its reference can be computed without encoding it again.
type bundleRecord struct {
	keyPackage    []byte
	initKey       []byte
	encryptionKey []byte
}

func (r *bundleRecord) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, r.keyPackage)
	syntax.AddOpaque(b, r.initKey)
	syntax.AddOpaque(b, r.encryptionKey)
}

func (r *bundleRecord) UnmarshalMLS(s *cryptobyte.String) error {
	*r = bundleRecord{}
	if err := syntax.ReadOpaque(s, &r.keyPackage); err != nil {
		return fmt.Errorf("key package: %w", err)
	}
	if err := syntax.ReadOpaque(s, &r.initKey); err != nil {
		return fmt.Errorf("init key: %w", err)
	}
	if err := syntax.ReadOpaque(s, &r.encryptionKey); err != nil {
		return fmt.Errorf("encryption key: %w", err)
	}
	return nil
}

// EncodeBundle returns the record of a bundle, and the reference under which it
// is kept. The caller clears the record after use.
func EncodeBundle(b *keypackage.Bundle) (ref []byte, record ciphersuite.Secret, err error) {
	kp := &b.KeyPackage
	suite, err := ciphersuite.Lookup(kp.CipherSuite)
	if err != nil {
		return nil, nil, fmt.Errorf("cipher_suite: %w", err)
	}
	if b.InitKey == nil || !bytes.Equal(b.InitKey.Public(), kp.InitKey) {
		return nil, nil, fmt.Errorf("%w: init_key", ErrKeys)
	}
	if b.EncryptionKey == nil || !bytes.Equal(b.EncryptionKey.Public(), kp.LeafNode.EncryptionKey) {
		return nil, nil, fmt.Errorf("%w: encryption_key", ErrKeys)
	}
	encoded, err := syntax.Marshal(kp)
	if err != nil {
		return nil, nil, fmt.Errorf("key package: %w", err)
	}
	r := bundleRecord{encoded, b.InitKey.Private(), b.EncryptionKey.Private()}
	defer clear(r.initKey)
	defer clear(r.encryptionKey)
	if record, err = syntax.Marshal(&r); err != nil {
		return nil, nil, fmt.Errorf("bundle: %w", err)
	}
	return suite.KeyPackageRef(encoded), record, nil
}

// DecodeBundle reads the record that was kept under a reference. It shares no
// memory with the result. A record that is damaged, or that is not the one of
// this reference, is refused with [ErrRecord].
func DecodeBundle(ref, record []byte) (*keypackage.Bundle, error) {
	b, err := decodeBundle(ref, record)
	if err != nil {
		return nil, refused(err)
	}
	return b, nil
}

func decodeBundle(ref, record []byte) (*keypackage.Bundle, error) {
	var r bundleRecord
	if err := syntax.Unmarshal(record, &r); err != nil {
		return nil, err
	}
	kp, err := syntax.Parse[keypackage.KeyPackage](r.keyPackage)
	if err != nil {
		return nil, fmt.Errorf("key package: %w", err)
	}
	suite, err := ciphersuite.Lookup(kp.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	if own := suite.KeyPackageRef(r.keyPackage); !bytes.Equal(own, ref) {
		return nil, fmt.Errorf("key package has reference %x", own)
	}
	b := &keypackage.Bundle{KeyPackage: *kp}
	if b.InitKey, err = parseKEMKey(suite, r.initKey, kp.InitKey); err != nil {
		return nil, fmt.Errorf("init_key: %w", err)
	}
	if b.EncryptionKey, err = parseKEMKey(suite, r.encryptionKey, kp.LeafNode.EncryptionKey); err != nil {
		return nil, fmt.Errorf("encryption_key: %w", err)
	}
	return b, nil
}

func parseKEMKey(suite *ciphersuite.Suite, private, public []byte) (*ciphersuite.KEMKey, error) {
	key, err := suite.ParseKEMKey(private)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(key.Public(), public) {
		return nil, ErrKeys
	}
	// X25519 and X448 take keys in which some bits do not matter.
	written := key.Private()
	defer clear(written)
	if !bytes.Equal(written, private) {
		return nil, errors.New("private key is not in its canonical form")
	}
	return key, nil
}

// A keyRecord is what is written down of a signature key pair.
type keyRecord struct {
	suite   codepoint.CipherSuite
	private []byte
}

func (r *keyRecord) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(r.suite))
	syntax.AddOpaque(b, r.private)
}

func (r *keyRecord) UnmarshalMLS(s *cryptobyte.String) error {
	*r = keyRecord{}
	if err := syntax.ReadUint16(s, &r.suite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadOpaque(s, &r.private); err != nil {
		return fmt.Errorf("private key: %w", err)
	}
	return nil
}

// EncodeSignatureKey returns the record of a signature key pair, which is kept
// under its public key. The caller clears the record after use.
func EncodeSignatureKey(suite *ciphersuite.Suite, key *ciphersuite.SignatureKey) (record ciphersuite.Secret, err error) {
	r := keyRecord{suite.ID(), key.Private()}
	defer clear(r.private)
	if _, err := parseSignatureKey(&r, key.Public()); err != nil {
		return nil, fmt.Errorf("%w: not a signature key of %v", ErrKeys, suite)
	}
	if record, err = syntax.Marshal(&r); err != nil {
		return nil, fmt.Errorf("signature key: %w", err)
	}
	return record, nil
}

// DecodeSignatureKey reads the record that was kept under a public key. It
// shares no memory with the result. A record that is damaged, or that is not
// the one of this key, is refused with [ErrRecord].
func DecodeSignatureKey(public, record []byte) (*ciphersuite.SignatureKey, error) {
	var r keyRecord
	err := syntax.Unmarshal(record, &r)
	if err != nil {
		return nil, refused(err)
	}
	key, err := parseSignatureKey(&r, public)
	if err != nil {
		return nil, refused(err)
	}
	return key, nil
}

func parseSignatureKey(r *keyRecord, public []byte) (*ciphersuite.SignatureKey, error) {
	suite, err := ciphersuite.Lookup(r.suite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	key, err := suite.ParseSignatureKey(r.private)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(key.Public(), public) {
		return nil, fmt.Errorf("%w: the public one is %x", ErrKeys, key.Public())
	}
	return key, nil
}

// refused says why a record is refused. The cause is not wrapped: where it
// names a requirement of RFC 9420, no peer has broken it.
func refused(cause error) error { return fmt.Errorf("%w: %v", ErrRecord, cause) }
