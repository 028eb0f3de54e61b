package bolt_test

import (
	"crypto/rand"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	for _, form := range forms {
		b.Run(form.name, func(b *testing.B) {
			storetest.Bench(b, func(t testing.TB) group.Store { return open(t, newPath(t), form.options) })
		})
	}
}

// BenchmarkBuild builds KeyPackages that are on the disk before they are
// returned: one, and many in one transaction.
func BenchmarkBuild(b *testing.B) {
	suite := ciphersuite.All()[0]
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	must(b, err)
	alice := leaf.Basic([]byte("alice"))
	for _, form := range forms {
		b.Run(form.name+"/one", func(b *testing.B) {
			o := keypackage.Options{Store: open(b, newPath(b), form.options)}
			for b.Loop() {
				_, err := keypackage.Build(suite, alice, signer, o)
				must(b, err)
			}
		})
		b.Run(form.name+"/many", func(b *testing.B) {
			o := keypackage.Options{Store: open(b, newPath(b), form.options)}
			for b.Loop() {
				_, err := keypackage.BuildMany(suite, alice, signer, 0, o)
				must(b, err)
			}
			b.ReportMetric(float64(b.N*keypackage.DefaultCount)/b.Elapsed().Seconds(), "packages/s")
		})
	}
}
