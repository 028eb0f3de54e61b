package group_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// Whatever a tree is like, a joiner refuses it and names a rule, or can live in
// it. Everything else about the Welcome is right.
func TestJoinAnyTree(t *testing.T) {
	w := suite1(t)
	f, joe := eight(w)
	rapid.Check(t, func(t *rapid.T) {
		d := f.forge(beforeLinks, func(d *welcomeDraft) {
			for range rapid.IntRange(1, 4).Draw(t, "changes") {
				rapid.SampledFrom(treeChanges).Draw(t, "change")(t, d)
			}
		})
		g, err := joe.tryJoin(d.welcome, group.JoinOptions{})
		if err != nil {
			if rule.Of(err) == "" {
				t.Fatalf("refused without a rule: %v", err)
			}
			return
		}
		if _, err := g.Commit(group.CommitOptions{}); err != nil {
			t.Fatalf("no commit: %v", err)
		}
		if err := g.ApplyPending(); err != nil {
			t.Fatal(err)
		}
	})
}

// treeChanges change some node of a sketch.
var treeChanges = []func(*rapid.T, *welcomeDraft){
	func(t *rapid.T, d *welcomeDraft) { // blank
		n := anyNode(t, d)
		d.tree.nodes[n] = nil
		for p, link := range d.tree.links {
			if p == n || link == n {
				delete(d.tree.links, p)
			}
		}
	},
	func(t *rapid.T, d *welcomeDraft) { // unmerged leaves
		if n := anyNode(t, d); d.tree.nodes[n] != nil && !n.IsLeaf() {
			d.tree.unmerged(n, rapid.SliceOfN(rapid.Map(rapid.Uint32Range(0, 9), func(i uint32) leafIndex { return leafIndex(i) }), 0, 4).Draw(t, "unmerged")...)
		}
	},
	func(t *rapid.T, d *welcomeDraft) { // another's key
		n, m := anyNode(t, d), anyNode(t, d)
		if d.tree.nodes[n] == nil || d.tree.nodes[m] == nil {
			return
		}
		*d.tree.key(n) = *d.tree.key(m)
		if n.IsLeaf() {
			d.tree.sign(n.Leaf())
		}
	},
	func(t *rapid.T, d *welcomeDraft) { // another link
		n := anyNode(t, d)
		if n.IsLeaf() || d.tree.nodes[n] == nil {
			return
		}
		delete(d.tree.links, n)
		link := anyNode(t, d)
		if link != n && link.InSubtree(n) && d.tree.nodes[link] != nil && (!link.IsLeaf() || d.tree.leaf(link.Leaf()).Source == leaf.SourceCommit) {
			d.tree.links[n] = link
		}
	},
	func(t *rapid.T, d *welcomeDraft) { // another parent node
		if n := anyNode(t, d); !n.IsLeaf() {
			d.tree.nodes[n] = &tree.Node{Parent: &tree.ParentNode{EncryptionKey: d.key().Public()}}
		}
	},
}

func anyNode(t *rapid.T, d *welcomeDraft) nodeIndex {
	return nodeIndex(rapid.IntRange(0, len(d.tree.nodes)-1).Draw(t, "node"))
}
