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
	do := func(f func(shelf) error) {
		var err error
		defer func() {
			if recover() != nil {
				err = errors.New("panic")
			}
			results <- err
		}()
		err = b.update(identity{}, 0, job{0, f})
	}
	b.writing.Lock()
	go do(use)
	go do(func(shelf) error { panic("broken") })
	for queued := 0; queued < 2; runtime.Gosched() {
		b.mu.Lock()
		queued = len(b.queue)
		b.mu.Unlock()
	}
	b.writing.Unlock()
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

// When the one who writes panics in somebody else's job, that one learns that
// its job was not done.
func TestFailedWriteFailsAllItsJobs(t *testing.T) {
	b, err := OpenBolt(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 3)
	b.writing.Lock()
	for range cap(results) {
		go func() {
			results <- b.update(identity{}, 0, job{0, func(s shelf) error {
				s.use([]byte("nonce"), 1000)
				return nil
			}})
		}()
	}
	for queued := 0; queued < cap(results); runtime.Gosched() {
		b.mu.Lock()
		queued = len(b.queue)
		b.mu.Unlock()
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.writing.Unlock()
	for range cap(results) {
		if err := <-results; err == nil {
			t.Error("a job was said to be done")
		}
	}
	if _, err := b.purge(0, 1); err == nil {
		t.Error("a purge was said to be done")
	}
}
