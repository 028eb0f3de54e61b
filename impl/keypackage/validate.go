package keypackage

import (
	"bytes"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
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
	for _, check := range checks {
		if err := check(k, c); err != nil {
			return nil, err
		}
	}
	return &Validated{k}, nil
}

var checks = []func(*KeyPackage, *Checks) error{
	checkVersion,
	checkSuite,
	checkInitKey,
	checkExtensions,
	checkLeaf,
	checkSignature,
}

func checkVersion(k *KeyPackage, c *Checks) error {
	if k.Version != c.Version {
		return rule.Errorf("rfc9420-10.1-02", "version is %v, want %v", k.Version, c.Version)
	}
	return nil
}

func checkSuite(k *KeyPackage, c *Checks) error {
	if k.CipherSuite != c.Suite.ID() {
		return rule.Errorf("rfc9420-10.1-01", "cipher_suite is %v, want %v", k.CipherSuite, c.Suite.ID())
	}
	return nil
}

func checkInitKey(k *KeyPackage, c *Checks) error {
	if err := c.Suite.CheckKEMPublicKey(k.InitKey); err != nil {
		return rule.Errorf("rfc9420-10-03", "init_key: %w", err)
	}
	if bytes.Equal(k.InitKey, k.LeafNode.EncryptionKey) {
		return rule.Errorf("rfc9420-10.1-04", "init_key is the encryption_key of the leaf")
	}
	return nil
}

// checkExtensions does not ask for the types to be listed in the capabilities:
// Section 10 orders the sender to list them, but also the receiver to ignore
// the ones it does not know.
func checkExtensions(k *KeyPackage, _ *Checks) error {
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

// CheckGroup verifies the part of [KeyPackage.Validate] that depends on the
// extensions of the GroupContext, for a KeyPackage that is otherwise known to be
// valid.
func (k *KeyPackage) CheckGroup(c *Checks) error {
	if err := k.LeafNode.CheckGroup(c.leaf()); err != nil {
		return rule.Errorf("rfc9420-10.1-03", "leaf_node: %w", err)
	}
	return nil
}

func (c *Checks) leaf() *leaf.Checks {
	return &leaf.Checks{
		Stage:           leaf.InKeyPackage,
		Version:         c.Version,
		Suite:           c.Suite,
		Policy:          c.Policy,
		Sending:         c.Sending,
		GroupExtensions: c.GroupExtensions,
		Required:        c.Required,
	}
}

func checkSignature(k *KeyPackage, c *Checks) error {
	if err := k.VerifySignature(c.Suite); err != nil {
		return fmt.Errorf("key package: %w", err)
	}
	return nil
}
