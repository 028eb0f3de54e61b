package leaf

import (
	"bytes"
	"crypto/x509"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// What RFC 9420, Section 5.3 asks of a certificate chain is checked here. Trust
// in the chain is for the authentication service to judge.

func withoutCertificates(n *LeafNode, _ *Checks) string {
	if n.Credential.Type != codepoint.CredentialX509 {
		return "the credential is not of type x509"
	}
	return ""
}

// checkEndEntityFirst takes a certificate for the leaf's signature key that
// comes later in the chain for the end entity's.
func checkEndEntityFirst(n *LeafNode, _ *Checks) error {
	chain := n.Credential.Certificates
	if len(chain) == 0 {
		return rule.Errorf("rfc9420-5.3-03", "certificates: empty chain")
	}
	cert, err := x509.ParseCertificate(chain[0].Data)
	if err != nil {
		return rule.Errorf("rfc9420-5.3-03", "certificates[0] is not a certificate: %w", err)
	}
	if certifies(cert, n.SignatureKey) {
		return nil
	}
	if i, ok := certificateFor(n.SignatureKey, chain); ok {
		return rule.Errorf("rfc9420-5.3-03", "the end-entity certificate is certificates[%d], not the first", i)
	}
	return nil
}

// checkCertifiedKey looks at all certificates: that it is the first one's key is
// checked by itself.
func checkCertifiedKey(n *LeafNode, _ *Checks) error {
	chain := n.Credential.Certificates
	if _, ok := certificateFor(n.SignatureKey, chain); ok || len(chain) == 0 {
		return nil
	}
	if _, err := x509.ParseCertificate(chain[0].Data); err != nil {
		return nil // what is no certificate has no key
	}
	return rule.Errorf("rfc9420-5.3-01", "the key of certificates[0] is not the signature_key of the leaf")
}

func certificateFor(signatureKey []byte, chain []Certificate) (i int, ok bool) {
	i = slices.IndexFunc(chain, func(c Certificate) bool {
		cert, err := x509.ParseCertificate(c.Data)
		return err == nil && certifies(cert, signatureKey)
	})
	return i, i >= 0
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
