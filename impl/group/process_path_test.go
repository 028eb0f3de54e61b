package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// pathFault is a Commit of alice whose path is changed at a stage.
func pathFault(at stage, change func(*pathDraft)) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return s.committing(s.alice).at(at, func(d *draft) { change(d.path) })
	}
}

// leafFault is a Commit of alice whose leaf is changed before it is signed.
func leafFault(change func(*leaf.LeafNode)) func(*scene) *recipe {
	return pathFault(leafReady, func(p *pathDraft) { change(p.leaf) })
}

// ciphertextFault is a Commit of alice whose finished path is changed.
func ciphertextFault(change func(*tree.UpdatePath)) func(*scene) *recipe {
	return func(s *scene) *recipe {
		return s.committing(s.alice).at(pathEncrypted, func(d *draft) { change(d.commit.Path) })
	}
}

func onlyBob(s *scene) []*client         { return []*client{s.bob} }
func onlyErin(s *scene) []*client        { return []*client{s.erin} }
func bobCarolAndDave(s *scene) []*client { return []*client{s.bob, s.carol, s.dave} }

func TestPath(t *testing.T) {
	runRefusals(t, []refusal{
		{id: "rfc9420-7.5-01", name: "old encryption key", make: func(s *scene) *recipe {
			old := s.alice.OwnLeaf().EncryptionKey
			return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.EncryptionKey = old })
		}},
		{id: "rfc9420-7.5-01", name: "lacks a required capability", make: leafFault(func(n *leaf.LeafNode) {
			n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extRequired)
		})},
		{id: "rfc9420-7.5-01", name: "credential that bob does not support", make: leafFault(func(n *leaf.LeafNode) {
			n.Credential = leaf.Credential{Type: credRare, Unknown: []byte("alice")}
		})},

		{id: "rfc9420-7.5-03", name: "ciphertext for the new leaf", as: "rfc9420-7.6-01", make: func(s *scene) *recipe {
			return s.committing(s.alice, inline(s.addition(s.frank))).at(keyed, func(d *draft) { d.path.added = nil })
		}},

		{id: "rfc9420-7.5-05", name: "last node missing", make: ciphertextFault(func(p *tree.UpdatePath) {
			p.Nodes = p.Nodes[:len(p.Nodes)-1]
		})},
		{id: "rfc9420-7.5-05", name: "no nodes", make: ciphertextFault(func(p *tree.UpdatePath) { p.Nodes = nil })},
		{id: "rfc9420-7.5-05", name: "a node twice", make: ciphertextFault(func(p *tree.UpdatePath) {
			p.Nodes = slices.Insert(p.Nodes, 1, p.Nodes[0])
		})},
		{id: "rfc9420-7.5-05", name: "a node that the filter drops", make: func(s *scene) *recipe {
			return s.committing(s.erin).at(pathEncrypted, func(d *draft) {
				d.commit.Path.Nodes = slices.Insert(d.commit.Path.Nodes, 0, tree.UpdatePathNode{EncryptionKey: d.path.key(d.random(32))})
			})
		}},

		{id: "rfc9420-7.5-06", name: "another key at the lowest node", to: onlyBob, make: pathFault(keyed, func(p *pathDraft) {
			p.keys[0] = p.key(ciphersuite.Secret("unrelated"))
		})},
		{id: "rfc9420-7.5-06", name: "another key at the root", to: onlyErin, make: pathFault(keyed, func(p *pathDraft) {
			p.keys[2] = p.key(ciphersuite.Secret("unrelated"))
		})},
		{id: "rfc9420-7.5-06", name: "another key at the root, seen from below", as: "rfc9420-7.5-07", to: bobCarolAndDave, make: pathFault(keyed, func(p *pathDraft) {
			p.keys[2] = p.key(ciphersuite.Secret("unrelated"))
		})},
		{id: "rfc9420-7.5-07", name: "unrelated secret at the root", to: bobCarolAndDave, make: pathFault(keyed, func(p *pathDraft) {
			p.derive(2, p.suite.Hash([]byte("unrelated")))
		})},
		{id: "rfc9420-7.5-07", name: "unrelated secret in the middle", to: onlyBob, make: pathFault(keyed, func(p *pathDraft) {
			p.derive(1, p.suite.Hash([]byte("unrelated")))
		})},

		{id: "rfc9420-7.5-08", name: "ciphertext", to: onlyErin, make: ciphertextFault(func(p *tree.UpdatePath) {
			c := &p.Nodes[2].EncryptedPathSecret[0]
			c.Ciphertext = toggled(c.Ciphertext)
		})},
		{id: "rfc9420-7.5-08", name: "kem output", to: onlyErin, make: ciphertextFault(func(p *tree.UpdatePath) {
			c := &p.Nodes[2].EncryptedPathSecret[0]
			c.KEMOutput = toggled(c.KEMOutput)
		})},
		{id: "rfc9420-7.5-08", name: "kem output of wrong length", to: onlyErin, make: ciphertextFault(func(p *tree.UpdatePath) {
			c := &p.Nodes[2].EncryptedPathSecret[0]
			c.KEMOutput = c.KEMOutput[1:]
		})},
		{id: "rfc9420-7.5-08", name: "nothing encrypted", to: onlyErin, make: ciphertextFault(func(p *tree.UpdatePath) {
			p.Nodes[2].EncryptedPathSecret[0] = ciphersuite.HPKECiphertext{}
		})},
		{id: "rfc9420-7.5-08", name: "ciphertexts swapped", to: func(s *scene) []*client { return []*client{s.carol, s.dave} }, make: ciphertextFault(func(p *tree.UpdatePath) {
			slices.Reverse(p.Nodes[1].EncryptedPathSecret)
		})},

		{id: "rfc9420-7.5-10", name: "short path secret", make: pathFault(keyed, func(p *pathDraft) { p.derive(0, p.secrets[0][:16]) }), to: onlyBob},
		{id: "rfc9420-7.5-10", name: "long path secret", make: pathFault(keyed, func(p *pathDraft) { p.derive(0, append(p.secrets[0], 0)) }), to: onlyBob},

		{id: "rfc9420-7.6-01", name: "last ciphertext missing", make: ciphertextFault(func(p *tree.UpdatePath) {
			p.Nodes[1].EncryptedPathSecret = p.Nodes[1].EncryptedPathSecret[:1]
		})},
		{id: "rfc9420-7.6-01", name: "no ciphertexts", make: ciphertextFault(func(p *tree.UpdatePath) { p.Nodes[2].EncryptedPathSecret = nil })},
		{id: "rfc9420-7.6-01", name: "last ciphertext twice", make: ciphertextFault(func(p *tree.UpdatePath) {
			c := p.Nodes[1].EncryptedPathSecret
			p.Nodes[1].EncryptedPathSecret = append(c, c[1])
		})},

		{id: "rfc9420-7.6-03", name: "encrypted with the old context", as: "rfc9420-7.5-08", make: func(s *scene) *recipe {
			return s.committing(s.alice).at(provisional, func(d *draft) { d.pathContext = encoded(d.by.Context) })
		}},
		{id: "rfc9420-7.6-03", name: "encrypted with the old tree hash", as: "rfc9420-7.5-08", make: func(s *scene) *recipe {
			return s.committing(s.alice).at(provisional, func(d *draft) {
				c := *d.context
				c.TreeHash = d.by.Context.TreeHash
				d.pathContext = encoded(&c)
			})
		}},

		{id: "rfc9420-7.9.2-04", name: "one bit", make: leafFault(func(n *leaf.LeafNode) { n.ParentHash = toggled(n.ParentHash) })},
		{id: "rfc9420-7.9.2-04", name: "empty", make: leafFault(func(n *leaf.LeafNode) { n.ParentHash = nil })},

		{id: "rfc9420-12.4.2-03", name: "source update", make: leafFault(func(n *leaf.LeafNode) { n.Source = leaf.SourceUpdate })},
		{id: "rfc9420-12.4.2-03", name: "source key_package", make: leafFault(func(n *leaf.LeafNode) {
			n.Source, n.Lifetime = leaf.SourceKeyPackage, leaf.Lifetime{NotBefore: 1, NotAfter: 1 << 40}
		})},
		{id: "rfc9420-12.4.2-04", name: "the committer's own key", make: func(s *scene) *recipe {
			old := s.alice.OwnLeaf().EncryptionKey
			return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.EncryptionKey = old })
		}},

		{id: "rfc9420-12.4.2-05", name: "key of a leaf that is updated by the same Commit", make: func(s *scene) *recipe {
			secret := s.suite.Hash([]byte("shared by erin and alice"))
			update := s.sent(s.erin, s.updateOf(s.erin, func(n *leaf.LeafNode) {
				n.EncryptionKey = (&pathDraft{suite: s.suite}).key(secret)
			}))
			return s.committing(s.alice, update).at(keyed, func(d *draft) { d.path.derive(0, secret) })
		}},
		{id: "rfc9420-12.4.2-05", name: "key of a new leaf", make: func(s *scene) *recipe {
			secret := s.suite.Hash([]byte("shared by frank and alice"))
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.EncryptionKey = (&pathDraft{suite: s.suite}).key(secret) })
			return s.committing(s.alice, inline(message.Proposal{Body: &message.Add{KeyPackage: kp}})).
				at(keyed, func(d *draft) { d.path.derive(2, secret) })
		}},
		{id: "rfc9420-12.4.2-05", name: "leaf with the key of a parent node", make: func(s *scene) *recipe {
			key := s.alice.Tree().Parent(7).EncryptionKey
			return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.EncryptionKey = key })
		}},
		{id: "rfc9420-12.4.2-05", name: "key of a parent node off the path", make: func(s *scene) *recipe {
			key := s.alice.Tree().Parent(1).EncryptionKey
			return s.committing(s.dave).at(keyed, func(d *draft) { d.path.keys[0] = key })
		}},

		{id: "rfc9420-16.7-01", name: "two nodes of the path", make: pathFault(keyed, func(p *pathDraft) { p.keys[0] = p.keys[1] })},
		{id: "rfc9420-16.7-01", name: "node and leaf of the path", make: pathFault(keyed, func(p *pathDraft) { p.leafKey = p.pair(p.secrets[2]) })},

		{id: "rfc9420-5.1.1-01", name: "path key of 31 bytes", make: pathFault(keyed, func(p *pathDraft) { p.keys[1] = p.keys[1][:31] })},
	})
}

// encoded returns the encoding of what can be encoded.
func encoded(v syntax.Marshaler) []byte {
	b, err := syntax.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// drop returns a list without a value.
func drop[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(w T) bool { return v == w })
}
