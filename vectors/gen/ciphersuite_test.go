package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// madeCiphersuiteCases makes the cases once for all tests that read them.
var madeCiphersuiteCases = sync.OnceValue(ciphersuiteCases)

// What is committed was made by an earlier run, so this compares two runs.
func TestCommittedCiphersuiteFileIsMadeAgain(t *testing.T) {
	f, err := packCases(format.Ciphersuite, format.CiphersuiteSchema, madeCiphersuiteCases)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(f.name)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unpack(t, f.name, committed), unpack(t, f.name, f.data)) {
		t.Error("other cases are committed; run make vectors")
	}
}

// A case has an id and, within its function and suite, a comment of its own, and
// what its result asks for.
func TestCiphersuiteCasesAreTold(t *testing.T) {
	told := map[string]bool{}
	tell := func(text string) {
		if told[text] {
			t.Errorf("twice: %s", text)
		}
		told[text] = true
	}
	for _, c := range madeCiphersuiteCases() {
		tell(c.ID)
		tell(fmt.Sprintf("%s, suite %d: %s", c.Function, c.Suite, c.Comment))
		if !strings.HasSuffix(c.Comment, ".") || strings.Contains(c.Comment, ". ") {
			t.Errorf("%s: comment %q is not one sentence", c.ID, c.Comment)
		}
		if len(c.IDs) == 0 && c.Result != format.Accept {
			t.Errorf("%s: no requirement", c.ID)
		}
		for _, id := range c.IDs {
			if _, ok := vectors.Lookup(id); !ok {
				t.Errorf("%s: %s is not in the catalogue", c.ID, id)
			}
		}
	}
}

// No two cases ask the same, not even in different suites.
func TestCiphersuiteCasesDiffer(t *testing.T) {
	asked := map[string]string{}
	for _, c := range madeCiphersuiteCases() {
		question := string(must(encodeCases(format.File[format.CiphersuiteInput]{Cases: []format.CiphersuiteInput{c.CiphersuiteInput}})))
		if other, ok := asked[question]; ok {
			t.Errorf("%s is %s again", c.ID, other)
		}
		asked[question] = c.ID
	}
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
