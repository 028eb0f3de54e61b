package bolt_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	cryptorand "crypto/rand"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// childVariable is set for the children of TestKill, which take a job from
// standard input and work on it until they are killed.
const childVariable = "MLSCONFORM_STORE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A job says what a child works on.
type job struct {
	Path string
	Key  []byte
	Name string // of this child, as no other of the same file has
	Seed uint64
	Refs [][]byte // bundles in the file for this child to use up
}

// An operation is one call that changes a store. A child reports it before the
// call, and once more with Done when the call has returned.
type operation struct {
	ID   int
	Kind string
	Done bool
	// Keys are references of bundles for put, and for join unless the bundle is one
	// of last resort; for sign, a public key.
	Keys    [][]byte
	Group   []byte // for join and update
	Sum     []byte // SHA-256 of the snapshot
	Welcome []byte // for a join of a real group
}

const (
	opReady  = "ready"  // the file is open
	opSign   = "sign"   // PutSignatureKey
	opPut    = "put"    // PutBundles
	opJoin   = "join"   // Joined
	opUpdate = "update" // PutGroup
)

// A worker is a child at work.
type worker struct {
	job   job
	store *bolt.Store
	mu    sync.Mutex
	last  int // ID
}

func work() error {
	w := &worker{}
	if err := json.NewDecoder(os.Stdin).Decode(&w.job); err != nil {
		return err
	}
	var err error
	if w.store, err = bolt.Open(w.job.Path, bolt.Options{Key: w.job.Key}); err != nil {
		return err
	}
	if err := w.report(operation{Kind: opReady}); err != nil {
		return err
	}
	errs := make(chan error)
	go func() { errs <- w.join() }()
	go func() { errs <- w.hurry() }()
	return <-errs
}

// report writes one line with one call to the system, so all of it or nothing.
func (w *worker) report(o operation) error {
	line, err := json.Marshal(o)
	if err == nil {
		_, err = os.Stdout.Write(append(line, '\n'))
	}
	return err
}

func (w *worker) do(o operation, call func() error) error {
	w.mu.Lock()
	w.last++
	o.ID = w.last
	w.mu.Unlock()
	if err := w.report(o); err != nil {
		return err
	}
	if err := call(); err != nil {
		return fmt.Errorf("%s: %w", o.Kind, err)
	}
	o.Done = true
	return w.report(o)
}

func (w *worker) put(bundles ...*keypackage.Bundle) (refs [][]byte, err error) {
	for _, b := range bundles {
		ref, err := b.KeyPackage.Ref()
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	return refs, w.do(operation{Kind: opPut, Keys: refs}, func() error { return w.store.PutBundles(bundles...) })
}

func (w *worker) joined(groupID, snapshot, ref, welcome []byte) error {
	sum := sha256.Sum256(snapshot)
	o := operation{Kind: opJoin, Group: groupID, Sum: sum[:], Welcome: welcome}
	if ref != nil {
		o.Keys = [][]byte{ref}
	}
	return w.do(o, func() error { return w.store.Joined(groupID, snapshot, ref) })
}

// A joining is the worker's store as a client sees it that joins a group.
type joining struct {
	*bolt.Store
	w       *worker
	welcome []byte
	ref     []byte // of the bundle to be used up; nil for one of last resort
}

func (j *joining) Joined(groupID, snapshot, ref []byte) error {
	if !bytes.Equal(ref, j.ref) {
		return fmt.Errorf("joining uses up %x, not %x", ref, j.ref)
	}
	return j.w.joined(groupID, snapshot, ref, j.welcome)
}

func (w *worker) update(groupID, snapshot []byte) error {
	sum := sha256.Sum256(snapshot)
	return w.do(operation{Kind: opUpdate, Group: groupID, Sum: sum[:]}, func() error {
		return w.store.PutGroup(groupID, snapshot)
	})
}

// join builds bundles and joins groups with them, again and again.
func (w *worker) join() error {
	suite := ciphersuite.All()[0]
	signer, err := suite.GenerateSignatureKey(cryptorand.Reader)
	if err != nil {
		return err
	}
	err = w.do(operation{Kind: opSign, Keys: [][]byte{signer.Public()}}, func() error {
		return w.store.PutSignatureKey(suite, signer)
	})
	for i := 0; err == nil; i++ {
		o := keypackage.Options{LastResort: i%4 == 0}
		err = w.joinOne(suite, signer, fmt.Appendf(nil, "real group %s/%d", w.job.Name, i), o)
	}
	return err
}

func (w *worker) joinOne(suite *ciphersuite.Suite, signer *ciphersuite.SignatureKey, groupID []byte, o keypackage.Options) error {
	b, err := keypackage.Build(suite, leaf.Basic([]byte("joiner")), signer, o)
	if err != nil {
		return err
	}
	refs, err := w.put(b)
	if err != nil {
		return err
	}
	welcome, err := invite(suite, groupID, &b.KeyPackage)
	if err != nil {
		return err
	}
	encoded, err := syntax.Marshal(welcome)
	if err != nil {
		return err
	}
	client := &joining{w.store, w, encoded, refs[0]}
	if o.LastResort {
		client.ref = nil
	}
	staged, err := group.StageStored(group.Config{}, client, welcome, group.JoinOptions{})
	if err != nil {
		return err
	}
	g, err := staged.Join()
	if err != nil {
		return err
	}
	if _, err := g.Encrypt([]byte("hello"), nil); err != nil {
		return err
	}
	snapshot, err := g.Snapshot()
	if err != nil {
		return err
	}
	return w.update(groupID, snapshot)
}

// invite makes a group and adds a client to it.
func invite(suite *ciphersuite.Suite, groupID []byte, kp *keypackage.KeyPackage) (*message.Welcome, error) {
	signer, err := suite.GenerateSignatureKey(cryptorand.Reader)
	if err != nil {
		return nil, err
	}
	b, err := keypackage.Build(suite, leaf.Basic([]byte("creator")), signer, keypackage.Options{})
	if err != nil {
		return nil, err
	}
	g, err := group.Create(group.Config{}, b, signer, group.CreateOptions{GroupID: groupID})
	if err != nil {
		return nil, err
	}
	v, err := g.ValidateKeyPackage(kp)
	if err != nil {
		return nil, err
	}
	p, err := g.AddMembers(v)
	if err != nil {
		return nil, err
	}
	return p.Welcome, nil
}

// hurry puts away and uses up bundles that differ only in their signatures, so
// that nearly all of the time goes to the store. What it stores of groups is
// random.
func (w *worker) hurry() error {
	random := rand.New(rand.NewPCG(w.job.Seed, 0))
	suite := ciphersuite.All()[0]
	signer, err := suite.GenerateSignatureKey(cryptorand.Reader)
	if err != nil {
		return err
	}
	b, err := keypackage.Build(suite, leaf.Basic([]byte(w.job.Name)), signer, keypackage.Options{})
	if err != nil {
		return err
	}
	refs := w.job.Refs
	for i := uint32(0); ; {
		batch := make([]*keypackage.Bundle, 1+random.IntN(4))
		for j := range batch {
			other := *b
			other.KeyPackage.Signature = binary.BigEndian.AppendUint32(nil, i)
			batch[j] = &other
			i++
		}
		added, err := w.put(batch...)
		if err != nil {
			return err
		}
		for refs = append(refs, added...); len(refs) > 2; refs = refs[1:] {
			groupID := fmt.Appendf(nil, "group %s/%x", w.job.Name, refs[0])
			if err := w.joined(groupID, randomSnapshot(random), refs[0], nil); err != nil {
				return err
			}
			if random.IntN(3) == 0 {
				if err := w.update(groupID, randomSnapshot(random)); err != nil {
					return err
				}
			}
		}
	}
}

func randomSnapshot(random *rand.Rand) []byte {
	snapshot := make([]byte, random.IntN(20_000))
	for i := range snapshot {
		snapshot[i] = byte(random.Uint32())
	}
	return snapshot
}
