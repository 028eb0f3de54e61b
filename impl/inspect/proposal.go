package inspect

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/message"
)

func proposal() structure {
	return define[message.Proposal]("Proposal", readProposal, nil)
}

func readProposal(c *cursor) {
	n := codePoint[codepoint.ProposalType](c, "proposal_type", "ProposalType")
	t := codepoint.ProposalType(n.Number)
	c.node.Text = t.String()
	switch t {
	case codepoint.ProposalAdd:
		c.body(n.Text, add())
	case codepoint.ProposalUpdate:
		c.body(n.Text, update())
	case codepoint.ProposalRemove:
		c.body(n.Text, remove())
	case codepoint.ProposalPSK:
		c.body(n.Text, preSharedKey())
	case codepoint.ProposalReInit:
		c.body(n.Text, reInit())
	case codepoint.ProposalExternalInit:
		c.body(n.Text, externalInit())
	case codepoint.ProposalGroupContextExtensions:
		c.body(n.Text, groupContextExtensions())
	default:
		c.opaque("content", "opaque<V>")
	}
}

// body reads what is proposed. The RFC has no names for these fields: they go by
// the type of the proposal.
func (c *cursor) body(name string, s structure) {
	if n := c.structure(name, s); n.Text != "" {
		c.node.Text += ", " + n.Text
	}
}

func add() structure {
	return define[message.Add]("Add", func(c *cursor) {
		c.node.Text = c.structure("key_package", keyPackage()).Text
	}, nil)
}

func update() structure {
	return define[message.Update]("Update", func(c *cursor) {
		c.node.Text = c.structure("leaf_node", leafNode()).Text
	}, nil)
}

func remove() structure {
	return define[message.Remove]("Remove", func(c *cursor) {
		c.node.Text = fmt.Sprintf("leaf %d", c.uint32("removed").Number)
	}, nil)
}

func preSharedKey() structure {
	return define[message.PreSharedKey]("PreSharedKey", func(c *cursor) {
		c.node.Text = c.structure("psk", preSharedKeyID()).Text
	}, nil)
}

func reInit() structure {
	return define[message.ReInit]("ReInit", func(c *cursor) {
		c.text("group_id")
		codePoint[codepoint.ProtocolVersion](c, "version", "ProtocolVersion")
		c.cipherSuite()
		c.extensions()
	}, nil)
}

func externalInit() structure {
	return define[message.ExternalInit]("ExternalInit", func(c *cursor) { c.opaque("kem_output", "opaque<V>") }, nil)
}

func groupContextExtensions() structure {
	return define[message.GroupContextExtensions]("GroupContextExtensions", func(c *cursor) { c.extensions() }, nil)
}
