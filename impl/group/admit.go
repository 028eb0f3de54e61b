package group

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// AddChecks returns what a KeyPackage has to be validated against before its
// client is added to a group that is known from outside, by its context and
// perhaps by its tree. A nil tree stands for an unknown one.
func AddChecks(context *schedule.GroupContext, members *tree.RatchetTree, policy *leaf.Policy) (*keypackage.Checks, error) {
	suite, err := ciphersuite.Lookup(context.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("group context: %w", err)
	}
	required, err := context.Extensions.RequiredCapabilities()
	if err != nil {
		return nil, fmt.Errorf("group context: %w", err)
	}
	c := &keypackage.Checks{
		Version:         context.Version,
		Suite:           suite,
		Policy:          policy,
		GroupExtensions: context.Extensions,
		Required:        required,
		GroupID:         context.GroupID,
	}
	if members != nil {
		c.LeafIndex = members.LeftmostBlank()
	}
	return c, nil
}

// ExamineAdd tells about every rule of RFC 9420, Section 7.3 that compares a new
// leaf node with the members of the group, whose tree it is given. The leaf node
// is one that was read or signed.
func ExamineAdd(members *tree.RatchetTree, n *leaf.LeafNode) []rule.Finding {
	after := members.Clone()
	return rule.Examine(treeChecks, after, []treemath.LeafIndex{after.Add(n)})
}
