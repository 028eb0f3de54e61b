package client

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

// errFile reports that the file could not be written or read.
var errFile = errors.New("client: file")

// A file keeps what a client has for the next process, under the same handles. A
// nil file keeps nothing.
//
// Each entry has a record in the store, as if it was a group; its name is the
// handle. The bundles of prospects are kept as bundles, so that one is deleted
// together with the keeping of the state that it has become.
type file struct {
	store interface {
		group.Store
		Close() error
	}
	// leased is the last handle that another process will not use again.
	leased uint32
}

// leaseName is the record of the last leased handle, leaseSize how many handles
// are leased at a time.
const (
	leaseName = "lease"
	leaseSize = 1024
)

// Open returns a client that keeps everything in a file, and begins with what is
// there: every state, transaction, re-init and signer under its handle. States
// that were removed from their groups are not kept.
func Open(path string, o Options) (*Server, error) {
	store, err := bolt.Open(path, bolt.Options{Rand: o.Rand})
	if err != nil {
		return nil, err
	}
	s := New(o)
	s.file = &file{store: store}
	if err := s.restore(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), store.Close())
	}
	return s, nil
}

// Close closes the file, if there is one.
func (s *Server) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.store.Close()
}

// lease sees to it that no later process uses the handle once more.
func (f *file) lease(id uint32) error {
	if f == nil || id <= f.leased {
		return nil
	}
	last := max(id, id+leaseSize) // at the end of all handles, one at a time
	if err := f.store.PutGroup([]byte(leaseName), binary.BigEndian.AppendUint32(nil, last)); err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	f.leased = last
	return nil
}

// put keeps a locked entry as it is now.
func (f *file) put(e entry) error {
	if f == nil {
		return nil
	}
	if err := f.write(e); err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	return nil
}

func (f *file) write(e entry) error {
	if st, ok := e.(*state); ok && st.group.IsRemoved() {
		return gone(f.store.DeleteGroup(name(st.id)))
	}
	if p := prospectOf(e); p != nil {
		if err := f.store.PutBundles(p.bundle); err != nil {
			return err
		}
	}
	r, err := encodeRecord(e)
	if err != nil {
		return err
	}
	defer clear(r)
	st, ok := e.(*state)
	if !ok || st.used == nil {
		return f.store.PutGroup(name(e.base().id), r)
	}
	if err := f.store.Joined(name(st.id), r, st.used); err != nil {
		return err
	}
	st.used = nil
	return nil
}

// forget deletes what is kept of an entry.
func (f *file) forget(e entry) error {
	if f == nil {
		return nil
	}
	err := gone(f.store.DeleteGroup(name(e.base().id)))
	if p := prospectOf(e); p != nil && err == nil {
		var ref []byte
		if ref, err = p.bundle.KeyPackage.Ref(); err == nil {
			err = gone(f.store.DeleteBundle(ref))
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	return nil
}

// gone takes it for success that there was nothing to be deleted.
func gone(err error) error {
	if errors.Is(err, keypackage.ErrNotFound) {
		return nil
	}
	return err
}

func name(id uint32) []byte { return binary.BigEndian.AppendUint32(nil, id) }

func prospectOf(e entry) *prospect {
	switch e := e.(type) {
	case *transaction:
		return &e.prospect
	case *reinit:
		return &e.prospect
	}
	return nil
}

// restore reads what another process has kept.
func (s *Server) restore() error {
	names, err := s.file.store.GroupIDs()
	if err != nil {
		return err
	}
	for _, n := range names {
		data, err := s.file.store.Group(n)
		if err != nil {
			return err
		}
		if err := s.restoreRecord(n, data); err != nil {
			return fmt.Errorf("record %x: %w", n, err)
		}
	}
	return s.relink()
}

func (s *Server) restoreRecord(n, data []byte) error {
	defer clear(data)
	switch {
	case string(n) == leaseName && len(data) == 4:
		s.file.leased = binary.BigEndian.Uint32(data)
		s.handles.last = s.file.leased
		return nil
	case len(n) != 4:
		return errRecord
	}
	id := binary.BigEndian.Uint32(n)
	e, err := s.decodeRecord(id, data)
	if errors.Is(err, keypackage.ErrNotFound) {
		// The process ended when the prospect had just joined.
		return s.file.store.DeleteGroup(n)
	}
	if err != nil {
		return err
	}
	s.handles.entries[id] = e
	return nil
}

// relink gives re-inits and their states to each other. A re-init is written down
// before its state, so that its Commit may be missing; then it has yet to come.
func (s *Server) relink() error {
	for id, e := range s.handles.entries {
		r, ok := e.(*reinit)
		if !ok {
			continue
		}
		// Until here, the state has nothing but its handle.
		old, ok := s.handles.entries[r.old.id].(*state)
		if !ok || old.group.ReInit() == nil {
			if err := s.file.forget(r); err != nil {
				return err
			}
			delete(s.handles.entries, id)
			continue
		}
		r.old, old.reinit = old, r
	}
	return nil
}
