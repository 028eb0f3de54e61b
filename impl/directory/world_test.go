package directory_test

import (
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// begin is when all tests begin.
var begin = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: begin} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// random returns a stream of bytes that the number decides.
func random(n uint64) io.Reader {
	return rand.NewChaCha8([32]byte{0: byte(n), 1: byte(n >> 8), 2: byte(n >> 16), 3: byte(n >> 24)})
}

// A person has a signature key, and is a client of directories.
type person struct {
	suite *ciphersuite.Suite
	key   *ciphersuite.SignatureKey
	rand  io.Reader
	clock *clock
}

func newPerson(t testing.TB, c *clock, suite codepoint.CipherSuite, n uint64) *person {
	t.Helper()
	s, err := ciphersuite.Lookup(suite)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{suite: s, rand: random(n), clock: c}
	if p.key, err = s.GenerateSignatureKey(p.rand); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *person) client() directory.Client {
	return directory.Client{Suite: p.suite.ID(), SignatureKey: p.key.Public()}
}

func (p *person) build(t testing.TB, o keypackage.Options) *keypackage.KeyPackage {
	t.Helper()
	o.Rand, o.Now = p.rand, p.clock.Now
	b, err := keypackage.Build(p.suite, leaf.Basic([]byte("person")), p.key, o)
	if err != nil {
		t.Fatal(err)
	}
	return &b.KeyPackage
}

func (p *person) buildN(t testing.TB, n int) []*keypackage.KeyPackage {
	t.Helper()
	all := make([]*keypackage.KeyPackage, n)
	for i := range all {
		all[i] = p.build(t, keypackage.Options{})
	}
	return all
}

// resign signs a KeyPackage that a test has changed.
func (p *person) resign(t testing.TB, k *keypackage.KeyPackage) *keypackage.KeyPackage {
	t.Helper()
	if err := k.LeafNode.Sign(p.suite, p.key, nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := k.Sign(p.suite, p.key); err != nil {
		t.Fatal(err)
	}
	return k
}

func (p *person) sign(t testing.TB, publication directory.Publication) *directory.Request {
	t.Helper()
	if publication.Audience == "" {
		publication.Audience = "here"
	}
	r, err := publication.Sign(p.suite, p.key, directory.Signing{Rand: p.rand, Now: p.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (p *person) publish(t testing.TB, d *directory.Directory, packages ...*keypackage.KeyPackage) *directory.Receipt {
	t.Helper()
	receipt, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: packages}))
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func ref(t testing.TB, k *keypackage.KeyPackage) string {
	t.Helper()
	r, err := k.Ref()
	if err != nil {
		t.Fatal(err)
	}
	return string(r)
}

func unlimited() directory.Limits {
	none := directory.Rate{N: -1}
	return directory.Limits{Caller: none, CallerClient: none, Client: none, Publish: none}
}

func newDirectory(t testing.TB, s directory.Storage, c *clock) *directory.Directory {
	t.Helper()
	d, err := directory.New(s, directory.Options{Name: "here", Limits: unlimited(), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func openBolt(t testing.TB, path string) *directory.Bolt {
	t.Helper()
	b, err := directory.OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// eachStorage runs a test with every storage.
func eachStorage(t *testing.T, test func(t *testing.T, s directory.Storage)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, directory.NewMemory()) })
	t.Run("bolt", func(t *testing.T) { test(t, openBolt(t, filepath.Join(t.TempDir(), "db"))) })
}

// signMessages makes a request with any bytes in the places of KeyPackages.
func (p *person) signMessages(t testing.TB, messages ...[]byte) *directory.Request {
	t.Helper()
	r := p.sign(t, directory.Publication{})
	for _, m := range messages {
		r.Contents.KeyPackages = append(r.Contents.KeyPackages, m)
	}
	contents, err := syntax.Marshal(&r.Contents)
	if err != nil {
		t.Fatal(err)
	}
	b := cryptobyte.NewBuilder(nil)
	r.Client.MarshalMLS(b)
	syntax.AddOpaque(b, r.Audience)
	b.AddUint64(r.Time)
	syntax.AddOpaque(b, r.Nonce)
	syntax.AddOpaque(b, p.suite.Hash(contents))
	if r.Signature, err = p.suite.SignWithLabel(p.key, "mlsconform directory publish", b.BytesOrPanic()); err != nil {
		t.Fatal(err)
	}
	return r
}
