// Command gen makes the project's own test vectors. Every run of it writes the
// same bytes: all randomness comes from streams that names start, and the clock
// stands still.
//
// In vectors/own there is one file for each of the official families, in its
// format. Expected values are what impl computes. They show whether something
// has changed, not whether it is right; that is for the official files to show.
//
// The families that only this project has ask for verdicts, in folders of their
// own. Those are written by hand, from what the standards say.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mlsconform/mlsconform/vectors"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(stdout io.Writer) error {
	root, err := vectors.FindRoot(".")
	if err != nil {
		return err
	}
	files, err := generate(families())
	if err != nil {
		return err
	}
	for i := range files {
		files[i].name = "own/" + files[i].name
	}
	for _, pack := range caseFiles() {
		f, err := pack()
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	total := 0
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, "vectors", filepath.FromSlash(f.name)), f.data, 0o644); err != nil {
			return err
		}
		total += len(f.data)
		fmt.Fprintf(stdout, "%-48s %8d bytes\n", f.name, len(f.data))
	}
	fmt.Fprintf(stdout, "%-48s %8d bytes\n", "together", total)
	return nil
}
