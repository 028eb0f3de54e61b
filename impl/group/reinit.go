package group

import (
	"bytes"
	"errors"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// ErrNotReInitialized reports the attempt to succeed a group that goes on.
var ErrNotReInitialized = errors.New("group: the last commit had no ReInit")

// FoundOptions say how the others come into a group that one member makes for
// them. The zero value is useful.
type FoundOptions struct {
	// OmitPath leaves the path out of the Commit that adds them.
	OmitPath bool
	// Welcome says what goes into the GroupInfo for them.
	Welcome GroupInfoOptions
}

// Successor creates the group that a ReInit has announced and adds the other
// members of the old one to it (RFC 9420, Section 11.2). The bundle is that of
// this member; it and the KeyPackages are for the announced suite. It returns
// the new group in epoch 1, and the Welcome for the others.
func (g *Group) Successor(bundle *keypackage.Bundle, signer ciphersuite.Signer, others []*keypackage.Validated, f FoundOptions) (*Group, *message.Welcome, error) {
	if g.removed {
		return nil, nil, ErrRemoved
	}
	if g.reinit == nil {
		return nil, nil, ErrNotReInitialized
	}
	kp := &bundle.KeyPackage
	if kp.CipherSuite != g.reinit.CipherSuite || kp.Version != g.reinit.Version {
		return nil, nil, rule.Errorf("rfc9420-11.2-01", "key package is for %v and %v, the ReInit announced %v and %v",
			kp.Version, kp.CipherSuite, g.reinit.Version, g.reinit.CipherSuite)
	}
	o := CreateOptions{GroupID: g.reinit.GroupID, Extensions: g.reinit.Extensions}
	next, w, err := g.found(bundle, signer, others, o, f, schedule.UsageReInit)
	if err != nil {
		return nil, nil, err
	}
	if err := next.checkSameMembers(g); err != nil {
		return nil, nil, err
	}
	return next, w, nil
}

// found creates a group that is linked to this one by its resumption PSK.
func (g *Group) found(bundle *keypackage.Bundle, signer ciphersuite.Signer, others []*keypackage.Validated, o CreateOptions, f FoundOptions, usage schedule.ResumptionPSKUsage) (*Group, *message.Welcome, error) {
	config := g.config
	config.PSK = func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
		if secret, ok := resumptionOf(g, id); ok {
			return secret, true
		}
		return g.config.psk(id)
	}
	next, err := Create(config, bundle, signer, o)
	if err != nil {
		return nil, nil, err
	}
	psk, err := config.pskProposal(next.suite, schedule.PreSharedKeyID{
		Type:    schedule.PSKResumption,
		Usage:   usage,
		GroupID: g.ID(),
		Epoch:   g.Epoch(),
	})
	if err != nil {
		return nil, nil, err
	}
	why := reinitialization
	if usage == schedule.UsageBranch {
		why = branching
	}
	proposals := []message.Proposal{psk}
	for _, kp := range others {
		proposals = append(proposals, Add(kp))
	}
	p, err := next.commit(CommitOptions{Proposals: proposals, OmitPath: f.OmitPath, Welcome: f.Welcome}, why)
	if err != nil {
		return nil, nil, err
	}
	next.pending = p
	if err := next.ApplyPending(); err != nil {
		return nil, nil, err
	}
	next.config.PSK = g.config.PSK
	return next, p.Welcome, nil
}

// checkSuccessor verifies that this group is the one that a ReInit of the old
// group has announced (RFC 9420, Section 12.4.3.1).
func (g *Group) checkSuccessor(id *schedule.PreSharedKeyID, from *Group) error {
	if from == nil || !bytes.Equal(id.GroupID, from.ID()) || id.Epoch != from.Epoch() {
		return rule.Errorf("rfc9420-11.2-03", "psks: %x, epoch %d is not the group before in the epoch of its ReInit", id.GroupID, id.Epoch)
	}
	if g.Epoch() != 1 {
		return rule.Errorf("rfc9420-11.2-02", "epoch is %d after a reinitialization", g.Epoch())
	}
	r := from.reinit
	if r == nil {
		return rule.Errorf("rfc9420-11.2-06", "the last commit of group %x had no ReInit", from.ID())
	}
	c := g.context
	same := c.Version == r.Version && c.CipherSuite == r.CipherSuite && bytes.Equal(c.GroupID, r.GroupID) &&
		slices.EqualFunc(c.Extensions, r.Extensions, func(a, b leaf.Extension) bool {
			return a.Type == b.Type && bytes.Equal(a.Data, b.Data)
		})
	if !same {
		return rule.Errorf("rfc9420-11.2-01", "the group is not the one that the ReInit announced")
	}
	return g.checkSameMembers(from)
}

// checkSameMembers verifies that all members of the old group are in this one.
func (g *Group) checkSameMembers(old *Group) error {
	for i, l := range old.tree.Leaves() {
		if !g.hasIdentity(&l.Credential) {
			return rule.Errorf("rfc9420-11.2-05", "the member at leaf %d of the old group is missing", i)
		}
	}
	return nil
}

func (g *Group) hasIdentity(c *leaf.Credential) bool {
	for _, l := range g.tree.Leaves() {
		if g.config.sameIdentity(c, &l.Credential) {
			return true
		}
	}
	return false
}
