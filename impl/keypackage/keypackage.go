// Package keypackage builds, reads and validates KeyPackages
// (RFC 9420, Section 10).
package keypackage

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A KeyPackage says how to add a client to a group (RFC 9420, Section 10).
// It is what was received and may be wrong in any way; [KeyPackage.Validate]
// turns it into a [Validated] one.
type KeyPackage struct {
	Version     codepoint.ProtocolVersion
	CipherSuite codepoint.CipherSuite
	InitKey     []byte
	LeafNode    leaf.LeafNode
	Extensions  leaf.Extensions
	Signature   []byte
}

// Parse reads a KeyPackage from all of data: the bare structure, with no
// MLSMessage around it. It copies data once.
func Parse(data []byte) (*KeyPackage, error) { return syntax.Parse[KeyPackage](data) }

func (k *KeyPackage) MarshalMLS(b *cryptobyte.Builder) {
	(*TBS)(k).MarshalMLS(b)
	syntax.AddOpaque(b, k.Signature)
}

func (k *KeyPackage) UnmarshalMLS(s *cryptobyte.String) error {
	if err := (*TBS)(k).UnmarshalMLS(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &k.Signature); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	return nil
}

// A TBS is the KeyPackageTBS of RFC 9420, Section 10: all that the signature of
// a KeyPackage covers. Its Signature field is not encoded.
type TBS KeyPackage

func (t *TBS) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(t.Version))
	b.AddUint16(uint16(t.CipherSuite))
	syntax.AddOpaque(b, t.InitKey)
	t.LeafNode.MarshalMLS(b)
	t.Extensions.MarshalMLS(b)
}

func (t *TBS) UnmarshalMLS(s *cryptobyte.String) error {
	if err := t.unmarshalHead(s); err != nil {
		return err
	}
	if err := t.LeafNode.UnmarshalMLS(s); err != nil {
		return fmt.Errorf("leaf_node: %w", err)
	}
	return t.Extensions.UnmarshalMLS(s)
}

// unmarshalHead reads the fields before the leaf node.
func (t *TBS) unmarshalHead(s *cryptobyte.String) error {
	*t = TBS{}
	if err := syntax.ReadUint16(s, &t.Version); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	if err := syntax.ReadUint16(s, &t.CipherSuite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadOpaque(s, &t.InitKey); err != nil {
		return fmt.Errorf("init_key: %w", err)
	}
	return nil
}

const signatureLabel = "KeyPackageTBS"

// Sign sets the signature.
func (k *KeyPackage) Sign(suite *ciphersuite.Suite, signer ciphersuite.Signer) error {
	tbs, err := syntax.Marshal((*TBS)(k))
	if err != nil {
		return fmt.Errorf("key package: %w", err)
	}
	k.Signature, err = suite.SignWithLabel(signer, signatureLabel, tbs)
	if err != nil {
		return fmt.Errorf("signing key package: %w", err)
	}
	return nil
}

// VerifySignature verifies the signature with the key of the KeyPackage's leaf
// (RFC 9420, Section 10.1).
func (k *KeyPackage) VerifySignature(suite *ciphersuite.Suite) error {
	return k.verifySignature(nil, suite, nil)
}

func (k *KeyPackage) verifySignature(known *ciphersuite.Verified, suite *ciphersuite.Suite, received *SignedParts) (err error) {
	var tbs []byte
	if received != nil {
		tbs = received.KeyPackage
	} else if tbs, err = syntax.Marshal((*TBS)(k)); err != nil {
		return fmt.Errorf("key package: %w", err)
	}
	key := k.LeafNode.SignatureKey
	if err := known.VerifyWithLabel(suite, key, signatureLabel, tbs, k.Signature); err != nil {
		if err = suite.Mislabelled(key, signatureLabel, tbs, k.Signature, err); err != nil {
			return rule.Errorf("rfc9420-10.1-05", "%w", rule.Errorf("rfc9420-10-06", "signature: %w", err))
		}
	}
	return nil
}

// Ref returns the KeyPackageRef: the hash, by the KeyPackage's own suite, that
// names it in a Welcome (RFC 9420, Section 5.2). Its length is the suite's hash
// size.
func (k *KeyPackage) Ref() ([]byte, error) {
	suite, err := ciphersuite.Lookup(k.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	encoded, err := syntax.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("key package: %w", err)
	}
	return suite.KeyPackageRef(encoded), nil
}

// IsLastResort reports whether the KeyPackage carries the extension
// last_resort_key_package of draft-ietf-mls-extensions, and so may serve more
// than once (RFC 9420, Section 16.8).
func (k *KeyPackage) IsLastResort() bool {
	_, ok := k.Extensions.Find(codepoint.ExtensionLastResort)
	return ok
}
