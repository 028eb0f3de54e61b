package group

import (
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// StageStored takes the steps of RFC 9420, Section 12.4.3.1 for a client that
// keeps its bundles and signature keys in a store. The Welcome says by reference
// which KeyPackages it is for; the first that the store has a bundle of is taken,
// and where it has none, the error wraps [keypackage.ErrNotFound]. The store does
// not change before [StagedJoin.Join].
//
// A client that has left a group deletes it from the store: as long as it is
// there, no group with its group_id is joined (RFC 9420, Section 12.4.3).
func StageStored(config Config, store Store, w *message.Welcome, o JoinOptions) (*StagedJoin, error) {
	bundle, err := findBundle(store, w)
	if err != nil {
		return nil, err
	}
	signer, err := store.SignatureKey(bundle.KeyPackage.LeafNode.SignatureKey)
	if err != nil {
		return nil, fmt.Errorf("signature key of the KeyPackage: %w", err)
	}
	s, err := StageWelcome(config, w, bundle, signer, o)
	if err != nil {
		return nil, err
	}
	s.store = store
	if err := s.checkNew(); err != nil {
		return nil, err
	}
	return s, nil
}

func findBundle(store Store, w *message.Welcome) (*keypackage.Bundle, error) {
	for i := range w.Secrets {
		bundle, err := store.Bundle(w.Secrets[i].NewMember)
		if err == nil {
			return bundle, nil
		}
		if !errors.Is(err, keypackage.ErrNotFound) {
			return nil, fmt.Errorf("secrets[%d]: %w", i, err)
		}
	}
	return nil, rule.Errorf("rfc9420-12.4.3.1-02",
		"secrets: no entry of %d is for a KeyPackage of this client that has not been used: %w", len(w.Secrets), keypackage.ErrNotFound)
}

// keep stores the group and deletes the bundle, both or neither. The init key is
// not with the group, so that it is gone then (RFC 9420, Section 10).
func (s *StagedJoin) keep() error {
	// Since the staging, the client may have joined a group of the same name.
	if err := s.checkNew(); err != nil || s.store == nil {
		return err
	}
	snapshot, err := s.group.Snapshot()
	if err != nil {
		return err
	}
	defer clear(snapshot)
	used := s.ref
	if s.keyPackage.IsLastResort() {
		used = nil
	}
	err = s.store.Joined(s.group.ID(), snapshot, used)
	if errors.Is(err, keypackage.ErrNotFound) {
		return rule.Errorf("rfc9420-10-01", "KeyPackage %x has been used: %w", s.ref, err)
	}
	if err != nil {
		return fmt.Errorf("storing group %x: %w", s.group.ID(), err)
	}
	return nil
}

// checkNew verifies that the client is in no group with the same group_id
// (RFC 9420, Section 12.4.3). Unless the caller said who knows that, the store
// does.
func (s *StagedJoin) checkNew() error {
	id := s.group.ID()
	if s.isMember != nil || s.store == nil {
		return checkNotMember(s.isMember, id)
	}
	snapshot, err := s.store.Group(id)
	clear(snapshot)
	if errors.Is(err, keypackage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return rule.Errorf("rfc9420-12.4.3-03", "group info: the store has group %x already", id)
}
