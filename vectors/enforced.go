package vectors

import (
	_ "embed"
	"maps"
	"sync"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// An Enforcement lists the places in impl/ that are about one requirement.
type Enforcement struct {
	// Checks are the functions that refuse an input because of it, as
	// "impl/leaf/validate.go:LeafNode.Validate".
	Checks []string `json:"checks,omitempty"`

	// Tests are the tests that name it, as
	// "impl/leaf/validate_test.go:TestValidate/expired_lifetime".
	Tests []string `json:"tests,omitempty"`
}

// Enforced returns where each requirement is checked and tested. Requirements
// of which the code speaks nowhere are not in the map. It is read from
// enforced.json, which go run ./vectors/enforced makes from the sources.
func Enforced() map[rule.ID]Enforcement { return maps.Clone(enforced()) }

//go:embed enforced.json
var enforcedJSON []byte

var enforced = sync.OnceValue(func() map[rule.ID]Enforcement {
	return decodeEmbedded[map[rule.ID]Enforcement]("enforced.json", enforcedJSON)
})
