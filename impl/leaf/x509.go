package leaf

import (
	"bytes"
	"crypto/x509"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// checkChain verifies what RFC 9420, Section 5.3 asks of a certificate chain
// itself: that it begins with the end-entity certificate, and that this one is
// for the leaf's signature key. Trust in the chain is for the authentication
// service to judge.
func checkChain(chain []Certificate, signatureKey []byte) error {
	if len(chain) == 0 {
		return rule.Errorf("rfc9420-5.3-03", "certificates: empty chain")
	}
	cert, err := x509.ParseCertificate(chain[0].Data)
	if err != nil {
		return rule.Errorf("rfc9420-5.3-03", "certificates[0] is not a certificate: %w", err)
	}
	if certifies(cert, signatureKey) {
		return nil
	}
	for i, c := range chain[1:] {
		if cert, err := x509.ParseCertificate(c.Data); err == nil && certifies(cert, signatureKey) {
			return rule.Errorf("rfc9420-5.3-03", "the end-entity certificate is certificates[%d], not the first", i+1)
		}
	}
	return rule.Errorf("rfc9420-5.3-01", "the key of certificates[0] is not the signature_key of the leaf")
}

func certifies(cert *x509.Certificate, signatureKey []byte) bool {
	key, ok := subjectPublicKey(cert.RawSubjectPublicKeyInfo)
	return ok && bytes.Equal(key, signatureKey)
}

// subjectPublicKey returns the content of the BIT STRING of a
// SubjectPublicKeyInfo. For EdDSA and for ECDSA with uncompressed points, these
// are the very bytes that MLS uses (RFC 5480, Section 2.2; RFC 8410, Section 4).
func subjectPublicKey(spki []byte) ([]byte, bool) {
	s := cryptobyte.String(spki)
	var info, algorithm cryptobyte.String
	var key []byte
	ok := s.ReadASN1(&info, asn1.SEQUENCE) &&
		info.ReadASN1(&algorithm, asn1.SEQUENCE) &&
		info.ReadASN1BitStringAsBytes(&key)
	return key, ok
}
