package store

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

var _ group.Store = (*Memory)(nil)

// Memory is a store that lasts as long as the process. The zero value is empty
// and ready for use. It shares no memory with its callers, and it clears what is
// deleted or replaced, as far as that lies with it. Printing it shows how much
// there is of each kind and nothing else.
type Memory struct {
	mu            sync.RWMutex
	signatureKeys records
	bundles       records
	groups        records
}

// records are secrets by their keys. They are behind pointers so that package
// fmt, which cannot call methods on unexported fields, does not print them.
type records map[string]*ciphersuite.Secret

// put takes over a record.
func (r *records) put(key []byte, record ciphersuite.Secret) {
	if *r == nil {
		*r = records{}
	}
	r.remove(key)
	(*r)[string(key)] = &record
}

// remove reports whether there was a record.
func (r records) remove(key []byte) bool {
	old, ok := r[string(key)]
	if ok {
		clear(*old)
		delete(r, string(key))
	}
	return ok
}

// get returns a copy.
func (m *Memory) get(r *records, key []byte) (ciphersuite.Secret, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	record, ok := (*r)[string(key)]
	if !ok {
		return nil, false
	}
	return bytes.Clone(*record), true
}

// keys returns the keys of all records, in order.
func (m *Memory) keys(r *records) [][]byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	keys := make([][]byte, 0, len(*r))
	for key := range *r {
		keys = append(keys, []byte(key))
	}
	slices.SortFunc(keys, bytes.Compare)
	return keys
}

// PutSignatureKey keeps a signature key pair for the suite's scheme.
func (m *Memory) PutSignatureKey(suite *ciphersuite.Suite, key *ciphersuite.SignatureKey) error {
	record, err := EncodeSignatureKey(suite, key)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signatureKeys.put(key.Public(), record)
	return nil
}

// SignatureKey returns the key pair with the given public key, or
// [keypackage.ErrNotFound].
func (m *Memory) SignatureKey(public []byte) (*ciphersuite.SignatureKey, error) {
	record, ok := m.get(&m.signatureKeys, public)
	if !ok {
		return nil, fmt.Errorf("signature key %x: %w", public, keypackage.ErrNotFound)
	}
	defer clear(record)
	return DecodeSignatureKey(public, record)
}

// PutBundles keeps bundles under the references of their KeyPackages: all of
// them, or none when it fails.
func (m *Memory) PutBundles(bundles ...*keypackage.Bundle) error {
	refs := make([][]byte, len(bundles))
	encoded := make([]ciphersuite.Secret, len(bundles))
	for i, b := range bundles {
		var err error
		if refs[i], encoded[i], err = EncodeBundle(b); err != nil {
			for _, record := range encoded {
				clear(record)
			}
			return fmt.Errorf("bundle %d: %w", i, err)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, ref := range refs {
		m.bundles.put(ref, encoded[i])
	}
	return nil
}

// Bundle returns the bundle of the KeyPackage with the given reference, or
// [keypackage.ErrNotFound].
func (m *Memory) Bundle(ref []byte) (*keypackage.Bundle, error) {
	record, ok := m.get(&m.bundles, ref)
	if !ok {
		return nil, fmt.Errorf("bundle %x: %w", ref, keypackage.ErrNotFound)
	}
	defer clear(record)
	return DecodeBundle(ref, record)
}

// BundleRefs returns the reference of every bundle, in order.
func (m *Memory) BundleRefs() ([][]byte, error) { return m.keys(&m.bundles), nil }

// DeleteBundle deletes a bundle; [keypackage.ErrNotFound] when there is none.
func (m *Memory) DeleteBundle(ref []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.bundles.remove(ref) {
		return fmt.Errorf("bundle %x: %w", ref, keypackage.ErrNotFound)
	}
	return nil
}

// PutGroup keeps the snapshot of a group, in place of an earlier one.
func (m *Memory) PutGroup(groupID, snapshot []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups.put(groupID, bytes.Clone(snapshot))
	return nil
}

// Group returns the snapshot of a group, or [keypackage.ErrNotFound].
func (m *Memory) Group(groupID []byte) ([]byte, error) {
	snapshot, ok := m.get(&m.groups, groupID)
	if !ok {
		return nil, fmt.Errorf("group %x: %w", groupID, keypackage.ErrNotFound)
	}
	return snapshot, nil
}

// DeleteGroup deletes the snapshot of a group; [keypackage.ErrNotFound] when
// there is none.
func (m *Memory) DeleteGroup(groupID []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.groups.remove(groupID) {
		return fmt.Errorf("group %x: %w", groupID, keypackage.ErrNotFound)
	}
	return nil
}

// GroupIDs returns the group_id of every group, in order.
func (m *Memory) GroupIDs() ([][]byte, error) { return m.keys(&m.groups), nil }

// Joined keeps the snapshot of a group that the client has joined, and deletes
// the bundle that it joined with unless ref is nil: both, or neither when there
// is no such bundle, which is [keypackage.ErrNotFound].
func (m *Memory) Joined(groupID, snapshot, ref []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ref != nil && !m.bundles.remove(ref) {
		return fmt.Errorf("bundle %x: %w", ref, keypackage.ErrNotFound)
	}
	m.groups.put(groupID, bytes.Clone(snapshot))
	return nil
}

// Format prints how much there is of each kind, for every verb.
func (m *Memory) Format(f fmt.State, _ rune) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	fmt.Fprintf(f, "memory store: %d signature keys, %d bundles, %d groups", len(m.signatureKeys), len(m.bundles), len(m.groups))
}
