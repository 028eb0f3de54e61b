package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/runner/result"
)

// JSON shows a run to a program, in the format of
// schema/results-v1.schema.json. Cases that passed are left out unless all
// are asked for.
func JSON(run *result.Run, all bool) ([]byte, error) {
	shown := *run
	if !all {
		shown.Cases = slices.DeleteFunc(slices.Clone(run.Cases), func(c result.Case) bool { return c.Outcome == result.Pass })
	}
	// A consumer gets an empty list, never null.
	if shown.Families == nil {
		shown.Families = []result.Family{}
	}
	if shown.Cases == nil {
		shown.Cases = []result.Case{}
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

// ParseJSON reads what [JSON] wrote.
func ParseJSON(data []byte) (*result.Run, error) {
	var run result.Run
	if err := json.Unmarshal(data, &run); err != nil {
		return nil, err
	}
	if run.Schema != result.Schema {
		return nil, fmt.Errorf("the schema is %q, want %q", run.Schema, result.Schema)
	}
	return &run, nil
}
