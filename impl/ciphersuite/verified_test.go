package ciphersuite_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// A signature that was right is so for nothing but what it signs; a wrong one
// stays wrong. Nobody remembering makes no difference.
func TestVerified(t *testing.T) {
	for _, s := range ciphersuite.All() {
		key, err := s.GenerateSignatureKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		other, err := s.GenerateSignatureKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		content := []byte("content")
		signature, err := s.SignWithLabel(key, "label", content)
		if err != nil {
			t.Fatal(err)
		}
		changed := append([]byte{}, signature...)
		changed[len(changed)-1] ^= 1
		for name, v := range map[string]*ciphersuite.Verified{"remembering": ciphersuite.NewVerified(2), "nil": nil} {
			for round := range 3 {
				if err := v.VerifyWithLabel(s, key.Public(), "label", content, signature); err != nil {
					t.Errorf("%v, %s, round %d: %v", s, name, round, err)
				}
				for what, err := range map[string]error{
					"key":       v.VerifyWithLabel(s, other.Public(), "label", content, signature),
					"label":     v.VerifyWithLabel(s, key.Public(), "labe", append([]byte("l"), content...), signature),
					"content":   v.VerifyWithLabel(s, key.Public(), "label", content[1:], signature),
					"signature": v.VerifyWithLabel(s, key.Public(), "label", content, changed),
				} {
					if err == nil {
						t.Errorf("%v, %s, round %d: another %s is accepted", s, name, round, what)
					}
				}
			}
		}
	}
}

// What is remembered is bounded, and what is verified often is not forgotten at once.
func TestVerifiedForgets(t *testing.T) {
	s := ciphersuite.All()[0]
	key, err := s.GenerateSignatureKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v := ciphersuite.NewVerified(4)
	for i := range 100 {
		content := fmt.Append(nil, i)
		signature, err := s.SignWithLabel(key, "label", content)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := v.VerifyWithLabel(s, key.Public(), "label", content, signature); err != nil {
				t.Error(err)
			}
		}
		if n := v.Len(); n > 8 || n < min(i+1, 4) {
			t.Fatalf("%d signatures are remembered after %d", n, i+1)
		}
	}
}
