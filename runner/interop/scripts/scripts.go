// Package scripts holds this project's own interop scripts: what the official
// ones do not try. They are in the official format with the additions of
// docs/interop-scripts.md.
package scripts

import (
	"embed"
	"io/fs"

	"github.com/mlsconform/mlsconform/runner/interop/script"
)

//go:generate go run ./gen

//go:embed *.json
var files embed.FS

// Files returns the script files.
func Files() fs.FS { return files }

// All reads all scripts, in the order of the names of their files.
func All() ([]*script.Script, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*script.Script
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		scripts, err := script.Parse(e.Name(), data)
		if err != nil {
			return nil, err
		}
		all = append(all, scripts...)
	}
	return all, nil
}
