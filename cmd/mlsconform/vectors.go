package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/mlsconform/mlsconform/docs"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/vectors"
)

// VectorsCmd is about the vectors that are part of the program.
type VectorsCmd struct {
	Export ExportCmd `cmd:"" help:"Write mlsconform's own vectors, with schemas and descriptions, into a folder."`
}

// ExportCmd writes the vectors for those who replay them without this program.
type ExportCmd struct {
	Dir string `arg:"" name:"DIR" help:"Folder to write into; made when it is not there."`
}

// Run writes the files, each of them whole or not at all.
func (c *ExportCmd) Run(a *app) error {
	files, err := exported()
	if err != nil {
		return err
	}
	for _, f := range files {
		to := filepath.Join(c.Dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return usageError{err}
		}
		if err := reports.WriteFile(to, f.data); err != nil {
			return usageError{err}
		}
		fmt.Fprintf(a.stdout, "%9d  %s\n", len(f.data), f.path)
	}
	return nil
}

// An exportedFile is one of those that an export writes.
type exportedFile struct {
	path string // in the folder, with slashes
	data []byte
}

// exported lists what is written: descriptions first, then the vectors.
func exported() ([]exportedFile, error) {
	files := []exportedFile{{"README.md", docs.Export()}}
	for _, from := range []fs.FS{docs.Pages(), vectors.Schemas()} {
		err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := fs.ReadFile(from, name)
			files = append(files, exportedFile{name, data})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, f := range family.All() {
		s, err := vectors.Own(f.Name)
		if err != nil {
			return nil, err
		}
		name := f.Name + ".json"
		if f.Schema == "" { // an official format, but no official vectors
			name = path.Join("own", name)
		}
		files = append(files, exportedFile{name, s.Data})
	}
	return files, nil
}
