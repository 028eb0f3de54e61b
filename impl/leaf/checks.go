package leaf

import (
	"bytes"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A check is one requirement that a single leaf node has to meet.
type check = rule.Check[*LeafNode, *Checks]

// leafChecks are the checks of each stage: what the place of the leaf asks for
// and, for all, the cheap ones first and the signature last.
var leafChecks = [...][]check{
	// The keys of a KeyPackage are checked with it (RFC 9420, Section 10).
	InKeyPackage: slices.Concat([]check{
		{ID: "rfc9420-10-08", Verify: checkKeyPackageSource},
	}, commonChecks, groupChecks[InKeyPackage], lastChecks),
	InUpdate: slices.Concat([]check{
		{ID: "rfc9420-7.3-07", Verify: checkUpdateSource},
		{ID: "rfc9420-7.3-08", Verify: checkUpdateIsFresh, Open: withoutPredecessor},
	}, keyChecks, commonChecks, groupChecks[InUpdate], lastChecks),
	InCommit: slices.Concat([]check{
		{ID: "rfc9420-12.4.2-03", Verify: checkCommitSource},
		{ID: "rfc9420-12.4.2-04", Verify: checkCommitIsFresh, Open: withoutPredecessor},
	}, keyChecks, commonChecks, groupChecks[InCommit], lastChecks),
	InTree: slices.Concat(keyChecks, commonChecks, groupChecks[InTree], lastChecks),
}

// groupChecks are those that depend on the extensions of the GroupContext.
var groupChecks = [...][]check{
	InKeyPackage: {
		{ID: "rfc9420-7.3-02", Verify: checkRequired, Open: withoutRequirements},
		{ID: "rfc9420-13.4-07", Verify: checkNewMember, Open: withoutGroupExtensions},
	},
	InUpdate: memberChecks,
	InCommit: memberChecks,
	InTree:   memberChecks,
}

var keyChecks = []check{
	{ID: "rfc9420-5.1.1-01", Verify: checkEncryptionKey},
	{ID: "rfc9420-5.1.2-01", Verify: checkSignatureKey},
}

var memberChecks = []check{
	{ID: "rfc9420-7.3-02", Verify: checkRequired, Open: withoutRequirements},
	{ID: "rfc9420-13.4-08", Verify: checkMember, Open: withoutGroupExtensions},
}

var commonChecks = []check{
	{ID: "rfc9420-11.1-01", Verify: checkVersion},
	{ID: "rfc9420-11.1-02", Verify: checkSuite},
	{ID: "rfc9420-7.2-05", Verify: checkCredentialListed},
	{ID: "rfc9420-13.3-01", Verify: checkCredentialKnown},
	{ID: "rfc9420-5.3-03", Verify: checkEndEntityFirst, Open: withoutCertificates},
	{ID: "rfc9420-5.3-01", Verify: checkCertifiedKey, Open: withoutCertificates},
	{ID: "rfc9420-7.2-07", Verify: checkLongestLifetime, Open: withoutLongestLifetime},
	{ID: "rfc9420-7.3-05", Verify: checkLifetimeToSend, Open: notSending},
	{ID: "rfc9420-7.3-06", Verify: checkLifetimeOnReceipt, Open: lifetimeNotWanted},
	{ID: "rfc9420-13.4-04", Verify: checkExtensionsOnce},
	{ID: "rfc9420-7.2-03", Verify: checkExtensionsListed},
}

var lastChecks = []check{
	{ID: "rfc9420-7.3-01", Verify: checkSignature},
	{ID: "rfc9420-5.3.1-01", Verify: checkAuthenticated, Open: withoutAuthenticator},
}

func checkKeyPackageSource(n *LeafNode, _ *Checks) error {
	if n.Source != SourceKeyPackage {
		return rule.Errorf("rfc9420-10-08", "leaf_node_source is %v in a KeyPackage", n.Source)
	}
	return nil
}

func checkUpdateSource(n *LeafNode, _ *Checks) error {
	if n.Source != SourceUpdate {
		return rule.Errorf("rfc9420-7.3-07", "leaf_node_source is %v in an Update", n.Source)
	}
	return nil
}

func checkCommitSource(n *LeafNode, _ *Checks) error {
	if n.Source != SourceCommit {
		return rule.Errorf("rfc9420-12.4.2-03", "leaf_node_source is %v in a Commit", n.Source)
	}
	return nil
}

func withoutPredecessor(_ *LeafNode, c *Checks) string {
	if c.Replaces == nil {
		return "it takes no other leaf's place"
	}
	return ""
}

func checkUpdateIsFresh(n *LeafNode, c *Checks) error {
	if bytes.Equal(n.EncryptionKey, c.Replaces.EncryptionKey) {
		return rule.Errorf("rfc9420-7.3-08", "encryption_key is that of the leaf that the Update replaces")
	}
	return nil
}

func checkCommitIsFresh(n *LeafNode, c *Checks) error {
	if bytes.Equal(n.EncryptionKey, c.Replaces.EncryptionKey) {
		return rule.Errorf("rfc9420-12.4.2-04", "encryption_key is that of the committer's present leaf")
	}
	return nil
}

func checkEncryptionKey(n *LeafNode, c *Checks) error { return n.CheckEncryptionKey(c.Suite) }

func checkSignatureKey(n *LeafNode, c *Checks) error { return n.CheckSignatureKey(c.Suite) }

func withoutGroupExtensions(_ *LeafNode, c *Checks) string {
	if len(c.GroupExtensions) == 0 {
		return "no extensions of a GroupContext are given"
	}
	return ""
}

func checkNewMember(n *LeafNode, c *Checks) error {
	if t, ok := n.Capabilities.lacksExtension(c.GroupExtensions.types()); ok {
		return rule.Errorf("rfc9420-13.4-07", "capabilities do not list the group's extension %v", t)
	}
	return nil
}

func checkMember(n *LeafNode, c *Checks) error {
	if t, ok := n.Capabilities.lacksExtension(c.GroupExtensions.types()); ok {
		return rule.Errorf("rfc9420-13.4-08", "capabilities do not list the group's extension %v", t)
	}
	return nil
}

func withoutRequirements(_ *LeafNode, c *Checks) string {
	if c.Required == nil {
		return "no required_capabilities are given"
	}
	return ""
}

func checkRequired(n *LeafNode, c *Checks) error { return c.Required.MetBy(&n.Capabilities) }

func checkVersion(n *LeafNode, c *Checks) error {
	if !n.Capabilities.SupportsVersion(c.Version) {
		return rule.Errorf("rfc9420-11.1-01", "capabilities do not list version %v", c.Version)
	}
	return nil
}

func checkSuite(n *LeafNode, c *Checks) error {
	if !n.Capabilities.SupportsCipherSuite(c.Suite.ID()) {
		return rule.Errorf("rfc9420-11.1-02", "capabilities do not list cipher suite %v", c.Suite.ID())
	}
	return nil
}

func checkCredentialListed(n *LeafNode, _ *Checks) error {
	if t := n.Credential.Type; !n.Capabilities.SupportsCredential(t) {
		return rule.Errorf("rfc9420-7.2-05", "capabilities do not list the leaf's own credential type %v", t)
	}
	return nil
}

func checkCredentialKnown(n *LeafNode, c *Checks) error {
	switch t := n.Credential.Type; t {
	case codepoint.CredentialBasic, codepoint.CredentialX509:
		return nil
	default:
		if slices.Contains(c.Policy.CredentialTypes, t) {
			return nil
		}
		return rule.Errorf("rfc9420-13.3-01", "unknown credential type %v", t)
	}
}

func (n *LeafNode) lifetimeOpen() string {
	if n.Source != SourceKeyPackage {
		return "the leaf is not from a KeyPackage"
	}
	return ""
}

func withoutLongestLifetime(n *LeafNode, c *Checks) string {
	if c.Policy.MaxLifetime <= 0 {
		return "no longest lifetime is set"
	}
	return n.lifetimeOpen()
}

func checkLongestLifetime(n *LeafNode, c *Checks) error {
	if n.Lifetime.exceeds(c.Policy.MaxLifetime) {
		return rule.Errorf("rfc9420-7.2-07", "lifetime of %d seconds, longest is %v",
			n.Lifetime.NotAfter-n.Lifetime.NotBefore, c.Policy.MaxLifetime)
	}
	return nil
}

func notSending(n *LeafNode, c *Checks) string {
	if !c.Sending {
		return "it is not about to be sent"
	}
	return n.lifetimeOpen()
}

func checkLifetimeToSend(n *LeafNode, c *Checks) error {
	if err := n.Lifetime.check(c.Policy.Time()); err != nil {
		return rule.Errorf("rfc9420-7.3-05", "lifetime: %w", err)
	}
	return nil
}

func lifetimeNotWanted(n *LeafNode, c *Checks) string {
	switch {
	case c.Sending:
		return "it is about to be sent"
	case !c.Policy.CheckLifetime:
		return "only recommended"
	}
	return n.lifetimeOpen()
}

func checkLifetimeOnReceipt(n *LeafNode, c *Checks) error {
	if err := n.Lifetime.check(c.Policy.Time()); err != nil {
		return rule.Errorf("rfc9420-7.3-06", "lifetime: %w", err)
	}
	return nil
}

func checkExtensionsOnce(n *LeafNode, _ *Checks) error {
	if t, ok := n.Extensions.Repeated(); ok {
		return rule.Errorf("rfc9420-13.4-04", "extension %v occurs twice", t)
	}
	return nil
}

func checkExtensionsListed(n *LeafNode, _ *Checks) error {
	if t, ok := n.Capabilities.lacksExtension(n.Extensions.types()); ok {
		return rule.Errorf("rfc9420-7.2-03", "capabilities do not list the leaf's own extension %v", t)
	}
	return nil
}

func checkSignature(n *LeafNode, c *Checks) error {
	signed := c.Signed
	if signed == nil {
		var err error
		if signed, err = n.signed(); err != nil {
			return err
		}
	}
	return n.verifySignature(c.Policy.Verified, c.Suite, signed, c.GroupID, c.LeafIndex)
}

func withoutAuthenticator(_ *LeafNode, c *Checks) string {
	if c.Policy.Authenticate == nil {
		return "there is no authentication service"
	}
	return ""
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
