package family

import (
	"context"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type treeOperationsCase struct {
	Suite          codepoint.CipherSuite `json:"cipher_suite"`
	TreeBefore     strict.Hex            `json:"tree_before"`
	Proposal       strict.Hex            `json:"proposal"`
	ProposalSender treemath.LeafIndex    `json:"proposal_sender"`
	TreeHashBefore strict.Hex            `json:"tree_hash_before"`
	TreeAfter      strict.Hex            `json:"tree_after"`
	TreeHashAfter  strict.Hex            `json:"tree_hash_after"`
}

func treeOperations() Family {
	return Family{
		Name: "tree-operations", Title: "Tree operations", Section: "7.7, 12.1.1, 12.1.2, 12.1.3", Cases: 5,
		Requirements: []rule.ID{
			"rfc9420-7.7-01", "rfc9420-7.8-01", "rfc9420-12.1.1-01", "rfc9420-12.1.1-02", "rfc9420-12.1.2-01", "rfc9420-12.1.3-02",
		},
		Check: replay(checkTreeOperations),
	}
}

func checkTreeOperations(_ context.Context, c *treeOperationsCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	t, err := tree.Parse(suite, c.TreeBefore)
	if err != nil {
		return at("tree_before", err)
	}
	if err := equal("tree_hash_before", c.TreeHashBefore, t.Hash()); err != nil {
		return err
	}
	proposal, err := recode[message.Proposal]("proposal", c.Proposal)
	if err != nil {
		return err
	}
	if t.Leaf(c.ProposalSender) == nil {
		return at("proposal_sender", fmt.Errorf("leaf %d is blank", c.ProposalSender))
	}
	switch body := proposal.Body.(type) {
	case *message.Add:
		t.Add(&body.KeyPackage.LeafNode)
	case *message.Update:
		t.Update(c.ProposalSender, &body.LeafNode)
	case *message.Remove:
		if t.Leaf(body.Removed) == nil {
			return at("proposal", fmt.Errorf("leaf %d is blank", body.Removed))
		}
		t.Remove(body.Removed)
	default:
		return at("proposal", fmt.Errorf("%v is no operation on the tree", proposal.Type()))
	}
	after, err := t.Marshal()
	if err != nil {
		return at("tree_after", err)
	}
	return firstDifference([]comparison{
		{"tree_after", c.TreeAfter, after},
		{"tree_hash_after", c.TreeHashAfter, t.Hash()},
	})
}
