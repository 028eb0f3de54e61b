package inspect

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func commit() structure {
	return define("Commit", func(c *cursor) {
		c.vector("proposals", proposalOrRef())
		c.optional("path", updatePath())
	}, judgeCommit)
}

func judgeCommit(c *cursor, v *message.Commit) {
	count := make(map[string]int)
	var order []string
	for i := range v.Proposals {
		kind := "reference"
		if p := v.Proposals[i].Proposal; p != nil {
			kind = p.Type().String()
		}
		if count[kind] == 0 {
			order = append(order, kind)
		}
		count[kind]++
	}
	parts := make([]string, 0, len(order)+1)
	for _, kind := range order {
		parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
	}
	if len(parts) == 0 {
		parts = append(parts, "no proposals")
	}
	if v.Path == nil {
		parts = append(parts, "no path")
	} else {
		parts = append(parts, "path")
	}
	c.node.Text = strings.Join(parts, ", ")
}

func proposalOrRef() structure {
	return define[message.ProposalOrRef]("ProposalOrRef", func(c *cursor) {
		switch c.enum("type", "ProposalOrRefType", "proposal", "reference").Text {
		case "proposal":
			c.node.Text = c.structure("proposal", proposal()).Text
		case "reference":
			c.node.Text = "reference"
			c.opaque("reference", "ProposalRef")
		}
	}, nil)
}

func encryptedGroupSecrets() structure {
	return define[message.EncryptedGroupSecrets]("EncryptedGroupSecrets", func(c *cursor) {
		c.opaque("new_member", "KeyPackageRef")
		c.structure("encrypted_group_secrets", hpkeCiphertext())
	}, nil)
}

func welcome() structure {
	return define("Welcome", func(c *cursor) {
		c.cipherSuite()
		c.vector("secrets", encryptedGroupSecrets())
		c.encrypted("encrypted_group_info")
	}, func(c *cursor, w *message.Welcome) {
		c.node.Text = "for " + plural(len(w.Secrets), "new member")
	})
}

func groupSecrets() structure {
	return define[message.GroupSecrets]("GroupSecrets", func(c *cursor) {
		c.secret("joiner_secret")
		c.optional("path_secret", pathSecret())
		c.vector("psks", preSharedKeyID())
	}, nil)
}

func pathSecret() structure {
	return define[message.PathSecret]("PathSecret", func(c *cursor) { c.secret("path_secret") }, nil)
}

func groupInfo() structure {
	return define("GroupInfo", func(c *cursor) {
		readGroupInfoTBS(c)
		c.opaque("signature", "opaque<V>")
	}, judgeGroupInfo)
}

func groupInfoTBS() structure {
	return define[message.GroupInfoTBS]("GroupInfoTBS", readGroupInfoTBS, nil)
}

func readGroupInfoTBS(c *cursor) {
	context := c.structure("group_context", groupContext())
	c.scope.group = context.child("group_id").Bytes
	id := codepoint.CipherSuite(context.child("cipher_suite").Number)
	if suite, err := ciphersuite.Lookup(id); err == nil {
		c.scope.suite = suite
	}
	c.extensions()
	c.opaque("confirmation_tag", "MAC")
	c.uint32("signer")
}

func judgeGroupInfo(c *cursor, g *message.GroupInfo) {
	data, ok := g.Extensions.Find(codepoint.ExtensionRatchetTree)
	switch {
	case c.scope.suite == nil:
		c.cannotTell("signature", unknownSuite)
		return
	case !ok:
		c.cannotTell("signature", "the key is in the ratchet tree, which is not in the object")
		return
	}
	t, err := tree.Parse(c.scope.suite, data)
	switch {
	case err != nil:
		c.cannotTell("signature", "the key is in the ratchet tree, which does not decode")
		return
	case t.Size() > maxTreeLeaves:
		c.cannotTell("signature", "the ratchet tree is too large")
		return
	}
	c.checkTreeHash(t.Hash(), g.GroupContext.TreeHash)
	signer := t.Leaf(g.Signer)
	switch {
	case signer == nil:
		c.cannotTell("signature", fmt.Sprintf("the signer, leaf %d, is blank or outside of the ratchet tree", g.Signer))
	case !c.mayVerify():
		c.cannotTell("signature", tooMany)
	default:
		c.node.Text = "signed by " + whoIs(&signer.Credential)
		c.check("signature", g.VerifySignature(c.scope.suite, signer.SignatureKey))
	}
}

func (c *cursor) checkTreeHash(computed, claimed []byte) {
	if bytes.Equal(computed, claimed) {
		c.check("tree_hash", nil)
		return
	}
	c.check("tree_hash", fmt.Errorf("the ratchet tree hashes to %x", computed))
}
