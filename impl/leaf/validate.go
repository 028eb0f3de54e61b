package leaf

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A Stage is a point at which leaf nodes are validated (RFC 9420, Section 7.3).
type Stage int

// The stages of RFC 9420, Section 7.3.
const (
	InKeyPackage Stage = iota // downloaded, or in an Add
	InUpdate                  // in an Update proposal
	InCommit                  // in the path of a Commit
	InTree                    // in the ratchet tree of a group
)

// An Authenticator is the client's view of the Authentication Service
// (RFC 9420, Section 5.3.1). It returns an error unless the credential
// legitimately presents its identifiers together with the signature key.
// Where the credential takes the place of another one, that one is given too,
// and the new identifiers have to be an acceptable successor of the old.
type Authenticator func(presented *Credential, signatureKey []byte, replaces *Credential) error

// A Policy holds what the RFC leaves to the client or its application. The zero
// value knows the credential types of the RFC and leaves all else open.
type Policy struct {
	// CredentialTypes are the types that the client can handle, besides basic
	// and x509 (RFC 9420, Section 13.3).
	CredentialTypes []codepoint.CredentialType
	// Authenticate judges credentials; nil accepts all.
	Authenticate Authenticator
	// MaxLifetime is the longest acceptable span between not_before and
	// not_after (RFC 9420, Section 7.2); zero means that there is no limit.
	MaxLifetime time.Duration
	// CheckLifetime has leaves refused on receipt when their lifetime does not
	// cover the present time, as RFC 9420, Section 7.3 recommends.
	CheckLifetime bool
	// Now is the client's clock; nil means [time.Now].
	Now func() time.Time
}

// Time returns the present time.
func (p *Policy) Time() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// AuthenticateCredential asks the authentication service, if there is one.
func (p *Policy) AuthenticateCredential(presented *Credential, signatureKey []byte, replaces *Credential) error {
	if p.Authenticate == nil {
		return nil
	}
	err := p.Authenticate(presented, signatureKey, replaces)
	if err == nil {
		return nil
	}
	if replaces != nil {
		return rule.Errorf("rfc9420-5.3.1-02", "credential: %w", err)
	}
	return rule.Errorf("rfc9420-5.3.1-01", "credential: %w", err)
}

// Checks says what a leaf node is validated against.
type Checks struct {
	Stage   Stage
	Version codepoint.ProtocolVersion
	Suite   *ciphersuite.Suite
	Policy  *Policy
	// Sending is set for a leaf in a message that the client itself is about to
	// send: its lifetime has to cover the present time.
	Sending bool

	// GroupID and LeafIndex place the leaf in its group. They matter to leaves
	// with source update or commit.
	GroupID   []byte
	LeafIndex treemath.LeafIndex
	// GroupExtensions are the extensions of the GroupContext.
	GroupExtensions Extensions
	// Required is the required_capabilities extension among them, decoded once.
	Required *RequiredCapabilities
	// Replaces is the leaf whose place this one takes, if any.
	Replaces *LeafNode
}

// Validate verifies all that RFC 9420, Section 7.3 asks of a single leaf node.
// What compares it with other members is the group's part. It returns the first
// broken rule.
func (n *LeafNode) Validate(c *Checks) error {
	for _, check := range leafChecks {
		if err := check(n, c); err != nil {
			return err
		}
	}
	return nil
}

// CheckGroup verifies the part of [LeafNode.Validate] that depends on the
// extensions of the GroupContext, for a leaf node that is otherwise known to be
// valid.
func (n *LeafNode) CheckGroup(c *Checks) error { return checkGroupParameters(n, c) }

// leafChecks has the cheap checks first and the signature last.
var leafChecks = []func(*LeafNode, *Checks) error{
	checkSource,
	checkKeys,
	checkFresh,
	checkVersionAndSuite,
	checkCredential,
	checkLifetime,
	checkExtensions,
	checkGroupParameters,
	checkSignature,
	checkAuthenticated,
}

func checkSource(n *LeafNode, c *Checks) error {
	switch {
	case c.Stage == InKeyPackage && n.Source != SourceKeyPackage:
		return rule.Errorf("rfc9420-10-08", "leaf_node_source is %v in a KeyPackage", n.Source)
	case c.Stage == InUpdate && n.Source != SourceUpdate:
		return rule.Errorf("rfc9420-7.3-07", "leaf_node_source is %v in an Update", n.Source)
	case c.Stage == InCommit && n.Source != SourceCommit:
		return rule.Errorf("rfc9420-12.4.2-03", "leaf_node_source is %v in a Commit", n.Source)
	}
	return nil
}

func checkKeys(n *LeafNode, c *Checks) error {
	err := n.checkKeys(c.Suite)
	if err != nil && c.Stage == InKeyPackage {
		return rule.Errorf("rfc9420-10-05", "%w", err)
	}
	return err
}

func (n *LeafNode) checkKeys(suite *ciphersuite.Suite) error {
	if err := suite.CheckKEMPublicKey(n.EncryptionKey); err != nil {
		return fmt.Errorf("encryption_key: %w", err)
	}
	if err := suite.CheckSignatureKey(n.SignatureKey); err != nil {
		return rule.Errorf("rfc9420-5.1.2-01", "signature_key: %w", err)
	}
	return nil
}

// checkFresh verifies that the leaf brings a new encryption key where it takes
// another one's place.
func checkFresh(n *LeafNode, c *Checks) error {
	if c.Replaces == nil || !bytes.Equal(n.EncryptionKey, c.Replaces.EncryptionKey) {
		return nil
	}
	switch c.Stage {
	case InUpdate:
		return rule.Errorf("rfc9420-7.3-08", "encryption_key is that of the leaf that the Update replaces")
	case InCommit:
		return rule.Errorf("rfc9420-12.4.2-04", "encryption_key is that of the committer's present leaf")
	}
	return nil
}

func checkVersionAndSuite(n *LeafNode, c *Checks) error {
	if !n.Capabilities.SupportsVersion(c.Version) {
		return rule.Errorf("rfc9420-11.1-01", "capabilities do not list version %v", c.Version)
	}
	if !n.Capabilities.SupportsCipherSuite(c.Suite.ID()) {
		return rule.Errorf("rfc9420-11.1-02", "capabilities do not list cipher suite %v", c.Suite.ID())
	}
	return nil
}

func checkCredential(n *LeafNode, c *Checks) error {
	t := n.Credential.Type
	if !n.Capabilities.SupportsCredential(t) {
		return rule.Errorf("rfc9420-7.2-05", "capabilities do not list the leaf's own credential type %v", t)
	}
	switch t {
	case codepoint.CredentialBasic:
		return nil
	case codepoint.CredentialX509:
		return checkChain(n.Credential.Certificates, n.SignatureKey)
	}
	if !slices.Contains(c.Policy.CredentialTypes, t) {
		return rule.Errorf("rfc9420-13.3-01", "unknown credential type %v", t)
	}
	return nil
}

func checkLifetime(n *LeafNode, c *Checks) error {
	if n.Source != SourceKeyPackage {
		return nil
	}
	if c.Policy.MaxLifetime > 0 && n.Lifetime.exceeds(c.Policy.MaxLifetime) {
		return rule.Errorf("rfc9420-7.2-07", "lifetime of %d seconds, longest is %v",
			n.Lifetime.NotAfter-n.Lifetime.NotBefore, c.Policy.MaxLifetime)
	}
	if !c.Sending && !c.Policy.CheckLifetime {
		return nil
	}
	err := n.Lifetime.check(c.Policy.Time())
	switch {
	case err == nil:
		return nil
	case c.Sending:
		return rule.Errorf("rfc9420-7.3-05", "lifetime: %w", err)
	default:
		return rule.Errorf("rfc9420-7.3-06", "lifetime: %w", err)
	}
}

func checkExtensions(n *LeafNode, _ *Checks) error {
	if t, ok := n.Extensions.Repeated(); ok {
		return rule.Errorf("rfc9420-13.4-04", "extension %v occurs twice", t)
	}
	if t, ok := n.Capabilities.lacksExtension(n.Extensions.types()); ok {
		return rule.Errorf("rfc9420-7.2-03", "capabilities do not list the leaf's own extension %v", t)
	}
	return nil
}

func checkGroupParameters(n *LeafNode, c *Checks) error {
	if c.Required != nil {
		if err := c.Required.MetBy(&n.Capabilities); err != nil {
			return err
		}
	}
	t, ok := n.Capabilities.lacksExtension(c.GroupExtensions.types())
	switch {
	case !ok:
		return nil
	case c.Stage == InKeyPackage:
		return rule.Errorf("rfc9420-13.4-07", "capabilities do not list the group's extension %v", t)
	default:
		return rule.Errorf("rfc9420-13.4-08", "capabilities do not list the group's extension %v", t)
	}
}

func checkSignature(n *LeafNode, c *Checks) error {
	return n.VerifySignature(c.Suite, c.GroupID, c.LeafIndex)
}

func checkAuthenticated(n *LeafNode, c *Checks) error {
	if c.Replaces != nil {
		if n.Credential.Equal(&c.Replaces.Credential) && bytes.Equal(n.SignatureKey, c.Replaces.SignatureKey) {
			return nil // nothing new to judge
		}
		return c.Policy.AuthenticateCredential(&n.Credential, n.SignatureKey, &c.Replaces.Credential)
	}
	return c.Policy.AuthenticateCredential(&n.Credential, n.SignatureKey, nil)
}
