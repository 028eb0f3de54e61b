package ciphersuite_test

import (
	"bytes"
	"crypto/elliptic"
	"math/big"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

var _ ciphersuite.Signer = (*ciphersuite.SignatureKey)(nil)

func TestSignatureKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		from                                string
		suite                               codepoint.CipherSuite
		private, public, message, signature string
	}{
		{
			"RFC 8032, Section 7.1, TEST 1", 1,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
			"",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"RFC 8032, Section 7.4, Blank", 4,
			"6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
			"5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
			"",
			"533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
		},
		{
			"RFC 6979, Appendix A.2.5", 2,
			"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
			"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
			"sample",
			// SEQUENCE of r and s, each with a zero in front as their top bits are set
			"3046022100" + "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" + "022100" + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		},
		{
			"RFC 6979, Appendix A.2.6", 7,
			"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
			"",
			"sample",
			"3066023100" + "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46" + "023100" + "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
		},
		{
			"RFC 6979, Appendix A.2.7", 5,
			"00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
			"",
			"sample",
			"308187024200" + "c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa" + "0241" + "617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a",
		},
	} {
		s := lookup(t, c.suite)
		key, err := s.ParseSignatureKey(unhex(t, c.private))
		if err != nil {
			t.Errorf("%s: %v", c.from, err)
			continue
		}
		if !bytes.Equal(key.Private(), unhex(t, c.private)) {
			t.Errorf("%s: private key %x, want %s", c.from, []byte(key.Private()), c.private)
		}
		if c.public != "" && !bytes.Equal(key.Public(), unhex(t, c.public)) {
			t.Errorf("%s: public key %x, want %s", c.from, key.Public(), c.public)
		}
		got, err := key.Sign([]byte(c.message))
		if err != nil || !bytes.Equal(got, unhex(t, c.signature)) {
			t.Errorf("%s: signature %x, %v, want %s", c.from, got, err, c.signature)
		}
	}
}

func TestSignatureKeyRoundTrip(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		for n := range uint64(8) {
			key := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(n)))
			parsed := must[*ciphersuite.SignatureKey](t)(s.ParseSignatureKey(key.Private()))
			if !bytes.Equal(parsed.Public(), key.Public()) || !bytes.Equal(parsed.Private(), key.Private()) {
				t.Errorf("stream %d: parsing the private key gives another key pair", n)
			}
			if err := s.CheckSignatureKey(key.Public()); err != nil {
				t.Errorf("stream %d: %v", n, err)
			}
		}
	})
}

func TestGenerateSignatureKeyEndsOnABadReader(t *testing.T) {
	for _, id := range []codepoint.CipherSuite{2, 5, 7} {
		s := lookup(t, id)
		for _, b := range []byte{0x00, 0xff} {
			if _, err := s.GenerateSignatureKey(bytes.NewReader(bytes.Repeat([]byte{b}, 1<<16))); err == nil || rule.Of(err) != "" {
				t.Errorf("suite %d: from bytes %#02x: %v", id, b, err)
			}
		}
	}
}

func TestSignaturePrivateKeyIsRefused(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		size := len(must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(1))).Private())
		for n := range 140 {
			if n == size {
				continue
			}
			if _, err := s.ParseSignatureKey(bytes.Repeat([]byte{1}, n)); err == nil {
				t.Errorf("a private key of %d bytes is accepted", n)
			}
		}
	})
}

func TestVerifyWithLabelRefuses(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(1)))
		other := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(2)))
		content := []byte("content")
		signature := must[[]byte](t)(s.SignWithLabel(key, "label", content))
		if err := s.VerifyWithLabel(key.Public(), "label", content, signature); err != nil {
			t.Fatal(err)
		}
		// SignContent by hand, and the forms that are not SignContent.
		right := must[[]byte](t)(key.Sign([]byte("\x0dMLS 1.0 label\x07content")))
		if err := s.VerifyWithLabel(key.Public(), "label", content, right); err != nil {
			t.Error(err)
		}
		noPrefix := must[[]byte](t)(key.Sign([]byte("\x05label\x07content")))
		bare := must[[]byte](t)(key.Sign(content))
		for _, c := range []struct {
			name           string
			public         []byte
			label, content string
			signature      []byte
		}{
			{"another label", key.Public(), "Label", "content", signature},
			{"another content", key.Public(), "label", "contenT", signature},
			{"a byte moved from content to label", key.Public(), "labelc", "ontent", signature},
			{"another key", other.Public(), "label", "content", signature},
			{"a label without the protocol's name", key.Public(), "label", "content", noPrefix},
			{"the bare content signed", key.Public(), "label", "content", bare},
		} {
			wantID(t, c.name, s.VerifyWithLabel(c.public, c.label, []byte(c.content), c.signature), "")
		}
		for i := range signature {
			changed := bytes.Clone(signature)
			changed[i] ^= 1
			if s.VerifyWithLabel(key.Public(), "label", content, changed) == nil {
				t.Errorf("accepted with byte %d changed", i)
			}
			if s.VerifyWithLabel(key.Public(), "label", content, signature[:i]) == nil {
				t.Errorf("the first %d bytes are accepted", i)
			}
		}
	})
}

func TestEdDSASignatureForm(t *testing.T) {
	// The orders of the base points, RFC 8032, Sections 5.1 and 5.2.
	orders := map[codepoint.CipherSuite]string{
		1: "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
		4: "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3",
	}
	for id, hexOrder := range orders {
		s := lookup(t, id)
		key := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(1)))
		signature := must[[]byte](t)(s.SignWithLabel(key, "label", nil))
		half := len(signature) / 2
		order := new(big.Int).SetBytes(unhex(t, hexOrder))
		withS := func(s *big.Int) []byte {
			b := s.FillBytes(make([]byte, half))
			slices.Reverse(b)
			return append(bytes.Clone(signature[:half]), b...)
		}
		little := bytes.Clone(signature[half:])
		slices.Reverse(little)
		correct := new(big.Int).SetBytes(little)
		if err := s.VerifyWithLabel(key.Public(), "label", nil, withS(correct)); err != nil {
			t.Fatal(err)
		}
		for name, form := range map[string][]byte{
			"empty":         nil,
			"a byte short":  signature[:len(signature)-1],
			"a byte longer": append(bytes.Clone(signature), 0),
			"S + order":     withS(new(big.Int).Add(correct, order)),
			"S = order":     withS(order),
		} {
			wantID(t, name, s.VerifyWithLabel(key.Public(), "label", nil, form), "rfc9420-5.1.2-04")
		}
		below := new(big.Int).Sub(order, big.NewInt(1))
		wantID(t, "S = order - 1", s.VerifyWithLabel(key.Public(), "label", nil, withS(below)), "")
	}
}

func TestEdDSAPublicKeyForm(t *testing.T) {
	p25519 := append(append([]byte{0xed}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)
	withLow := func(b byte) []byte { return append([]byte{b}, p25519[1:]...) }
	minusOneNegative := append(append([]byte{0xec}, bytes.Repeat([]byte{0xff}, 30)...), 0xff)
	p448 := append(bytes.Repeat([]byte{0xff}, 56), 0)
	p448[28] = 0xfe
	one := func(size int, top byte) []byte {
		b := make([]byte, size)
		b[0], b[size-1] = 1, top
		return b
	}
	refused := map[codepoint.CipherSuite]map[string][]byte{
		1: {
			"a byte short": make([]byte, 31), "a byte longer": make([]byte, 33), "empty": nil,
			"P-256 point":               append([]byte{4}, make([]byte, 64)...),
			"off the curve":             append([]byte{2}, make([]byte, 31)...),
			"y = p":                     p25519,
			"y = p + 1":                 withLow(0xee),
			"y = p + 18":                withLow(0xff),
			"y = p - 1, x = 0 negative": minusOneNegative,
			"x = 0 negative":            one(32, 0x80),
		},
		4: {
			"a byte short": make([]byte, 56), "a byte longer": make([]byte, 58), "empty": nil,
			"off the curve":  append([]byte{2}, make([]byte, 56)...),
			"y = p":          p448,
			"x = 0 negative": one(57, 0x80),
			"stray bit":      one(57, 0x01),
		},
	}
	if err := lookup(t, 1).CheckSignatureKey(withLow(0xec)); err != nil {
		t.Errorf("y = p - 1: %v", err)
	}
	for id, keys := range refused {
		s := lookup(t, id)
		for name, key := range keys {
			wantID(t, name, s.CheckSignatureKey(key), "rfc9420-5.1.1-02")
			wantID(t, "verifying with: "+name, s.VerifyWithLabel(key, "label", nil, make([]byte, 64)), "rfc9420-5.1.1-02")
		}
	}
}

// With the identity as public key, R = identity and S = 0 sign everything.
func TestEd25519KeyThatIsNotCanonical(t *testing.T) {
	s := lookup(t, 1)
	identity := append([]byte{1}, make([]byte, 31)...)
	negative := append(append([]byte{1}, make([]byte, 30)...), 0x80)
	signature := append(bytes.Clone(identity), make([]byte, 32)...)
	if err := s.VerifyWithLabel(identity, "label", nil, signature); err != nil {
		t.Errorf("identity: %v", err)
	}
	wantID(t, "identity with negative x", s.VerifyWithLabel(negative, "label", nil, signature), "rfc9420-5.1.1-02")
}

func TestECDSAPublicKeyForm(t *testing.T) {
	for _, id := range []codepoint.CipherSuite{2, 5, 7} {
		s := lookup(t, id)
		key := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(1)))
		signature := must[[]byte](t)(s.SignWithLabel(key, "label", nil))
		public := key.Public()
		size, parity := len(public)/2, public[len(public)-1]&1
		offCurve := bytes.Clone(public)
		offCurve[len(public)-1] ^= 1
		for name, form := range map[string][]byte{
			"empty":                        nil,
			"a byte short":                 public[:len(public)-1],
			"a byte longer":                append(public, 0),
			"compressed":                   append([]byte{2 | parity}, public[1:size+1]...),
			"hybrid":                       append([]byte{6 | parity}, public[1:]...),
			"infinity":                     {0},
			"point off the curve":          offCurve,
			"coordinates beyond the prime": append([]byte{4}, bytes.Repeat([]byte{0xff}, 2*size)...),
			"Ed25519 key":                  must[*ciphersuite.SignatureKey](t)(lookup(t, 1).GenerateSignatureKey(stream(1))).Public(),
		} {
			wantID(t, name, s.CheckSignatureKey(form), "rfc9420-5.1.1-03")
			wantID(t, "verifying with: "+name, s.VerifyWithLabel(form, "label", nil, signature), "rfc9420-5.1.1-03")
		}
	}
}

func TestECDSASignatureForm(t *testing.T) {
	curves := map[codepoint.CipherSuite]elliptic.Curve{2: elliptic.P256(), 5: elliptic.P521(), 7: elliptic.P384()}
	for id, curve := range curves {
		suite := lookup(t, id)
		key := must[*ciphersuite.SignatureKey](t)(suite.GenerateSignatureKey(stream(1)))
		signature := must[[]byte](t)(suite.SignWithLabel(key, "label", nil))
		r, s := new(big.Int), new(big.Int)
		var body cryptobyte.String
		input := cryptobyte.String(signature)
		ok := input.ReadASN1(&body, asn1.SEQUENCE)
		content := body
		if !ok || !body.ReadASN1Integer(r) || !body.ReadASN1Integer(s) {
			t.Fatalf("suite %d: signature %x", id, signature)
		}
		verify := func(form []byte) error { return suite.VerifyWithLabel(key.Public(), "label", nil, form) }

		mirrored := new(big.Int).Sub(curve.Params().N, s)
		if err := verify(sequence(t, r, mirrored)); err != nil {
			t.Errorf("suite %d: n - s instead of s: %v", id, err)
		}
		if err := verify(sequence(t, r, s)); err != nil {
			t.Errorf("suite %d: encoded again: %v", id, err)
		}
		wantID(t, "r and s exchanged", verify(sequence(t, s, r)), "")
		wantID(t, "zeros", verify(sequence(t, new(big.Int), new(big.Int))), "")
		wantID(t, "s beyond the order", verify(sequence(t, r, new(big.Int).Add(s, curve.Params().N))), "")

		size := (curve.Params().BitSize + 7) / 8
		fixed := append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		wantID(t, "fixed width", verify(fixed), "rfc9420-5.1.2-02")
		fixed[0] = 0x30
		wantID(t, "fixed width that begins like DER", verify(fixed), "rfc9420-5.1.2-02")
		wantID(t, "empty", verify(nil), "rfc9420-5.1.2-02")
		wantID(t, "another type", verify(append([]byte{0x04}, signature[1:]...)), "rfc9420-5.1.2-02")
		wantID(t, "one number", verify(sequence(t, r)), "rfc9420-5.1.2-02")
		wantID(t, "two of another type", verify(bytes.ReplaceAll(sequence(t, big.NewInt(1), big.NewInt(1)), []byte{2, 1}, []byte{4, 1})), "rfc9420-5.1.2-02")
		for n := 1; n < len(signature); n++ {
			wantID(t, "cut off", verify(signature[:n]), "rfc9420-5.1.2-02")
		}

		wantID(t, "byte behind", verify(append(bytes.Clone(signature), 0)), "rfc9420-5.1.2-03")
		wantID(t, "long length", verify(longLength(signature)), "rfc9420-5.1.2-03")
		wantID(t, "length left out", verify(slices.Concat([]byte{0x30, 0x80}, content, []byte{0, 0})), "rfc9420-5.1.2-03")
		wantID(t, "zero in front of r", verify(zeroInFront(t, signature)), "rfc9420-5.1.2-03")
		wantID(t, "three numbers", verify(sequence(t, r, s, s)), "rfc9420-5.1.2-03")
	}
}

// sequence returns the DER SEQUENCE of INTEGERs.
func sequence(t *testing.T, numbers ...*big.Int) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
	return must[[]byte](t)(b.Bytes())
}

// longLength writes the length of a SEQUENCE with one byte more than it needs.
func longLength(der []byte) []byte {
	if der[1] == 0x81 {
		return append([]byte{der[0], 0x82, 0, der[2]}, der[3:]...)
	}
	return append([]byte{der[0], 0x81, der[1]}, der[2:]...)
}

// zeroInFront puts a redundant zero in front of the first INTEGER.
func zeroInFront(t *testing.T, der []byte) []byte {
	t.Helper()
	var body, r cryptobyte.String
	input := cryptobyte.String(der)
	if !input.ReadASN1(&body, asn1.SEQUENCE) || !body.ReadASN1(&r, asn1.INTEGER) {
		t.Fatalf("%x is not a SEQUENCE that begins with an INTEGER", der)
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) {
			b.AddBytes([]byte{0, 0})
			b.AddBytes(r)
		})
		b.AddBytes(body)
	})
	return must[[]byte](t)(b.Bytes())
}
