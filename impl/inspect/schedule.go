package inspect

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

func groupContext() structure {
	return define[schedule.GroupContext]("GroupContext", func(c *cursor) {
		codePoint[codepoint.ProtocolVersion](c, "version", "ProtocolVersion")
		c.cipherSuite()
		c.text("group_id")
		c.uint64("epoch")
		c.opaque("tree_hash", "opaque<V>")
		c.opaque("confirmed_transcript_hash", "opaque<V>")
		c.extensions()
	}, nil)
}

func preSharedKeyID() structure {
	return define("PreSharedKeyID", readPreSharedKeyID, func(c *cursor, id *schedule.PreSharedKeyID) {
		c.node.Text = id.Type.String()
		if id.Type == schedule.PSKResumption {
			c.node.Text += ", " + id.Usage.String()
		}
	})
}

func readPreSharedKeyID(c *cursor) {
	switch c.enum("psktype", "PSKType", "external", "resumption").Text {
	case "external":
		c.text("psk_id")
	case "resumption":
		c.enum("usage", "ResumptionPSKUsage", "application", "reinit", "branch")
		c.text("psk_group_id")
		c.uint64("psk_epoch")
	}
	c.opaque("psk_nonce", "opaque<V>")
}

func senderData() structure {
	return define[schedule.SenderData]("SenderData", func(c *cursor) {
		c.uint32("leaf_index")
		c.uint32("generation")
		c.fixed("reuse_guard", 4)
	}, nil)
}
