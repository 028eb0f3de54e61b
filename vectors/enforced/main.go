// Command enforced writes vectors/enforced.json: which function under impl/
// refuses inputs because of which requirement of the catalogue, and which
// tests name it. Run it anywhere in a checkout.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "enforced:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	root, err := vectors.FindRoot(dir)
	if err != nil {
		return err
	}
	found, err := scan(os.DirFS(root))
	if err != nil {
		return err
	}
	data, err := encode(found)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "vectors", "enforced.json"), data, 0o644)
}

// encode gives the same bytes for the same map: its keys come out sorted.
func encode(found map[rule.ID]vectors.Enforcement) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(found)
	return b.Bytes(), err
}
