package group

import "github.com/mlsconform/mlsconform/impl/keypackage"

// A Store keeps the groups of a client beside its private keys.
type Store interface {
	keypackage.Store
	// PutGroup keeps the snapshot of a group, in place of an earlier one.
	PutGroup(groupID, snapshot []byte) error
	// Group returns the snapshot of a group, or [keypackage.ErrNotFound].
	Group(groupID []byte) (snapshot []byte, err error)
	// DeleteGroup deletes the snapshot of a group; [keypackage.ErrNotFound] when
	// there is none.
	DeleteGroup(groupID []byte) error
	// GroupIDs returns the group_id of every group, in order.
	GroupIDs() ([][]byte, error)
	// Joined keeps the snapshot of a group that the client has joined, and
	// deletes the bundle that it joined with unless ref is nil: both or neither.
	// It changes nothing and returns [keypackage.ErrNotFound] when there is no
	// such bundle, for then it has been used before. [StagedJoin.Join] calls it.
	Joined(groupID, snapshot, ref []byte) error
}
