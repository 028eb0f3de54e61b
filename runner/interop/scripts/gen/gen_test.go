package main

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/scripts"
)

// The files are what the generator writes.
func TestFilesAreGenerated(t *testing.T) {
	for _, f := range generated() {
		want, err := f.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := fs.ReadFile(scripts.Files(), f.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes; run go generate", f.name)
		}
	}
}
