//go:build mutation

package local_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

var ciphersuiteChecks = []check{
	{"algorithms of the suite: digests, lengths of AEAD keys and nonces", []rule.ID{"rfc9420-17.1-02"}},
	{"form of HPKE public keys", []rule.ID{"rfc9420-5.1.1-01"}},
	{"form of EdDSA public keys", []rule.ID{"rfc9420-5.1.1-02"}},
	{"form of ECDSA public keys", []rule.ID{"rfc9420-5.1.1-03"}},
	{"form of ECDSA signatures", []rule.ID{"rfc9420-5.1.2-02"}},
	{"form of EdDSA signatures", []rule.ID{"rfc9420-5.1.2-04"}},
	{"signatures verify", []rule.ID{"rfc9420-5.1.2-05", "rfc9420-6.1-02"}},
	{"HPKE ciphertexts open, to the claimed plaintext", []rule.ID{"rfc9420-5.1.3-01"}},
	{"shared secrets: form and order of the other side's key", []rule.ID{"rfc9420-5.1.3-02"}},
	{"references of KeyPackages", []rule.ID{"rfc9420-5.2-01"}},
	{"references of proposals", []rule.ID{"rfc9420-5.2-02"}},
	{"MACs", []rule.ID{"rfc9420-6.2-02"}},
	{"lengths of MACs", []rule.ID{"rfc9420-6.2-04"}},
	{"AEAD ciphertexts open, to the claimed plaintext", []rule.ID{"rfc9420-6.3-01", "rfc9420-6.3-02"}},
	{"derived key pairs", []rule.ID{"rfc9420-7.4-01"}},
	{"derived secrets, and how long they can be", []rule.ID{"rfc9420-8-01"}},
	{"secrets derived for a generation", []rule.ID{"rfc9420-9.1-02"}},
}

func TestCiphersuiteCasesNoticeAMissingCheck(t *testing.T) {
	var cases []question
	for _, c := range ciphersuiteCases(t) {
		cases = append(cases, question{c.ID, c.Expectation, func() format.Verdict { return local.JudgeCiphersuite(c.Request()) }})
	}
	noticeMissingChecks(t, ciphersuiteChecks, cases)
}
