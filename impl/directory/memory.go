package directory

import (
	"bytes"
	"cmp"
	"container/heap"
	"iter"
	"slices"
	"sync"
)

// Memory is a [Storage] that lasts as long as the process.
type Memory struct {
	mu      sync.Mutex
	shelves map[identity]*memoryShelf
	due     dueHeap
}

// NewMemory returns an empty storage.
func NewMemory() *Memory { return &Memory{shelves: make(map[identity]*memoryShelf)} }

// Close does nothing.
func (m *Memory) Close() error { return nil }

func (m *Memory) view(client identity, f func(shelf)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m.shelf(client))
	return nil
}

func (m *Memory) update(client identity, now uint64, j job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(now, j.due())
	return j.do(m.shelf(client))
}

func (m *Memory) purge(now uint64, limit int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.drop(now, limit), nil
}

// shelf returns the client's shelf. A new one is in the map only when something
// is put on it.
func (m *Memory) shelf(client identity) *memoryShelf {
	if s := m.shelves[client]; s != nil {
		return s
	}
	return &memoryShelf{
		storage: m,
		client:  client,
		records: make(map[initHash]record),
		nonces:  make(map[string]bool),
	}
}

func (m *Memory) drop(now uint64, limit int) int {
	n := 0
	for ; n < limit && len(m.due) > 0 && m.due[0].at <= now; n++ {
		d := heap.Pop(&m.due).(due)
		s := m.shelf(d.client)
		s.drop(d)
		if len(s.records) == 0 && len(s.nonces) == 0 {
			delete(m.shelves, d.client)
		}
	}
	return n
}

// A memoryShelf has its items in the order in which packages yields them.
type memoryShelf struct {
	storage *Memory
	client  identity
	items   []*item
	records map[initHash]record
	nonces  map[string]bool
}

func order(a, b *item) int {
	if a.lastResort != b.lastResort {
		if a.lastResort {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(a.notAfter, b.notAfter), bytes.Compare(a.init[:], b.init[:]))
}

func (s *memoryShelf) packages() iter.Seq[*item] { return slices.Values(s.items) }

func (s *memoryShelf) record(i initHash) (record, bool) {
	r, known := s.records[i]
	return r, known
}

func (s *memoryShelf) used(nonce []byte) bool { return s.nonces[string(nonce)] }

func (s *memoryShelf) add(i *item, forget uint64) {
	kept := *i
	kept.message = bytes.Clone(i.message) // which may be a part of a long request
	n, _ := slices.BinarySearchFunc(s.items, &kept, order)
	s.items = slices.Insert(s.items, n, &kept)
	s.records[i.init] = record{onShelf, kept.ref}
	s.later(due{at: i.notAfter + 1, kind: dueItem, init: i.init})
	s.later(due{at: forget, kind: dueRecord, init: i.init})
}

func (s *memoryShelf) remove(i *item, became state) {
	n, there := slices.BinarySearchFunc(s.items, i, order)
	if !there {
		return
	}
	s.items = slices.Delete(s.items, n, n+1)
	s.records[i.init] = record{became, i.ref}
}

func (s *memoryShelf) use(nonce []byte, forget uint64) {
	s.nonces[string(nonce)] = true
	s.later(due{at: forget, kind: dueNonce, nonce: string(nonce)})
}

func (s *memoryShelf) later(d due) {
	s.storage.shelves[s.client] = s
	d.client = s.client
	heap.Push(&s.storage.due, d)
}

func (s *memoryShelf) drop(d due) {
	switch d.kind {
	case dueItem:
		// The ones that expire first are at the front of their kind.
		n := slices.IndexFunc(s.items, func(i *item) bool { return i.init == d.init })
		if n >= 0 {
			s.remove(s.items[n], takenOff)
		}
	case dueRecord:
		delete(s.records, d.init)
	case dueNonce:
		delete(s.nonces, d.nonce)
	}
}

// A due says what is to be dropped at a time.
type due struct {
	at     uint64
	client identity
	kind   dueKind
	init   initHash
	nonce  string
}

type dueKind byte

const (
	dueItem dueKind = iota
	dueRecord
	dueNonce
)

// A dueHeap has at its front what is to be dropped first.
type dueHeap []due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(d any)        { *h = append(*h, d.(due)) }

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	*h = (*h)[:last]
	return d
}
