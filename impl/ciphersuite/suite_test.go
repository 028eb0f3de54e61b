package ciphersuite_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// stream returns a reader of bytes that n decides.
func stream(n uint64) io.Reader {
	return rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantID(t testing.TB, what string, err error, want rule.ID) {
	t.Helper()
	if err == nil || rule.Of(err) != want {
		t.Errorf("%s: error %v, want one with id %q", what, err, want)
	}
}

// eachSuite runs a test for all seven suites.
func eachSuite(t *testing.T, run func(t *testing.T, s *ciphersuite.Suite)) {
	for _, s := range ciphersuite.All() {
		t.Run(fmt.Sprintf("%d", s.ID()), func(t *testing.T) {
			t.Parallel()
			run(t, s)
		})
	}
}

// sizes are lengths in bytes.
type sizes struct {
	Hash, Key, Nonce, Overhead  int
	KEMPublic, KEMPrivate       int
	SigPublic, SigPrivate       int
	Signature                   int // 0 where DER has no fixed length
	MAC, Secret, Ref, Exported  int
	KEMOutput, CiphertextOfZero int
}

func TestSizes(t *testing.T) {
	// From the registries: RFC 9420, Section 17.1, with RFC 9180, Sections 7.1
	// to 7.3, RFC 8032 and RFC 5480.
	want := map[codepoint.CipherSuite]sizes{
		1: {32, 16, 12, 16, 32, 32, 32, 32, 64, 32, 32, 32, 32, 32, 16},
		2: {32, 16, 12, 16, 65, 32, 65, 32, 0, 32, 32, 32, 32, 65, 16},
		3: {32, 32, 12, 16, 32, 32, 32, 32, 64, 32, 32, 32, 32, 32, 16},
		4: {64, 32, 12, 16, 56, 56, 57, 57, 114, 64, 64, 64, 64, 56, 16},
		5: {64, 32, 12, 16, 133, 66, 133, 66, 0, 64, 64, 64, 64, 133, 16},
		6: {64, 32, 12, 16, 56, 56, 57, 57, 114, 64, 64, 64, 64, 56, 16},
		7: {48, 32, 12, 16, 97, 48, 97, 48, 0, 48, 48, 48, 48, 97, 16},
	}
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(2)))
		signature := must[[]byte](t)(s.SignWithLabel(sig, "", nil))
		ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(3), kem.Public(), "", nil, nil))
		_, exported, err := s.ExternalInitSend(stream(4), kem.Public())
		if err != nil {
			t.Fatal(err)
		}
		got := sizes{
			Hash: s.HashSize(), Key: s.KeySize(), Nonce: s.NonceSize(), Overhead: s.Overhead(),
			KEMPublic: len(kem.Public()), KEMPrivate: len(kem.Private()),
			SigPublic: len(sig.Public()), SigPrivate: len(sig.Private()),
			Signature: len(signature),
			MAC:       len(s.MAC(nil, nil)), Secret: len(s.DeriveSecret(nil, "")), Ref: len(s.KeyPackageRef(nil)), Exported: len(exported),
			KEMOutput: len(ct.KEMOutput), CiphertextOfZero: len(ct.Ciphertext),
		}
		if want[s.ID()].Signature == 0 {
			got.Signature = 0
		}
		if diff := cmp.Diff(want[s.ID()], got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got, want := s.SeedSize(), want[s.ID()].KEMPrivate; got != want {
			t.Errorf("SeedSize = %d, want %d", got, want)
		}
		if got, want := s.NewHash().Size(), want[s.ID()].Hash; got != want {
			t.Errorf("NewHash().Size() = %d, want %d", got, want)
		}
	})
}

func TestLookup(t *testing.T) {
	all := ciphersuite.All()
	if len(all) != 7 {
		t.Fatalf("%d suites, want 7", len(all))
	}
	for i, s := range all {
		id := codepoint.CipherSuite(i + 1)
		got, err := ciphersuite.Lookup(id)
		if err != nil || got != s || s.ID() != id {
			t.Errorf("Lookup(%d) = %v, %v; All has %v there", id, got, err, s)
		}
		if s.String() != id.String() {
			t.Errorf("suite %d is called %q, want %q", id, s, id)
		}
	}
	for _, id := range []codepoint.CipherSuite{0, 8, 0x0a0a, 0xf001, 0xffff} {
		_, err := ciphersuite.Lookup(id)
		wantID(t, id.String(), err, "rfc9420-17.1-03")
	}
	all[0] = nil
	if ciphersuite.All()[0] == nil {
		t.Error("a caller can change the list of suites")
	}
}

func TestUseByManyGoroutines(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(2)))
		var all sync.WaitGroup
		for i := range uint64(4) {
			all.Go(func() {
				message := fmt.Appendf(nil, "message %d", i)
				ct, err := s.EncryptWithLabel(stream(i), kem.Public(), "label", nil, message)
				if err != nil {
					t.Error(err)
					return
				}
				plaintext, err := s.DecryptWithLabel(kem, "label", nil, ct)
				if err != nil || string(plaintext) != string(message) {
					t.Errorf("decrypted %q, %v, want %q", []byte(plaintext), err, message)
				}
				signature, err := s.SignWithLabel(sig, "label", message)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.VerifyWithLabel(sig.Public(), "label", message, signature); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
