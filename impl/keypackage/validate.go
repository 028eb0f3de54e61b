package keypackage

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Checks says what a KeyPackage is validated against.
type Checks struct {
	Version codepoint.ProtocolVersion
	Suite   *ciphersuite.Suite
	Policy  *leaf.Policy
	// Sending is set when the client is about to add the KeyPackage itself: the
	// lifetime then has to cover the present time (RFC 9420, Section 7.3).
	Sending bool
	// GroupExtensions are the extensions of the GroupContext, if there is a group.
	GroupExtensions leaf.Extensions
	// Required is the required_capabilities extension among them, decoded once.
	Required *leaf.RequiredCapabilities
	// GroupID and LeafIndex are the new member's place. No signature of a
	// KeyPackage covers them; where they are known, one that does is called so.
	GroupID   []byte
	LeafIndex treemath.LeafIndex
	// Received are the signed parts as they were received, for those who have
	// them; signatures are verified over these bytes. Nil has the KeyPackage
	// encoded anew.
	Received *SignedParts
}

// SignedParts are what the two signatures in a KeyPackage cover.
type SignedParts struct {
	KeyPackage []byte // the encoded KeyPackageTBS
	LeafNode   []byte // the encoded LeafNodeTBS
}

// ReadSigned reads a KeyPackage from the front of s and returns its signed parts.
// They alias the input.
func ReadSigned(s *cryptobyte.String) (*SignedParts, error) {
	var parts SignedParts
	start := *s
	var k TBS
	if err := k.unmarshalHead(s); err != nil {
		return nil, err
	}
	var err error
	if parts.LeafNode, err = leaf.ReadSigned(s); err != nil {
		return nil, fmt.Errorf("leaf_node: %w", err)
	}
	if err := k.Extensions.UnmarshalMLS(s); err != nil {
		return nil, err
	}
	parts.KeyPackage = syntax.Consumed(start, *s)
	if err := syntax.ReadOpaque(s, &k.Signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return &parts, nil
}

// A Validated KeyPackage has passed [KeyPackage.Validate].
type Validated struct {
	keyPackage *KeyPackage
}

// KeyPackage returns the KeyPackage. It must not be changed.
func (v *Validated) KeyPackage() *KeyPackage { return v.keyPackage }

// Validate verifies what RFC 9420, Section 10.1 asks of a KeyPackage. It returns
// the first broken rule.
func (k *KeyPackage) Validate(c *Checks) (*Validated, error) {
	if err := rule.Verify(checks, k, c.of(k)); err != nil {
		return nil, err
	}
	return &Validated{k}, nil
}

// Examine verifies the same as [KeyPackage.Validate], and tells about every rule.
// The rules about the leaf follow the one that the leaf is valid.
func (k *KeyPackage) Examine(c *Checks) []rule.Finding {
	own := c.of(k)
	var findings []rule.Finding
	for _, f := range rule.Examine(checks, k, own) {
		findings = append(findings, f)
		if f.ID == leafIsValid {
			findings = append(findings, k.LeafNode.Examine(own.leaf())...)
		}
	}
	return findings
}

// CheckGroup verifies the part of [KeyPackage.Validate] that depends on the
// extensions of the GroupContext, for a KeyPackage that is otherwise known to be
// valid.
func (k *KeyPackage) CheckGroup(c *Checks) error {
	if err := k.LeafNode.CheckGroup(c.of(k).leaf()); err != nil {
		return rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", err)
	}
	return nil
}

// of returns the checks of one KeyPackage. Test builds without the check of the
// suite go on with the KeyPackage's own.
func (c *Checks) of(k *KeyPackage) *Checks {
	if !rule.Skipped("rfc9420-10.1-01") {
		return c
	}
	own := *c
	if suite, err := ciphersuite.Lookup(k.CipherSuite); err == nil {
		own.Suite = suite
	}
	return &own
}

func (c *Checks) leaf() *leaf.Checks {
	l := &leaf.Checks{
		Stage:           leaf.InKeyPackage,
		Version:         c.Version,
		Suite:           c.Suite,
		Policy:          c.Policy,
		Sending:         c.Sending,
		GroupID:         c.GroupID,
		LeafIndex:       c.LeafIndex,
		GroupExtensions: c.GroupExtensions,
		Required:        c.Required,
	}
	if c.Received != nil {
		l.Signed = c.Received.LeafNode
	}
	return l
}

const leafIsValid = rule.ID("rfc9420-10.1-03")

var checks = []rule.Check[*KeyPackage, *Checks]{
	{ID: "rfc9420-10.1-02", Verify: checkVersion},
	{ID: "rfc9420-10.1-01", Verify: checkSuite},
	{ID: "rfc9420-10-03", Verify: checkInitKey},
	{ID: "rfc9420-10-05", Verify: checkLeafKeys},
	{ID: "rfc9420-10.1-04", Verify: checkInitKeyIsAnother},
	{ID: "rfc9420-13.4-04", Verify: checkExtensionsOnce},
	{ID: leafIsValid, Verify: checkLeaf},
	{ID: "rfc9420-10.1-05", Verify: checkSignature},
}

func checkVersion(k *KeyPackage, c *Checks) error {
	if k.Version != c.Version {
		return rule.Errorf("rfc9420-10.1-02", "version is %v, want %v", k.Version, c.Version)
	}
	return nil
}

func checkSuite(k *KeyPackage, c *Checks) error {
	if k.CipherSuite == c.Suite.ID() {
		return nil
	}
	if _, err := ciphersuite.Lookup(k.CipherSuite); err != nil {
		return rule.Errorf("rfc9420-10.1-01", "cipher_suite: %w", err)
	}
	return rule.Errorf("rfc9420-10.1-01", "cipher_suite is %v, want %v", k.CipherSuite, c.Suite.ID())
}

func checkInitKey(k *KeyPackage, c *Checks) error {
	if err := c.Suite.CheckKEMPublicKey(k.InitKey); err != nil {
		return rule.Errorf("rfc9420-10-03", "init_key: %w", err)
	}
	return nil
}

func checkLeafKeys(k *KeyPackage, c *Checks) error {
	if err := k.LeafNode.CheckEncryptionKey(c.Suite); err != nil {
		return rule.Errorf("rfc9420-10-05", "leaf_node: %w", err)
	}
	if err := k.LeafNode.CheckSignatureKey(c.Suite); err != nil {
		return rule.Errorf("rfc9420-10-05", "leaf_node: %w", err)
	}
	return nil
}

func checkInitKeyIsAnother(k *KeyPackage, _ *Checks) error {
	if bytes.Equal(k.InitKey, k.LeafNode.EncryptionKey) {
		return rule.Errorf("rfc9420-10.1-04", "init_key is the encryption_key of the leaf")
	}
	return nil
}

// checkExtensionsOnce does not ask for the types to be listed in the
// capabilities: Section 10 orders the sender to list them, but also the receiver
// to ignore the ones it does not know.
func checkExtensionsOnce(k *KeyPackage, _ *Checks) error {
	if t, ok := k.Extensions.Repeated(); ok {
		return rule.Errorf("rfc9420-13.4-04", "extension %v occurs twice", t)
	}
	return nil
}

func checkLeaf(k *KeyPackage, c *Checks) error {
	if err := k.LeafNode.Validate(c.leaf()); err != nil {
		return rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", err)
	}
	return nil
}

func checkSignature(k *KeyPackage, c *Checks) error {
	err := k.verifySignature(c.Policy.Verified, c.Suite, c.Received)
	if err != nil {
		return fmt.Errorf("key package: %w", err)
	}
	return nil
}
