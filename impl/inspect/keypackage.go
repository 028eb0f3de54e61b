package inspect

import (
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func keyPackage() structure {
	return define("KeyPackage", func(c *cursor) {
		readKeyPackageTBS(c)
		c.opaque("signature", "opaque<V>")
	}, judgeKeyPackage)
}

func keyPackageTBS() structure {
	return define[keypackage.TBS]("KeyPackageTBS", readKeyPackageTBS, nil)
}

func readKeyPackageTBS(c *cursor) {
	codePoint[codepoint.ProtocolVersion](c, "version", "ProtocolVersion")
	c.cipherSuite()
	c.opaque("init_key", "HPKEPublicKey")
	c.structure("leaf_node", leafNode())
	c.extensions()
}

// cipherSuite reads the suite that all that follows is for.
func (c *cursor) cipherSuite() {
	n := codePoint[codepoint.CipherSuite](c, "cipher_suite", "CipherSuite")
	if suite, err := ciphersuite.Lookup(codepoint.CipherSuite(n.Number)); err == nil {
		c.scope.suite = suite
	}
}

const unknownSuite = "the cipher suite is not known"

func judgeKeyPackage(c *cursor, k *keypackage.KeyPackage) {
	c.node.Text = whoIs(&k.LeafNode.Credential)
	suite, err := ciphersuite.Lookup(k.CipherSuite)
	if err != nil {
		c.cannotTell("signature", unknownSuite)
		return
	}
	if ref, err := k.Ref(); err == nil {
		c.derive(&Node{Name: "KeyPackageRef", Kind: Bytes, Bytes: ref})
	}
	if !c.mayVerify() {
		c.cannotTell("signature", tooMany)
		return
	}
	signature, contents := verifyKeyPackage(k, suite)
	c.check("signature", signature)
	c.check("Section 10.1", contents)
}

// verifyKeyPackage is to a KeyPackage what verifyLeafNode is to a leaf node.
func verifyKeyPackage(k *keypackage.KeyPackage, suite *ciphersuite.Suite) (signature, contents error) {
	_, contents = k.Validate(&keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Policy:  &leaf.Policy{CredentialTypes: []codepoint.CredentialType{k.LeafNode.Credential.Type}},
	})
	if contents == nil {
		return nil, nil
	}
	signature = k.VerifySignature(suite)
	if rule.Of(contents) == rule.Of(signature) {
		return signature, nil
	}
	return signature, contents
}
