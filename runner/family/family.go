// Package family replays families of MLS test vectors: for each a struct that
// is decoded strictly, and a check of everything that the family's description
// asks for. There are the official families, and those of this project, which
// any implementation can be asked about as a [subject.Subject].
package family

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
)

// A Family is one family of test vectors.
type Family struct {
	Name    string // "tree-math", as in file names and ids
	Title   string // "Tree math"
	Section string // of RFC 9420, "4.1, Appendix C"
	Cases   int    // how many the pinned official file holds, if there is one

	// Requirements are the rules that a passing official family shows to be
	// followed. In the other families each case names its own.
	Requirements []rule.ID

	// Check replays one case, an element of the file's array. It returns nil
	// when everything is as the case says, and [result.ErrUnsupported] for
	// what the implementation does not do. It may run in parallel with itself.
	Check func(ctx context.Context, raw json.RawMessage) error

	// Ask does the same with the verdict of a subject. Only this project's
	// families have it. The error for a verdict that is not the only right one
	// is a [*result.VerdictError].
	Ask func(ctx context.Context, raw json.RawMessage, s subject.Subject) error

	// Schema is what the top of a file names as its format. It is empty for
	// the official families, whose files are mere arrays of cases.
	Schema string
}

// All lists the families: the official ones in the order in which they build
// on one another, then this project's.
func All() []Family { return append(Official(), Asked()...) }

// Official lists the families that mlswg/mls-implementations publishes.
func Official() []Family {
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
