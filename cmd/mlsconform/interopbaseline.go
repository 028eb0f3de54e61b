package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/runner/result"
)

// InteropBaseline are the flags about failures that are known.
type InteropBaseline struct {
	Baseline      string `help:"A file of known failures. They do not fail the run; that one of them passes does, until its entry goes." placeholder:"FILE"`
	WriteBaseline bool   `help:"Bring the file of --baseline up to date with this run, or make it."`
}

// known are the failures that are known.
type known struct {
	path    string // empty when there is no baseline
	renew   bool
	matcher *baseline.Matcher
}

// known reads the file, and adds what is known of peers.
func (c *InteropCmd) known(peers []peer.Peer) (*known, error) {
	file, err := c.entries()
	if err != nil {
		return nil, err
	}
	k := &known{path: c.Baseline, renew: c.WriteBaseline, matcher: baseline.NewMatcher(file)}
	for _, p := range peers {
		k.matcher.Add(p.Name, p.Interop.Known)
	}
	return k, nil
}

// entries are those of the file, if there is one.
func (c *InteropCmd) entries() ([]baseline.Entry, error) {
	if c.Baseline == "" {
		if c.WriteBaseline {
			return nil, usagef("--write-baseline is for the file of --baseline")
		}
		return nil, nil
	}
	data, err := os.ReadFile(c.Baseline)
	if c.WriteBaseline && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usagef("--baseline: %w", err)
	}
	b, err := baseline.Parse(c.Baseline, data)
	if err != nil {
		return nil, usagef("--baseline: %w", err)
	}
	return b.Known, nil
}

// describe says in the report what became of the entries. A run of chosen cases
// says nothing about entries with wildcards.
func (k *known) describe(found *result.Interop, chosen, partial bool) {
	if !chosen && !k.renew {
		found.Baseline = k.matcher.Report(partial)
	}
}

// write brings the file up to date, unless part of the run is missing.
func (k *known) write(a *app, found *result.Interop) error {
	if !k.renew {
		return nil
	}
	if s := &found.Summary; s.Skipped > 0 || s.Broken > 0 {
		fmt.Fprintf(a.stderr, "mlsconform: %s stays as it was, since not all cases came to an end\n", k.path)
		return nil
	}
	data, err := baseline.Renew(k.matcher, found.Cases).Encode()
	if err != nil {
		return err
	}
	return a.writeReport(k.path, data)
}
