//go:build mutation

package local_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

var keyPackageChecks = []check{
	{"nothing ends before it is complete", endOfInput},
	{"lengths are in their shortest form", []rule.ID{"rfc9420-2.1.2-02"}},
	{"lengths do not begin with two bits set", []rule.ID{"rfc9420-2.1.2-03"}},
	{"vectors end where an element ends", []rule.ID{"rfc9420-2.1.2-06"}},
	{"versions of message and KeyPackage", []rule.ID{"rfc9420-6-04", "rfc9420-10-07", "rfc9420-10.1-02"}},
	{"wire format", []rule.ID{"rfc9420-6-05"}},
	{"cipher suite is the group's", []rule.ID{"rfc9420-10.1-01", "rfc9420-17.1-03"}},
	{"init_key is a key of the KEM", []rule.ID{"rfc9420-10-03"}},
	{"keys of the leaf fit the suite", []rule.ID{"rfc9420-10-05", "rfc9420-5.1.1-02", "rfc9420-5.1.1-03", "rfc9420-5.1.2-01"}},
	{"form of HPKE public keys", []rule.ID{"rfc9420-5.1.1-01"}},
	{"init_key is not encryption_key", []rule.ID{"rfc9420-10.1-04"}},
	{"signature of the KeyPackage", []rule.ID{"rfc9420-10-06", "rfc9420-10.1-05"}},
	{"the leaf is valid", []rule.ID{"rfc9420-10.1-03"}},
	{"signature of the leaf", []rule.ID{"rfc9420-7.3-01"}},
	{"no place in the group is signed", []rule.ID{"rfc9420-7.2-12"}},
	{"label of signatures", []rule.ID{"rfc9420-5.1.2-05"}},
	{"form of ECDSA signatures", []rule.ID{"rfc9420-5.1.2-02"}},
	{"form of EdDSA signatures", []rule.ID{"rfc9420-5.1.2-04"}},
	{"leaf_node_source is key_package", []rule.ID{"rfc9420-7.2-10", "rfc9420-10-08"}},
	{"capabilities list the version", []rule.ID{"rfc9420-11.1-01"}},
	{"capabilities list the cipher suite", []rule.ID{"rfc9420-11.1-02"}},
	{"capabilities list the credential type", []rule.ID{"rfc9420-7.2-05"}},
	{"capabilities list the leaf's extensions", []rule.ID{"rfc9420-7.2-03"}},
	{"credential type is known", []rule.ID{"rfc9420-13.3-01", "rfc9420-13.5-03"}},
	{"certificate is for the signature key", []rule.ID{"rfc9420-5.3-01"}},
	{"end-entity certificate is there, and first", []rule.ID{"rfc9420-5.3-03"}},
	{"no extension type twice", []rule.ID{"rfc9420-13.4-04"}},
	{"lifetime covers the time of adding", []rule.ID{"rfc9420-7.3-05", "rfc9420-7.2-13"}},
	{"longest lifetime", []rule.ID{"rfc9420-7.2-07"}},
	{"required capabilities", []rule.ID{"rfc9420-7.3-02"}},
	{"extensions of the group are supported", []rule.ID{"rfc9420-13.4-07"}},
	{"members support the credential type", []rule.ID{"rfc9420-7.3-03"}},
	{"members' credential types are supported", []rule.ID{"rfc9420-7.3-04"}},
	{"no signature key twice in the group", []rule.ID{"rfc9420-7.3-09"}},
	{"no encryption key twice in the group", []rule.ID{"rfc9420-7.3-10"}},
}

func TestKeyPackageCasesNoticeAMissingCheck(t *testing.T) {
	all := keyPackageCases(t)
	var cases []question
	for _, c := range all {
		r := c.Request()
		r.Bytes = inBuffer(c.Bytes, c.IDs, all, func(whole *format.KeyPackageCase) []byte {
			if whole.Result != format.Accept || whole.Suite != c.Suite || whole.Form != c.Form {
				return nil
			}
			return whole.Bytes
		})
		cases = append(cases, question{c.ID, c.Expectation, func() format.Verdict { return local.JudgeKeyPackage(r) }})
	}
	noticeMissingChecks(t, keyPackageChecks, cases)
}
