package leaf

import (
	"fmt"
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
	InKeyPackage Stage = iota // downloaded, or in an Add; its keys are checked with the KeyPackage
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
	// Verified is shared by the clients of a process that meet the same
	// signatures; nil has each of them verified anew.
	Verified *ciphersuite.Verified
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
	// Signed are the fields above the signature as they were received, for those
	// who have them; the signature is verified over these bytes. Nil has the
	// fields encoded anew.
	Signed []byte
}

// Validate verifies all that RFC 9420, Section 7.3 asks of a single leaf node.
// What compares it with other members is the group's part. It returns the first
// broken rule.
func (n *LeafNode) Validate(c *Checks) error { return rule.Verify(leafChecks[c.Stage], n, c) }

// Examine verifies the same as [LeafNode.Validate], and tells about every rule.
func (n *LeafNode) Examine(c *Checks) []rule.Finding { return rule.Examine(leafChecks[c.Stage], n, c) }

// CheckGroup verifies the part of [LeafNode.Validate] that depends on the
// extensions of the GroupContext, for a leaf node that is otherwise known to be
// valid.
func (n *LeafNode) CheckGroup(c *Checks) error { return rule.Verify(groupChecks[c.Stage], n, c) }

// CheckEncryptionKey checks that encryption_key is a key of the suite's KEM.
func (n *LeafNode) CheckEncryptionKey(suite *ciphersuite.Suite) error {
	if err := suite.CheckKEMPublicKey(n.EncryptionKey); err != nil {
		return fmt.Errorf("encryption_key: %w", err)
	}
	return nil
}

// CheckSignatureKey checks that signature_key is a key of the suite's signature
// scheme.
func (n *LeafNode) CheckSignatureKey(suite *ciphersuite.Suite) error {
	if err := suite.CheckSignatureKey(n.SignatureKey); err != nil {
		return rule.Errorf("rfc9420-5.1.2-01", "signature_key: %w", err)
	}
	return nil
}
