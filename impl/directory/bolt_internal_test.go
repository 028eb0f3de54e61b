package directory

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"
)

// What is written together with a job that panics is not done, and is said not
// to be; what comes later is.
func TestPanicOfAJob(t *testing.T) {
	b, err := OpenBolt(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	use := func(s shelf) error {
		s.use([]byte("nonce"), 1000)
		return nil
	}
	results := make(chan error, 2)
	do := func(f func(shelf) error) { results <- b.update(identity{}, 0, job{0, f}) }
	b.writing = true // so that all wait
	go do(use)
	go do(func(shelf) error { panic("broken") })
	waitForQueue(b, 2)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is hidden")
			}
		}()
		b.write()
	}()
	for range 2 {
		if err := <-results; err == nil {
			t.Error("a job was said to be done")
		}
	}
	used := func() (used bool) {
		if err := b.view(identity{}, func(s shelf) { used = s.used([]byte("nonce")) }); err != nil {
			t.Error(err)
		}
		return used
	}
	if used() {
		t.Error("half of the jobs were done")
	}
	if err := b.update(identity{}, 0, job{0, use}); err != nil || !used() {
		t.Errorf("later: %v", err)
	}
}

// A replay that is written together with the request itself is one, too.
func TestReplayInTheSameWrite(t *testing.T) {
	b, err := OpenBolt(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c := &change{nonce: []byte("nonce"), forgetNonce: 1000}
	results := make(chan error, 5)
	b.writing = true // so that all wait
	for range cap(results) {
		go func() {
			results <- b.update(identity{}, 0, job{0, func(s shelf) error {
				_, err := c.apply(s)
				return err
			}})
		}()
	}
	waitForQueue(b, cap(results))
	b.write()
	done := 0
	for range cap(results) {
		if err := <-results; err == nil {
			done++
		} else if !errors.Is(err, ErrReplayed) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("the request was carried out %d times", done)
	}
}

// waitForQueue waits until n jobs are queued.
func waitForQueue(b *Bolt, n int) {
	for queued := 0; queued < n; runtime.Gosched() {
		b.mu.Lock()
		queued = len(b.queue)
		b.mu.Unlock()
	}
}

// When a write fails, all who wait for it learn that their jobs were not done.
func TestFailedWriteFailsAllItsJobs(t *testing.T) {
	b, err := OpenBolt(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 3)
	b.writing = true // so that all wait
	for range cap(results) {
		go func() {
			results <- b.update(identity{}, 0, job{0, func(s shelf) error {
				s.use([]byte("nonce"), 1000)
				return nil
			}})
		}()
	}
	waitForQueue(b, cap(results))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.write()
	for range cap(results) {
		if err := <-results; err == nil {
			t.Error("a job was said to be done")
		}
	}
	if _, err := b.purge(0, 1); err == nil {
		t.Error("a purge was said to be done")
	}
}
