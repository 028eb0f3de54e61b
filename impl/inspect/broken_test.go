package inspect_test

import (
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
)

func allSuites() []*ciphersuite.Suite { return ciphersuite.All() }

// Each of these has one fault.

func (w *world) badKeyPackage() *keypackage.KeyPackage {
	k := w.keyPackage("alice")
	w.must(k.Sign(w.suite, w.signer("bob")))
	return k
}

// unknownSuite has the keys of a known suite, whose leaf can be judged.
func (w *world) unknownSuite() *keypackage.KeyPackage {
	k := w.keyPackage("alice")
	k.CipherSuite = 0x7777
	k.LeafNode = *w.signed("alice", w.withoutVersion())
	return k
}

func (w *world) withoutVersion() *leaf.LeafNode {
	n := w.leaf("alice")
	n.Capabilities.Versions = nil
	return n
}

func (w *world) strangeLeaf() *leaf.LeafNode {
	n := w.leaf("alice")
	n.EncryptionKey = []byte("key")
	return w.signed("alice", n)
}

func (w *world) changedInfo(change func(*message.GroupInfo)) *message.GroupInfo {
	g := w.groupInfo()
	change(g)
	return g
}

func (w *world) changedWelcome() *message.Welcome {
	v := w.welcome()
	v.Secrets[0].EncryptedGroupSecrets.KEMOutput = []byte{4}
	return v
}

func (w *world) signedByAnother() *framing.MLSMessage {
	p := w.proposals()[0]
	return w.public("bob", framing.FramedContent{
		Sender:      framing.Sender{Type: framing.SenderNewMemberProposal},
		ContentType: framing.ContentProposal,
		Proposal:    &p,
	})
}

func (w *world) removeByNewMember() *framing.MLSMessage {
	p := w.proposals()[2]
	return w.public("erin", framing.FramedContent{
		Sender:      framing.Sender{Type: framing.SenderNewMemberProposal},
		ContentType: framing.ContentProposal,
		Proposal:    &p,
	})
}

func (w *world) publicApplication() *framing.PublicMessage {
	return &framing.PublicMessage{
		Content: framing.FramedContent{
			GroupID:         w.groupID,
			Sender:          framing.Member(0),
			ContentType:     framing.ContentApplication,
			ApplicationData: []byte("in the open"),
		},
		Auth:          framing.FramedContentAuthData{Signature: w.hash("signature")},
		MembershipTag: w.hash("tag"),
	}
}

// nested is a ratchet tree in an extension of a leaf in a ratchet tree, and so
// on, to the given depth.
func (w *world) nested(depth int) []byte {
	var data []byte
	for range depth {
		n := w.leaf("alice")
		if data != nil {
			n.Extensions = leaf.Extensions{{Type: codepoint.ExtensionRatchetTree, Data: data}}
		}
		data = w.treeOf(n)
	}
	return data
}
