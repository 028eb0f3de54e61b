package vectors

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Requirement is one testable rule of RFC 9420, in the project's own words.
type Requirement struct {
	ID           rule.ID  `json:"id"`
	Section      string   `json:"section"`
	Also         []string `json:"also"` // other sections that state the rule, or that it depends on
	Level        string   `json:"level"`
	Subject      string   `json:"subject"` // who follows the rule, or notices that it is broken
	Summary      string   `json:"summary"`
	Objects      []string `json:"objects"`
	TestBy       []TestBy `json:"test_by"`
	NegativeCase string   `json:"negative_case"` // a malformed input that breaks this rule only
	Repair       []string `json:"repair"`        // what the negative case has to compute anew
	PositiveCase string   `json:"positive_case"`
	Acceptable   string   `json:"acceptable"` // why both verdicts are taken; empty where only one is
	Keywords     []string `json:"keywords"`
}

// A TestBy says how a requirement shows.
type TestBy string

// The values of test_by in the catalogue.
const (
	VectorReject  TestBy = "vector-reject"  // bytes that a receiver refuses
	VectorAccept  TestBy = "vector-accept"  // bytes that it accepts, or values that it computes
	API           TestBy = "api"            // the output, or the refusal of a sender
	InteropScript TestBy = "interop-script" // implementations talking to each other
	Codec         TestBy = "codec"          // decoding alone
	NotTestable   TestBy = "not-testable"
)

// TestedBy reports whether the requirement shows in one of the given ways.
func (r *Requirement) TestedBy(kinds ...TestBy) bool {
	return slices.ContainsFunc(r.TestBy, func(k TestBy) bool { return slices.Contains(kinds, k) })
}

// MayAccept reports whether the RFC leaves the verdict open, so that an input
// that breaks the rule may be refused or accepted.
func (r *Requirement) MayAccept() bool { return r.Acceptable != "" }

// Catalogue returns all requirements in the order of the RFC.
// The slices inside the entries are shared and must not be changed.
func Catalogue() []Requirement { return slices.Clone(catalogue()) }

// Lookup returns the requirement with the given id.
func Lookup(id rule.ID) (Requirement, bool) {
	i, ok := catalogueIndex()[id]
	if !ok {
		return Requirement{}, false
	}
	return catalogue()[i], true
}

//go:embed catalogue.json
var catalogueJSON []byte

var catalogue = sync.OnceValue(func() []Requirement { return decodeEmbedded[[]Requirement]("catalogue.json", catalogueJSON) })

var catalogueIndex = sync.OnceValue(func() map[rule.ID]int {
	index := make(map[rule.ID]int)
	for i, r := range catalogue() {
		index[r.ID] = i
	}
	return index
})

// decodeEmbedded decodes a JSON file of this package. It panics when the file
// does not have the form of T: the file is compiled in, so no input decides it.
func decodeEmbedded[T any](name string, data []byte) T {
	var v T
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		panic(fmt.Sprintf("vectors: embedded %s: %v", name, err))
	}
	return v
}
