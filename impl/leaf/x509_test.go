package leaf_test

import (
	"crypto/x509"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// trust is an authentication service that trusts one authority.
func trust(authority *x509.Certificate) leaf.Authenticator {
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return func(presented *leaf.Credential, _ []byte, _ *leaf.Credential) error {
		c, err := x509.ParseCertificate(presented.Certificates[0].Data)
		if err != nil {
			return err
		}
		_, err = c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err
	}
}

func TestCertificateChains(t *testing.T) {
	authority, stranger := leaftest.NewAuthority(t), leaftest.NewAuthority(t)
	for _, c := range []struct {
		name  string
		chain func(t *testing.T, w *world) []leaf.Certificate
		want  []rule.ID // none: accepted
	}{
		{
			"end entity and authority",
			func(t *testing.T, w *world) []leaf.Certificate { return w.chain(t, authority) },
			nil,
		},
		{
			"without the authority [rfc9420-5.3-02]",
			func(t *testing.T, w *world) []leaf.Certificate { return w.chain(t, authority)[:1] },
			nil,
		},
		{
			"something else behind the end entity",
			func(t *testing.T, w *world) []leaf.Certificate {
				return append(w.chain(t, authority)[:1], leaf.Certificate{Data: []byte("no certificate")})
			},
			nil,
		},
		{
			"for another key",
			func(t *testing.T, w *world) []leaf.Certificate {
				return authority.Chain(t, w.suite, w.newSigner(t).Public()).Certificates
			},
			only("rfc9420-5.3-01"),
		},
		{
			"for a key of another algorithm",
			func(t *testing.T, w *world) []leaf.Certificate {
				other := newWorld(t, leaftest.Stranger(t, w.suite), leaf.InKeyPackage)
				return other.chain(t, authority)
			},
			only("rfc9420-5.3-01"),
		},
		{
			"the authority first",
			func(t *testing.T, w *world) []leaf.Certificate {
				chain := w.chain(t, authority)
				slices.Reverse(chain)
				return chain
			},
			only("rfc9420-5.3-03"),
		},
		{
			"the authority alone",
			func(t *testing.T, w *world) []leaf.Certificate { return w.chain(t, authority)[1:] },
			only("rfc9420-5.3-01"),
		},
		{
			"empty",
			func(*testing.T, *world) []leaf.Certificate { return nil },
			only("rfc9420-5.3-03"),
		},
		{
			"no certificate first",
			func(t *testing.T, w *world) []leaf.Certificate {
				return append([]leaf.Certificate{{Data: []byte("no certificate")}}, w.chain(t, authority)...)
			},
			only("rfc9420-5.3-03"),
		},
		{
			"a byte behind the certificate",
			func(t *testing.T, w *world) []leaf.Certificate {
				chain := w.chain(t, authority)
				chain[0].Data = append(chain[0].Data, 0)
				return chain
			},
			only("rfc9420-5.3-03"),
		},
		{
			"an authority that is not trusted",
			func(t *testing.T, w *world) []leaf.Certificate { return w.chain(t, stranger) },
			only("rfc9420-5.3.1-01"),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
				w := newWorld(t, suite, leaf.InKeyPackage)
				w.policy.Authenticate = trust(authority.Certificate)
				w.node.Credential = leaf.Credential{Type: codepoint.CredentialX509, Certificates: c.chain(t, w)}
				w.sign(t)
				err := w.node.Validate(w.checks)
				if !slices.Equal(rule.All(err), c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		})
	}
}

func (w *world) chain(t *testing.T, a *leaftest.Authority) []leaf.Certificate {
	t.Helper()
	return a.Chain(t, w.suite, w.signer.Public()).Certificates
}
