package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// InteropJSON shows an interop run to a program, in the format of
// schema/interop-v1.schema.json. Each case is a line of its own, so that line
// tools can handle runs of any size.
func InteropJSON(run *result.Interop) ([]byte, error) {
	head := *run
	head.Cases = []result.InteropCase{}
	head.Clients = slices.Clone(run.Clients)
	if head.Clients == nil {
		head.Clients = []result.InteropClient{} // a consumer gets an empty list, never null
	}
	for i := range head.Clients {
		if head.Clients[i].Suites == nil {
			head.Clients[i].Suites = []codepoint.CipherSuite{}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(head); err != nil {
		return nil, err
	}
	if len(run.Cases) == 0 {
		return b.Bytes(), nil
	}
	// The list of cases is the last field: what comes now goes inside of it.
	b.Truncate(b.Len() - len("]\n}\n"))
	e.SetIndent("", "")
	for i, c := range run.Cases {
		if c.Roles == nil {
			c.Roles = []result.InteropRole{}
		}
		if i > 0 {
			b.Truncate(b.Len() - len("\n"))
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		if err := e.Encode(c); err != nil {
			return nil, err
		}
	}
	b.WriteString("  ]\n}\n")
	return b.Bytes(), nil
}

// ParseInteropJSON reads what [InteropJSON] wrote, and nothing that has other
// fields, counts that are not those of its cases, or a case twice.
func ParseInteropJSON(data []byte) (*result.Interop, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not the JSON of an interop run: %w", err)
	}
	if head.Schema != result.InteropSchema {
		return nil, fmt.Errorf("the schema is %q, want %q", head.Schema, result.InteropSchema)
	}
	var run result.Interop
	if err := strict.Decode(data, &run); err != nil {
		return nil, err
	}
	if err := consistent(&run); err != nil {
		return nil, err
	}
	return &run, nil
}

func consistent(run *result.Interop) error {
	var counts result.Summary
	seen := make(map[string]bool, len(run.Cases))
	for i := range run.Cases {
		c := &run.Cases[i]
		switch {
		case c.ID == "":
			return fmt.Errorf("cases[%d]: no id", i)
		case seen[c.ID]:
			return fmt.Errorf("cases[%d]: %s is there twice", i, c.ID)
		case !slices.Contains(severity, c.Outcome):
			return fmt.Errorf("%s: there is no outcome %q", c.ID, c.Outcome)
		case len(c.Roles) == 0:
			return fmt.Errorf("%s: no roles", c.ID)
		}
		seen[c.ID] = true
		counts.Count(c.Outcome)
	}
	counts.Seconds, counts.PeakRSSBytes = run.Summary.Seconds, run.Summary.PeakRSSBytes
	if counts != run.Summary {
		return errors.New("the summary does not fit the cases")
	}
	if s := run.Plan.Shard; s != nil && (s.Index < 1 || s.Index > s.Count) {
		return fmt.Errorf("there is no shard %d of %d", s.Index, s.Count)
	}
	return nil
}
