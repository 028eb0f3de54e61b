package directory_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
)

// BenchmarkPublish publishes 100 KeyPackages in one request, all validated, in
// place of those of the request before.
func BenchmarkPublish(b *testing.B) {
	for _, s := range []struct {
		name string
		open func() directory.Storage
	}{
		{"memory", func() directory.Storage { return directory.NewMemory() }},
		{"bolt", func() directory.Storage { return openBolt(b, filepath.Join(b.TempDir(), "db")) }},
	} {
		b.Run(s.name, func(b *testing.B) {
			const each = 100
			c := newClock()
			d := newDirectory(b, s.open(), c)
			p := newPerson(b, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				r := p.sign(b, directory.Publication{KeyPackages: p.buildN(b, each), WithdrawAll: true})
				c.move(time.Second)
				b.StartTimer()
				if _, err := d.Publish("somebody", r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(each*b.N)/b.Elapsed().Seconds(), "packages/s")
		})
	}
}
