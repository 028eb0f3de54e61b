package directory

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/parallel"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

const (
	// DefaultMaxLifetime is the longest lifetime of a KeyPackage by default.
	DefaultMaxLifetime = 366 * 24 * time.Hour
	// DefaultMaxPackages is how many KeyPackages of a client are kept by default.
	DefaultMaxPackages = 1000
)

// remembered is for how long, in seconds, things are remembered that can do no
// harm any more if the clock is right.
const remembered = uint64(24 * time.Hour / time.Second)

// ErrForeign says that a KeyPackage is not of the client that publishes it.
var ErrForeign = errors.New("directory: the signature key is not the one that the request is signed with")

// Options are the choices of who runs a directory. Only the name has to be there.
type Options struct {
	// Name is what requests call the directory, so that one for another
	// directory is of no use here.
	Name string
	// MaxLifetime is the longest lifetime that a KeyPackage may have (RFC 9420,
	// Section 7.2), and how far ahead it may begin; zero means
	// [DefaultMaxLifetime].
	MaxLifetime time.Duration
	// MaxPackages is how many KeyPackages are kept for each client; zero means
	// [DefaultMaxPackages].
	MaxPackages int
	// CredentialTypes are the types to take besides basic and x509.
	CredentialTypes []codepoint.CredentialType
	// Authenticate judges the credentials in KeyPackages; nil takes all.
	Authenticate leaf.Authenticator
	Limits       Limits
	Now          func() time.Time // nil means time.Now
}

// A Directory takes KeyPackages in and hands them out. Its methods may be used
// by many goroutines at once.
type Directory struct {
	storage                                Storage
	o                                      Options
	callers, callerClients, clients, posts *limiter
}

// New returns a directory over what is in the storage, which no other directory
// may use.
func New(storage Storage, o Options) (*Directory, error) {
	if o.Name == "" {
		return nil, errors.New("directory: no name")
	}
	if o.MaxLifetime == 0 {
		o.MaxLifetime = DefaultMaxLifetime
	}
	if o.MaxPackages == 0 {
		o.MaxPackages = DefaultMaxPackages
	}
	if o.MaxLifetime < 0 || o.MaxPackages < 0 {
		return nil, errors.New("directory: negative limit")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Limits.setDefaults()
	if err := o.Limits.check(); err != nil {
		return nil, err
	}
	return &Directory{
		storage:       storage,
		o:             o,
		callers:       newLimiter("claims by this caller", o.Limits.Caller),
		callerClients: newLimiter("claims of this client's key packages by this caller", o.Limits.CallerClient),
		clients:       newLimiter("claims of this client's key packages", o.Limits.Client),
		posts:         newLimiter("key packages published by this caller", o.Limits.Publish),
	}, nil
}

// Publish does what a client's request asks for, all of it or nothing. The
// caller, such as a network address, is who sends the request, and is what
// limits are kept for.
func (d *Directory) Publish(caller string, r *Request) (*Receipt, error) {
	now := d.o.Now()
	if err := d.posts.take(caller, max(1, len(r.Contents.KeyPackages)), now); err != nil {
		return nil, err
	}
	suite, err := ciphersuite.Lookup(r.Client.Suite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	c := &change{
		now:         seconds(now),
		nonce:       r.Nonce,
		forgetNonce: r.Time + uint64(Window/time.Second) + remembered,
		all:         r.Contents.Withdrawal == WithdrawAll,
		withdraw:    make(map[string]bool, len(r.Contents.Withdraw)),
		max:         d.o.MaxPackages,
	}
	if err := r.verify(suite, d.o.Name, c.now); err != nil {
		return nil, err
	}
	// Before the KeyPackages are judged, which may come out otherwise than before.
	replayed := false
	client := r.Client.identity()
	if err := d.storage.view(client, func(s shelf) { replayed = s.used(c.nonce) }); err != nil {
		return nil, err
	}
	if replayed {
		return nil, ErrReplayed
	}
	for _, ref := range r.Contents.Withdraw {
		c.withdraw[string(ref)] = true
	}
	if c.items, err = d.admit(r, suite, c.now); err != nil {
		return nil, err
	}
	return d.change(client, c)
}

// change looks first whether the change is possible: what is refused should not
// cost a write.
func (d *Directory) change(client identity, c *change) (*Receipt, error) {
	var refused error
	if err := d.storage.view(client, func(s shelf) { _, refused = c.plan(s) }); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	var receipt Receipt
	err := d.storage.update(client, c.now, job{len(c.items), func(s shelf) (err error) {
		receipt, err = c.apply(s)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return &receipt, nil
}

// admit validates the KeyPackages of a request.
func (d *Directory) admit(r *Request, suite *ciphersuite.Suite, now uint64) ([]item, error) {
	if n := len(r.Contents.KeyPackages); n > d.o.MaxPackages {
		return nil, fmt.Errorf("%w: %d in one request, at most %d are kept", ErrFull, n, d.o.MaxPackages)
	}
	items := make([]item, len(r.Contents.KeyPackages))
	err := parallel.Each(len(items), func(n int) error {
		i, err := d.admitOne(r.Contents.KeyPackages[n], &r.Client, suite, now)
		if err != nil {
			return &PackageError{n, err}
		}
		items[n] = *i
		return nil
	})
	if err != nil {
		return nil, err
	}
	first := make(map[initHash]int, len(items))
	for n := range items {
		if other, again := first[items[n].init]; again {
			return nil, &PackageError{n, rule.Errorf("rfc9420-10-04", "init_key is that of key package %d", other)}
		}
		first[items[n].init] = n
	}
	return items, nil
}

func (d *Directory) admitOne(message []byte, client *Client, suite *ciphersuite.Suite, now uint64) (*item, error) {
	k, err := parse(message)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(k.LeafNode.SignatureKey, client.SignatureKey) {
		return nil, ErrForeign
	}
	begin := k.LeafNode.Lifetime.NotBefore
	if latest := now + uint64(d.o.MaxLifetime/time.Second); begin > latest {
		return nil, rule.Errorf("rfc9420-7.3-05", "lifetime begins at %d, later than %d", begin, latest)
	}
	// What is handed out is about to be added to a group. That is not before the
	// lifetime begins.
	usable := time.Unix(int64(max(now, begin)), 0)
	_, err = k.Validate(&keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Sending: true,
		Policy: &leaf.Policy{
			CredentialTypes: d.o.CredentialTypes,
			Authenticate:    d.o.Authenticate,
			MaxLifetime:     d.o.MaxLifetime,
			Now:             func() time.Time { return usable },
		},
	})
	if err != nil {
		return nil, err
	}
	ref, err := k.Ref()
	if err != nil {
		return nil, err
	}
	return &item{
		init:       sha256.Sum256(k.InitKey),
		ref:        ref,
		notBefore:  begin,
		notAfter:   k.LeafNode.Lifetime.NotAfter,
		lastResort: k.IsLastResort(),
		message:    message,
	}, nil
}

// parse reads an MLSMessage that has to be a KeyPackage. The result aliases it.
func parse(message []byte) (*keypackage.KeyPackage, error) {
	var m framing.MLSMessage
	if err := syntax.Unmarshal(message, &m); err != nil {
		return nil, err
	}
	if m.KeyPackage == nil {
		return nil, rule.Errorf("rfc9420-6-05", "wire_format is %v, want %v", m.WireFormat(), codepoint.WireFormatKeyPackage)
	}
	return m.KeyPackage, nil
}

// A Claimed KeyPackage was handed out. It has yet to be validated by the
// claimer, who need not trust the directory.
type Claimed struct {
	Message    []byte // the encoded MLSMessage
	KeyPackage *keypackage.KeyPackage
	Ref        []byte
	LastResort bool // others may have got it too
}

// ParseClaimed reads what a directory handed out. It checks only that this is a
// KeyPackage of the client that was asked for.
func ParseClaimed(of Client, message []byte) (*Claimed, error) {
	message = bytes.Clone(message)
	k, err := parse(message)
	if err != nil {
		return nil, err
	}
	if k.CipherSuite != of.Suite {
		return nil, rule.Errorf("rfc9420-10.1-01", "cipher_suite is %v, want %v", k.CipherSuite, of.Suite)
	}
	if !bytes.Equal(k.LeafNode.SignatureKey, of.SignatureKey) {
		return nil, errors.New("directory: a key package of another client was handed out")
	}
	ref, err := k.Ref()
	if err != nil {
		return nil, err
	}
	return &Claimed{Message: message, KeyPackage: k, Ref: ref, LastResort: k.IsLastResort()}, nil
}

// Claim hands out a KeyPackage of a client. It is [ErrNone] when there is none
// to be had, and a [LimitError] when the caller has to wait.
func (d *Directory) Claim(caller string, of Client) (*Claimed, error) {
	now := d.o.Now()
	if err := d.callers.take(caller, 1, now); err != nil {
		return nil, err
	}
	// Looking first keeps buckets and writes for clients that are there, and a
	// KeyPackage of last resort can be handed out as it is.
	client := of.identity()
	var message []byte
	lastResort := false
	look := func(s shelf) *item {
		i := next(s, seconds(now))
		if i == nil {
			message = nil
			return nil
		}
		message, lastResort = bytes.Clone(i.message), i.lastResort
		return i
	}
	if err := d.storage.view(client, func(s shelf) { look(s) }); err != nil {
		return nil, err
	}
	if message == nil {
		return nil, ErrNone
	}
	if err := d.callerClients.take(string(client[:])+caller, 1, now); err != nil {
		return nil, err
	}
	if err := d.clients.take(string(client[:]), 1, now); err != nil {
		return nil, err
	}
	if lastResort {
		return ParseClaimed(of, message)
	}
	err := d.storage.update(client, seconds(now), job{0, func(s shelf) error {
		i := look(s)
		if i == nil {
			return ErrNone
		}
		if !i.lastResort {
			s.remove(i, handedOut)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	return ParseClaimed(of, message)
}

// Count returns how many KeyPackages a client has in the directory.
func (d *Directory) Count(of Client) (Count, error) {
	now := seconds(d.o.Now())
	var c Count
	err := d.storage.view(of.identity(), func(s shelf) {
		for i := range s.packages() {
			c.add(i, now)
		}
	})
	return c, err
}

// Purge drops all whose time is over. Without it that happens little by little,
// whenever the directory changes.
func (d *Directory) Purge() error {
	const batch = 1000
	for now := seconds(d.o.Now()); ; {
		n, err := d.storage.purge(now, batch)
		if err != nil || n < batch {
			return err
		}
	}
}
