package group

import (
	"bytes"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// Branch creates a group of some of this group's members
// (RFC 9420, Section 11.3). The bundle is that of this member. It returns the
// new group in epoch 1, and the Welcome for the others.
func (g *Group) Branch(bundle *keypackage.Bundle, signer ciphersuite.Signer, others []*keypackage.Validated, o CreateOptions, f FoundOptions) (*Group, *message.Welcome, error) {
	if err := g.usable(); err != nil {
		return nil, nil, err
	}
	next, w, err := g.found(bundle, signer, others, o, f, schedule.UsageBranch)
	if err != nil {
		return nil, nil, err
	}
	if err := next.checkBranch(g.ID(), g.Epoch(), g); err != nil {
		return nil, nil, err
	}
	return next, w, nil
}

// checkBranch verifies that this group is a branch of the group with the given
// group_id, which has to be from (RFC 9420, Sections 11.3 and 12.4.3.1). The epoch
// is the one that it was branched from: its members are the ones to compare with,
// wherever from has got to since.
func (g *Group) checkBranch(groupID []byte, epoch uint64, from *Group) error {
	if g.Epoch() != 1 {
		return rule.Errorf("rfc9420-11.3-02", "epoch is %d after a branching", g.Epoch())
	}
	if from == nil || !bytes.Equal(groupID, from.ID()) {
		return rule.Errorf("rfc9420-11.3-01", "psks: the group branched from is %x, which is not given", groupID)
	}
	if g.context.Version != from.context.Version || g.suite != from.suite {
		return rule.Errorf("rfc9420-11.3-01", "version and suite are %v and %v, those of the old group are %v and %v",
			g.context.Version, g.suite, from.context.Version, from.suite)
	}
	members := from.credentialsIn(epoch)
	for i, l := range g.tree.Leaves() {
		same := func(c leaf.Credential) bool { return from.config.sameIdentity(&l.Credential, &c) }
		if !slices.ContainsFunc(members, same) {
			return rule.Errorf("rfc9420-11.3-03", "leaf %d matches no member that the old group had in epoch %d", i, epoch)
		}
	}
	return nil
}
