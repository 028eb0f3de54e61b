package inspect

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// What follows is never sent: it is signed, hashed, or goes into a derivation.
// Two implementations that disagree about a signature or a key can be compared
// by it.

func leafNodeTBS() structure {
	return structure{name: "LeafNodeTBS", read: func(c *cursor) {
		readSignedLeafNode(c)
		if c.node.child("leaf_node_source").Text != "key_package" {
			c.text("group_id")
			c.uint32("leaf_index")
		}
	}}
}

func framedContentTBS() structure {
	return structure{name: "FramedContentTBS", read: func(c *cursor) {
		codePoint[codepoint.ProtocolVersion](c, "version", "ProtocolVersion")
		codePoint[codepoint.WireFormat](c, "wire_format", "WireFormat")
		content := c.structure("content", framedContent())
		c.node.Text = content.Text
		switch content.child("sender").child("sender_type").Text {
		case "member", "new_member_commit":
			c.structure("context", groupContext())
		}
	}}
}

func authenticatedContentTBM() structure {
	return structure{name: "AuthenticatedContentTBM", read: func(c *cursor) {
		tbs := c.structure("content_tbs", framedContentTBS())
		c.node.Text = tbs.Text
		c.structure("auth", authData(tbs.child("content").child("content_type").Text))
	}}
}

func privateMessageContent(contentType string) structure {
	return structure{name: "PrivateMessageContent", read: func(c *cursor) {
		c.framedBody(&Node{Text: contentType})
		c.structure("auth", authData(contentType))
		c.padding()
	}}
}

// padding reads all that is left.
func (c *cursor) padding() {
	n := c.fixed("padding", len(c.rest))
	for _, b := range n.Bytes {
		if b != 0 {
			n.Note = "not all zero"
		}
	}
}

func privateContentAAD() structure {
	return structure{name: "PrivateContentAAD", read: func(c *cursor) {
		readSenderDataAAD(c)
		c.text("authenticated_data")
	}}
}

func senderDataAAD() structure { return structure{name: "SenderDataAAD", read: readSenderDataAAD} }

func readSenderDataAAD(c *cursor) {
	c.text("group_id")
	c.uint64("epoch")
	c.contentType()
}

func confirmedTranscriptHashInput() structure {
	return structure{name: "ConfirmedTranscriptHashInput", read: func(c *cursor) {
		codePoint[codepoint.WireFormat](c, "wire_format", "WireFormat")
		c.node.Text = c.structure("content", framedContent()).Text
		c.opaque("signature", "opaque<V>")
	}}
}

func treeHashInput() structure {
	return structure{name: "TreeHashInput", read: func(c *cursor) {
		switch c.enum("node_type", "NodeType", "leaf", "parent").Text {
		case "leaf":
			c.structure("leaf_node", structure{name: "LeafNodeHashInput", read: func(c *cursor) {
				c.uint32("leaf_index")
				c.optional("leaf_node", leafNode())
			}})
		case "parent":
			c.structure("parent_node", structure{name: "ParentNodeHashInput", read: func(c *cursor) {
				c.optional("parent_node", parentNode())
				c.opaque("left_hash", "opaque<V>")
				c.opaque("right_hash", "opaque<V>")
			}})
		}
	}}
}

func parentHashInput() structure {
	return structure{name: "ParentHashInput", read: func(c *cursor) {
		c.opaque("encryption_key", "HPKEPublicKey")
		c.opaque("parent_hash", "opaque<V>")
		c.opaque("original_sibling_tree_hash", "opaque<V>")
	}}
}

// labelled is a structure of a label and one more vector.
func labelled(name, field string) structure {
	return structure{name: name, read: func(c *cursor) {
		c.text("label")
		c.opaque(field, "opaque<V>")
	}}
}

func kdfLabel() structure {
	return structure{name: "KDFLabel", read: func(c *cursor) {
		c.uint16("length")
		c.text("label")
		c.opaque("context", "opaque<V>")
	}}
}

func pskLabel() structure {
	return structure{name: "PSKLabel", read: func(c *cursor) {
		c.structure("id", preSharedKeyID())
		c.uint16("index")
		c.uint16("count")
	}}
}
