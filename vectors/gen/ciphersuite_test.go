package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// madeCiphersuiteCases makes the cases once for all tests that read them.
var madeCiphersuiteCases = sync.OnceValue(ciphersuiteCases)

func TestCommittedCiphersuiteFileIsMadeAgain(t *testing.T) {
	madeAgain(t, format.Ciphersuite, format.CiphersuiteSchema, madeCiphersuiteCases)
}

func TestCiphersuiteCasesAreTold(t *testing.T) {
	var tales []tale
	for _, c := range madeCiphersuiteCases() {
		tales = append(tales, tale{c.ID, fmt.Sprintf("%s, suite %d", c.Function, c.Suite), c.Comment, c.Expectation})
	}
	wellTold(t, tales)
}

func TestCiphersuiteCasesDiffer(t *testing.T) {
	asked := map[string]format.CiphersuiteInput{}
	for _, c := range madeCiphersuiteCases() {
		asked[c.ID] = c.CiphersuiteInput
	}
	allDiffer(t, asked)
}

// In every suite each function has something to accept and something to refuse.
func TestCiphersuiteFunctionsAreAllThere(t *testing.T) {
	count := map[string]int{}
	cases := madeCiphersuiteCases()
	for _, c := range cases {
		count[fmt.Sprintf("%s, suite %d, %s", c.Function, c.Suite, c.Result)]++
	}
	for _, f := range []format.Function{
		format.Hash, format.RefHash, format.ExpandWithLabel, format.DeriveSecret, format.DeriveTreeSecret, format.VerifyWithLabel,
		format.EncryptWithLabel, format.DecryptWithLabel, format.AEADOpen, format.MAC, format.DeriveKeyPair,
	} {
		for _, s := range suites() {
			for _, r := range []format.Result{format.Accept, format.Reject} {
				if name := fmt.Sprintf("%s, suite %d, %s", f, s.number, r); count[name] == 0 {
					t.Errorf("no case: %s", name)
				}
			}
		}
	}
	if len(cases) < 500 {
		t.Errorf("%d cases", len(cases))
	}
}

func TestPackCasesNamesTheFamilyOfAMistake(t *testing.T) {
	_, err := packCases("sums", "sums/v1", func() []int { return []int{must(fmt.Sscan("one", new(int)))} })
	if err == nil || !strings.HasPrefix(err.Error(), "sums: ") {
		t.Errorf("error %v", err)
	}
}
