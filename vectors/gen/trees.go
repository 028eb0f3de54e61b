package main

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A grove grows a ratchet tree as the Commits of a group do, and knows all of
// its secrets.
type grove struct {
	*maker
	groupID []byte
	tree    *tree.RatchetTree
	count   int // clients so far
	clients map[treemath.LeafIndex]*client
	// secrets are the path secrets of the parents. Those of parents that have
	// been blanked since are left in it.
	secrets map[treemath.NodeIndex]ciphersuite.Secret
}

type client struct {
	signer *ciphersuite.SignatureKey
	leaf   *ciphersuite.KEMKey
}

// grove returns a tree of one member.
func (m *maker) grove() *grove {
	g := &grove{
		maker:   m,
		groupID: m.bytes(16),
		clients: make(map[treemath.LeafIndex]*client),
		secrets: make(map[treemath.NodeIndex]ciphersuite.Secret),
	}
	c, kp := g.newcomer()
	g.tree = tree.New(m.suite, &kp.LeafNode)
	g.clients[0] = c
	return g
}

func (g *grove) newcomer() (*client, *keypackage.KeyPackage) {
	signer := g.signer()
	b := g.bundle(fmt.Sprintf("client %d", g.count), signer, keypackage.Options{})
	g.count++
	return &client{signer, b.EncryptionKey}, &b.KeyPackage
}

// add has a client join at the leftmost blank leaf.
func (g *grove) add() treemath.LeafIndex {
	c, kp := g.newcomer()
	i := g.tree.Add(&kp.LeafNode)
	g.clients[i] = c
	return i
}

func (g *grove) remove(leaves ...treemath.LeafIndex) {
	for _, i := range leaves {
		g.tree.Remove(i)
		delete(g.clients, i)
	}
}

// update has a member propose a new leaf, which is applied.
func (g *grove) update(i treemath.LeafIndex) {
	n := g.newLeaf(i)
	g.clients[i].leaf = n.key
	g.tree.Update(i, n.node)
}

type updatedLeaf struct {
	node *leaf.LeafNode
	key  *ciphersuite.KEMKey
}

// newLeaf is what a member puts into an Update.
func (g *grove) newLeaf(i treemath.LeafIndex) updatedLeaf {
	key := g.kemKey()
	n := g.tree.Leaf(i).Clone()
	n.EncryptionKey, n.Source, n.ParentHash, n.Lifetime = key.Public(), leaf.SourceUpdate, nil, leaf.Lifetime{}
	check(n.Sign(g.suite, g.clients[i].signer, g.groupID, i))
	return updatedLeaf{n, key}
}

// path has a member bring in new keys.
func (g *grove) path(sender treemath.LeafIndex) *tree.PathUpdate {
	update := must(g.tree.NewPath(g.random, sender, g.tree.Leaf(sender), g.clients[sender].signer, g.groupID))
	g.clients[sender].leaf = update.Private().Key(sender.Node())
	for i := range g.tree.Leaves() {
		if secret, ok := update.PathSecretFor(g.tree, i); ok {
			g.secrets[treemath.CommonAncestor(sender.Node(), i.Node())] = slices.Clone(secret)
		}
	}
	return update
}

// grow adds members until there are n: each one is added by the one before it,
// with a path.
func (g *grove) grow(n int) *grove {
	for last := treemath.LeafIndex(g.tree.MemberCount() - 1); g.tree.MemberCount() < n; last++ {
		g.add()
		g.path(last)
	}
	return g
}

// clone returns a copy, so that several things can be tried with one tree.
func (g *grove) clone() *grove {
	c := *g
	c.tree = g.tree.Clone()
	c.clients = make(map[treemath.LeafIndex]*client, len(g.clients))
	for i, known := range g.clients {
		own := *known
		c.clients[i] = &own
	}
	c.secrets = make(map[treemath.NodeIndex]ciphersuite.Secret, len(g.secrets))
	for n, s := range g.secrets {
		c.secrets[n] = s
	}
	return &c
}

func (g *grove) encoded() []byte { return must(g.tree.Marshal()) }
