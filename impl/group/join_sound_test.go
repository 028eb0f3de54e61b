package group_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// unsound says what is wrong with a GroupInfo with a ratchet_tree, of a suite with
// SHA-256 and Ed25519. It takes the checks of RFC 9420, Sections 12.4.3 and
// 12.4.3.1 that computations are about, without those of packages group and tree.
func unsound(suite *ciphersuite.Suite, info *message.GroupInfo) error {
	encoded, _ := info.Extensions.Find(codepoint.ExtensionRatchetTree)
	t, err := tree.Parse(suite, encoded)
	if err != nil {
		return err
	}
	s := unlinked(t, info.GroupContext.GroupID, nil)
	if !bytes.Equal(s.hash(s.root()), info.GroupContext.TreeHash) {
		return fmt.Errorf("tree_hash is not that of the tree")
	}
	signer := s.nodes[info.Signer.Node()].Leaf
	if !signedBy(signer, "GroupInfoTBS", must(syntax.Marshal((*message.GroupInfoTBS)(info))), info.Signature) {
		return fmt.Errorf("the signature is not that of leaf %d", info.Signer)
	}
	keys := map[string]bool{}
	for n, node := range s.nodes {
		if node == nil {
			continue
		}
		n := nodeIndex(n)
		if key := string(*s.key(n)); keys[key] {
			return fmt.Errorf("node %d has the encryption_key of another", n)
		} else {
			keys[key] = true
		}
		switch {
		case node.Parent != nil && !s.parentHashValid(t, n):
			return fmt.Errorf("node %d is not parent-hash valid", n)
		case node.Leaf != nil && !s.leafSigned(n.Leaf()):
			return fmt.Errorf("leaf %d is not signed", n.Leaf())
		}
	}
	return nil
}

// parentHashValid tells whether a descendant carries the parent hash of node n, and
// all others in its resolution are unmerged at n (RFC 9420, Section 7.9.2).
func (s *sketch) parentHashValid(t *tree.RatchetTree, n nodeIndex) bool {
	for _, c := range []nodeIndex{n.Left(), n.Right()} {
		resolution := t.Resolution(c)
		for i, d := range resolution {
			var unmerged []nodeIndex
			for _, l := range s.parent(n).UnmergedLeaves {
				if below(l.Node(), c) {
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

// below tells whether leaf l is node n or in its subtree.
func below(l, n nodeIndex) bool {
	for !n.IsLeaf() {
		if l < n {
			n = n.Left()
		} else {
			n = n.Right()
		}
	}
	return l == n
}

// leafSigned verifies the signature of a leaf (RFC 9420, Section 7.2).
func (s *sketch) leafSigned(i leafIndex) bool {
	l := s.leaf(i)
	var signature cryptobyte.Builder
	syntax.AddOpaque(&signature, l.Signature)
	tbs := bytes.TrimSuffix(must(syntax.Marshal(l)), signature.BytesOrPanic())
	b := cryptobyte.NewBuilder(tbs)
	if l.Source != leaf.SourceKeyPackage {
		syntax.AddOpaque(b, s.groupID)
		b.AddUint32(uint32(i))
	}
	return signedBy(l, "LeafNodeTBS", b.BytesOrPanic(), l.Signature)
}

// signedBy is VerifyWithLabel (RFC 9420, Section 5.1.2).
func signedBy(l *leaf.LeafNode, label string, content, signature []byte) bool {
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, []byte("MLS 1.0 "+label))
	syntax.AddOpaque(&b, content)
	return ed25519.Verify(l.SignatureKey, b.BytesOrPanic(), signature)
}
