// Command gen makes the project's own test vectors: vectors/own, one file for
// each of the official families and in its format. Every run of it writes the
// same bytes: all randomness comes from a stream that the name of the case
// starts, and the clock stands still.
//
// Expected values are what impl computes. They show whether something has
// changed, not whether it is right; that is for the official files to show.
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
	total := 0
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, "vectors", "own", f.name), f.data, 0o644); err != nil {
			return err
		}
		total += len(f.data)
		fmt.Fprintf(stdout, "%-44s %8d bytes\n", f.name, len(f.data))
	}
	fmt.Fprintf(stdout, "%-44s %8d bytes\n", "together", total)
	return nil
}
