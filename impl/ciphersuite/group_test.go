package ciphersuite_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

func lookup(t testing.TB, id codepoint.CipherSuite) *ciphersuite.Suite {
	t.Helper()
	return must[*ciphersuite.Suite](t)(ciphersuite.Lookup(id))
}

func TestDeriveKeyPairKnownAnswers(t *testing.T) {
	// RFC 9180, Appendix A: ikmE and pkEm of A.1.1 and A.3.1.
	for _, c := range []struct {
		suite       codepoint.CipherSuite
		ikm, public string
	}{
		{1, "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
			"37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"},
		{2, "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e",
			"04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"},
	} {
		s := lookup(t, c.suite)
		key := must[*ciphersuite.KEMKey](t)(s.DeriveKeyPair(unhex(t, c.ikm)))
		if !bytes.Equal(key.Public(), unhex(t, c.public)) {
			t.Errorf("suite %d: public key %x, want %s", c.suite, key.Public(), c.public)
		}
		generated := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(bytes.NewReader(unhex(t, c.ikm))))
		if !bytes.Equal(generated.Public(), key.Public()) {
			t.Errorf("suite %d: generated %x from the same bytes", c.suite, generated.Public())
		}
	}
}

func TestParseKEMKeyKnownAnswers(t *testing.T) {
	// skRm and pkRm of RFC 9180, Appendix A.1.1; Alice of RFC 7748, Section 6.2.
	for _, c := range []struct {
		suite           codepoint.CipherSuite
		private, public string
	}{
		{1, "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
			"3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"},
		{4, "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
			"9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"},
	} {
		key := must[*ciphersuite.KEMKey](t)(lookup(t, c.suite).ParseKEMKey(unhex(t, c.private)))
		if !bytes.Equal(key.Public(), unhex(t, c.public)) {
			t.Errorf("suite %d: public key %x, want %s", c.suite, key.Public(), c.public)
		}
	}
}

func TestKEMKeyRoundTrip(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		for n := range uint64(8) {
			key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(n)))
			parsed := must[*ciphersuite.KEMKey](t)(s.ParseKEMKey(key.Private()))
			if !bytes.Equal(parsed.Public(), key.Public()) || !bytes.Equal(parsed.Private(), key.Private()) {
				t.Errorf("stream %d: parsing the private key gives another key pair", n)
			}
			if err := s.CheckKEMPublicKey(key.Public()); err != nil {
				t.Errorf("stream %d: %v", n, err)
			}
		}
		if _, err := s.DeriveKeyPair(nil); err == nil {
			t.Error("a key pair is derived from nothing")
		}
		if _, err := s.DeriveKeyPair([]byte{1}); err != nil {
			t.Errorf("from one byte: %v", err)
		}
	})
}

func TestKEMPrivateKeyIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		for n := range 140 {
			if n == s.SeedSize() {
				continue
			}
			if _, err := s.ParseKEMKey(bytes.Repeat([]byte{1}, n)); err == nil {
				t.Errorf("a private key of %d bytes is accepted", n)
			}
		}
	})
	for _, id := range []codepoint.CipherSuite{2, 5, 7} {
		s := lookup(t, id)
		for _, b := range []byte{0x00, 0xff} {
			if _, err := s.ParseKEMKey(bytes.Repeat([]byte{b}, s.SeedSize())); err == nil {
				t.Errorf("suite %d: scalar of bytes %#02x is accepted", id, b)
			}
		}
	}
}

func TestX25519PrivateKeyIsClamped(t *testing.T) {
	for _, id := range []codepoint.CipherSuite{1, 3} {
		key := must[*ciphersuite.KEMKey](t)(lookup(t, id).ParseKEMKey(bytes.Repeat([]byte{0xff}, 32)))
		want := append(append([]byte{0xf8}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)
		if !bytes.Equal(key.Private(), want) {
			t.Errorf("suite %d: private key %x, want %x", id, []byte(key.Private()), want)
		}
	}
	for _, id := range []codepoint.CipherSuite{4, 6} {
		key := must[*ciphersuite.KEMKey](t)(lookup(t, id).ParseKEMKey(make([]byte, 56)))
		want := append(make([]byte, 55), 0x80)
		if !bytes.Equal(key.Private(), want) {
			t.Errorf("suite %d: private key %x, want %x", id, []byte(key.Private()), want)
		}
	}
}

func TestKEMPublicKeyIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		public := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1))).Public()
		refused := map[string][]byte{
			"empty":         {},
			"a byte short":  public[:len(public)-1],
			"a byte longer": append(public, 0),
		}
		if public[0] == 4 && len(public)%2 == 1 {
			size := len(public) / 2
			offCurve := bytes.Clone(public)
			offCurve[len(public)-1] ^= 1
			refused["point off the curve"] = offCurve
			refused["coordinates beyond the prime"] = append([]byte{4}, bytes.Repeat([]byte{0xff}, 2*size)...)
			refused["compressed"] = append([]byte{2 | public[2*size]&1}, public[1:size+1]...)
			refused["hybrid"] = append([]byte{6 | public[2*size]&1}, public[1:]...)
			refused["infinity"] = []byte{0}
			refused["zeros"] = make([]byte, len(public))
		}
		for name, key := range refused {
			wantID(t, name, s.CheckKEMPublicKey(key), "rfc9420-5.1.1-01")
			_, err := s.EncryptWithLabel(stream(2), key, "label", nil, nil)
			wantID(t, "encrypting to: "+name, err, "rfc9420-5.1.1-01")
			_, _, err = s.ExternalInitSend(stream(2), key)
			wantID(t, "external init with: "+name, err, "rfc9420-5.1.1-01")
		}
	})
}

// lowOrder returns encodings of all points of low order of Curve25519 and
// Curve448, with the forms that are not reduced.
func lowOrder(t *testing.T, id codepoint.CipherSuite) map[string][]byte {
	t.Helper()
	switch id {
	case 1, 3:
		points := map[string]string{
			"0":       "0000000000000000000000000000000000000000000000000000000000000000",
			"1":       "0100000000000000000000000000000000000000000000000000000000000000",
			"order 8": "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
			"other 8": "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
			"p-1":     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"p":       "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"p+1":     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		}
		out := make(map[string][]byte)
		for name, p := range points {
			b := unhex(t, p)
			out[name] = b
			masked := bytes.Clone(b)
			masked[31] |= 0x80 // a bit that X25519 ignores
			out[name+" with the top bit"] = masked
		}
		return out
	case 4, 6:
		p := bytes.Repeat([]byte{0xff}, 56) // 2^448 - 2^224 - 1
		p[28] = 0xfe
		pMinus1, pPlus1 := bytes.Clone(p), make([]byte, 56)
		pMinus1[0] = 0xfe
		copy(pPlus1[28:], p[28:]) // adding 1 carries through the 28 bytes below
		pPlus1[28] = 0xff
		return map[string][]byte{
			"0": make([]byte, 56), "1": append([]byte{1}, make([]byte, 55)...),
			"p-1": pMinus1, "p": p, "p+1": pPlus1,
		}
	}
	return nil
}

func TestNoSharedSecret(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		for name, point := range lowOrder(t, s.ID()) {
			if err := s.CheckKEMPublicKey(point); err != nil {
				t.Errorf("%s: %v", name, err) // its form is right
			}
			_, err := s.EncryptWithLabel(stream(2), point, "label", nil, nil)
			wantID(t, "encrypting to "+name, err, "rfc9420-5.1.3-02")
			_, _, err = s.ExternalInitSend(stream(2), point)
			wantID(t, "external init with "+name, err, "rfc9420-5.1.3-02")
			_, err = s.DecryptWithLabel(key, "label", nil, ciphersuite.HPKECiphertext{KEMOutput: point})
			wantID(t, "decrypting from "+name, err, "rfc9420-5.1.3-02")
			_, err = s.ExternalInitReceive(key, point)
			wantID(t, "external init from "+name, err, "rfc9420-5.1.3-02")
		}
	})
}

func TestKEMOutputIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(2), key.Public(), "label", nil, nil))
		refused := map[string][]byte{
			"empty":         nil,
			"a byte short":  ct.KEMOutput[1:],
			"a byte longer": append(bytes.Clone(ct.KEMOutput), 0),
		}
		if s.ID() == 2 {
			refused["compressed"] = append([]byte{2 | ct.KEMOutput[64]&1}, ct.KEMOutput[1:33]...)
			offCurve := bytes.Clone(ct.KEMOutput)
			offCurve[64] ^= 1
			refused["point off the curve"] = offCurve
		}
		for name, kemOutput := range refused {
			_, err := s.DecryptWithLabel(key, "label", nil, ciphersuite.HPKECiphertext{KEMOutput: kemOutput, Ciphertext: ct.Ciphertext})
			wantID(t, name, err, "rfc9420-5.1.3-02")
			_, err = s.ExternalInitReceive(key, kemOutput)
			wantID(t, "external init, "+name, err, "rfc9420-5.1.3-02")
		}
	})
}
