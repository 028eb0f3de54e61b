package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// ReportMatrixCmd shows several runs as one matrix of stacks.
type ReportMatrixCmd struct {
	Markdown string   `help:"Write the matrix as Markdown; - is the standard output, which is the default." placeholder:"FILE"`
	HTML     string   `name:"html" help:"Write the matrix as one HTML page; - is the standard output." placeholder:"FILE"`
	Files    []string `arg:"" name:"FILE" help:"The JSON reports of an interop run and of conformance runs, one of each subject."`
}

// Run reads the reports, tells by their schema what they are, and writes the matrix.
func (c *ReportMatrixCmd) Run(a *app) error {
	if c.Markdown == "-" && c.HTML == "-" {
		return usagef("only one of --markdown and --html can go to the standard output")
	}
	if c.Markdown == "" && c.HTML == "" {
		c.Markdown = "-"
	}
	m, err := c.matrix()
	if err != nil {
		return usageError{err}
	}
	if c.Markdown != "" {
		if err := a.writeReport(c.Markdown, m.Markdown()); err != nil {
			return err
		}
	}
	if c.HTML == "" {
		return nil
	}
	page, err := m.HTML()
	if err != nil {
		return err
	}
	return a.writeReport(c.HTML, page)
}

func (c *ReportMatrixCmd) matrix() (*reports.Matrix, error) {
	var interop *result.Interop
	var vectors []*result.Run
	for _, path := range c.Files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var head struct {
			Schema string `json:"schema"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case head.Schema == result.Schema:
			var run *result.Run
			if run, err = reports.ParseJSON(data); err == nil {
				vectors = append(vectors, run)
			}
		case interop != nil:
			err = fmt.Errorf("there is an interop run before; shards are put together by mlsconform report merge")
		default:
			interop, err = reports.ParseInteropJSON(data)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return reports.NewMatrix(interop, vectors)
}
