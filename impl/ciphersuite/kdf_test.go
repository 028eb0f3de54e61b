package ciphersuite_test

import (
	"bytes"
	"crypto/hkdf"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

func TestHash(t *testing.T) {
	// "abc", FIPS 180-4.
	want := map[int]string{
		32: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		48: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		64: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	}
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		if got := s.Hash([]byte("a"), nil, []byte("bc")); !bytes.Equal(got, unhex(t, want[s.HashSize()])) {
			t.Errorf("Hash = %x, want %s", got, want[s.HashSize()])
		}
	})
}

func TestMAC(t *testing.T) {
	// RFC 4231, test case 2.
	want := map[int]string{
		32: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		48: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
		64: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	}
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key, data := []byte("Jefe"), []byte("what do ya want for nothing?")
		tag := s.MAC(key, data)
		if !bytes.Equal(tag, unhex(t, want[s.HashSize()])) {
			t.Errorf("MAC = %x, want %s", tag, want[s.HashSize()])
		}
		if err := s.VerifyMAC(key, data, tag); err != nil {
			t.Error(err)
		}
		for i := range tag {
			changed := bytes.Clone(tag)
			changed[i] ^= 0x80
			if s.VerifyMAC(key, data, changed) == nil {
				t.Errorf("accepted with byte %d changed", i)
			}
			if s.VerifyMAC(key, data, tag[:i]) == nil {
				t.Errorf("accepted the first %d bytes", i)
			}
		}
		if s.VerifyMAC(key, data, append(tag, 0)) == nil {
			t.Error("accepted with a byte more")
		}
		if s.VerifyMAC(data, data, tag) == nil {
			t.Error("accepted under another key")
		}
		if s.VerifyMAC(key, key, tag) == nil {
			t.Error("accepted for other data")
		}
	})
}

func TestExtract(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		salt, ikm := bytes.Repeat([]byte{1}, s.HashSize()), []byte("input keying material")
		want := must[[]byte](t)(hkdf.Extract(s.NewHash, ikm, salt))
		if got := s.Extract(salt, ikm); !bytes.Equal(got, want) {
			t.Errorf("Extract = %x, want %x", []byte(got), want)
		}
		zeros := make([]byte, s.HashSize())
		if !bytes.Equal(s.Extract(nil, ikm), s.Extract(zeros, ikm)) {
			t.Error("an absent salt differs from zeros")
		}
	})
}

func TestExpandWithLabel(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		secret, context := bytes.Repeat([]byte{7}, s.HashSize()), bytes.Repeat([]byte("c"), 300)
		for _, length := range []int{0, 1, 12, s.HashSize() - 1, s.HashSize(), s.HashSize() + 1, 3 * s.HashSize(), 255 * s.HashSize()} {
			// KDFLabel by hand: a label of 13 bytes, a context of 300 (0x412c).
			info := string([]byte{byte(length >> 8), byte(length), 13}) + "MLS 1.0 label" + "\x41\x2c" + string(context)
			want := must[[]byte](t)(hkdf.Expand(s.NewHash, secret, info, length))
			got, err := s.ExpandWithLabel(secret, "label", context, length)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: %x, %v, want %x", length, []byte(got), err, want)
			}
		}
		limit := 255 * s.HashSize()
		for _, length := range []int{-1, limit + 1, 1 << 16, 1<<16 + 32} {
			if got, err := s.ExpandWithLabel(secret, "label", nil, length); err == nil {
				t.Errorf("%d bytes were derived, want %d refused", len(got), length)
			}
		}
	})
}

func TestDeriveSecret(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		secret := bytes.Repeat([]byte{7}, s.HashSize())
		want := must[ciphersuite.Secret](t)(s.ExpandWithLabel(secret, "joiner", []byte{}, s.HashSize()))
		if got := s.DeriveSecret(secret, "joiner"); !bytes.Equal(got, want) {
			t.Errorf("DeriveSecret = %x, want %x", []byte(got), []byte(want))
		}
		if bytes.Equal(s.DeriveSecret(secret, "Joiner"), want) {
			t.Error("two labels give one secret")
		}
	})
}

func TestDeriveTreeSecret(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		secret := bytes.Repeat([]byte{7}, s.HashSize())
		want := must[ciphersuite.Secret](t)(s.ExpandWithLabel(secret, "key", []byte{1, 2, 3, 4}, s.KeySize()))
		got, err := s.DeriveTreeSecret(secret, "key", 0x01020304, s.KeySize())
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("DeriveTreeSecret = %x, %v, want %x", []byte(got), err, []byte(want))
		}
		if _, err := s.DeriveTreeSecret(secret, "key", 0, -1); err == nil {
			t.Error("a negative length is accepted")
		}
	})
}

func TestRefHash(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		value := []byte(strings.Repeat("v", 70))
		want := s.Hash([]byte("\x05label\x40\x46"), value)
		if got := s.RefHash("label", value); !bytes.Equal(got, want) {
			t.Errorf("RefHash = %x, want %x", got, want)
		}
		want = s.Hash([]byte("\x1cMLS 1.0 KeyPackage Reference\x40\x46"), value)
		if got := s.KeyPackageRef(value); !bytes.Equal(got, want) {
			t.Errorf("KeyPackageRef = %x, want %x", got, want)
		}
		want = s.Hash([]byte("\x1aMLS 1.0 Proposal Reference\x40\x46"), value)
		if got := s.ProposalRef(value); !bytes.Equal(got, want) {
			t.Errorf("ProposalRef = %x, want %x", got, want)
		}
	})
}
