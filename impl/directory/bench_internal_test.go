package directory

import (
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

const claimers = 100

// A stock is a client with a full shelf. Its KeyPackages differ only in what the
// directory knows them by: to build and validate as many would take longer than
// to claim them.
type stock struct {
	client  Client
	message []byte
}

func newStock(b *testing.B, n int) stock {
	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		b.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	key, err := suite.GenerateSignatureKey(random)
	if err != nil {
		b.Fatal(err)
	}
	bundle, err := keypackage.Build(suite, leaf.Basic([]byte("stock")), key, keypackage.Options{Rand: random})
	if err != nil {
		b.Fatal(err)
	}
	message, err := syntax.Marshal(&framing.MLSMessage{KeyPackage: &bundle.KeyPackage})
	if err != nil {
		b.Fatal(err)
	}
	return stock{Client{suite.ID(), key.Public()}, message}
}

func (s *stock) fill(b *testing.B, storage Storage) {
	now := seconds(time.Now())
	err := storage.update(s.client.identity(), now, job{DefaultMaxPackages, func(shelf shelf) error {
		for n := range DefaultMaxPackages {
			i := &item{ref: make([]byte, 32), notAfter: now + 1000 + uint64(n), message: s.message}
			binary.BigEndian.PutUint32(i.init[:], uint32(n))
			shelf.add(i, i.notAfter+remembered)
		}
		return nil
	}})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkClaim has 100 claimers empty the shelves of clients. Each KeyPackage
// is handed out once, or the benchmark runs out of them.
func BenchmarkClaim(b *testing.B) {
	for _, s := range []struct {
		name string
		open func(b *testing.B) Storage
	}{
		{"memory", func(*testing.B) Storage { return NewMemory() }},
		{"bolt", func(b *testing.B) Storage {
			s, err := OpenBolt(filepath.Join(b.TempDir(), "db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { s.Close() })
			return s
		}},
	} {
		b.Run(s.name, func(b *testing.B) {
			storage := s.open(b)
			none := Rate{N: -1}
			d, err := New(storage, Options{Name: "here", Limits: Limits{Caller: none, CallerClient: none, Client: none}})
			if err != nil {
				b.Fatal(err)
			}
			stocks := make([]stock, b.N/DefaultMaxPackages+1)
			for n := range stocks {
				stocks[n] = newStock(b, n)
				stocks[n].fill(b, storage)
			}
			runtime.GC()
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range claimers {
				wg.Go(func() {
					for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
						if _, err := d.Claim("somebody", stocks[n%len(stocks)].client); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
		})
	}
}
