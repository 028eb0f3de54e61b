//go:build mutation

package local_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A check is a row of the mutation table. It is taken out where it stands, and
// what comes after it runs on.
type check struct {
	what string
	// ids are the requirements that the check is for. A case can name others
	// besides, which have no check of their own.
	ids []rule.ID
}

func (c *check) isFor(ids []rule.ID) bool {
	return slices.ContainsFunc(ids, func(id rule.ID) bool { return slices.Contains(c.ids, id) })
}

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

// With a check taken out exactly the cases about it are accepted, and all others
// keep their verdicts.
func TestCiphersuiteCasesNoticeAMissingCheck(t *testing.T) {
	cases := ciphersuiteCases(t)
	before := judgeAll(cases)
	for i := range cases {
		rows := 0
		for _, c := range ciphersuiteChecks {
			if c.isFor(cases[i].IDs) {
				rows++
			}
		}
		if cases[i].Result == format.Reject && rows != 1 {
			t.Errorf("%s is in %d rows of the table", cases[i].ID, rows)
		}
	}

	var table strings.Builder
	for _, c := range ciphersuiteChecks {
		restore := rule.Skip(c.ids...)
		after := judgeAll(cases)
		restore()
		rejected, accepted := 0, 0
		for i := range cases {
			concerned := c.isFor(cases[i].IDs)
			want := before[i].Result
			switch cases[i].Result {
			case format.Either:
				if concerned {
					want = after[i].Result // both are right, without the check too
				}
			case format.Reject:
				if concerned {
					want = format.Accept
					rejected++
				}
			}
			if after[i].Result != want {
				t.Errorf("without the check of %v %s has the verdict %s, want %s: %s", c.ids, cases[i].ID, after[i].Result, want, after[i].Detail)
			} else if concerned && cases[i].Result == format.Reject {
				accepted++
			}
		}
		if rejected == 0 {
			t.Errorf("no case is about %v", c.ids)
		}
		fmt.Fprintf(&table, "\n%4d %4d  %-62s %v", rejected, accepted, c.what, c.ids)
	}
	t.Logf("refused cases of the family ciphersuite, how many of them are accepted without the check, and the check:%s", &table)
}

// judgeAll judges the cases on all cores.
func judgeAll(cases []format.CiphersuiteCase) []format.Verdict {
	verdicts := make([]format.Verdict, len(cases))
	var workers sync.WaitGroup
	const parts = 8
	for part := range parts {
		workers.Go(func() {
			for i := part; i < len(cases); i += parts {
				verdicts[i] = local.JudgeCiphersuite(cases[i].Request())
			}
		})
	}
	workers.Wait()
	return verdicts
}
