package leaftest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// An Authority issues certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority returns a certification authority with a certificate of its own.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "authority"},
		NotBefore:             time.Unix(1_700_000_000, 0),
		NotAfter:              time.Unix(1_900_000_000, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &Authority{parse(t, der), key}
}

func parse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The parts of a Certificate (RFC 5280, Section 4.1). The library makes none for
// Ed448, so they are put together here.
type (
	certificate struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	tbsCertificate struct {
		Version   int `asn1:"explicit,tag:0"`
		Serial    *big.Int
		Algorithm pkix.AlgorithmIdentifier
		Issuer    asn1.RawValue
		Validity  struct{ NotBefore, NotAfter time.Time }
		Subject   pkix.RDNSequence
		PublicKey subjectPublicKeyInfo
	}
	subjectPublicKeyInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
)

var ecdsaWithSHA256 = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}

// Issue returns a certificate for a signature key of the suite.
func (a *Authority) Issue(t testing.TB, suite *ciphersuite.Suite, key []byte) leaf.Certificate {
	t.Helper()
	tbs := tbsCertificate{
		Version:   2, // which is called v3
		Serial:    big.NewInt(2),
		Algorithm: ecdsaWithSHA256,
		Issuer:    asn1.RawValue{FullBytes: a.Certificate.RawSubject},
		Subject:   pkix.Name{CommonName: "alice"}.ToRDNSequence(),
		PublicKey: subjectPublicKeyInfo{algorithm(t, suite), asn1.BitString{Bytes: key, BitLength: 8 * len(key)}},
	}
	tbs.Validity.NotBefore, tbs.Validity.NotAfter = a.Certificate.NotBefore.UTC(), a.Certificate.NotAfter.UTC()
	signed := encode(t, tbs)
	digest := sha256.Sum256(signed)
	signature, err := a.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	der := encode(t, certificate{
		asn1.RawValue{FullBytes: signed}, ecdsaWithSHA256, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
	})
	if err := parse(t, der).CheckSignatureFrom(a.Certificate); err != nil {
		t.Fatalf("the certificate is not right: %v", err)
	}
	return leaf.Certificate{Data: der}
}

// algorithm names the key's algorithm (RFC 5480, Section 2.1.1; RFC 8410,
// Section 3).
func algorithm(t testing.TB, suite *ciphersuite.Suite) pkix.AlgorithmIdentifier {
	t.Helper()
	ecPublicKey := func(curve ...int) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{
			Algorithm:  asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1},
			Parameters: asn1.RawValue{FullBytes: encode(t, asn1.ObjectIdentifier(curve))},
		}
	}
	switch suite.ID() {
	case codepoint.P256AES128GCMSHA256P256:
		return ecPublicKey(1, 2, 840, 10045, 3, 1, 7)
	case codepoint.P384AES256GCMSHA384P384:
		return ecPublicKey(1, 3, 132, 0, 34)
	case codepoint.P521AES256GCMSHA512P521:
		return ecPublicKey(1, 3, 132, 0, 35)
	case codepoint.X448AES256GCMSHA512Ed448, codepoint.X448ChaCha20Poly1305SHA512Ed448:
		return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 113}}
	}
	return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 112}}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Chain returns an x509 credential for a signature key: its certificate and that
// of the authority.
func (a *Authority) Chain(t testing.TB, suite *ciphersuite.Suite, key []byte) leaf.Credential {
	t.Helper()
	return leaf.Credential{
		Type:         codepoint.CredentialX509,
		Certificates: []leaf.Certificate{a.Issue(t, suite, key), {Data: a.Certificate.Raw}},
	}
}
