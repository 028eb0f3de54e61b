package client

import (
	"math"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// An entry is what a handle stands for: a state, a transaction, a re-init or a
// signer. It is used between lock and unlock.
type entry interface {
	// lock fails when the handle has become invalid meanwhile.
	lock() error
	unlock()
	base() *held
	kind() string
}

// held is what all entries have in common.
type held struct {
	id uint32
	mu sync.Mutex
	// gone is set when the handle is not valid any more, for those who have found
	// the entry before.
	gone bool
}

func (h *held) base() *held { return h }

func (h *held) unlock() { h.mu.Unlock() }

func (h *held) lock() error {
	h.mu.Lock()
	if h.gone {
		h.mu.Unlock()
		return notFound(h.id)
	}
	return nil
}

// handles hands out numbers and knows what they stand for.
type handles struct {
	mu      sync.Mutex
	last    uint32
	entries map[uint32]entry
	// reserved counts the entries in the making, so that limit holds.
	reserved, limit int
}

// add makes an entry under a new handle. Room for it is reserved before it is
// made, because making it can change what cannot be changed back.
func add[E entry](s *Server, build func(id uint32) (E, error)) (e E, err error) {
	h := &s.handles
	id, err := h.reserve(s.file)
	if err != nil {
		return e, err
	}
	built := false
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reserved--
		if built {
			h.entries[id] = e
		}
	}()
	if e, err = build(id); err != nil {
		return e, err
	}
	if err := s.file.put(e); err != nil {
		return e, err
	}
	built = true
	return e, nil
}

func (h *handles) reserve(f *file) (uint32, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.entries)+h.reserved >= h.limit {
		return 0, status.Errorf(codes.ResourceExhausted, "there are %d handles, which is the limit: free some", h.limit)
	}
	if h.last == math.MaxUint32 {
		return 0, status.Error(codes.ResourceExhausted, "all handles have been used")
	}
	if err := f.lease(h.last + 1); err != nil {
		return 0, err
	}
	h.last++
	h.reserved++
	return h.last, nil
}

// find returns what a handle stands for, which has to be an E, and locks it.
func find[E entry](s *Server, id uint32) (e E, err error) {
	if e, err = lookup[E](&s.handles, id); err != nil {
		return e, err
	}
	return e, e.lock()
}

func lookup[E entry](h *handles, id uint32) (e E, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	there, ok := h.entries[id]
	if !ok {
		return e, notFound(id)
	}
	if e, ok = there.(E); !ok {
		return e, status.Errorf(codes.NotFound, "%d is the handle of a %s", id, there.kind())
	}
	return e, nil
}

func notFound(id uint32) error { return status.Errorf(codes.NotFound, "no handle %d", id) }

// drop makes the handle of a locked entry invalid.
func (s *Server) drop(e entry) error {
	if err := s.file.forget(e); err != nil {
		return err
	}
	e.base().gone = true
	s.handles.mu.Lock()
	defer s.handles.mu.Unlock()
	delete(s.handles.entries, e.base().id)
	return nil
}

// forget drops an entry, and with a state its re-init.
func (s *Server) forget(e entry) error {
	if err := e.lock(); err != nil {
		return err
	}
	defer e.unlock()
	switch e := e.(type) {
	case *reinit:
		return s.discard(e)
	case *state:
		if e.reinit != nil {
			if err := s.discard(e.reinit); err != nil {
				return err
			}
		}
	}
	return s.drop(e)
}

// read calls f with a locked state.
func (s *Server) read(id uint32, f func(*state) error) error {
	st, err := find[*state](s, id)
	if err != nil {
		return err
	}
	defer st.unlock()
	return f(st)
}

// change calls f with a locked state and keeps what has become of it. Nothing
// that f makes is sent before.
func (s *Server) change(id uint32, f func(*state) error) error {
	return s.read(id, func(st *state) error {
		if err := f(st); err != nil {
			return err
		}
		return s.file.put(st)
	})
}
