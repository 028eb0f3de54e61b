package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// ReportCmd is about the reports of runs that are over.
type ReportCmd struct {
	Merge  ReportMergeCmd  `cmd:"" help:"Put the shards of an interop run together."`
	Show   ReportShowCmd   `cmd:"" help:"Show the JSON of an interop run in other forms."`
	Matrix ReportMatrixCmd `cmd:"" help:"Show who gets along with whom, and how each judges the vectors."`
}

// ReportMergeCmd merges the shards of a run.
type ReportMergeCmd struct {
	InteropReports
	Files []string `arg:"" name:"FILE" help:"The JSON reports of all shards, in any order."`
}

// Run merges the shards, and reports as the run without shards would have.
func (c *ReportMergeCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	var shards []*result.Interop
	for _, path := range c.Files {
		run, err := readInterop(path)
		if err != nil {
			return usageError{err}
		}
		shards = append(shards, run)
	}
	run, err := reports.MergeInterop(shards...)
	if err != nil {
		return usageError{err}
	}
	if err := c.write(a, run, folders(c.Files)); err != nil {
		return err
	}
	return interopStatus(a, run)
}

// ReportShowCmd shows one report, be it of a shard.
type ReportShowCmd struct {
	InteropReports
	File string `arg:"" name:"FILE" help:"The JSON report of a run."`
}

// Run reports as the run did.
func (c *ReportShowCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	run, err := readInterop(c.File)
	if err != nil {
		return usageError{err}
	}
	if err := c.write(a, run, folders([]string{c.File})); err != nil {
		return err
	}
	return interopStatus(a, run)
}

func readInterop(path string) (*result.Interop, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	run, err := reports.ParseInteropJSON(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}

// interopStatus turns the outcome of an interop run into the exit status. What
// was left out, though it was to be run, is not known to be good.
func interopStatus(a *app, run *result.Interop) error {
	s := &run.Summary
	disagree := slices.ContainsFunc(run.Cases, func(c result.InteropCase) bool {
		return c.Outcome == result.Pass && c.Disagrees()
	})
	switch {
	case a.ctx.Err() != nil:
		return exitStatus(statusInterrupted)
	case s.Broken > 0:
		return exitStatus(statusFault)
	case s.Failed+s.Timeout > 0 || disagree || len(run.Stale()) > 0:
		return exitStatus(statusFailed)
	case s.Passed+s.Known == 0:
		return exitStatus(statusNothing)
	case s.Skipped > 0:
		return exitStatus(statusFailed)
	}
	return nil
}
