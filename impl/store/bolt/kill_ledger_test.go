package bolt_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A ledger knows what has to be in a file after the children that worked on it
// were killed.
type ledger struct {
	signatureKeys map[string]bool
	bundles       map[string]bool   // by reference: false for used ones
	groups        map[string]string // the sums of the snapshots
	flight        flight
	rejoined      int // groups that were joined after an interruption
}

// A flight counts what the calls had done in whose middle a child was killed.
type flight struct{ done, undone int }

func newLedger() *ledger {
	return &ledger{signatureKeys: map[string]bool{}, bundles: map[string]bool{}, groups: map[string]string{}}
}

// settle enters what a child has reported. A call that has returned must have
// had its effect. For one that has not, the store says whether it had; any half
// of it is an error.
func (l *ledger) settle(s *bolt.Store, reported []operation) error {
	done := map[int]bool{}
	for _, o := range reported {
		if o.Done {
			done[o.ID] = true
		}
	}
	for _, o := range reported {
		if o.Done || o.Kind == opReady {
			continue
		}
		effect := done[o.ID]
		if !effect {
			var err error
			if effect, err = l.hadEffect(s, &o); err != nil {
				return fmt.Errorf("%s in flight: %w", o.Kind, err)
			}
			if effect {
				l.flight.done++
			} else {
				l.flight.undone++
			}
		}
		if effect {
			l.enter(&o)
		}
	}
	return nil
}

func (l *ledger) enter(o *operation) {
	switch o.Kind {
	case opSign:
		l.signatureKeys[string(o.Keys[0])] = true
	case opPut:
		for _, ref := range o.Keys {
			l.bundles[string(ref)] = true
		}
	case opJoin:
		for _, ref := range o.Keys {
			l.bundles[string(ref)] = false
		}
		l.groups[string(o.Group)] = string(o.Sum)
	case opUpdate:
		l.groups[string(o.Group)] = string(o.Sum)
	}
}

func (l *ledger) hadEffect(s *bolt.Store, o *operation) (bool, error) {
	switch o.Kind {
	case opSign:
		_, err := s.SignatureKey(o.Keys[0])
		return found(err)
	case opPut:
		there := 0
		for _, ref := range o.Keys {
			_, err := s.Bundle(ref)
			ok, err := found(err)
			if err != nil {
				return false, err
			}
			if ok {
				there++
			}
		}
		if there > 0 && there < len(o.Keys) {
			return false, fmt.Errorf("%d bundles of %d are there", there, len(o.Keys))
		}
		return there > 0, nil
	}
	snapshot, err := s.Group(o.Group)
	stored, err := found(err)
	if err != nil {
		return false, err
	}
	stored = stored && hasSum(snapshot, string(o.Sum))
	if o.Kind == opUpdate || len(o.Keys) == 0 {
		return stored, nil
	}
	_, err = s.Bundle(o.Keys[0])
	kept, err := found(err)
	if err == nil && stored == kept {
		err = fmt.Errorf("group is there: %t, and its bundle: %t", stored, kept)
	}
	return stored, err
}

func hasSum(snapshot []byte, sum string) bool {
	own := sha256.Sum256(snapshot)
	return string(own[:]) == sum
}

func found(err error) (bool, error) {
	if errors.Is(err, keypackage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// verify checks that the store holds what it should, whole, and nothing else.
func (l *ledger) verify(s *bolt.Store) error {
	for public := range l.signatureKeys {
		if _, err := s.SignatureKey([]byte(public)); err != nil {
			return err
		}
	}
	for ref, unused := range l.bundles {
		_, err := s.Bundle([]byte(ref))
		there, err := found(err)
		if err != nil {
			return err
		}
		if there != unused {
			return fmt.Errorf("bundle %x is there: %t, should be: %t", ref, there, unused)
		}
	}
	for id, sum := range l.groups {
		snapshot, err := s.Group([]byte(id))
		if err != nil {
			return err
		}
		if !hasSum(snapshot, sum) {
			return fmt.Errorf("group %q has another snapshot", id)
		}
	}
	ids, err := s.GroupIDs()
	if err != nil {
		return err
	}
	if want := slices.Sorted(maps.Keys(l.groups)); !slices.EqualFunc(ids, want, func(id []byte, want string) bool { return string(id) == want }) {
		return fmt.Errorf("groups are %q, want %q", ids, want)
	}
	return nil
}

// restore restores the real groups among those that a child has stored.
func (l *ledger) restore(s *bolt.Store, reported []operation) error {
	for _, o := range reported {
		if !bytes.HasPrefix(o.Group, []byte("real ")) || l.groups[string(o.Group)] == "" {
			continue
		}
		snapshot, err := s.Group(o.Group)
		if err != nil {
			return err
		}
		_, err = group.Restore(group.Config{}, snapshot, func(public []byte) (ciphersuite.Signer, error) {
			return s.SignatureKey(public)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rejoin gives the client the Welcomes once more that a child was joining with. A
// join that took place does not take place again, and one that was interrupted
// does now.
func (l *ledger) rejoin(s *bolt.Store, reported []operation) error {
	for _, o := range reported {
		if o.Welcome == nil || o.Done {
			continue
		}
		welcome, err := syntax.Parse[message.Welcome](o.Welcome)
		if err != nil {
			return err
		}
		staged, err := group.StageStored(group.Config{}, s, welcome, group.JoinOptions{})
		if l.groups[string(o.Group)] != "" {
			if rule.Of(err) == "" {
				return fmt.Errorf("joining %q once more: %v", o.Group, err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("joining %q after all: %w", o.Group, err)
		}
		if _, err := staged.Join(); err != nil {
			return fmt.Errorf("joining %q after all: %w", o.Group, err)
		}
		snapshot, err := s.Group(o.Group)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(snapshot)
		o.Sum = sum[:]
		l.enter(&o)
		l.rejoined++
	}
	return nil
}

// count checks that the file, which is closed, is consistent, and has as many
// records as it should.
func (l *ledger) count(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	unused := 0
	for _, ok := range l.bundles {
		if ok {
			unused++
		}
	}
	return db.View(func(tx *bbolt.Tx) error {
		var faults []string
		for err := range tx.Check() {
			faults = append(faults, err.Error())
		}
		if len(faults) > 0 {
			return errors.New(strings.Join(faults, "; "))
		}
		for name, want := range map[string]int{"signature keys": len(l.signatureKeys), "bundles": unused, "groups": len(l.groups)} {
			if n := tx.Bucket([]byte(name)).Stats().KeyN; n != want {
				return fmt.Errorf("%d %s, want %d", n, name, want)
			}
		}
		return nil
	})
}

// unused returns references of at most n bundles that are there.
func (l *ledger) unused(n int) [][]byte {
	var refs [][]byte
	for _, ref := range slices.Sorted(maps.Keys(l.bundles)) {
		if l.bundles[ref] && len(refs) < n {
			refs = append(refs, []byte(ref))
		}
	}
	return refs
}
