// Package bolt keeps a client's private keys and groups in a file.
//
// The file is a bbolt database. Each call is one transaction, and it is on the
// disk when the call returns: a crash at any time leaves what was there before
// the call that it interrupts, or all that this call does. One process can have
// the file open at a time.
//
// With a key, private keys and groups are sealed with AES-256-GCM, each record
// bound to its place. What stays readable is how many records there are, public
// signature keys, references of KeyPackages, and the group_id of each group.
// Whoever can write the file can still put an old state of it back.
//
// A page of the file that holds a deleted record is used again in time, but not
// cleared at once. Only sealing keeps deleted keys from whoever reads the disk.
package bolt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A Store is an open file. Printing it shows the file's name.
type Store struct {
	path   string
	db     *bbolt.DB
	sealer *sealer
	// broken is set when bbolt may hold its locks for good: whatever waits for
	// them, Close included, would wait forever.
	broken atomic.Bool
}

var _ group.Store = (*Store)(nil)

// A kind of record is the name of the bucket that holds it.
type kind string

const (
	meta          kind = "meta"
	signatureKeys kind = "signature keys" // by public key
	bundles       kind = "bundles"        // by reference
	groups        kind = "groups"         // by the SHA-256 of group_id, as that may be empty or long
)

// ErrClosed reports the use of a store after its Close.
var ErrClosed = errors.New("bolt: the store is closed")

// Close closes the file. It waits for calls that are under way. A file that was
// damaged while it was open is closed when the process ends.
func (s *Store) Close() error {
	if s.broken.Load() {
		return fmt.Errorf("%w: it broke in use", ErrFormat)
	}
	return s.db.Close()
}

// Format prints the file's name, for every verb.
func (s *Store) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "store in %q", s.path) }

// PutSignatureKey keeps a signature key pair for the suite's scheme.
func (s *Store) PutSignatureKey(suite *ciphersuite.Suite, key *ciphersuite.SignatureKey) error {
	record, err := store.EncodeSignatureKey(suite, key)
	if err != nil {
		return err
	}
	defer clear(record)
	return s.update(func(tx *bbolt.Tx) error { return s.put(tx, signatureKeys, key.Public(), record) })
}

// SignatureKey returns the key pair with the given public key, or
// [keypackage.ErrNotFound].
func (s *Store) SignatureKey(public []byte) (*ciphersuite.SignatureKey, error) {
	record, err := s.get(signatureKeys, public)
	if err != nil {
		return nil, fmt.Errorf("signature key %x: %w", public, err)
	}
	defer clear(record)
	key, err := store.DecodeSignatureKey(public, record)
	if err != nil {
		return nil, fmt.Errorf("signature key %x: %w", public, err)
	}
	return key, nil
}

// PutBundles keeps bundles under the references of their KeyPackages: all of
// them, or none when it fails.
func (s *Store) PutBundles(bs ...*keypackage.Bundle) error {
	refs := make([][]byte, len(bs))
	records := make([]ciphersuite.Secret, len(bs))
	defer func() {
		for _, record := range records {
			clear(record)
		}
	}()
	for i, b := range bs {
		var err error
		if refs[i], records[i], err = store.EncodeBundle(b); err != nil {
			return fmt.Errorf("bundle %d: %w", i, err)
		}
	}
	return s.update(func(tx *bbolt.Tx) error {
		for i, ref := range refs {
			if err := s.put(tx, bundles, ref, records[i]); err != nil {
				return fmt.Errorf("bundle %d: %w", i, err)
			}
		}
		return nil
	})
}

// Bundle returns the bundle of the KeyPackage with the given reference, or
// [keypackage.ErrNotFound].
func (s *Store) Bundle(ref []byte) (*keypackage.Bundle, error) {
	record, err := s.get(bundles, ref)
	if err != nil {
		return nil, fmt.Errorf("bundle %x: %w", ref, err)
	}
	defer clear(record)
	b, err := store.DecodeBundle(ref, record)
	if err != nil {
		return nil, fmt.Errorf("bundle %x: %w", ref, err)
	}
	return b, nil
}

// BundleRefs returns the reference of every bundle, in order.
func (s *Store) BundleRefs() ([][]byte, error) {
	var refs [][]byte
	err := s.view(func(tx *bbolt.Tx) error {
		return bucket(tx, bundles).ForEach(func(ref, _ []byte) error {
			refs = append(refs, bytes.Clone(ref))
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return refs, nil
}

// DeleteBundle deletes a bundle; [keypackage.ErrNotFound] when there is none.
func (s *Store) DeleteBundle(ref []byte) error {
	return s.update(func(tx *bbolt.Tx) error { return deleteBundle(tx, ref) })
}

func deleteBundle(tx *bbolt.Tx, ref []byte) error {
	if err := remove(tx, bundles, ref); err != nil {
		return fmt.Errorf("bundle %x: %w", ref, err)
	}
	return nil
}

// PutGroup keeps the snapshot of a group, in place of an earlier one.
func (s *Store) PutGroup(groupID, snapshot []byte) error {
	return s.update(func(tx *bbolt.Tx) error { return s.putGroup(tx, groupID, snapshot) })
}

// Joined keeps the snapshot of a group that the client has joined, and deletes
// the bundle that it joined with unless ref is nil: both, or neither when there
// is no such bundle, which is [keypackage.ErrNotFound].
func (s *Store) Joined(groupID, snapshot, ref []byte) error {
	return s.update(func(tx *bbolt.Tx) error {
		if ref != nil {
			if err := deleteBundle(tx, ref); err != nil {
				return err
			}
		}
		return s.putGroup(tx, groupID, snapshot)
	})
}

// A groupRecord is what is written down of a group. The group_id is in it so
// that groups can be listed, and it is not sealed so that listing them is cheap.
type groupRecord struct {
	groupID  []byte
	snapshot []byte // sealed
}

func (r *groupRecord) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, r.groupID)
	syntax.AddOpaque(b, r.snapshot)
}

func (r *groupRecord) UnmarshalMLS(s *cryptobyte.String) error {
	*r = groupRecord{}
	if err := syntax.ReadOpaque(s, &r.groupID); err != nil {
		return fmt.Errorf("group_id: %w", err)
	}
	if err := syntax.ReadOpaque(s, &r.snapshot); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// parseGroup reads the record that was kept under a key. It aliases the record.
func parseGroup(key, record []byte) (*groupRecord, error) {
	var r groupRecord
	if err := syntax.Unmarshal(record, &r); err != nil {
		return nil, fmt.Errorf("%w: %v", store.ErrRecord, err)
	}
	if own := groupKey(r.groupID); !bytes.Equal(own, key) {
		return nil, fmt.Errorf("%w: it is that of group %x", store.ErrRecord, r.groupID)
	}
	return &r, nil
}

func groupKey(groupID []byte) []byte {
	key := sha256.Sum256(groupID)
	return key[:]
}

func (s *Store) putGroup(tx *bbolt.Tx, groupID, snapshot []byte) error {
	key := groupKey(groupID)
	sealed, err := s.sealer.seal(groups, key, snapshot)
	if err != nil {
		return fmt.Errorf("group %x: %w", groupID, err)
	}
	record, err := syntax.Marshal(&groupRecord{groupID, sealed})
	if err != nil {
		return fmt.Errorf("group %x: %w", groupID, err)
	}
	return bucket(tx, groups).Put(key, record)
}

// Group returns the snapshot of a group, or [keypackage.ErrNotFound].
func (s *Store) Group(groupID []byte) (snapshot []byte, err error) {
	key := groupKey(groupID)
	err = s.view(func(tx *bbolt.Tx) error {
		record := bucket(tx, groups).Get(key)
		if record == nil {
			return keypackage.ErrNotFound
		}
		r, err := parseGroup(key, record)
		if err != nil {
			return err
		}
		snapshot, err = s.sealer.open(groups, key, r.snapshot)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("group %x: %w", groupID, err)
	}
	return snapshot, nil
}

// DeleteGroup deletes the snapshot of a group; [keypackage.ErrNotFound] when
// there is none.
func (s *Store) DeleteGroup(groupID []byte) error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := remove(tx, groups, groupKey(groupID)); err != nil {
			return fmt.Errorf("group %x: %w", groupID, err)
		}
		return nil
	})
}

// GroupIDs returns the group_id of every group, in order.
func (s *Store) GroupIDs() ([][]byte, error) {
	var ids [][]byte
	err := s.view(func(tx *bbolt.Tx) error {
		return bucket(tx, groups).ForEach(func(key, record []byte) error {
			r, err := parseGroup(key, record)
			if err != nil {
				return fmt.Errorf("group under %x: %w", key, err)
			}
			ids = append(ids, bytes.Clone(r.groupID))
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ids, bytes.Compare)
	return ids, nil
}

// put seals and writes a record.
func (s *Store) put(tx *bbolt.Tx, k kind, key, record []byte) error {
	sealed, err := s.sealer.seal(k, key, record)
	if err != nil {
		return err
	}
	return bucket(tx, k).Put(key, sealed)
}

// get returns a copy of a record, opened.
func (s *Store) get(k kind, key []byte) (record ciphersuite.Secret, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		sealed := bucket(tx, k).Get(key)
		if sealed == nil {
			return keypackage.ErrNotFound
		}
		record, err = s.sealer.open(k, key, sealed)
		return err
	})
	return record, err
}

func remove(tx *bbolt.Tx, k kind, key []byte) error {
	b := bucket(tx, k)
	if b.Get(key) == nil {
		return keypackage.ErrNotFound
	}
	return b.Delete(key)
}

// bucket returns the bucket of a kind, which is there since the file was opened.
func bucket(tx *bbolt.Tx, k kind) *bbolt.Bucket { return tx.Bucket([]byte(k)) }

func (s *Store) update(f func(tx *bbolt.Tx) error) error { return s.run(true, s.db.Update, f) }

func (s *Store) view(f func(tx *bbolt.Tx) error) error { return s.run(false, s.db.View, f) }

func (s *Store) run(writable bool, transaction func(func(tx *bbolt.Tx) error) error, f func(tx *bbolt.Tx) error) error {
	if s.broken.Load() {
		return fmt.Errorf("%w: it broke in use", ErrFormat)
	}
	begun := false
	panicked, err := guard(func() error {
		return transaction(func(tx *bbolt.Tx) error {
			begun = true
			return f(tx)
		})
	})
	if panicked && (writable || !begun) {
		s.broken.Store(true)
	}
	if errors.Is(err, bbolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// guard turns panics into errors. bbolt panics where pages of a file make no
// sense, and it reads through a mapping of the file, where a page that cannot
// be read is a fault.
func guard(f func() error) (panicked bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			panicked, err = true, fmt.Errorf("%w: %v", ErrFormat, p)
		}
	}()
	return false, f()
}
