package inspect

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// extensions reads the list of extensions that many structures have.
func (c *cursor) extensions() *Node {
	n := c.vector("extensions", extension())
	seen := make(map[uint64]bool)
	for _, e := range n.Children {
		t := e.child("extension_type").Number
		if seen[t] {
			n.Note = fmt.Sprintf("%v occurs twice", codepoint.ExtensionType(t))
		}
		seen[t] = true
	}
	return n
}

// extensionList is the list by itself.
func extensionList() structure {
	s := define[leaf.Extensions]("Extension<V>", func(c *cursor) {
		c.elementsInto(c.node, func(e *cursor, place string) { e.structure(place, extension()) })
	}, nil)
	s.kind = List
	return s
}

func extension() structure { return define[leaf.Extension]("Extension", readExtension, nil) }

func readExtension(c *cursor) {
	t := codePoint[codepoint.ExtensionType](c, "extension_type", "ExtensionType")
	c.node.Text = t.Text + t.Note
	data := c.opaque("extension_data", "opaque<V>")
	if c.failure == nil {
		c.content(codepoint.ExtensionType(t.Number), data)
	}
}

// content reads what the data of an extension of a known type hold. A content
// that does not decode is a fault of the extension, not of what is around it.
func (c *cursor) content(t codepoint.ExtensionType, data *Node) {
	s, ok := contentOf(t)
	if !ok {
		return
	}
	if c.scope.depth == maxNesting {
		data.Note = "the content of extensions within extensions is not shown"
		return
	}
	n := &Node{Name: "content", Type: s.name, Kind: s.kind}
	end := data.Offset + data.Length
	outer := &cursor{budget: c.budget, parent: c, node: new(Node), rest: cryptobyte.String(data.Bytes), end: end, scope: c.scope}
	outer.scope.depth++
	outer.into(n, s)
	if left := len(data.Bytes) - n.Length; left > 0 && c.failure == nil {
		outer.fail("content", outer.offset(), fmt.Errorf("%s left over", plural(left, "byte")))
	}
	if n.Length > 0 {
		data.Content = n
	}
	if c.failure != nil {
		if err := contentError(t, data.Bytes); err != nil {
			c.failure.Err = err
		}
		c.check("content", c.failure)
		c.failure = nil
	}
}

// contentError is the error of those who use the extension, if they have one.
func contentError(t codepoint.ExtensionType, data []byte) (err error) {
	list := leaf.Extensions{{Type: t, Data: data}}
	switch t {
	case codepoint.ExtensionRequiredCapabilities:
		_, err = list.RequiredCapabilities()
	case codepoint.ExtensionExternalPub:
		_, err = list.ExternalPub()
	case codepoint.ExtensionExternalSenders:
		_, err = list.ExternalSenders()
	}
	return err
}

func contentOf(t codepoint.ExtensionType) (structure, bool) {
	switch t {
	case codepoint.ExtensionApplicationID:
		return structure{name: "ApplicationID", read: func(c *cursor) { c.text("application_id") }}, true
	case codepoint.ExtensionRatchetTree:
		return ratchetTree(), true
	case codepoint.ExtensionRequiredCapabilities:
		return requiredCapabilities(), true
	case codepoint.ExtensionExternalPub:
		return externalPub(), true
	case codepoint.ExtensionExternalSenders:
		return externalSenders(), true
	case codepoint.ExtensionLastResort:
		return structure{name: "empty", read: func(*cursor) {}}, true
	}
	return structure{}, false
}

func requiredCapabilities() structure {
	return define[leaf.RequiredCapabilities]("RequiredCapabilities", func(c *cursor) {
		codes[codepoint.ExtensionType](c, "extension_types", "ExtensionType")
		codes[codepoint.ProposalType](c, "proposal_types", "ProposalType")
		codes[codepoint.CredentialType](c, "credential_types", "CredentialType")
	}, nil)
}

func externalPub() structure {
	return define("ExternalPub", func(c *cursor) { c.opaque("external_pub", "HPKEPublicKey") }, func(c *cursor, e *leaf.ExternalPub) {
		if c.scope.suite != nil {
			c.check("key", c.scope.suite.CheckKEMPublicKey(e.ExternalPub))
		}
	})
}

func externalSender() structure {
	return define("ExternalSender", func(c *cursor) {
		c.opaque("signature_key", "SignaturePublicKey")
		c.structure("credential", credential())
	}, func(c *cursor, e *leaf.ExternalSender) {
		c.node.Text = whoIs(&e.Credential)
		if c.scope.suite != nil {
			c.check("key", c.scope.suite.CheckSignatureKey(e.SignatureKey))
		}
	})
}

func externalSenders() structure {
	s := define[leaf.ExternalSenders]("ExternalSender<V>", func(c *cursor) {
		c.elementsInto(c.node, func(e *cursor, place string) { e.structure(place, externalSender()) })
	}, nil)
	s.kind = List
	return s
}
