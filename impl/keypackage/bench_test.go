package keypackage_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store"
)

// The benchmarks measure in turns what the package does and the primitives that
// it cannot do without, so that both see the same machine. Their metrics are the
// time of the primitives alone, and how many times that the whole takes.

// BenchmarkBuild builds a KeyPackage and keeps it in memory, beside two key
// generations and two signatures.
func BenchmarkBuild(b *testing.B) {
	eachSuiteBench(b, func(b *testing.B, suite *ciphersuite.Suite) {
		w := newWorld(b, suite)
		message := marshal(b, (*keypackage.TBS)(w.kp))
		signer, err := suite.GenerateSignatureKey(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		o := keypackage.Options{Store: new(store.Memory)}
		ratio(b, func() error {
			_, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, o)
			return err
		}, func() error {
			for range 2 {
				if _, err := suite.GenerateKEMKey(rand.Reader); err != nil {
					return err
				}
				if _, err := signer.Sign(message); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// BenchmarkValidate validates a KeyPackage as one who is about to add it does,
// beside two verifications.
func BenchmarkValidate(b *testing.B) {
	eachSuiteBench(b, func(b *testing.B, suite *ciphersuite.Suite) {
		w := newWorld(b, suite)
		bundle, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), w.signer, keypackage.Options{})
		if err != nil {
			b.Fatal(err)
		}
		checks := &keypackage.Checks{Version: codepoint.MLS10, Suite: suite, Policy: &leaf.Policy{}, Sending: true}
		content := marshal(b, (*keypackage.TBS)(&bundle.KeyPackage))
		ratio(b, func() error {
			_, err := bundle.KeyPackage.Validate(checks)
			return err
		}, func() error {
			for range 2 {
				if err := suite.VerifyWithLabel(w.signer.Public(), "KeyPackageTBS", content, bundle.KeyPackage.Signature); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// BenchmarkBuildMany builds the default number of KeyPackages on all cores, with
// one transaction of the store.
func BenchmarkBuildMany(b *testing.B) {
	eachSuiteBench(b, func(b *testing.B, suite *ciphersuite.Suite) {
		w := newWorld(b, suite)
		for b.Loop() {
			o := keypackage.Options{Store: new(store.Memory)}
			if _, err := keypackage.BuildMany(suite, leaf.Basic([]byte("alice")), w.signer, 0, o); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*keypackage.DefaultCount)/b.Elapsed().Seconds(), "packages/s")
	})
}

func eachSuiteBench(b *testing.B, f func(b *testing.B, suite *ciphersuite.Suite)) {
	for _, suite := range ciphersuite.All() {
		b.Run(fmt.Sprintf("suite=%d", uint16(suite.ID())), func(b *testing.B) { f(b, suite) })
	}
}

// ratio measures the whole, and reports it in relation to its primitives.
func ratio(b *testing.B, whole, primitives func() error) {
	var bare time.Duration
	b.ReportAllocs()
	for b.Loop() {
		if err := whole(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		start := time.Now()
		if err := primitives(); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N), "bare-ns/op")
	b.ReportMetric(float64(b.Elapsed())/float64(bare), "ratio")
}
