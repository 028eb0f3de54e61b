package group

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// gather lists the proposals to be covered and how the Commit names them.
func (g *Group) gather(o CommitOptions, why purpose) ([]listed, []message.ProposalOrRef, error) {
	from := framing.Member(g.OwnIndex())
	var byValue []listed
	for i := range o.Proposals {
		l := listed{proposal: &o.Proposals[i], from: from}
		if err := g.checkProposal(l, params{}, why, true); err != nil {
			return nil, nil, err
		}
		l.seen = true
		byValue = append(byValue, l)
	}
	refs, err := g.referenced(o.References)
	if err != nil {
		return nil, nil, err
	}
	if o.References == nil {
		refs = g.suitable(byValue)
	}
	var covered []message.ProposalOrRef
	for _, c := range refs {
		covered = append(covered, message.ProposalOrRef{Reference: c.ref})
	}
	for _, l := range byValue {
		covered = append(covered, message.ProposalOrRef{Proposal: l.proposal})
	}
	return listing(refs, byValue), covered, nil
}

func listing(refs []cached, byValue []listed) []listed {
	list := make([]listed, 0, len(refs)+len(byValue))
	for _, c := range refs {
		list = append(list, c.listed)
	}
	return append(list, byValue...)
}

// referenced finds proposals of the epoch by their references.
func (g *Group) referenced(refs [][]byte) ([]cached, error) {
	var found []cached
	for _, ref := range refs {
		i := slices.IndexFunc(g.proposals, func(c cached) bool { return bytes.Equal(c.ref, ref) })
		if i < 0 {
			return nil, fmt.Errorf("%w: %x", ErrUnknownProposal, ref)
		}
		found = append(found, g.proposals[i])
	}
	return found, nil
}

// suitable picks from the proposals of the epoch as many as can be committed
// together with the given ones (RFC 9420, Section 12.4). What somebody else has
// sent keeps nobody from committing: it is left out where it does not fit.
func (g *Group) suitable(byValue []listed) []cached {
	chosen := g.withoutRivals(byValue)
	if len(chosen) == 0 || g.checkCommittable(listing(chosen, byValue)) == nil {
		return chosen
	}
	fits := make([]bool, len(chosen))
	fitting := func() (list []cached) {
		for i, c := range chosen {
			if fits[i] {
				list = append(list, c)
			}
		}
		return list
	}
	// The others are judged by the extensions, so these come first.
	for _, extensions := range []bool{true, false} {
		for i, c := range chosen {
			if extensions == (c.proposal.Type() == codepoint.ProposalGroupContextExtensions) {
				fits[i] = true
				fits[i] = g.checkCommittable(listing(fitting(), byValue)) == nil
			}
		}
	}
	return fitting()
}

// checkCommittable verifies what a list of proposals and the tree that it leads to
// have to fulfil. The proposals have been verified one by one.
func (g *Group) checkCommittable(list []listed) error {
	c, err := g.sortOut(list, framing.Member(g.OwnIndex()), ordinary)
	if err != nil {
		return err
	}
	if _, err := g.resolvePSKs(c.psks); err != nil {
		return err
	}
	t, added := c.apply(g.tree)
	return g.checkTree(t, c, c.changedLeaves(added), false)
}

// withoutRivals leaves out what RFC 9420, Section 12.2 advises to leave out: this
// member's own Update and its removal; for the same leaf, Updates beside a Remove
// and all Updates but the latest; and a ReInit beside anything else.
func (g *Group) withoutRivals(byValue []listed) []cached {
	settled := map[treemath.LeafIndex]bool{g.OwnIndex(): true}
	for _, l := range byValue {
		if r, ok := l.proposal.Body.(*message.Remove); ok {
			settled[r.Removed] = true
		}
	}
	drop := make(map[int]bool)
	settle := func(i int, leaf treemath.LeafIndex) {
		drop[i] = settled[leaf]
		settled[leaf] = true
	}
	for i, c := range slices.Backward(g.proposals) {
		if r, ok := c.proposal.Body.(*message.Remove); ok {
			settle(i, r.Removed)
		}
	}
	reinit := -1
	for i, c := range slices.Backward(g.proposals) {
		switch c.proposal.Body.(type) {
		case *message.Update:
			settle(i, c.from.LeafIndex)
		case *message.ReInit:
			drop[i] = true
			reinit = max(reinit, i)
		}
	}
	var chosen []cached
	for i, c := range g.proposals {
		if !drop[i] {
			chosen = append(chosen, c)
		}
	}
	if len(chosen)+len(byValue) == 0 && reinit >= 0 {
		return g.proposals[reinit : reinit+1]
	}
	return chosen
}
