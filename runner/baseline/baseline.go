// Package baseline reads lists of known failures. A known failure does not fail
// a run; that something listed passes does, until its entry goes, so that the
// list never says more than is so.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/glob"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// Schema names the format of a file.
const Schema = "mlsconform/baseline/v1"

// A Baseline is a file of known failures.
type Baseline struct {
	Schema string  `json:"schema"`
	Known  []Entry `json:"known"`
}

// An Entry is a known failure. Case, Client and Detail say which failures it
// covers; the rest is for people. Case, Detail and Where are patterns of package glob.
// A case is of an interop run, or of the vectors that a subject was asked about.
type Entry struct {
	Case   string  `json:"case"`             // pattern for the id of a case
	Client string  `json:"client,omitempty"` // that plays a role in the case
	Detail string  `json:"detail,omitempty"` // pattern for the first line of what went wrong; for any line, with vectors
	Rule   rule.ID `json:"rule,omitempty"`   // the requirement that is not met
	Where  string  `json:"where,omitempty"`  // in fuzzing, in place of Rule: pattern for what mlsconform says about the input
	Reason string  `json:"reason"`
	Link   string  `json:"link,omitempty"` // to more about it
}

// Parse reads a file strictly. Its name is for errors.
func Parse(name string, data []byte) (*Baseline, error) {
	var b Baseline
	err := strict.Decode(data, &b)
	if err == nil && b.Schema != Schema {
		err = fmt.Errorf("schema: %q, want %q", b.Schema, Schema)
	}
	if err == nil {
		err = Check(b.Known)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &b, nil
}

// Check tells what is wrong with entries, also with those of other files, such
// as peer.json, that hold a list of them.
func Check(entries []Entry) error {
	type key struct{ id, client, detail string }
	first := map[key]int{}
	for i, e := range entries {
		if err := e.check(); err != nil {
			return fmt.Errorf("known[%d]: %w", i, err)
		}
		k := key{e.Case, e.Client, e.Detail}
		if before, twice := first[k]; twice {
			return fmt.Errorf("known[%d]: covers the same as known[%d]", i, before)
		}
		first[k] = i
	}
	return nil
}

func (e *Entry) check() error {
	switch {
	case e.Case == "":
		return errors.New("case: empty")
	case strings.TrimSpace(e.Reason) == "":
		return errors.New("reason: empty")
	case strings.Contains(e.Detail, "\n"):
		return errors.New("detail: more than one line")
	}
	if e.Link != "" {
		u, err := url.Parse(e.Link)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("link: %q is no address of a page", e.Link)
		}
	}
	return nil
}

// covers reports whether the entry is about the case.
func (e *Entry) covers(id string, clients []string) bool {
	return glob.Match(e.Case, id) && (e.Client == "" || slices.Contains(clients, e.Client))
}

// explains reports whether one of the lines tells what the entry says.
func (e *Entry) explains(lines []string) bool {
	return e.Detail == "" || slices.ContainsFunc(lines, func(line string) bool { return glob.Match(e.Detail, line) })
}

// exact reports whether the entry is about one case alone.
func (e *Entry) exact() bool { return !strings.ContainsAny(e.Case, "*?") }

// Encode writes a baseline, its entries in order. The same entries give the
// same bytes.
func (b *Baseline) Encode() ([]byte, error) {
	sorted := Baseline{Schema: Schema, Known: slices.Clone(b.Known)}
	if sorted.Known == nil {
		sorted.Known = []Entry{}
	}
	slices.SortFunc(sorted.Known, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Detail, b.Detail))
	})
	if err := Check(sorted.Known); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // people read this
	e.SetIndent("", "  ")
	if err := e.Encode(&sorted); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
