package reports

import (
	"bytes"
	"encoding/json"

	"github.com/mlsconform/mlsconform/runner/result"
)

// FuzzJSON shows a fuzzing campaign to a program, in the format of
// schema/fuzz-v1.schema.json.
func FuzzJSON(f *result.Fuzz) ([]byte, error) {
	shown := *f
	if shown.Targets == nil {
		shown.Targets = []result.FuzzTarget{} // a consumer gets an empty list, never null
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(shown); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
