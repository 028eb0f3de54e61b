package inspect

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/mlsconform/mlsconform/impl/leaf"
)

func certificate() structure {
	return define("Certificate", func(c *cursor) { c.opaque("cert_data", "opaque<V>") }, judgeCertificate)
}

func judgeCertificate(c *cursor, v *leaf.Certificate) {
	cert, err := x509.ParseCertificate(v.Data)
	if err != nil {
		c.check("DER", err)
		return
	}
	derive := func(name, text string) { c.derive(&Node{Name: name, Kind: Text, Text: printable(text)}) }
	c.node.Text = printable(cert.Subject.CommonName)
	derive("subject", cert.Subject.String())
	derive("issuer", cert.Issuer.String())
	derive("serial_number", cert.SerialNumber.String())
	derive("not_before", cert.NotBefore.UTC().Format(time.RFC3339))
	derive("not_after", cert.NotAfter.UTC().Format(time.RFC3339))
	derive("key", keyType(cert))
}

func keyType(cert *x509.Certificate) string {
	switch key := cert.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA, %d bits", key.N.BitLen())
	case nil:
		return "of a type that is not known here"
	}
	return cert.PublicKeyAlgorithm.String()
}

// certificateName names the subject of a chain's first certificate.
func certificateName(chain []leaf.Certificate) string {
	if len(chain) == 0 {
		return "no certificate"
	}
	cert, err := x509.ParseCertificate(chain[0].Data)
	if err != nil {
		return "no X.509 certificate"
	}
	return printable(cert.Subject.String())
}
