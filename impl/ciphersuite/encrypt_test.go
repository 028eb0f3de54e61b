package ciphersuite_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func TestHPKECiphertextCodec(t *testing.T) {
	syntaxtest.Codec(t,
		ciphersuite.HPKECiphertext{},
		ciphersuite.HPKECiphertext{KEMOutput: []byte{1}, Ciphertext: bytes.Repeat([]byte{2}, 100)},
	)
}

func FuzzHPKECiphertext(f *testing.F) {
	syntaxtest.FuzzCodec(f, ciphersuite.HPKECiphertext{KEMOutput: []byte{1}, Ciphertext: []byte{2}})
}

func TestDecryptWithLabelRefuses(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		other := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(2)))
		ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(3), key.Public(), "label", []byte("context"), []byte("plaintext")))
		again := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(4), key.Public(), "label", []byte("context"), []byte("plaintext")))

		got, err := s.DecryptWithLabel(key, "label", []byte("context"), ct)
		if err != nil || string(got) != "plaintext" {
			t.Fatalf("decrypted %q, %v", []byte(got), err)
		}
		changed := bytes.Clone(ct.Ciphertext)
		changed[0] ^= 1
		for _, c := range []struct {
			name           string
			key            *ciphersuite.KEMKey
			label, context string
			ct             ciphersuite.HPKECiphertext
		}{
			{"another label", key, "Label", "context", ct},
			{"the label with the protocol's name", key, "MLS 1.0 label", "context", ct},
			{"another context", key, "label", "contexT", ct},
			{"no context", key, "label", "", ct},
			{"a byte moved from context to label", key, "labelc", "ontext", ct},
			{"another key", other, "label", "context", ct},
			{"another kem_output", key, "label", "context", ciphersuite.HPKECiphertext{KEMOutput: again.KEMOutput, Ciphertext: ct.Ciphertext}},
			{"changed ciphertext", key, "label", "context", ciphersuite.HPKECiphertext{KEMOutput: ct.KEMOutput, Ciphertext: changed}},
			{"short ciphertext", key, "label", "context", ciphersuite.HPKECiphertext{KEMOutput: ct.KEMOutput, Ciphertext: ct.Ciphertext[:15]}},
			{"no ciphertext", key, "label", "context", ciphersuite.HPKECiphertext{KEMOutput: ct.KEMOutput}},
		} {
			_, err := s.DecryptWithLabel(c.key, c.label, []byte(c.context), c.ct)
			wantID(t, c.name, err, "rfc9420-5.1.3-01")
		}
	})
}

func TestExternalInitDependsOnKey(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		other := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(2)))
		kemOutput, want, err := s.ExternalInitSend(stream(3), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.ExternalInitReceive(key, kemOutput)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("received %x, %v, sent %x", []byte(got), err, []byte(want))
		}
		got, err = s.ExternalInitReceive(other, kemOutput)
		if err != nil || bytes.Equal(got, want) {
			t.Errorf("another key receives %x, %v", []byte(got), err)
		}
	})
}

// outputs are all results that randomness goes into.
type outputs struct {
	KEMKey, SignatureKey  string
	Encrypted             ciphersuite.HPKECiphertext
	KEMOutput, InitSecret []byte
	Signature             []byte
}

func randomized(t *testing.T, s *ciphersuite.Suite, rand io.Reader) outputs {
	kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(rand))
	sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(rand))
	ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(rand, kem.Public(), "label", nil, []byte("plaintext")))
	kemOutput, secret, err := s.ExternalInitSend(rand, kem.Public())
	if err != nil {
		t.Fatal(err)
	}
	signature := must[[]byte](t)(s.SignWithLabel(sig, "label", []byte("content")))
	return outputs{string(kem.Private()), string(sig.Private()), ct, kemOutput, secret, signature}
}

func TestReaderDecides(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		first := randomized(t, s, stream(1))
		if diff := cmp.Diff(first, randomized(t, s, stream(1))); diff != "" {
			t.Errorf("the same stream gives other results (-first +second)\n%s", diff)
		}
		if diff := cmp.Diff(first, randomized(t, s, iotest.OneByteReader(stream(1)))); diff != "" {
			t.Errorf("the same stream byte by byte gives other results (-first +second)\n%s", diff)
		}
		other := randomized(t, s, stream(2))
		if first.KEMKey == other.KEMKey || first.SignatureKey == other.SignatureKey ||
			bytes.Equal(first.Encrypted.KEMOutput, other.Encrypted.KEMOutput) || bytes.Equal(first.KEMOutput, other.KEMOutput) {
			t.Error("another stream gives the same results")
		}
		if bytes.Equal(first.Encrypted.KEMOutput, first.KEMOutput) {
			t.Error("two ephemeral keys in a row are the same")
		}
	})
}

func TestSeedSizeIsWhatIsRead(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		for name, use := range map[string]func(io.Reader) error{
			"GenerateKEMKey": func(r io.Reader) error { _, err := s.GenerateKEMKey(r); return err },
			"EncryptWithLabel": func(r io.Reader) error {
				_, err := s.EncryptWithLabel(r, key.Public(), "label", nil, nil)
				return err
			},
			"ExternalInitSend": func(r io.Reader) error { _, _, err := s.ExternalInitSend(r, key.Public()); return err },
		} {
			r := bytes.NewReader(make([]byte, s.SeedSize()+1))
			if err := use(r); err != nil || r.Len() != 1 {
				t.Errorf("%s: %v, %d bytes left, want 1", name, err, r.Len())
			}
			err := use(bytes.NewReader(make([]byte, s.SeedSize()-1)))
			if !errors.Is(err, io.ErrUnexpectedEOF) || rule.Of(err) != "" {
				t.Errorf("%s with a byte too few: %v", name, err)
			}
		}
		broken := errors.New("broken")
		if _, err := s.GenerateSignatureKey(iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("GenerateSignatureKey from a broken reader: %v", err)
		}
	})
}

// A vector holds at most 2^30 - 1 bytes, so longer contents have no encoding.
func TestContentTooLong(t *testing.T) {
	s := ciphersuite.All()[0]
	long := make([]byte, 1<<30)
	kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
	sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(1)))

	_, err := s.EncryptWithLabel(stream(1), kem.Public(), "label", long, nil)
	wantID(t, "EncryptWithLabel", err, "rfc9420-2.1.2-04")
	_, err = s.DecryptWithLabel(kem, "label", long, ciphersuite.HPKECiphertext{})
	wantID(t, "DecryptWithLabel", err, "rfc9420-2.1.2-04")
	_, err = s.SignWithLabel(sig, "label", long)
	wantID(t, "SignWithLabel", err, "rfc9420-2.1.2-04")
	err = s.VerifyWithLabel(sig.Public(), "label", long, nil)
	wantID(t, "VerifyWithLabel", err, "rfc9420-2.1.2-04")
	_, err = s.ExpandWithLabel(nil, "label", long, 1)
	wantID(t, "ExpandWithLabel", err, "rfc9420-2.1.2-04")
	if ref := s.KeyPackageRef(long); ref != nil {
		t.Errorf("KeyPackageRef = %x, want nil", ref)
	}
}
