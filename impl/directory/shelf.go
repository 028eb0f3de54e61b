package directory

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// Why a storage has to refuse what a client asks for.
var (
	// ErrNone says that there is nothing to hand out.
	ErrNone = errors.New("directory: no key package to hand out")
	// ErrFull says that the client has too many KeyPackages in the directory.
	ErrFull = errors.New("directory: too many key packages")
	// ErrWithdrawn says that a KeyPackage was withdrawn before.
	ErrWithdrawn = errors.New("directory: the key package has been withdrawn")
)

// A PackageError says which KeyPackage of a request is refused, and why.
type PackageError struct {
	Index int // in the order of the request
	Err   error
}

func (e *PackageError) Error() string { return fmt.Sprintf("key package %d: %v", e.Index, e.Err) }

func (e *PackageError) Unwrap() error { return e.Err }

// An initHash stands for an init key. It is what a KeyPackage is known by: two
// with the same init key are one as far as the secrecy of a Welcome goes, even
// where their references differ, as by another form of an ECDSA signature.
type initHash [sha256.Size]byte

// An item is a KeyPackage in the directory.
type item struct {
	init                initHash
	ref                 []byte
	notBefore, notAfter uint64
	lastResort          bool
	message             []byte
}

// covers reports whether the lifetime covers the time.
func (i *item) covers(now uint64) bool { return i.notBefore <= now && now <= i.notAfter }

// A state is what became of a KeyPackage.
type state byte

const (
	onShelf   state = 1
	handedOut state = 2
	takenOff  state = 3 // withdrawn, or expired
)

// A record is what the directory remembers of an init key.
type record struct {
	state state
	ref   []byte
}

// judge decides about a KeyPackage whose init key is on record. It returns no
// error when that very KeyPackage is on the shelf.
func (r *record) judge(i *item) error {
	switch {
	case !bytes.Equal(r.ref, i.ref):
		return rule.Errorf("rfc9420-10-04", "init_key is that of key package %x", r.ref)
	case r.state == handedOut:
		return rule.Errorf("rfc9420-10-01", "it has been handed out before")
	case r.state == takenOff:
		return ErrWithdrawn
	}
	return nil
}

// A shelf is what a storage holds of one client.
type shelf interface {
	// packages yields those on the shelf: the ones for single use before those of
	// last resort, and among each kind the ones that expire first before others.
	// Their messages are good until the storage is left. The shelf must not be
	// changed meanwhile.
	packages() iter.Seq[*item]
	// record returns what is known of an init key.
	record(initHash) (record, bool)
	// used reports whether a nonce is remembered.
	used(nonce []byte) bool

	// add puts an item on the shelf, and a record of it, which is forgotten at
	// the given time.
	add(i *item, forget uint64)
	// remove takes an item off the shelf, and records what became of it.
	remove(*item, state)
	// use remembers a nonce until the given time.
	use(nonce []byte, forget uint64)
}

// Storage is where a directory keeps KeyPackages. [Memory] and [Bolt] are the
// storages that there are.
type Storage interface {
	// view calls f with a client's shelf, to look at only.
	view(client identity, f func(shelf)) error
	// update calls f with a client's shelf, which nobody else uses meanwhile. f
	// fails, if at all, before it changes anything. When update returns without
	// error, the changes are kept whatever happens. On the way it drops things
	// whose time is over, and at least as many as the job adds.
	update(client identity, now uint64, j job) error
	// purge drops up to limit things whose time is over: items past their
	// lifetime, and records and nonces to be forgotten.
	purge(now uint64, limit int) (dropped int, err error)
	// Close gives the storage up.
	Close() error
}

// A job is work on a shelf.
type job struct {
	adds int // how many items at most
	do   func(shelf) error
}

// due is how many things at most are dropped on the way: twice as many as are
// added, since an item and its record go at different times, and a few more.
func (j *job) due() int { return 2*j.adds + 16 }

// next returns the item to hand out, or nil: the one for single use that
// expires first, else the one of last resort that expires last.
func next(s shelf, now uint64) *item {
	var last *item
	for i := range s.packages() {
		switch {
		case !i.covers(now):
		case !i.lastResort:
			return i
		default:
			last = i
		}
	}
	return last
}

// A Count tells how many KeyPackages a client has in the directory.
type Count struct {
	Fresh      int // to be handed out once
	LastResort int // to be handed out when there are no others
	Pending    int // whose lifetime has not begun
}

func (c *Count) add(i *item, now uint64) {
	switch {
	case now > i.notAfter:
	case now < i.notBefore:
		c.Pending++
	case i.lastResort:
		c.LastResort++
	default:
		c.Fresh++
	}
}

func (c *Count) total() int { return c.Fresh + c.LastResort + c.Pending }

// A Receipt tells what a request did.
type Receipt struct {
	Published int   // KeyPackages that were not there before
	Withdrawn int   // KeyPackages that were taken back
	Count     Count // what is there now
}

// A change is a request that has been verified.
type change struct {
	now         uint64
	nonce       []byte
	forgetNonce uint64
	items       []item
	all         bool // withdraws all
	withdraw    map[string]bool
	max         int // items on the shelf
}

// A plan is what a change does to a shelf.
type plan struct {
	add, remove []*item
	receipt     Receipt
}

// plan decides, without changing anything, what the change does.
func (c *change) plan(s shelf) (*plan, error) {
	if s.used(c.nonce) {
		return nil, ErrReplayed
	}
	p := &plan{}
	carried := make(map[initHash]bool)
	for n := range c.items {
		i := &c.items[n]
		carried[i.init] = true
		r, known := s.record(i.init)
		if !known {
			p.add = append(p.add, i)
			p.receipt.Count.add(i, c.now)
		} else if err := r.judge(i); err != nil {
			return nil, &PackageError{n, err}
		}
	}
	for i := range s.packages() {
		if (c.all || c.withdraw[string(i.ref)]) && !carried[i.init] {
			p.remove = append(p.remove, i)
		} else {
			p.receipt.Count.add(i, c.now)
		}
	}
	if n := p.receipt.Count.total(); n > c.max {
		return nil, fmt.Errorf("%w: %d, at most %d are kept", ErrFull, n, c.max)
	}
	p.receipt.Published, p.receipt.Withdrawn = len(p.add), len(p.remove)
	return p, nil
}

// apply makes the change.
func (c *change) apply(s shelf) (Receipt, error) {
	p, err := c.plan(s)
	if err != nil {
		return Receipt{}, err
	}
	for _, i := range p.remove {
		s.remove(i, takenOff)
	}
	for _, i := range p.add {
		s.add(i, i.notAfter+remembered)
	}
	s.use(c.nonce, c.forgetNonce)
	return p.receipt, nil
}
