// Package group is a member's view of an MLS group: how a group is created,
// joined, changed, used and left (RFC 9420, Sections 11 and 12).
//
// A [Group] changes only when a message has passed every check, or when the
// caller applies a Commit of its own. It is not safe for concurrent use.
package group

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Errors that say that the caller asks for what cannot be done now.
var (
	// ErrRemoved reports the use of a group by a member that was removed.
	ErrRemoved = errors.New("group: this member was removed")
	// ErrReInitialized reports the use of a group that a ReInit has ended
	// (RFC 9420, Section 12.4.2).
	ErrReInitialized = errors.New("group: ended by a ReInit")
	// ErrPendingCommit reports that a Commit waits to be applied or dropped.
	ErrPendingCommit = errors.New("group: a commit is pending")
	// ErrNoPendingCommit reports that there is no Commit to be applied.
	ErrNoPendingCommit = errors.New("group: no commit is pending")
	// ErrPendingProposals reports that application data cannot be sent before
	// the proposals of the epoch are committed (RFC 9420, Section 12.4).
	ErrPendingProposals = errors.New("group: proposals wait to be committed")
	// ErrOwnMessage reports a message that this member itself has sent.
	ErrOwnMessage = errors.New("group: message of this member itself")
	// ErrUnknownProposal reports a reference to a proposal that is not there.
	ErrUnknownProposal = errors.New("group: no such proposal")
	// ErrUnexpectedMessage reports a message that no group processes: a Welcome,
	// a GroupInfo or a KeyPackage.
	ErrUnexpectedMessage = errors.New("group: not a message to a group")
)

// A Group is the state of one member in one group.
type Group struct {
	config Config
	*epoch
	// proposals are those of the present epoch, in the order of arrival.
	proposals []cached
	// updates are the keys that Updates of this member have announced.
	updates []ownUpdate
	pending *PendingCommit
	// past are the epochs before, the latest first.
	past []pastEpoch
	// resumption are the resumption PSKs of epochs before, the latest first.
	resumption []resumption
	// reinit is set when the last Commit had a ReInit.
	reinit  *message.ReInit
	removed bool
}

// An ownUpdate waits for an Update of this member to be committed.
type ownUpdate struct {
	encryptionKey *ciphersuite.KEMKey
	signer        ciphersuite.Signer
}

// A resumption is what is kept of an epoch for groups that follow from it.
type resumption struct {
	epoch uint64
	psk   ciphersuite.Secret
	// turnover is that of the Commit which ended the epoch.
	turnover
}

// usable verifies that the member may still send.
func (g *Group) usable() error {
	switch {
	case g.removed:
		return ErrRemoved
	case g.reinit != nil:
		return ErrReInitialized
	}
	return nil
}

// GroupContext returns the group's context. It must not be changed.
func (g *Group) GroupContext() *schedule.GroupContext { return g.context }

// Suite returns the group's cipher suite.
func (g *Group) Suite() *ciphersuite.Suite { return g.suite }

// ID returns the group_id.
func (g *Group) ID() []byte { return g.context.GroupID }

// Epoch returns the number of the present epoch.
func (g *Group) Epoch() uint64 { return g.context.Epoch }

// Extensions returns the extensions of the GroupContext.
func (g *Group) Extensions() leaf.Extensions { return g.context.Extensions }

// OwnIndex returns this member's leaf index.
func (g *Group) OwnIndex() treemath.LeafIndex { return g.private.Index }

// OwnLeaf returns this member's leaf node; nil when it was removed.
func (g *Group) OwnLeaf() *leaf.LeafNode { return g.tree.Leaf(g.private.Index) }

// Members yields the members from left to right. Their leaf nodes must not be
// changed.
func (g *Group) Members() iter.Seq2[treemath.LeafIndex, *leaf.LeafNode] { return g.tree.Leaves() }

// Member returns the leaf node of the member at the index, or nil.
func (g *Group) Member(i treemath.LeafIndex) *leaf.LeafNode { return g.tree.Leaf(i) }

// Tree returns a copy of the group's ratchet tree.
func (g *Group) Tree() *tree.RatchetTree { return g.tree.Clone() }

// EpochAuthenticator returns a value that all members of the epoch share, and
// nobody else knows (RFC 9420, Section 8.7). It is as long as the suite's hash.
func (g *Group) EpochAuthenticator() ciphersuite.Secret {
	return slices.Clone(g.secrets.EpochAuthenticator)
}

// Export derives a secret of the given length in bytes for use outside of MLS
// (RFC 9420, Section 8.5).
func (g *Group) Export(label string, context []byte, length int) (ciphersuite.Secret, error) {
	if g.removed {
		return nil, ErrRemoved
	}
	secret, err := g.secrets.Export(g.suite, label, context, length)
	if err != nil {
		return nil, fmt.Errorf("exporter: %w", err)
	}
	return secret, nil
}

// Resumption returns the resumption PSK of an epoch, if it is still kept
// (RFC 9420, Section 8.6).
func (g *Group) Resumption(epoch uint64) (ciphersuite.Secret, bool) {
	if g.removed {
		return nil, false
	}
	if epoch == g.context.Epoch && len(g.secrets.ResumptionPSK) > 0 {
		return slices.Clone(g.secrets.ResumptionPSK), true
	}
	for _, r := range g.resumption {
		if r.epoch == epoch {
			return slices.Clone(r.psk), true
		}
	}
	return nil, false
}

// ReInit returns the ReInit of the last Commit, or nil when that had none. The
// group goes on in the successor that it describes (RFC 9420, Section 11.2).
func (g *Group) ReInit() *message.ReInit { return g.reinit }

// IsRemoved reports whether this member was removed from the group.
func (g *Group) IsRemoved() bool { return g.removed }

// Pending returns the Commit that waits to be applied or dropped, or nil.
func (g *Group) Pending() *PendingCommit { return g.pending }
