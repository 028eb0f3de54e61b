package http_test

import (
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// begin is when all tests begin whose clock is their own.
var begin = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A person is a client of directories. Several goroutines may use it.
type person struct {
	suite *ciphersuite.Suite
	key   *ciphersuite.SignatureKey
	now   func() time.Time

	mu   sync.Mutex
	rand *rand.ChaCha8
}

func newPerson(t testing.TB, n byte, now func() time.Time) *person {
	t.Helper()
	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{suite: suite, now: now, rand: rand.NewChaCha8([32]byte{n})}
	if p.key, err = suite.GenerateSignatureKey(p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Read makes the person the source of its own randomness.
func (p *person) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rand.Read(b)
}

func (p *person) client() directory.Client {
	return directory.Client{Suite: p.suite.ID(), SignatureKey: p.key.Public()}
}

func (p *person) build(t testing.TB, n int, o keypackage.Options) []*keypackage.KeyPackage {
	t.Helper()
	o.Rand, o.Now = p, p.now
	all := make([]*keypackage.KeyPackage, n)
	for i := range all {
		b, err := keypackage.Build(p.suite, leaf.Basic([]byte("person")), p.key, o)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = &b.KeyPackage
	}
	return all
}

func (p *person) sign(t testing.TB, publication directory.Publication) *directory.Request {
	t.Helper()
	if publication.Audience == "" {
		publication.Audience = "here"
	}
	r, err := publication.Sign(p.suite, p.key, directory.Signing{Rand: p, Now: p.now})
	if err != nil {
		t.Fatal(err)
	}
	return r
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

func newDirectory(t testing.TB, s directory.Storage, limits directory.Limits, now func() time.Time) *directory.Directory {
	t.Helper()
	d, err := directory.New(s, directory.Options{Name: "here", Limits: limits, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// serve serves a directory without limits, at a time that stands still.
func serve(t testing.TB) *directoryhttp.Client {
	t.Helper()
	d := newDirectory(t, directory.NewMemory(), unlimited(), still)
	server := httptest.NewServer(directoryhttp.NewHandler(d, directoryhttp.Options{}))
	t.Cleanup(server.Close)
	return &directoryhttp.Client{URL: server.URL, HTTP: server.Client()}
}

func still() time.Time { return begin }
