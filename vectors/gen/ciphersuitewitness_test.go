package main

import (
	"bytes"
	"context"
	"crypto"
	stdhpke "crypto/hpke"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/circl/hpke"

	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// argumentsOf returns the arguments of the cases of a suite and function, by id.
func argumentsOf[A format.Arguments](s *suite, result format.Result) map[string]A {
	found := map[string]A{}
	for _, c := range madeCiphersuiteCases() {
		if args, ok := c.Arguments.(A); ok && c.Suite == s.number && c.Result == result {
			found[c.ID] = args
		}
	}
	return found
}

// The examples of FIPS 180-4, and HMAC and HKDF by their formulas (RFC 2104,
// Section 2; RFC 5869, Section 2.3).
func TestHashesHaveAnotherWitness(t *testing.T) {
	abc := map[crypto.Hash]string{
		crypto.SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		crypto.SHA384: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		crypto.SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	}
	for _, s := range suites() {
		for id, a := range argumentsOf[*format.HashArguments](s, format.Accept) {
			if strings.Contains(id, "-abc/") && hex.EncodeToString(a.Out) != abc[s.hash] {
				t.Errorf("%s: %x", id, a.Out)
			}
		}
		for id, a := range argumentsOf[*format.MACArguments](s, format.Accept) {
			key := a.Key
			if len(key) > s.blockSize() {
				key = digest(s.hash, key)
			}
			inner, outer := bytes.Repeat([]byte{0x36}, s.blockSize()), bytes.Repeat([]byte{0x5c}, s.blockSize())
			for i, b := range key {
				inner[i] ^= b
				outer[i] ^= b
			}
			want := digest(s.hash, slices.Concat(outer, digest(s.hash, slices.Concat(inner, a.Data))))
			if !bytes.Equal(a.Tag, want) {
				t.Errorf("%s: tag %x, want %x", id, a.Tag, want)
			}
		}
		for id, a := range argumentsOf[*format.ExpandWithLabelArguments](s, format.Accept) {
			if want := s.expandBeyond(a.Secret, kdfLabel(uint16(a.Length), protocol+a.Label, a.Context), int(a.Length)); !bytes.Equal(a.Out, want) {
				t.Errorf("%s: %x, want %x", id, a.Out, want)
			}
		}
	}
}

// The functions that make the cases give what the vectors of crypto-basics say,
// the official ones where they are at hand.
func TestLabelledFunctionsFitCryptoBasics(t *testing.T) {
	source, err := (&vectors.Resolver{Offline: true}).Resolve(context.Background(), "crypto-basics")
	if err != nil {
		t.Fatal(err)
	}
	var cases []cryptoBasicsVector
	if err := json.Unmarshal(source.Data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		s := suites()[c.Suite-1]
		check := func(what string, got, want []byte) {
			t.Helper()
			if !bytes.Equal(got, want) {
				t.Errorf("suite %d: %s is %x, want %x", s.number, what, got, want)
			}
		}
		check("ref_hash", digest(s.hash, labelled(c.RefHash.Label, c.RefHash.Value)), c.RefHash.Out)
		e, d, g := c.ExpandWithLabel, c.DeriveSecret, c.DeriveTreeSecret
		check("expand_with_label", s.expandWithLabel(e.Secret, protocol+e.Label, e.Context, e.Length), e.Out)
		check("derive_secret", s.expandWithLabel(d.Secret, protocol+d.Label, nil, s.hash.Size()), d.Out)
		check("derive_tree_secret", s.expandWithLabel(g.Secret, protocol+g.Label, binary.BigEndian.AppendUint32(nil, g.Generation), g.Length), g.Out)
		v := c.EncryptWithLabel
		check("ciphertext", s.sealed(hpkeMessage{
			dh:         s.exchange(v.Private, v.KEMOutput),
			kemContext: slices.Concat(v.KEMOutput, v.Public),
			suiteID:    s.hpkeID(),
			info:       labelled(protocol+v.Label, v.Context),
			plaintext:  v.Plaintext,
		}), v.Ciphertext)
	}
}

// UnmarshalText reads digits.
func (h *hexBytes) UnmarshalText(text []byte) error {
	var err error
	*h, err = hex.DecodeString(string(text))
	return err
}

// circl's HPKE opens what is to be accepted, and so does the standard library's,
// which has no X448.
func TestCiphertextsHaveAnotherWitness(t *testing.T) {
	for _, s := range suites() {
		for id, a := range argumentsOf[*format.DecryptWithLabelArguments](s, format.Accept) {
			info := labelled(protocol+a.Label, a.Context)
			key := must(hpke.KEM(s.kem).Scheme().UnmarshalBinaryPrivateKey(a.Private))
			receiver := must(hpke.NewSuite(hpke.KEM(s.kem), hpke.KDF(s.kdf), hpke.AEAD(s.aead)).NewReceiver(key, info))
			opener, err := receiver.Setup(a.KEMOutput)
			if err != nil {
				t.Errorf("%s: circl: %v", id, err)
				continue
			}
			if plaintext, err := opener.Open(a.Ciphertext, nil); err != nil || !bytes.Equal(plaintext, a.Plaintext) {
				t.Errorf("%s: circl: %x, %v", id, plaintext, err)
			}
			if s.curve == nil {
				continue
			}
			recipient := must(must(stdhpke.NewKEM(s.kem)).NewPrivateKey(a.Private))
			plaintext, err := stdhpke.Open(recipient, must(stdhpke.NewKDF(s.kdf)), must(stdhpke.NewAEAD(s.aead)), info, slices.Concat(a.KEMOutput, a.Ciphertext))
			if err != nil || !bytes.Equal(plaintext, a.Plaintext) {
				t.Errorf("%s: crypto/hpke: %x, %v", id, plaintext, err)
			}
		}
	}
}

// The standard library derives the same key pairs. It has no X448, for which
// circl does, from as many bytes as a private key has.
func TestKeyPairsHaveAnotherWitness(t *testing.T) {
	for _, s := range suites() {
		ikm := s.bytes("witness", s.scalar)
		public, _ := hpke.KEM(s.kem).Scheme().DeriveKeyPair(ikm)
		if got, want := s.derivedKey(ikm).public, must(public.MarshalBinary()); !bytes.Equal(got, want) {
			t.Errorf("suite %d: public key %x, want %x", s.number, got, want)
		}
		if s.curve == nil {
			continue
		}
		for id, a := range argumentsOf[*format.DeriveKeyPairArguments](s, format.Accept) {
			want := must(must(stdhpke.NewKEM(s.kem)).DeriveKeyPair(a.IKM)).PublicKey().Bytes()
			if !bytes.Equal(a.Public, want) {
				t.Errorf("%s: public key %x, want %x", id, a.Public, want)
			}
		}
	}
}

// The formulas of RFC 7748 give the same public keys and shared secrets, also
// for odd keys.
func TestMontgomeryHasAnotherWitness(t *testing.T) {
	for _, s := range suites() {
		if s.signature != nil {
			continue
		}
		m := s.montgomery()
		base := map[int]byte{32: 9, 56: 5}[m.size]
		k := s.kemKey("witness")
		if want := m.ladder(k.private, with([]byte{base}, make([]byte, m.size-1)...)); !bytes.Equal(k.public, want) {
			t.Errorf("suite %d: public key %x, want %x", s.number, k.public, want)
		}
		for _, p := range s.oddKeys() {
			if got, want := s.exchange(k.private, p.encoded), m.ladder(k.private, p.encoded); !bytes.Equal(got, want) {
				t.Errorf("suite %d, %s: shared secret %x, want %x", s.number, p.what, got, want)
			}
		}
		for _, p := range s.lowOrderKeys() {
			if secret := m.ladder(k.private, p.encoded); !bytes.Equal(secret, make([]byte, m.size)) {
				t.Errorf("suite %d, %s: shared secret %x", s.number, p.what, secret)
			}
		}
	}
}

// By the formulas, ECDSA signatures verify that are to be accepted or in a loose
// encoding, and no others.
func TestECDSAHasAnotherWitness(t *testing.T) {
	for _, s := range suites() {
		if s.signature == nil {
			continue
		}
		verifies := func(a *format.VerifyWithLabelArguments) bool {
			size := len(a.Public) / 2
			public := affine{new(big.Int).SetBytes(a.Public[1 : 1+size]), new(big.Int).SetBytes(a.Public[1+size:])}
			return ecdsaVerifies(s.signature.Params(), public, digest(s.hash, labelled(protocol+a.Label, a.Content)), parseECDSA(a.Signature))
		}
		for id, a := range argumentsOf[*format.VerifyWithLabelArguments](s, format.Accept) {
			if !verifies(a) {
				t.Errorf("%s does not verify", id)
			}
		}
		for _, c := range s.ecdsaNumberClaims() {
			if c.Result == format.Reject && verifies(c.args.(*format.VerifyWithLabelArguments)) {
				t.Errorf("suite %d: %s verifies", s.number, c.what)
			}
		}
	}
}

// By the formulas, EdDSA signatures verify that are to be accepted. On those of
// small order comments say whether the equation holds.
func TestEdDSAHasAnotherWitness(t *testing.T) {
	for _, s := range suites() {
		if s.signature != nil {
			continue
		}
		c := s.edCurve()
		e := textbookEdwards(c)
		holds := func(a *format.VerifyWithLabelArguments) (exactly, withCofactor bool) {
			return e.holds(c, a.Public, labelled(protocol+a.Label, a.Content), a.Signature)
		}
		for id, a := range argumentsOf[*format.VerifyWithLabelArguments](s, format.Accept) {
			if exactly, _ := holds(a); !exactly {
				t.Errorf("%s does not verify", id)
			}
		}
		for id, a := range argumentsOf[*format.VerifyWithLabelArguments](s, format.Either) {
			exactly, withCofactor := holds(a)
			torsion := strings.Contains(id, "-r-torsion/") || strings.Contains(id, "-key-mixed-order/")
			if !withCofactor || exactly == torsion {
				t.Errorf("%s: the equation holds: %t, with the cofactor: %t", id, exactly, withCofactor)
			}
		}
	}
}
