// Package program holds what running the programs of others takes: that none of
// what they start is left behind, and that what they write stays within bounds.
package program

import "sync"

// A Tail keeps the end of what is written to it: what a program says last tells
// most about why it failed.
type Tail struct {
	most int

	mu   sync.Mutex
	data []byte
}

// NewTail returns a Tail of so many bytes at most.
func NewTail(most int) *Tail { return &Tail{most: most} }

// Write never fails.
func (t *Tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, data[max(0, len(data)-t.most):]...)
	if over := len(t.data) - t.most; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(data), nil
}

// Reset forgets what was written.
func (t *Tail) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = t.data[:0]
}

func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}
