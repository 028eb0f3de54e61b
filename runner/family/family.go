// Package family replays the official families of MLS test vectors: for each
// a struct that is decoded strictly, and a check of everything that the
// family's description asks for.
package family

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A Family is one family of test vectors.
type Family struct {
	Name    string // "tree-math", as in file names and ids
	Title   string // "Tree math"
	Section string // of RFC 9420, "4.1, Appendix C"
	Cases   int    // how many the pinned official file holds

	// Requirements are the rules that a passing family shows to be followed.
	Requirements []rule.ID

	// Check replays one case, an element of the file's array. It returns nil
	// when everything is as the case says, and [result.ErrUnsupported] for
	// what the implementation does not do. It may run in parallel with itself.
	Check func(ctx context.Context, raw json.RawMessage) error
}

// All lists the families in the order in which they build on one another.
func All() []Family {
	return []Family{
		treeMath(),
		cryptoBasics(),
		secretTree(),
		messageProtection(),
		keySchedule(),
		pskSecret(),
		treeValidation(),
		transcriptHashes(),
		welcome(),
		treeOperations(),
		treeKEM(),
		messages(),
		deserialization(),
		passiveClientWelcome(),
		passiveClientHandlingCommit(),
		passiveClientRandom(),
	}
}

// Lookup finds a family by its name.
func Lookup(name string) (Family, bool) {
	for _, f := range All() {
		if f.Name == name {
			return f, true
		}
	}
	return Family{}, false
}

// equal compares bytes.
func equal(field string, want, got []byte) error {
	w, g := hex.EncodeToString(want), hex.EncodeToString(got)
	if w == g {
		return nil
	}
	return &result.Mismatch{Field: field, Want: w, Got: g}
}

// same compares values of any other kind.
func same[T any](field string, want, got T) error {
	if cmp.Equal(want, got) {
		return nil
	}
	return &result.Mismatch{Field: field, Want: fmt.Sprint(want), Got: fmt.Sprint(got)}
}

// at says which field of the case an error belongs to; nil stays nil.
func at(field string, err error) error { return result.At(field, err) }

// index names an element of the array field.
func index(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }
