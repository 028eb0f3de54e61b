package group_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// What is here looks at what was accepted, with code of its own: members that
// make the same mistake agree with each other. All groups have suite 1.

// sound verifies the state of a member: its tree, and that its context fits.
func sound(t testing.TB, g *group.Group) {
	t.Helper()
	soundTree(t, g.Tree(), g.GroupContext())
}

// soundTree verifies a tree, and that the context fits.
func soundTree(t testing.TB, r *tree.RatchetTree, context *schedule.GroupContext) {
	t.Helper()
	s := unlinked(r, context.GroupID, nil)
	if !bytes.Equal(s.hash(s.root()), context.TreeHash) {
		t.Error("tree_hash is not that of the tree [rfc9420-7.8]")
	}
	soundExtensions(t, "GroupContext", context.Extensions)
	keys, signers := map[string]bool{}, map[string]bool{}
	for n, node := range s.nodes {
		n := nodeIndex(n)
		if node == nil {
			continue
		}
		if key := string(*s.key(n)); keys[key] {
			t.Errorf("node %d has the encryption_key of another one [rfc9420-7.3, 12.4.3.1]", n)
		} else {
			keys[key] = true
		}
		if !n.IsLeaf() {
			soundParent(t, s, r, n)
			continue
		}
		if signers[string(node.Leaf.SignatureKey)] {
			t.Errorf("leaf %d has the signature_key of another one [rfc9420-7.3]", n.Leaf())
		}
		signers[string(node.Leaf.SignatureKey)] = true
		soundLeaf(t, node.Leaf, context.GroupID, n.Leaf())
	}
}

// soundParent verifies the unmerged leaves of a parent node (RFC 9420, Sections
// 7.1 and 12.4.3.1) and that a node below it has its parent hash (Section 7.9.2).
func soundParent(t testing.TB, s *sketch, r *tree.RatchetTree, n nodeIndex) {
	t.Helper()
	list := s.parent(n).UnmergedLeaves
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Errorf("unmerged_leaves of node %d are %v [rfc9420-7.1]", n, list)
	}
	for _, l := range list {
		if int(l.Node()) >= len(s.nodes) || s.nodes[l.Node()] == nil || !l.Node().InSubtree(n) {
			t.Errorf("unmerged leaf %d of node %d is no member below it [rfc9420-12.4.3.1]", l, n)
			continue
		}
		for m, _ := children(n, l.Node()); !m.IsLeaf(); m, _ = children(m, l.Node()) {
			if s.nodes[m] != nil && !slices.Contains(s.parent(m).UnmergedLeaves, l) {
				t.Errorf("leaf %d is unmerged at node %d and not at node %d [rfc9420-12.4.3.1]", l, n, m)
			}
		}
	}
	if !s.parentHashValid(r, n) {
		t.Errorf("node %d is not parent-hash valid [rfc9420-7.9.2]", n)
	}
}

// parentHashValid tells whether a descendant carries the parent hash of node n, and
// all others in its resolution are unmerged at n (RFC 9420, Section 7.9.2).
func (s *sketch) parentHashValid(r *tree.RatchetTree, n nodeIndex) bool {
	for _, c := range []nodeIndex{n.Left(), n.Right()} {
		resolution := r.Resolution(c)
		for i, d := range resolution {
			var unmerged []nodeIndex
			for _, l := range s.parent(n).UnmergedLeaves {
				if l.Node().InSubtree(c) {
					unmerged = append(unmerged, l.Node())
				}
			}
			others := slices.Delete(slices.Clone(resolution), i, i+1)
			slices.Sort(others)
			if slices.Equal(unmerged, others) && bytes.Equal(*s.parentHashField(d), s.parentHash(n, c)) {
				return true
			}
		}
	}
	return false
}

// soundLeaf verifies the signature of a leaf (RFC 9420, Section 7.2) and that its
// extensions differ.
func soundLeaf(t testing.TB, l *leaf.LeafNode, groupID []byte, place leafIndex) {
	t.Helper()
	var signature cryptobyte.Builder
	syntax.AddOpaque(&signature, l.Signature)
	tbs, ok := bytes.CutSuffix(must(syntax.Marshal(l)), signature.BytesOrPanic())
	if !ok {
		t.Errorf("leaf %d does not end with its signature", place)
	}
	b := cryptobyte.NewBuilder(slices.Clip(tbs))
	if l.Source != leaf.SourceKeyPackage {
		syntax.AddOpaque(b, groupID)
		b.AddUint32(uint32(place))
	}
	soundSignature(t, "LeafNodeTBS", b.BytesOrPanic(), l.SignatureKey, l.Signature)
	soundExtensions(t, "leaf", l.Extensions)
}

// soundInfo verifies a GroupInfo by itself.
func soundInfo(t testing.TB, info *message.GroupInfo, signer *leaf.LeafNode) {
	t.Helper()
	soundSignature(t, "GroupInfoTBS", must(syntax.Marshal((*message.GroupInfoTBS)(info))), signer.SignatureKey, info.Signature)
	soundExtensions(t, "GroupInfo", info.Extensions)
}

// soundSignature verifies a signature (RFC 9420, Section 5.1.2).
func soundSignature(t testing.TB, label string, content, key, signature []byte) {
	t.Helper()
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, []byte("MLS 1.0 "+label))
	syntax.AddOpaque(&b, content)
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, b.BytesOrPanic(), signature) {
		t.Errorf("the signature of a %s is wrong [rfc9420-5.1.2]", label)
	}
}

// soundExtensions verifies that extensions differ in their types (RFC 9420, Section 13.4).
func soundExtensions(t testing.TB, where string, list leaf.Extensions) {
	t.Helper()
	seen := map[uint16]bool{}
	for _, e := range list {
		if seen[uint16(e.Type)] {
			t.Errorf("%s: extension %v comes twice [rfc9420-13.4]", where, e.Type)
		}
		seen[uint16(e.Type)] = true
	}
}
