package directory_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// 100 claimers take what there is while it comes in.
func TestConcurrentClaimersGetDifferentPackages(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		const claimers, requests, each = 100, 20, 25
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		signed := make([]*directory.Request, requests)
		published := map[string]bool{}
		for i := range signed {
			packages := p.buildN(t, each)
			for _, k := range packages {
				published[ref(t, k)] = true
			}
			signed[i] = p.sign(t, directory.Publication{KeyPackages: packages})
		}

		var wg sync.WaitGroup
		var mu sync.Mutex
		claimed := map[string]int{}
		for _, r := range signed {
			wg.Go(func() {
				if _, err := d.Publish("somebody", r); err != nil {
					t.Error(err)
				}
			})
		}
		for range claimers {
			wg.Go(func() {
				for range requests * each / claimers { // as many as there are
					got, err := d.Claim("somebody", p.client())
					for errors.Is(err, directory.ErrNone) { // not there yet
						got, err = d.Claim("somebody", p.client())
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					claimed[string(got.Ref)]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for r, n := range claimed {
			if n != 1 || !published[r] {
				t.Errorf("%x was handed out %d times", r, n)
			}
		}
		if len(claimed) != len(published) {
			t.Errorf("%d of %d were handed out", len(claimed), len(published))
		}
		if n, err := d.Count(p.client()); err != nil || n != (directory.Count{}) {
			t.Errorf("left: %+v, %v", n, err)
		}
	})
}

func TestConcurrentReplaysAreOneRequest(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		r := p.sign(t, directory.Publication{KeyPackages: p.buildN(t, 2)})
		var wg sync.WaitGroup
		results := make(chan error, 30)
		for range cap(results) {
			wg.Go(func() {
				_, err := d.Publish("somebody", r)
				results <- err
			})
		}
		wg.Wait()
		close(results)
		done := 0
		for err := range results {
			if err == nil {
				done++
			} else if !errors.Is(err, directory.ErrReplayed) {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("the request was carried out %d times", done)
		}
	})
}

func TestBoltKeepsAll(t *testing.T) {
	c := newClock()
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	path := filepath.Join(t.TempDir(), "db")
	r := p.sign(t, directory.Publication{KeyPackages: p.buildN(t, 3)})
	claimed := map[string]bool{}
	for n := 3; n >= 0; n-- {
		b, err := directory.OpenBolt(path)
		if err != nil {
			t.Fatal(err)
		}
		d := newDirectory(t, b, c)
		if n == 3 {
			_, err = d.Publish("somebody", r)
		} else if _, replayed := d.Publish("somebody", r); !errors.Is(replayed, directory.ErrReplayed) {
			t.Errorf("replay: %v", replayed)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Count(p.client()); err != nil || got.Fresh != n {
			t.Errorf("%+v, %v, want %d", got, err, n)
		}
		if n > 0 {
			got, err := d.Claim("somebody", p.client())
			if err != nil || claimed[string(got.Ref)] {
				t.Errorf("got %+v, %v", got, err)
			}
			claimed[string(got.Ref)] = true
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Count(p.client()); !errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// When all has expired, nothing is left in the file but what says what it is.
func TestPurge(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "db")
	b := openBolt(t, path)
	d := newDirectory(t, b, c)
	for n := range uint64(3) {
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, n)
		p.publish(t, d, p.buildN(t, 400)...)
		p.publish(t, d, p.build(t, keypackage.Options{LastResort: true}))
		if _, err := d.Claim("somebody", p.client()); err != nil {
			t.Fatal(err)
		}
	}
	c.move(keypackage.DefaultLifetime + time.Second)
	if err := d.Purge(); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, b, "packages"); got != 0 {
		t.Errorf("%d key packages are left", got)
	}
	if got := keys(t, b, "records"); got != 3*401 {
		t.Errorf("%d records are left", got)
	}
	c.move(day)
	if err := d.Purge(); err != nil {
		t.Fatal(err)
	}
	for _, bucket := range []string{"packages", "records", "nonces", "due"} {
		if got := keys(t, b, bucket); got != 0 {
			t.Errorf("%d keys are left in %s", got, bucket)
		}
	}
}

// Without a purge, old things go as new ones come.
func TestPurgeOnTheWay(t *testing.T) {
	c := newClock()
	b := openBolt(t, filepath.Join(t.TempDir(), "db"))
	d := newDirectory(t, b, c)
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	for range 5 {
		p.publish(t, d, p.buildN(t, 100)...)
		c.move(keypackage.DefaultLifetime + 2*day)
	}
	if got := keys(t, b, "records"); got > 200 {
		t.Errorf("%d records are left", got)
	}
	if got := keys(t, b, "due"); got > 402 {
		t.Errorf("%d things are due", got)
	}
}

// keys counts what is in a bucket.
func keys(t *testing.T, b *directory.Bolt, bucket string) int {
	t.Helper()
	n := 0
	err := b.DB().View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(_, _ []byte) error {
			n++
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenBoltRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := directory.OpenBolt(text); !errors.Is(err, bolterrors.ErrInvalid) {
		t.Errorf("a file of zeros: %v", err)
	}
	foreign := filepath.Join(dir, "foreign")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("something"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := directory.OpenBolt(foreign); !errors.Is(err, bolterrors.ErrTimeout) {
		t.Errorf("a file that is in use: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := directory.OpenBolt(foreign); !errors.Is(err, directory.ErrFormat) {
		t.Errorf("a file with other buckets: %v", err)
	}
	if _, err := directory.OpenBolt(filepath.Join(dir, "none", "db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// Damage is an error, no crash, and nothing is handed out.
func TestDamagedFile(t *testing.T) {
	c := newClock()
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	packages := p.buildN(t, 1)
	cut := func(n int) func(b *bbolt.Bucket, k, v []byte) error {
		return func(b *bbolt.Bucket, k, v []byte) error { return b.Put(k, v[:n]) }
	}
	rename := func(change func([]byte) []byte) func(b *bbolt.Bucket, k, v []byte) error {
		return func(b *bbolt.Bucket, k, v []byte) error {
			if err := b.Delete(k); err != nil {
				return err
			}
			return b.Put(change(k), v)
		}
	}
	publish := func(d *directory.Directory) error {
		_, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: packages}))
		return err
	}
	claim := func(d *directory.Directory) error {
		_, err := d.Claim("somebody", p.client())
		return err
	}
	purge := func(d *directory.Directory) error {
		c.move(1000 * day)
		defer c.move(-1000 * day)
		return d.Purge()
	}
	for _, test := range []struct {
		name, bucket string
		damage       func(b *bbolt.Bucket, k, v []byte) error
		do           func(d *directory.Directory) error
	}{
		{"package without reference", "packages", cut(8), claim},
		{"package with half a reference", "packages", cut(20), claim},
		{"package, purged", "packages", cut(20), purge},
		{"package with a long key", "packages", rename(func(k []byte) []byte { return append(k, 0) }), claim},
		{"empty record", "records", cut(0), publish},
		{"short key of what is due", "due", rename(func(k []byte) []byte { return k[:5] }), claim},
		{"unknown thing that is due", "due", rename(func(k []byte) []byte { return append(append([]byte{}, k[:8]...), 'x') }), purge},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := openBolt(t, filepath.Join(t.TempDir(), "db"))
			d := newDirectory(t, b, c)
			p.publish(t, d, packages...)
			err := b.DB().Update(func(tx *bbolt.Tx) error {
				bucket := tx.Bucket([]byte(test.bucket))
				k, v := bucket.Cursor().First()
				return test.damage(bucket, append([]byte{}, k...), append([]byte{}, v...))
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := test.do(d); !errors.Is(err, directory.ErrFormat) {
				t.Errorf("got %v, want %v", err, directory.ErrFormat)
			}
		})
	}
}
