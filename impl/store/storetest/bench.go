package storetest

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// Bench measures a store: PutBundles with one bundle and with a hundred, Bundle,
// and Joined, which uses a bundle up.
func Bench(b *testing.B, open func(t testing.TB) group.Store) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("PutBundles/%d", n), func(b *testing.B) {
			s, next := open(b), distinct(b)
			bundles := make([]*keypackage.Bundle, n)
			for b.Loop() {
				b.StopTimer()
				for i := range bundles {
					_, bundles[i] = next()
				}
				b.StartTimer()
				must(b, s.PutBundles(bundles...))
			}
		})
	}
	b.Run("Bundle", func(b *testing.B) {
		s, next := open(b), distinct(b)
		refs := putMany(b, s, next)
		for i := 0; b.Loop(); i++ {
			_, err := s.Bundle(refs[i%len(refs)])
			must(b, err)
		}
	})
	b.Run("Joined", func(b *testing.B) {
		s, next := open(b), distinct(b)
		snapshot := make([]byte, 4096) // that of a group of a few members
		refs := putMany(b, s, next)
		for i := 0; b.Loop(); i++ {
			if i == len(refs) {
				b.StopTimer()
				refs, i = putMany(b, s, next), 0
				b.StartTimer()
			}
			must(b, s.Joined(refs[i], snapshot, refs[i]))
		}
	})
}

func putMany(b *testing.B, s group.Store, next func() ([]byte, *keypackage.Bundle)) [][]byte {
	bundles, refs := make([]*keypackage.Bundle, 1000), make([][]byte, 1000)
	for i := range bundles {
		refs[i], bundles[i] = next()
	}
	must(b, s.PutBundles(bundles...))
	return refs
}

// distinct returns a function that makes bundles which differ only in their
// signatures.
func distinct(t testing.TB) func() (ref []byte, b *keypackage.Bundle) {
	_, first, _ := NewBundle(t, suite1(), keypackage.Options{})
	n := uint64(0)
	return func() ([]byte, *keypackage.Bundle) {
		b := *first
		b.KeyPackage.Signature = binary.BigEndian.AppendUint64(nil, n)
		n++
		ref, err := b.KeyPackage.Ref()
		must(t, err)
		return ref, &b
	}
}
