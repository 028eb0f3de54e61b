package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type treeKEMVector struct {
	Suite                   codepoint.CipherSuite `json:"cipher_suite"`
	GroupID                 hexBytes              `json:"group_id"`
	Epoch                   uint64                `json:"epoch"`
	ConfirmedTranscriptHash hexBytes              `json:"confirmed_transcript_hash"`
	RatchetTree             hexBytes              `json:"ratchet_tree"`
	LeavesPrivate           []leafPrivateVector   `json:"leaves_private"`
	UpdatePaths             []updatePathVector    `json:"update_paths"`
}

type leafPrivateVector struct {
	Index             treemath.LeafIndex `json:"index"`
	EncryptionPrivate hexBytes           `json:"encryption_priv"`
	SignaturePrivate  hexBytes           `json:"signature_priv"`
	PathSecrets       []pathSecretVector `json:"path_secrets"`
}

type pathSecretVector struct {
	Node       treemath.NodeIndex `json:"node"`
	PathSecret hexBytes           `json:"path_secret"`
}

type updatePathVector struct {
	Sender        treemath.LeafIndex `json:"sender"`
	UpdatePath    hexBytes           `json:"update_path"`
	PathSecrets   []*hexBytes        `json:"path_secrets"`
	CommitSecret  hexBytes           `json:"commit_secret"`
	TreeHashAfter hexBytes           `json:"tree_hash_after"`
}

func treeKEM() family {
	return family{name: "treekem", suites: true, scenarios: []scenario{
		{"two-members", "a path of one node", func(m *maker) any {
			return m.grove().grow(2).treeKEM(0, 1)
		}},
		{"trailing-blanks", "five members: all of the fifth one's path but the root is left out", func(m *maker) any {
			return m.grove().grow(5).treeKEM(4, 1)
		}},
		{"no-parents", "all parents blank: each secret is encrypted to every leaf", func(m *maker) any {
			g := m.grove()
			for range 3 {
				g.add()
			}
			return g.treeKEM(0, 3)
		}},
		{"inner-blanks", "removed members leave nodes out of the filtered paths", func(m *maker) any {
			g := m.grove().grow(7)
			g.remove(2, 3, 4)
			g.path(5)
			return g.treeKEM(0, 6)
		}},
		{"unmerged", "secrets are encrypted to a parent and, beside it, to a member that does not know its key", func(m *maker) any {
			g := m.grove().grow(4)
			g.remove(1)
			g.path(0)
			g.path(3)
			g.add()
			return g.treeKEM(1, 2)
		}},
	}}
}

// treeKEM has each of the senders make a path for the tree as it is now.
func (g *grove) treeKEM(senders ...treemath.LeafIndex) treeKEMVector {
	v := treeKEMVector{
		Suite:                   g.suite.ID(),
		GroupID:                 g.groupID,
		Epoch:                   uint64(g.below(1 << 16)),
		ConfirmedTranscriptHash: g.secret(),
		RatchetTree:             g.encoded(),
	}
	for i := range g.tree.Leaves() {
		v.LeavesPrivate = append(v.LeavesPrivate, g.leafPrivate(i))
	}
	for _, sender := range senders {
		v.UpdatePaths = append(v.UpdatePaths, g.clone().updatePath(&v, sender))
	}
	return v
}

// leafPrivate lists the secrets that a member knows: those of the parents above
// it at which it is not unmerged.
func (g *grove) leafPrivate(i treemath.LeafIndex) leafPrivateVector {
	v := leafPrivateVector{
		Index:             i,
		EncryptionPrivate: hexBytes(g.clients[i].leaf.Private()),
		SignaturePrivate:  hexBytes(g.clients[i].signer.Private()),
		PathSecrets:       []pathSecretVector{},
	}
	for n := range g.tree.Size().DirectPath(i.Node()) {
		if p := g.tree.Parent(n); p != nil && !slices.Contains(p.UnmergedLeaves, i) {
			v.PathSecrets = append(v.PathSecrets, pathSecretVector{n, hexBytes(g.secrets[n])})
		}
	}
	return v
}

func (g *grove) updatePath(v *treeKEMVector, sender treemath.LeafIndex) updatePathVector {
	update := g.path(sender)
	context := g.groupContext(g.groupID, v.Epoch, g.tree.Hash(), v.ConfirmedTranscriptHash)
	path := must(update.Encrypt(g.random, g.tree, context, nil))
	u := updatePathVector{
		Sender:        sender,
		UpdatePath:    encode(path),
		PathSecrets:   make([]*hexBytes, g.tree.Size()),
		CommitSecret:  hexBytes(update.CommitSecret()),
		TreeHashAfter: g.tree.Hash(),
	}
	for i := range g.tree.Leaves() {
		if i != sender {
			secret := hexBytes(g.secrets[treemath.CommonAncestor(sender.Node(), i.Node())])
			u.PathSecrets[i] = &secret
		}
	}
	return u
}
