package keypackage_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store"
)

func TestNewSigner(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		var s store.Memory
		key, err := keypackage.NewSigner(&s, suite, seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		want, err := suite.GenerateSignatureKey(seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(key.Private(), want.Private()) {
			t.Error("not the key that the randomness decides")
		}
		kept, err := s.SignatureKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept.Private(), key.Private()) {
			t.Error("the store has another key")
		}
		if _, err := keypackage.Build(suite, leaf.Basic(nil), kept, keypackage.Options{}); err != nil {
			t.Error(err)
		}
	})
}

func TestSignersAreFresh(t *testing.T) {
	var s store.Memory
	seen := map[string]bool{}
	for range 100 {
		key, err := keypackage.NewSigner(&s, suite1(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(key.Public())] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d different keys of 100", len(seen))
	}
}

func TestNewSignerNeedsRandomness(t *testing.T) {
	var s store.Memory
	if key, err := keypackage.NewSigner(&s, suite1(t), bytes.NewReader(nil)); err == nil || key != nil {
		t.Errorf("%v, %v", key, err)
	}
}
