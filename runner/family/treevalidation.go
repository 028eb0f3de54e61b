package family

import (
	"context"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type treeValidationCase struct {
	Suite       codepoint.CipherSuite  `json:"cipher_suite"`
	Tree        strict.Hex             `json:"tree"`
	GroupID     strict.Hex             `json:"group_id"`
	Resolutions [][]treemath.NodeIndex `json:"resolutions"`
	TreeHashes  []strict.Hex           `json:"tree_hashes"`
}

func treeValidation() Family {
	return Family{
		Name: "tree-validation", Title: "Tree validation", Section: "4.1, 7.3, 7.8, 7.9", Cases: 98,
		Requirements: []rule.ID{"rfc9420-4.1.1-01", "rfc9420-7.8-01", "rfc9420-7.9-01"},
		Check:        replay(checkTreeValidation),
	}
}

func checkTreeValidation(_ context.Context, c *treeValidationCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	t, err := tree.Parse(suite, c.Tree)
	if err != nil {
		return at("tree", err)
	}
	nodes := int(t.Size().Nodes())
	if err := sameLength("resolutions", len(c.Resolutions), nodes); err != nil {
		return err
	}
	if err := sameLength("tree_hashes", len(c.TreeHashes), nodes); err != nil {
		return err
	}
	for i := range nodes {
		n := treemath.NodeIndex(i)
		got := append([]treemath.NodeIndex{}, t.Resolution(n)...)
		if err := same(index("resolutions", i), c.Resolutions[i], got); err != nil {
			return err
		}
		if err := equal(index("tree_hashes", i), c.TreeHashes[i], t.NodeHash(n)); err != nil {
			return err
		}
	}
	if err := t.VerifyUnmergedLeaves(); err != nil {
		return at("tree", err)
	}
	if err := t.VerifyParentHashes(); err != nil {
		return at("tree", err)
	}
	return at("tree", t.VerifyLeafSignatures(c.GroupID))
}
