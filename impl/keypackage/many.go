package keypackage

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/parallel"
)

// DefaultCount is how many KeyPackages [BuildMany] makes unless the caller says
// so.
const DefaultCount = 100

// ErrCount reports a number of KeyPackages that is negative.
var ErrCount = errors.New("keypackage: negative number of KeyPackages")

// BuildMany makes n KeyPackages of one client, or [DefaultCount] with zero: the
// ones that as many calls of [Build] would make. It works on all cores, so that
// the signer is used by many goroutines at once. With a store, one call of
// PutBundles keeps all of the bundles, or none when it fails.
func BuildMany(suite *ciphersuite.Suite, credential leaf.Credential, signer ciphersuite.Signer, n int, o Options) ([]*Bundle, error) {
	switch {
	case n < 0:
		return nil, fmt.Errorf("%w: %d", ErrCount, n)
	case n == 0:
		n = DefaultCount
	}
	p, err := o.plan(suite, credential, signer)
	if err != nil {
		return nil, err
	}
	// What is drawn for each does not depend on which core is faster.
	size := p.randomSize()
	random := make([]byte, n*size)
	defer clear(random)
	if _, err := io.ReadFull(p.rand, random); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	bundles := make([]*Bundle, n)
	err = parallel.Each(n, func(i int) (err error) {
		bundles[i], err = p.build(bytes.NewReader(random[i*size : (i+1)*size]))
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := checkDistinct(bundles); err != nil {
		return nil, err
	}
	if err := o.keep(bundles...); err != nil {
		return nil, err
	}
	return bundles, nil
}

// greaseSize is what reserved values take: four bytes choose those of the
// capabilities, seventeen each those of two extensions.
const greaseSize = 4 + 2*17

// randomSize is how many random bytes a KeyPackage takes.
func (p *plan) randomSize() int {
	size := 2 * p.suite.SeedSize()
	if !p.noGREASE {
		size += greaseSize
	}
	return size
}

// checkDistinct verifies that no key occurs twice (RFC 9420, Section 10).
func checkDistinct(bundles []*Bundle) error {
	seen := make(map[string]bool, 2*len(bundles))
	for _, b := range bundles {
		for _, key := range [][]byte{b.KeyPackage.InitKey, b.KeyPackage.LeafNode.EncryptionKey} {
			if seen[string(key)] {
				return fmt.Errorf("%w: two KeyPackages have the key %x", ErrRandomness, key)
			}
			seen[string(key)] = true
		}
	}
	return nil
}
