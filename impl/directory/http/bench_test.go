package http_test

import (
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// BenchmarkClaim has 100 claimers claim over HTTP, all in this process.
func BenchmarkClaim(b *testing.B) {
	const claimers = 100
	for _, s := range []struct {
		name string
		open func(b *testing.B) directory.Storage
	}{
		{"memory", func(*testing.B) directory.Storage { return directory.NewMemory() }},
		{"bolt", func(b *testing.B) directory.Storage {
			s, err := directory.OpenBolt(filepath.Join(b.TempDir(), "db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { s.Close() })
			return s
		}},
	} {
		b.Run(s.name, func(b *testing.B) {
			d := newDirectory(b, s.open(b), unlimited(), still)
			address, stop := start(b, &directoryhttp.Server{}, directoryhttp.NewHandler(d, directoryhttp.Options{}))
			defer stop()
			c := &directoryhttp.Client{
				URL:  "http://" + address,
				HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: claimers}},
			}
			people := make([]*person, b.N/directory.DefaultMaxPackages+1)
			for n := range people {
				people[n] = newPerson(b, byte(n), still)
				r := people[n].sign(b, directory.Publication{KeyPackages: people[n].build(b, min(b.N, directory.DefaultMaxPackages), keypackage.Options{})})
				if _, err := d.Publish("somebody", r); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range claimers {
				wg.Go(func() {
					for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
						if _, err := c.Claim(b.Context(), people[n%len(people)].client()); err != nil {
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
