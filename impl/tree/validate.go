package tree

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/parallel"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// The checks here are those of a tree that a new member receives (RFC 9420,
// Section 12.4.3.1), together with VerifyParentHashes. What a leaf must be by
// itself is the matter of package leaf.

// VerifyUnmergedLeaves verifies the lists of unmerged leaves: each entry is a
// member below the parent node and stands in the lists of all parent nodes in
// between (RFC 9420, Sections 7.1 and 12.4.3.1).
func (t *RatchetTree) VerifyUnmergedLeaves() error {
	for n, p := range t.occupiedParents() {
		for i, l := range p.UnmergedLeaves {
			if t.Leaf(l) == nil || !l.Node().InSubtree(n) {
				return rule.Errorf("rfc9420-12.4.3.1-12", "parent node %d: unmerged leaf %d is no member below it", n, l)
			}
			if i == 0 {
				continue
			}
			switch previous := p.UnmergedLeaves[i-1]; {
			case rule.Planted(rule.MissingSortCheck):
			case l < previous:
				return rule.Errorf("rfc9420-7.1-01", "parent node %d: unmerged leaf %d comes after %d", n, l, previous)
			case l == previous:
				return rule.Errorf("rfc9420-7.1-02", "parent node %d: unmerged leaf %d comes twice", n, l)
			}
		}
	}
	// All lists are in order now and can be searched.
	for n, p := range t.occupiedParents() {
		for _, l := range p.UnmergedLeaves {
			if m, next := t.nextBelow(n, l); next != nil && !contains(next.UnmergedLeaves, l) {
				return rule.Errorf("rfc9420-12.4.3.1-13",
					"leaf %d is unmerged at parent node %d but not at node %d in between", l, n, m)
			}
		}
	}
	return nil
}

// nextBelow returns the first parent node on the way from n down to leaf l, or
// nil when there is none. Its own list answers for those further down.
func (t *RatchetTree) nextBelow(n treemath.NodeIndex, l treemath.LeafIndex) (treemath.NodeIndex, *ParentNode) {
	for {
		if l.Node() < n {
			n = n.Left()
		} else {
			n = n.Right()
		}
		if n.IsLeaf() {
			return 0, nil
		}
		if p := t.parents[n/2]; p != nil {
			return n, p
		}
	}
}

// VerifyUniqueKeys verifies that all encryption keys in the tree differ, and all
// signature keys (RFC 9420, Sections 7.3, 12.4.3.1 and 16.7).
func (t *RatchetTree) VerifyUniqueKeys() error {
	signers, owners := newKeySet(len(t.leaves)), newKeySet(int(t.size.Nodes()))
	for i, l := range t.Leaves() {
		if err := addLeafKeys(signers, owners, i, l); err != nil {
			return err
		}
	}
	for n, p := range t.occupiedParents() {
		if m, taken := owners.add(p.EncryptionKey, int(n)); taken {
			return rule.Errorf("rfc9420-12.4.3.1-14", "nodes %d and %d have the same encryption_key", m, n)
		}
	}
	return nil
}

// VerifyLeafSignatureKeys verifies that the signature keys of the given leaves,
// which must be different and occupied, are those of no other leaf (RFC 9420,
// Section 7.3). With [RatchetTree.VerifyLeafEncryptionKeys] it is what remains of
// VerifyUniqueKeys when only these leaves are new.
func (t *RatchetTree) VerifyLeafSignatureKeys(leaves []treemath.LeafIndex) error {
	signers := newKeySet(len(leaves))
	for _, i := range leaves {
		if n, taken := signers.add(t.leaves[i].leaf.SignatureKey, int(i.Node())); taken {
			return sameSigner(n, i)
		}
	}
	for i, l := range t.Leaves() {
		if j, found := signers.find(l.SignatureKey); found && j != int(i.Node()) {
			return sameSigner(j, i)
		}
	}
	return nil
}

// VerifyLeafEncryptionKeys verifies that the encryption keys of the given leaves,
// which must be different and occupied, occur nowhere else in the tree (RFC 9420,
// Sections 7.3 and 16.7).
func (t *RatchetTree) VerifyLeafEncryptionKeys(leaves []treemath.LeafIndex) error {
	owners := newKeySet(len(leaves))
	for _, i := range leaves {
		if n, taken := owners.add(t.leaves[i].leaf.EncryptionKey, int(i.Node())); taken {
			return sameOwner(n, i)
		}
	}
	for i, l := range t.Leaves() {
		if n, found := owners.find(l.EncryptionKey); found && n != int(i.Node()) {
			return sameOwner(n, i)
		}
	}
	for n, p := range t.occupiedParents() {
		if m, found := owners.find(p.EncryptionKey); found {
			return rule.Errorf("rfc9420-16.7-01", "leaf %d has the encryption_key of node %d", m/2, n)
		}
	}
	return nil
}

// addLeafKeys adds both keys of a leaf to their sets, under the leaf's node.
func addLeafKeys(signers, owners *keySet, i treemath.LeafIndex, l *leaf.LeafNode) error {
	if n, taken := signers.add(l.SignatureKey, int(i.Node())); taken {
		return sameSigner(n, i)
	}
	if n, taken := owners.add(l.EncryptionKey, int(i.Node())); taken {
		return sameOwner(n, i)
	}
	return nil
}

func sameSigner(n int, i treemath.LeafIndex) error {
	return rule.Errorf("rfc9420-7.3-09", "leaves %d and %d have the same signature_key", n/2, i)
}

func sameOwner(n int, i treemath.LeafIndex) error {
	return rule.Errorf("rfc9420-7.3-10", "leaves %d and %d have the same encryption_key", n/2, i)
}

// VerifyParentKeys verifies the form of the parent nodes' keys (RFC 9420,
// Section 5.1.1).
func (t *RatchetTree) VerifyParentKeys() error {
	for n, p := range t.occupiedParents() {
		if err := t.suite.CheckKEMPublicKey(p.EncryptionKey); err != nil {
			return fmt.Errorf("parent node %d: encryption_key: %w", n, err)
		}
	}
	return nil
}

// VerifyLeafSignatures verifies the signatures of all leaves, in parallel.
func (t *RatchetTree) VerifyLeafSignatures(groupID []byte) error {
	return t.CheckLeaves(func(i treemath.LeafIndex, l *leaf.LeafNode) error {
		return l.VerifySignature(t.suite, groupID, i)
	})
}

// CheckLeaves calls check for the members, on all cores. It returns the error
// for the leftmost leaf that check refuses, and names the leaf.
func (t *RatchetTree) CheckLeaves(check func(treemath.LeafIndex, *leaf.LeafNode) error) error {
	return parallel.Each(len(t.leaves), func(i int) error {
		m := t.leaves[i]
		if m == nil {
			return nil
		}
		if err := check(treemath.LeafIndex(i), m.leaf); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		return nil
	})
}
