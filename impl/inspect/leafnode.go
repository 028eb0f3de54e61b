package inspect

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func leafNode() structure { return define("LeafNode", readLeafNode, judgeLeafNode) }

func readLeafNode(c *cursor) {
	readSignedLeafNode(c)
	c.opaque("signature", "opaque<V>")
}

func readSignedLeafNode(c *cursor) {
	c.opaque("encryption_key", "HPKEPublicKey")
	c.opaque("signature_key", "SignaturePublicKey")
	c.structure("credential", credential())
	c.structure("capabilities", capabilities())
	switch c.enum("leaf_node_source", "LeafNodeSource", "key_package", "update", "commit").Text {
	case "key_package":
		c.structure("lifetime", lifetime())
	case "commit":
		c.opaque("parent_hash", "opaque<V>")
	}
	c.extensions()
}

func credential() structure { return define[leaf.Credential]("Credential", readCredential, nil) }

func readCredential(c *cursor) {
	t := codePoint[codepoint.CredentialType](c, "credential_type", "CredentialType")
	switch codepoint.CredentialType(t.Number) {
	case codepoint.CredentialBasic:
		c.text("identity")
	case codepoint.CredentialX509:
		c.vector("certificates", certificate())
	default:
		c.opaque("content", "opaque<V>")
	}
}

func capabilities() structure {
	return define[leaf.Capabilities]("Capabilities", func(c *cursor) {
		codes[codepoint.ProtocolVersion](c, "versions", "ProtocolVersion")
		codes[codepoint.CipherSuite](c, "cipher_suites", "CipherSuite")
		codes[codepoint.ExtensionType](c, "extensions", "ExtensionType")
		codes[codepoint.ProposalType](c, "proposals", "ProposalType")
		codes[codepoint.CredentialType](c, "credentials", "CredentialType")
	}, nil)
}

func lifetime() structure { return define("Lifetime", readLifetime, judgeLifetime) }

func readLifetime(c *cursor) {
	for _, name := range []string{"not_before", "not_after"} {
		n := c.uint64(name)
		n.Text = utc(n.Number)
	}
}

func judgeLifetime(c *cursor, l *leaf.Lifetime) {
	now := c.now.Unix()
	switch {
	case l.NotAfter < l.NotBefore:
		c.node.Note = "ends before it begins"
		return
	case l.Covers(c.now):
		c.node.Note = "in force"
	case now >= 0 && uint64(now) > l.NotAfter:
		c.node.Note = fmt.Sprintf("expired %s ago", span(uint64(now)-l.NotAfter))
	default:
		c.node.Note = "not yet in force"
	}
	c.node.Text = span(l.NotAfter - l.NotBefore)
}

func judgeLeafNode(c *cursor, n *leaf.LeafNode) {
	c.node.Text = whoIs(&n.Credential)
	suite := c.suiteOf(n)
	if suite == nil {
		c.cannotTell("signature", "the keys have the form of no known cipher suite")
		return
	}
	if !c.mayVerify() {
		c.cannotTell("signature", tooMany)
		return
	}
	placed := n.Source == leaf.SourceKeyPackage || c.scope.group != nil && c.scope.hasLeaf
	signature, contents := verifyLeafNode(n, suite, &c.scope)
	if placed {
		c.check("signature", signature)
	} else {
		c.cannotTell("signature", "it covers group_id and leaf_index, which are not in the object")
	}
	c.check("Section 7.3", contents)
}

// verifyLeafNode verifies the signature of a leaf node, and what the leaf says
// about itself. The former is the last of the checks of the latter: without an
// error, both are right; with that very error, the contents are.
func verifyLeafNode(n *leaf.LeafNode, suite *ciphersuite.Suite, s *scope) (signature, contents error) {
	contents = n.Validate(&leaf.Checks{
		Stage:     leaf.InTree,
		Version:   codepoint.MLS10,
		Suite:     suite,
		Policy:    &leaf.Policy{CredentialTypes: []codepoint.CredentialType{n.Credential.Type}},
		GroupID:   s.group,
		LeafIndex: s.leaf,
	})
	if contents == nil {
		return nil, nil
	}
	signature = n.VerifySignature(suite, s.group, s.leaf)
	if rule.Of(contents) == rule.Of(signature) {
		return signature, nil
	}
	return signature, contents
}

// suiteOf returns the suite of the object around a leaf node. Without one it
// goes by the form of the keys: what is computed here is the same for the
// suites that share it, since they differ in the AEAD alone.
func (c *cursor) suiteOf(n *leaf.LeafNode) *ciphersuite.Suite {
	if c.scope.suite != nil {
		return c.scope.suite
	}
	fitting := slices.DeleteFunc(ciphersuite.All(), func(s *ciphersuite.Suite) bool {
		return s.CheckKEMPublicKey(n.EncryptionKey) != nil || s.CheckSignatureKey(n.SignatureKey) != nil
	})
	for _, s := range fitting {
		if n.Capabilities.SupportsCipherSuite(s.ID()) {
			return s
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	return fitting[0]
}
