package directory

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// ErrFormat says that a file is not that of a directory, or is damaged.
var ErrFormat = errors.New("directory: not a directory's file")

// The buckets of the file, and their keys and values. Numbers are big-endian, so
// that keys are in the order of time.
var (
	// "format" → what the file is
	bucketMeta = []byte("meta")
	// identity, last resort as one byte, not_after, initHash →
	// not_before, length of the reference as one byte, reference, message
	bucketPackages = []byte("packages")
	// identity, initHash → state, reference
	bucketRecords = []byte("records")
	// identity, nonce → one byte, for an empty value put in the same transaction
	// reads like none
	bucketNonces = []byte("nonces")
	// time, first letter of a bucket, key in that bucket → nothing:
	// what to drop at that time
	bucketDue = []byte("due")
)

var (
	keyFormat = []byte("format")
	format    = []byte("mlsconform directory 1")
)

// Bolt is a [Storage] in a file. What it has acknowledged is on disk. One
// process at a time can have the file open.
type Bolt struct {
	db *bbolt.DB

	mu      sync.Mutex
	queue   []*boltJob
	writing bool // somebody writes, and will see to the queue then
}

// OpenBolt opens the file, or makes one.
func OpenBolt(path string) (*Bolt, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, fmt.Errorf("directory: %s: %w", path, err)
	}
	if err := prepare(db); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return &Bolt{db: db}, nil
}

// prepare makes the buckets of a new file. They are all there, or the format is
// not.
func prepare(db *bbolt.DB) error {
	empty := false
	err := db.View(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			empty = true
			return nil
		}
		if meta := tx.Bucket(bucketMeta); meta == nil || !bytes.Equal(meta.Get(keyFormat), format) {
			return ErrFormat
		}
		return nil
	})
	if err != nil || !empty {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketPackages, bucketRecords, bucketNonces, bucketDue} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyFormat, format)
	})
}

// Close closes the file, after what is going on.
func (b *Bolt) Close() error { return b.db.Close() }

func (b *Bolt) view(client identity, f func(shelf)) error {
	return b.db.View(func(tx *bbolt.Tx) error {
		s := newBoltShelf(tx, client)
		f(s)
		return s.fault
	})
}

// A boltJob waits until it is done, or its turn has come to write the queue.
type boltJob struct {
	job
	client identity
	now    uint64
	turn   chan bool // gets true for the turn; is closed when the job is done
	err    error
}

var errAborted = errors.New("directory: the write was given up")

// update writes together what came while another write was under way: one wait
// for the disk serves them all.
func (b *Bolt) update(client identity, now uint64, j job) error {
	own := &boltJob{job: j, client: client, now: now, turn: make(chan bool, 1)}
	b.mu.Lock()
	b.queue = append(b.queue, own)
	first := !b.writing
	b.writing = true
	b.mu.Unlock()
	if first || <-own.turn {
		b.write()
	}
	return own.err
}

// write does the jobs in the queue. Then it is the turn of the first that came
// meanwhile.
func (b *Bolt) write() {
	b.mu.Lock()
	jobs := b.queue
	b.queue = nil
	b.mu.Unlock()

	fault := errAborted // which stays when a job panics
	defer func() {
		for _, j := range jobs {
			if fault != nil {
				j.err = fault
			}
			close(j.turn)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.writing = len(b.queue) > 0; b.writing {
			b.queue[0].turn <- true
		}
	}()
	fault = b.db.Update(func(tx *bbolt.Tx) error {
		for _, j := range jobs {
			if err := j.run(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// run does the job. Its own error is only that; the one that is returned makes
// the whole write fail.
func (j *boltJob) run(tx *bbolt.Tx) error {
	if _, err := drop(tx, j.now, j.due()); err != nil {
		return err
	}
	s := newBoltShelf(tx, j.client)
	j.err = j.do(s)
	return s.fault
}

func (b *Bolt) purge(now uint64, limit int) (n int, err error) {
	err = b.db.Update(func(tx *bbolt.Tx) error {
		n, err = drop(tx, now, limit)
		return err
	})
	return n, err
}

// drop drops what is due.
func drop(tx *bbolt.Tx, now uint64, limit int) (int, error) {
	var keys [][]byte
	for c, k := first(tx, bucketDue); k != nil && len(keys) < limit; k, _ = c.Next() {
		if len(k) < 8+1 {
			return 0, fmt.Errorf("%w: key of %d bytes in %s", ErrFormat, len(k), bucketDue)
		}
		if binary.BigEndian.Uint64(k) > now {
			break
		}
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := dropOne(tx, k[8], k[9:]); err != nil {
			return 0, err
		}
		if err := tx.Bucket(bucketDue).Delete(k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

func first(tx *bbolt.Tx, bucket []byte) (*bbolt.Cursor, []byte) {
	c := tx.Bucket(bucket).Cursor()
	k, _ := c.First()
	return c, k
}

func dropOne(tx *bbolt.Tx, bucket byte, key []byte) error {
	switch bucket {
	case bucketRecords[0]:
		return tx.Bucket(bucketRecords).Delete(key)
	case bucketNonces[0]:
		return tx.Bucket(bucketNonces).Delete(key)
	case bucketPackages[0]:
		value := tx.Bucket(bucketPackages).Get(key)
		if value == nil {
			return nil // claimed or withdrawn
		}
		i, err := decodeItem(key, value)
		if err != nil {
			return err
		}
		s := newBoltShelf(tx, identity(key))
		s.remove(i, takenOff)
		return s.fault
	}
	return fmt.Errorf("%w: %q in %s", ErrFormat, bucket, bucketDue)
}

// A boltShelf keeps the first fault; what comes after it does not count.
type boltShelf struct {
	tx     *bbolt.Tx
	client identity
	fault  error
}

func newBoltShelf(tx *bbolt.Tx, client identity) *boltShelf {
	return &boltShelf{tx: tx, client: client}
}

func (s *boltShelf) key(rest []byte) []byte { return append(s.client[:], rest...) }

func (s *boltShelf) packages() iter.Seq[*item] {
	return func(yield func(*item) bool) {
		c := s.tx.Bucket(bucketPackages).Cursor()
		for k, v := c.Seek(s.client[:]); bytes.HasPrefix(k, s.client[:]); k, v = c.Next() {
			i, err := decodeItem(k, v)
			if err != nil {
				s.fail(err)
				return
			}
			if !yield(i) {
				return
			}
		}
	}
}

func (s *boltShelf) record(i initHash) (record, bool) {
	v := s.tx.Bucket(bucketRecords).Get(s.key(i[:]))
	if v == nil {
		return record{}, false
	}
	if len(v) < 1 {
		s.fail(fmt.Errorf("%w: empty record", ErrFormat))
		return record{}, false
	}
	return record{state(v[0]), bytes.Clone(v[1:])}, true
}

func (s *boltShelf) used(nonce []byte) bool {
	return s.tx.Bucket(bucketNonces).Get(s.key(nonce)) != nil
}

func (s *boltShelf) add(i *item, forget uint64) {
	key, value := s.encodeItem(i)
	s.put(bucketPackages, key, value)
	s.later(i.notAfter+1, bucketPackages, key)
	s.putRecord(i, onShelf)
	s.later(forget, bucketRecords, s.key(i.init[:]))
}

func (s *boltShelf) remove(i *item, became state) {
	key, _ := s.encodeItem(i)
	s.fail(s.tx.Bucket(bucketPackages).Delete(key))
	s.putRecord(i, became)
}

func (s *boltShelf) use(nonce []byte, forget uint64) {
	s.put(bucketNonces, s.key(nonce), []byte{1})
	s.later(forget, bucketNonces, s.key(nonce))
}

func (s *boltShelf) putRecord(i *item, became state) {
	s.put(bucketRecords, s.key(i.init[:]), append([]byte{byte(became)}, i.ref...))
}

func (s *boltShelf) later(at uint64, bucket, key []byte) {
	k := binary.BigEndian.AppendUint64(nil, at)
	s.put(bucketDue, append(append(k, bucket[0]), key...), nil)
}

func (s *boltShelf) put(bucket, key, value []byte) {
	s.fail(s.tx.Bucket(bucket).Put(key, value))
}

func (s *boltShelf) fail(err error) {
	if s.fault == nil {
		s.fault = err
	}
}

const itemKeySize = len(identity{}) + 1 + 8 + len(initHash{})

func (s *boltShelf) encodeItem(i *item) (key, value []byte) {
	key = slices.Grow(s.client[:len(s.client):len(s.client)], itemKeySize)
	if i.lastResort {
		key = append(key, 1)
	} else {
		key = append(key, 0)
	}
	key = binary.BigEndian.AppendUint64(key, i.notAfter)
	key = append(key, i.init[:]...)
	value = binary.BigEndian.AppendUint64(nil, i.notBefore)
	value = append(value, byte(len(i.ref)))
	value = append(value, i.ref...)
	return key, append(value, i.message...)
}

// decodeItem copies all but the message: a write moves what the file shows.
func decodeItem(key, value []byte) (*item, error) {
	if len(key) != itemKeySize || len(value) < 8+1 || len(value) < 8+1+int(value[8]) {
		return nil, fmt.Errorf("%w: damaged key package", ErrFormat)
	}
	key = key[len(identity{}):]
	end := 8 + 1 + int(value[8])
	return &item{
		lastResort: key[0] == 1,
		notAfter:   binary.BigEndian.Uint64(key[1:]),
		init:       initHash(key[1+8:]),
		notBefore:  binary.BigEndian.Uint64(value),
		ref:        bytes.Clone(value[8+1 : end]),
		message:    value[end:],
	}, nil
}
