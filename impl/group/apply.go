package group

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// apply returns the tree that results from the changes, in the order of
// RFC 9420, Section 12.3, and the places of the new members.
func (c *changes) apply(before *tree.RatchetTree) (t *tree.RatchetTree, added []treemath.LeafIndex) {
	t = before.Clone()
	for _, u := range c.updates {
		t.Update(u.index, u.leaf)
	}
	for _, i := range c.removes {
		t.Remove(i)
	}
	for _, a := range c.adds {
		added = append(added, t.Add(&a.LeafNode))
	}
	return t, added
}

// changedLeaves returns the places of leaf nodes that are new in the tree.
func (c *changes) changedLeaves(added []treemath.LeafIndex) []treemath.LeafIndex {
	changed := slices.Clone(added)
	for _, u := range c.updates {
		changed = append(changed, u.index)
	}
	return changed
}

// checkTree verifies what RFC 9420, Section 7.3 asks of new leaf nodes in
// comparison with the other members, after the changes were applied. They are at
// changed; the leaf of a path is the last of them.
func (g *Group) checkTree(t *tree.RatchetTree, c *changes, changed []treemath.LeafIndex, path bool) error {
	if err := checkTree(t, changed); err != nil {
		if path && checkTree(t, changed[:len(changed)-1]) == nil {
			return rule.Errorf("rfc9420-7.5-01", "path: leaf_node: %w", err)
		}
		return rule.Errorf("rfc9420-12.2-16", "%w", err)
	}
	if c.extensions == nil {
		return nil
	}
	p, err := g.params(c.extensions)
	if err != nil {
		return err
	}
	return g.checkSupport(t, p, !slices.Contains(c.removes, g.OwnIndex()))
}

func checkTree(t *tree.RatchetTree, changed []treemath.LeafIndex) error {
	if len(changed) == 0 {
		return nil
	}
	return rule.Verify(treeChecks, t, changed)
}

// treeChecks compare leaf nodes that are new in a tree with all others.
var treeChecks = []rule.Check[*tree.RatchetTree, []treemath.LeafIndex]{
	{ID: "rfc9420-7.3-09", Verify: (*tree.RatchetTree).VerifyLeafSignatureKeys},
	{ID: "rfc9420-7.3-10", Verify: (*tree.RatchetTree).VerifyLeafEncryptionKeys},
	{ID: "rfc9420-7.3-03", Verify: checkMembersSupport},
	{ID: "rfc9420-7.3-04", Verify: checkNewLeavesSupport},
}

// checkMembersSupport verifies that the members who were there before support
// the credential types in use.
func checkMembersSupport(t *tree.RatchetTree, changed []treemath.LeafIndex) error {
	i, typ, ok := lacksCredential(t, func(i treemath.LeafIndex) bool { return !slices.Contains(changed, i) })
	if ok {
		return rule.Errorf("rfc9420-7.3-03", "credential type %v is not supported by leaf %d", typ, i)
	}
	return nil
}

// checkNewLeavesSupport verifies that new leaves support the credential types in
// use.
func checkNewLeavesSupport(t *tree.RatchetTree, changed []treemath.LeafIndex) error {
	i, typ, ok := lacksCredential(t, func(i treemath.LeafIndex) bool { return slices.Contains(changed, i) })
	if ok {
		return rule.Errorf("rfc9420-7.3-04", "leaf %d does not support credential type %v, which is in use", i, typ)
	}
	return nil
}

// lacksCredential returns a leaf among those concerned that does not support a
// credential type which some leaf uses, if there is one.
func lacksCredential(t *tree.RatchetTree, concerned func(treemath.LeafIndex) bool) (treemath.LeafIndex, codepoint.CredentialType, bool) {
	var inUse []codepoint.CredentialType
	for _, l := range t.Leaves() {
		if !slices.Contains(inUse, l.Credential.Type) {
			inUse = append(inUse, l.Credential.Type)
		}
	}
	for i, l := range t.Leaves() {
		for _, typ := range inUse {
			if !l.Capabilities.SupportsCredential(typ) && concerned(i) {
				return i, typ, true
			}
		}
	}
	return 0, 0, false
}

// checkSupport verifies that all members support the extensions of the
// GroupContext and what they require (RFC 9420, Section 12.1.7). A member that
// stays compares with what it truly supports.
func (g *Group) checkSupport(t *tree.RatchetTree, p params, stays bool) error {
	for i, l := range t.Leaves() {
		capabilities := l.Capabilities
		if stays && i == g.OwnIndex() {
			capabilities = g.config.supported(l)
		}
		for _, e := range p.extensions {
			if !capabilities.SupportsExtension(e.Type) {
				return rule.Errorf("rfc9420-12.1.7-04", "leaf %d does not support extension %v", i, e.Type)
			}
		}
		if p.required == nil {
			continue
		}
		if err := p.required.MetBy(&capabilities); err != nil {
			return rule.Errorf("rfc9420-12.1.7-01", "leaf %d: %w", i, err)
		}
	}
	return nil
}
