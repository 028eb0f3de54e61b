package group_test

import (
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A carrier brings a leaf node into the group. Its function returns the recipe
// for a message with the leaf changed before it was signed.
type carrier struct {
	name string
	make func(s *scene, change func(*leaf.LeafNode)) *recipe
}

var (
	inAdd = carrier{"add", func(s *scene, change func(*leaf.LeafNode)) *recipe {
		kp := s.keyPackage(s.frank, change)
		return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}))
	}}
	inUpdate = carrier{"update", func(s *scene, change func(*leaf.LeafNode)) *recipe {
		return s.proposal(s.bob, s.updateOf(s.bob, change))
	}}
	// The Update itself is accepted; whether it fits shows in the Commit.
	inCommittedUpdate = carrier{"committed update", func(s *scene, change func(*leaf.LeafNode)) *recipe {
		return s.committing(s.alice, s.sent(s.dave, s.updateOf(s.dave, change)))
	}}
	inPath = carrier{"path", func(s *scene, change func(*leaf.LeafNode)) *recipe {
		return s.committing(s.alice).at(leafReady, func(d *draft) { change(d.path.leaf) })
	}}
	inExternalPath = carrier{"external path", func(s *scene, change func(*leaf.LeafNode)) *recipe {
		return s.joining(s.frank).at(leafReady, func(d *draft) { change(d.path.leaf) })
	}}
)

// A leafRefusal is a fault of a leaf node, wherever it comes from.
type leafRefusal struct {
	id       rule.ID
	name     string
	as       rule.ID
	carriers []carrier
	change   func(*leaf.LeafNode)
}

func runLeafRefusals(t *testing.T, cases []leafRefusal) {
	t.Helper()
	var all []refusal
	for _, c := range cases {
		for _, by := range c.carriers {
			all = append(all, refusal{id: c.id, name: c.name + ", " + by.name, as: c.as, make: func(s *scene) *recipe {
				return by.make(s, c.change)
			}})
		}
	}
	runRefusals(t, all)
}

func TestLeaf(t *testing.T) {
	everywhere := []carrier{inAdd, inUpdate, inPath, inExternalPath}
	whenCommitted := []carrier{inAdd, inCommittedUpdate, inPath, inExternalPath}
	ofMembers := []carrier{inCommittedUpdate, inPath, inExternalPath}
	runLeafRefusals(t, []leafRefusal{
		{id: "rfc9420-5.1.1-01", name: "encryption_key of 31 bytes", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.EncryptionKey = n.EncryptionKey[:31]
		}},
		{id: "rfc9420-5.1.1-02", name: "signature_key of 31 bytes", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.SignatureKey = n.SignatureKey[:31]
		}},
		{id: "rfc9420-5.3.1-01", name: "not authenticated", carriers: []carrier{inAdd, inExternalPath}, change: func(n *leaf.LeafNode) {
			n.Credential = leaf.Basic([]byte("mallory"))
		}},
		{id: "rfc9420-5.3.1-01", name: "not authenticated any more", as: "rfc9420-5.3.1-02", carriers: []carrier{inUpdate, inPath}, change: func(n *leaf.LeafNode) {
			n.Credential = leaf.Basic([]byte("mallory"))
		}},
		{id: "rfc9420-5.3.1-02", name: "no successor", carriers: []carrier{inUpdate, inPath}, change: func(n *leaf.LeafNode) {
			n.Credential = leaf.Basic([]byte("mallet"))
		}},
		{id: "rfc9420-7.2-03", name: "extension not listed", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.Extensions = append(n.Extensions, leaf.Extension{Type: extUnknown})
		}},
		{id: "rfc9420-7.2-05", name: "credential type not listed", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, n.Credential.Type)
		}},
		{id: "rfc9420-7.3-02", name: "required extension", carriers: whenCommitted, change: func(n *leaf.LeafNode) {
			n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extRequired)
		}},
		{id: "rfc9420-7.3-02", name: "required proposal", carriers: whenCommitted, change: func(n *leaf.LeafNode) {
			n.Capabilities.Proposals = drop(n.Capabilities.Proposals, proposalRequired)
		}},
		{id: "rfc9420-7.3-02", name: "required credential", carriers: whenCommitted, change: func(n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, codepoint.CredentialX509)
		}},
		{id: "rfc9420-7.3-03", name: "credential that bob does not support", carriers: whenCommitted, change: func(n *leaf.LeafNode) {
			n.Credential = leaf.Credential{Type: credRare}
		}},
		{id: "rfc9420-7.3-04", name: "credential type that alice and others use", carriers: []carrier{inCommittedUpdate}, change: func(n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, codepoint.CredentialBasic)
		}},
		{id: "rfc9420-7.3-04", name: "credential type that dave uses", carriers: []carrier{inAdd, inPath, inExternalPath}, change: func(n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, credInUse)
		}},
		{id: "rfc9420-7.3-07", name: "source commit", carriers: []carrier{inUpdate}, change: func(n *leaf.LeafNode) {
			n.Source, n.ParentHash = leaf.SourceCommit, make([]byte, 32)
		}},
		{id: "rfc9420-7.3-07", name: "source key_package", carriers: []carrier{inUpdate}, change: func(n *leaf.LeafNode) {
			n.Source, n.Lifetime = leaf.SourceKeyPackage, leaf.Lifetime{NotAfter: 1 << 40}
		}},
		{id: "rfc9420-11.1-01", name: "version", carriers: everywhere, change: func(n *leaf.LeafNode) { n.Capabilities.Versions = nil }},
		{id: "rfc9420-11.1-02", name: "cipher suite", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.Capabilities.CipherSuites = drop(n.Capabilities.CipherSuites, 1)
		}},
		{id: "rfc9420-13.4-04", name: "extension twice", carriers: everywhere, change: func(n *leaf.LeafNode) {
			id := leaf.Extension{Type: codepoint.ExtensionApplicationID, Data: []byte("id")}
			n.Extensions = append(n.Extensions, id, id)
		}},
		{id: "rfc9420-13.4-07", name: "extension of the group", carriers: []carrier{inAdd}, change: withoutInUse},
		{id: "rfc9420-13.4-08", name: "extension of the group", carriers: ofMembers, change: withoutInUse},
		{id: "rfc9420-13.5-03", name: "credential type", as: "rfc9420-13.3-01", carriers: everywhere, change: func(n *leaf.LeafNode) {
			n.Credential = leaf.Credential{Type: grease}
		}},
	})
}

func withoutInUse(n *leaf.LeafNode) {
	n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extInUse)
}

// resigned returns a proposal to add frank whose leaf has the signature that sign
// makes, in a KeyPackage that is signed anew.
func (s *scene) resigned(sign func(*leaf.LeafNode)) message.Proposal {
	s.t.Helper()
	kp := s.frank.bundle.KeyPackage
	kp.LeafNode = *kp.LeafNode.Clone()
	sign(&kp.LeafNode)
	if err := kp.Sign(s.suite, s.frank.signer); err != nil {
		s.t.Fatal(err)
	}
	return message.Proposal{Body: &message.Add{KeyPackage: kp}}
}

// updateSigned returns an Update of bob with the signature that sign makes.
func (s *scene) updateSigned(sign func(*leaf.LeafNode)) message.Proposal {
	p := s.updateOf(s.bob, func(*leaf.LeafNode) {})
	sign(&p.Body.(*message.Update).LeafNode)
	return p
}

// placed returns a function that signs a leaf for some place in some group.
func (s *scene) placed(c *client, groupID string, i treemath.LeafIndex) func(*leaf.LeafNode) {
	return func(n *leaf.LeafNode) {
		if err := n.Sign(s.suite, c.signer, []byte(groupID), i); err != nil {
			s.t.Fatal(err)
		}
	}
}

// signedOver returns a function that signs the fields of a leaf, and what follows
// them.
func (s *scene) signedOver(c *client, tail string) func(*leaf.LeafNode) {
	return func(n *leaf.LeafNode) {
		n.Signature = nil
		fields := encoded(n)
		tbs := append(fields[:len(fields)-1], tail...) // without the signature's length
		var err error
		if n.Signature, err = s.suite.SignWithLabel(c.signer, "LeafNodeTBS", tbs); err != nil {
			s.t.Fatal(err)
		}
	}
}

func flipLeafSignature(n *leaf.LeafNode) { n.Signature = toggled(n.Signature) }

func TestLeafSignature(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-7.2-11", name: "update without its place", as: "rfc9420-7.3-01", make: func(s *scene) *recipe {
			return s.proposal(s.bob, s.updateSigned(s.signedOver(s.bob, "")))
		}},
		{id: "rfc9420-7.2-11", name: "update for another group", as: "rfc9420-7.3-01", make: func(s *scene) *recipe {
			return s.proposal(s.bob, s.updateSigned(s.placed(s.bob, "another", 1)))
		}},
		{id: "rfc9420-7.2-11", name: "update for another leaf", as: "rfc9420-7.3-01", make: func(s *scene) *recipe {
			return s.proposal(s.bob, s.updateSigned(s.placed(s.bob, "group", 2)))
		}},
		{id: "rfc9420-7.2-11", name: "update of bob sent by carol", as: "rfc9420-7.3-01", make: func(s *scene) *recipe {
			return s.proposal(s.carol, s.updateOf(s.bob, func(*leaf.LeafNode) {}))
		}},
		{id: "rfc9420-7.2-11", name: "path for another group", as: "rfc9420-7.3-01", make: pathFault(leafReady, func(p *pathDraft) {
			p.groupID = []byte("another")
		})},
		{id: "rfc9420-7.2-11", name: "path for another leaf", as: "rfc9420-7.3-01", make: pathFault(leafReady, func(p *pathDraft) { p.index = 2 })},
		{id: "rfc9420-7.2-12", name: "add with a place", as: "rfc9420-7.3-01", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.resigned(s.signedOver(s.frank, "\x05group\x00\x00\x00\x05"))))
		}},

		{id: "rfc9420-7.3-01", name: "add", make: func(s *scene) *recipe { return s.committing(s.alice, inline(s.resigned(flipLeafSignature))) }},
		{id: "rfc9420-7.3-01", name: "proposed add", make: func(s *scene) *recipe { return s.proposal(s.bob, s.resigned(flipLeafSignature)) }},
		{id: "rfc9420-7.3-01", name: "update", make: func(s *scene) *recipe { return s.proposal(s.bob, s.updateSigned(flipLeafSignature)) }},
		{id: "rfc9420-7.3-01", name: "path", make: pathFault(leafSigned, func(p *pathDraft) { flipLeafSignature(p.leaf) })},
		{id: "rfc9420-7.3-01", name: "external path", make: func(s *scene) *recipe {
			return s.joining(s.frank).at(leafSigned, func(d *draft) { flipLeafSignature(d.path.leaf) })
		}},
		{id: "rfc9420-10.1-05", name: "key package", make: func(s *scene) *recipe {
			p := s.addition(s.frank)
			kp := &p.Body.(*message.Add).KeyPackage
			kp.Signature = toggled(kp.Signature)
			return s.committing(s.alice, inline(p))
		}},
	})
}

func TestLeafKeys(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-7.3-08", name: "the member's own key", make: func(s *scene) *recipe {
			return s.proposal(s.bob, s.updateOf(s.bob, func(n *leaf.LeafNode) { n.EncryptionKey = s.bob.OwnLeaf().EncryptionKey }))
		}},
		// A member's signature key is, without other policy, what tells its client.
		{id: "rfc9420-7.3-09", name: "add", as: "rfc9420-12.2-08", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.double(s.bob))))
		}},
		{id: "rfc9420-7.3-09", name: "add, clients told by name", make: func(s *scene) *recipe {
			s.tellByName()
			return s.committing(s.alice, inline(s.addition(s.double(s.bob))))
		}},
		{id: "rfc9420-7.3-09", name: "update", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.dave, s.updateUnder(s.dave, s.bob)))
		}},
		{id: "rfc9420-7.3-09", name: "path", make: func(s *scene) *recipe {
			return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.SignatureKey, d.path.signer = s.bob.signer.Public(), s.bob.signer })
		}},
		{id: "rfc9420-7.3-09", name: "external path", make: func(s *scene) *recipe { return s.joining(s.double(s.bob)) }},
		{id: "rfc9420-7.3-09", name: "two adds, clients told by name", make: func(s *scene) *recipe {
			s.tellByName()
			return s.committing(s.alice, inline(s.addition(s.frank)), inline(s.addition(s.double(s.frank))))
		}},
		{id: "rfc9420-7.3-10", name: "add", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.EncryptionKey = s.bob.OwnLeaf().EncryptionKey })
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}))
		}},
		{id: "rfc9420-7.3-10", name: "update", make: func(s *scene) *recipe {
			return s.committing(s.alice, s.sent(s.dave, s.updateOf(s.dave, func(n *leaf.LeafNode) { n.EncryptionKey = s.bob.OwnLeaf().EncryptionKey })))
		}},
		{id: "rfc9420-7.3-10", name: "path", as: "rfc9420-12.4.2-05", make: func(s *scene) *recipe {
			return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.EncryptionKey = s.bob.OwnLeaf().EncryptionKey })
		}},
		{id: "rfc9420-16.7-01", name: "update with the key of a parent node", make: func(s *scene) *recipe {
			return s.committing(s.dave, s.sent(s.erin, s.updateOf(s.erin, func(n *leaf.LeafNode) { n.EncryptionKey = s.alice.Tree().Parent(1).EncryptionKey })))
		}},
	})
}

// double returns a client that has the signature key of another one.
func (s *scene) double(c *client) *client {
	d := *s.frank
	d.signer = c.signer
	d.bundle = s.bundle(leaf.Basic([]byte("double")), c.signer, s.options)
	return &d
}

// tellByName has the members tell clients by their credentials.
func (s *scene) tellByName() {
	s.reconfigure(func(c *group.Config) {
		c.SameClient = func(a, b *leaf.LeafNode) bool { return a.Credential.Equal(&b.Credential) }
	})
}

// updateUnder returns an Update of a member that brings the signature key of
// another one.
func (s *scene) updateUnder(c, other *client) message.Proposal {
	p := s.updateOf(c, func(n *leaf.LeafNode) { n.SignatureKey = other.signer.Public() })
	s.placed(other, "group", c.OwnIndex())(&p.Body.(*message.Update).LeafNode)
	return p
}

// expired returns a proposal to add frank, whose lifetime is over.
func (s *scene) expired() message.Proposal {
	kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Lifetime = leaf.Lifetime{NotAfter: uint64(present.Unix()) - 1} })
	return message.Proposal{Body: &message.Add{KeyPackage: kp}}
}

// What the RFC leaves to the receiver's policy.
func TestLeafPolicy(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-7.3-06", name: "add", make: func(s *scene) *recipe {
			s.reconfigure(func(c *group.Config) { c.Policy.CheckLifetime = true })
			return s.committing(s.alice, inline(s.expired()))
		}},
		{id: "rfc9420-7.2-07", name: "add", make: func(s *scene) *recipe {
			s.reconfigure(func(c *group.Config) { c.Policy.MaxLifetime = time.Hour })
			return s.committing(s.alice, inline(s.addition(s.frank)))
		}},
	})
	runAcceptances(t, []acceptance{
		{id: "rfc9420-7.3-06", name: "add", make: func(s *scene) *recipe { return s.committing(s.alice, inline(s.expired())) }},
		{id: "rfc9420-16.7-02", name: "encryption_key that is the signature_key", make: func(s *scene) *recipe {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.EncryptionKey = n.SignatureKey })
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}}))
		}},
	})
}
