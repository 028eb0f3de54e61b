package inspect

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

func mlsMessage() structure {
	return define[framing.MLSMessage]("MLSMessage", readMLSMessage, nil)
}

func readMLSMessage(c *cursor) {
	if version := codePoint[codepoint.ProtocolVersion](c, "version", "ProtocolVersion"); version.Number != uint64(codepoint.MLS10) {
		c.refuse(version)
	}
	format := codePoint[codepoint.WireFormat](c, "wire_format", "WireFormat")
	switch codepoint.WireFormat(format.Number) {
	case codepoint.WireFormatPublicMessage:
		c.structure("public_message", publicMessage())
	case codepoint.WireFormatPrivateMessage:
		c.structure("private_message", privateMessage())
	case codepoint.WireFormatWelcome:
		c.structure("welcome", welcome())
	case codepoint.WireFormatGroupInfo:
		c.structure("group_info", groupInfo())
	case codepoint.WireFormatKeyPackage:
		c.structure("key_package", keyPackage())
	default:
		c.refuse(format)
	}
}

// refuse stops at a value that the codec is going to refuse.
func (c *cursor) refuse(n *Node) {
	if c.failure == nil {
		c.fail(n.Name, n.Offset, errChoice)
	}
}

func (c *cursor) contentType() *Node {
	return c.enum("content_type", "ContentType", "application", "proposal", "commit")
}

func sender() structure {
	return define("Sender", readSender, func(c *cursor, s *framing.Sender) {
		c.node.Text = s.Type.String()
		switch s.Type {
		case framing.SenderMember:
			c.node.Text = fmt.Sprintf("member at leaf %d", s.LeafIndex)
		case framing.SenderExternal:
			c.node.Text = fmt.Sprintf("external sender %d", s.SenderIndex)
		}
	})
}

func readSender(c *cursor) {
	switch c.enum("sender_type", "SenderType", "member", "external", "new_member_proposal", "new_member_commit").Text {
	case "member":
		c.uint32("leaf_index")
	case "external":
		c.uint32("sender_index")
	}
}

func framedContent() structure {
	return define[framing.FramedContent]("FramedContent", readFramedContent, nil)
}

func readFramedContent(c *cursor) {
	group := c.text("group_id")
	c.uint64("epoch")
	from := c.structure("sender", sender())
	if from.child("sender_type").Text == "member" {
		c.scope.group = group.Bytes
		c.scope.leaf, c.scope.hasLeaf = treemath.LeafIndex(from.child("leaf_index").Number), true
	}
	c.text("authenticated_data")
	t := c.contentType()
	if c.failure != nil {
		return
	}
	body := c.framedBody(t)
	c.node.Text = fmt.Sprintf("%s by %s", t.Text, from.Text)
	if body.Kind == Struct && body.Text != "" {
		c.node.Text += ": " + body.Text
	}
}

// framedBody reads what the content type selects.
func (c *cursor) framedBody(contentType *Node) *Node {
	switch contentType.Text {
	case "application":
		return c.text("application_data")
	case "proposal":
		return c.structure("proposal", proposal())
	}
	return c.structure("commit", commit())
}

// authData is the FramedContentAuthData for a content type.
func authData(contentType string) structure {
	return structure{name: "FramedContentAuthData", read: func(c *cursor) {
		c.opaque("signature", "opaque<V>")
		if contentType == "commit" {
			c.opaque("confirmation_tag", "MAC")
		}
	}}
}

// authenticated reads a content and what authenticates it.
func (c *cursor) authenticated() (content *Node) {
	content = c.structure("content", framedContent())
	c.node.Text = content.Text
	if c.failure == nil {
		c.structure("auth", authData(content.child("content_type").Text))
	}
	return content
}

func authenticatedContent() structure {
	return define("AuthenticatedContent", func(c *cursor) {
		codePoint[codepoint.WireFormat](c, "wire_format", "WireFormat")
		c.authenticated()
	}, func(c *cursor, a *framing.AuthenticatedContent) {
		c.judgeAuthenticated(a, nil)
	})
}

func publicMessage() structure {
	return define("PublicMessage", func(c *cursor) {
		content := c.authenticated()
		if content.child("sender").child("sender_type").Text == "member" {
			c.opaque("membership_tag", "MAC")
		}
	}, judgePublicMessage)
}

func judgePublicMessage(c *cursor, m *framing.PublicMessage) {
	if m.Content.ContentType == framing.ContentApplication {
		_, err := m.Unprotect(nil, nil, nil) // refuses such a message without a look at keys
		c.check("content_type", err)
	}
	c.judgeAuthenticated(m.Authenticated(), m.MembershipTag)
	if m.Content.Sender.Type == framing.SenderMember {
		c.cannotTell("membership_tag", "the key is a secret of the group")
	}
}

// judgeAuthenticated derives the reference of a proposal where the hash function
// is known, and verifies the signature where the message is all it takes: that
// of one who proposes to add itself.
func (c *cursor) judgeAuthenticated(a *framing.AuthenticatedContent, tag []byte) {
	suite := suiteByHashSize(len(tag))
	joiner := addedBy(a)
	if suite == nil && joiner != nil {
		suite, _ = ciphersuite.Lookup(joiner.CipherSuite) // nil again where it is not known
	}
	if a.Content.Proposal != nil && suite != nil {
		if ref, err := a.ProposalRef(suite); err == nil {
			c.derive(&Node{Name: "ProposalRef", Kind: Bytes, Bytes: ref, Note: hashName(suite)})
		}
	}
	switch a.Content.Sender.Type {
	case framing.SenderExternal:
		c.cannotTell("signature", "the key is in the external_senders extension of the group")
	case framing.SenderNewMemberProposal:
		if joiner == nil || suite == nil || !c.mayVerify() {
			c.cannotTell("signature", "the object does not tell the key of the new member, or its cipher suite")
			return
		}
		c.check("signature", a.VerifySignature(suite, joiner.LeafNode.SignatureKey, nil))
	default:
		c.cannotTell("signature", "it covers the GroupContext, which is not in the object")
	}
}

// addedBy returns the KeyPackage that a message proposes to add.
func addedBy(a *framing.AuthenticatedContent) *keypackage.KeyPackage {
	if a.Content.Proposal == nil {
		return nil
	}
	if body, ok := a.Content.Proposal.Body.(*message.Add); ok {
		return &body.KeyPackage
	}
	return nil
}

// suiteByHashSize returns a suite whose MACs have the given length. Those that
// share it have the same hash function.
func suiteByHashSize(n int) *ciphersuite.Suite {
	for _, s := range ciphersuite.All() {
		if s.HashSize() == n {
			return s
		}
	}
	return nil
}

func privateMessage() structure {
	return define("PrivateMessage", func(c *cursor) {
		c.text("group_id")
		c.uint64("epoch")
		c.contentType()
		c.text("authenticated_data")
		c.encrypted("encrypted_sender_data")
		c.encrypted("ciphertext")
	}, func(c *cursor, m *framing.PrivateMessage) {
		c.node.Text = m.ContentType.String()
	})
}
