package group

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// A turnover is how the membership changed from one epoch to the next: the
// credentials that were given up, and those that came.
type turnover struct {
	left, came []leaf.Credential
}

// newTurnover compares the trees of two epochs. Leaf nodes that have not changed
// are the same in memory.
func newTurnover(before, after *tree.RatchetTree) turnover {
	return turnover{left: missing(before, after), came: missing(after, before)}
}

// missing returns the credentials of a tree that are not at the same leaf of
// another one.
func missing(from, in *tree.RatchetTree) (list []leaf.Credential) {
	for i, l := range from.Leaves() {
		if o := in.Leaf(i); o != l && (o == nil || !o.Credential.Equal(&l.Credential)) {
			list = append(list, l.Credential)
		}
	}
	return list
}

// credentialsIn returns the credentials of the members that the group had in an
// epoch whose resumption PSK is kept, or in the present one.
func (g *Group) credentialsIn(epoch uint64) []leaf.Credential {
	var members []leaf.Credential
	for _, l := range g.tree.Leaves() {
		members = append(members, l.Credential)
	}
	for _, r := range g.resumption {
		if r.epoch < epoch {
			break
		}
		for i := range r.came {
			if n := slices.IndexFunc(members, func(c leaf.Credential) bool { return c.Equal(&r.came[i]) }); n >= 0 {
				members = slices.Delete(members, n, n+1)
			}
		}
		members = append(members, r.left...)
	}
	return members
}
