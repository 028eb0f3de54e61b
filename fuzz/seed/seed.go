// Package seed collects objects for fuzz targets to begin with: those of the
// project's own vectors, of the official vectors and of interop runs.
package seed

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/vectors"
)

// An Object is an encoded object of one of the types of package inspect.
type Object struct {
	Type string
	Data []byte
}

// Own returns the objects of the project's own vectors.
func Own() ([]Object, error) {
	var c collection
	for _, pin := range vectors.Official().Families {
		s, err := vectors.Own(pin.Name)
		if err != nil {
			return nil, err
		}
		if err := c.read(s.Data); err != nil {
			return nil, fmt.Errorf("%s: %w", pin.Name, err)
		}
	}
	return c.objects, nil
}

// Official returns the objects of the official vectors that are on the machine.
func Official() ([]Object, error) {
	var c collection
	r := vectors.Resolver{Offline: true}
	for _, pin := range vectors.Official().Families {
		s, err := r.Resolve(context.Background(), pin.Name)
		if err != nil {
			return nil, err
		}
		if !s.Official {
			continue
		}
		if err := c.read(s.Data); err != nil {
			return nil, fmt.Errorf("%s: %w", pin.Name, err)
		}
	}
	return c.objects, nil
}

// Interop returns the objects in the transcripts of interop runs, which are
// somewhere below a folder.
func Interop(folder string) ([]Object, error) {
	var c collection
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || filepath.Base(path) != "transcript.jsonl" {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			if err := c.read(lines.Bytes()); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return lines.Err()
	})
	return c.objects, err
}

// A collection takes each object once, and few of those that are much alike:
// the values of a field that have the same length.
type collection struct {
	objects []Object
	seen    map[string]bool
	alike   map[likeness]int
}

type likeness struct {
	field  string
	length int
}

const maxAlike = 4

// read takes all objects out of a JSON document: MLSMessages wherever they are,
// others where the name of their field tells the type.
func (c *collection) read(document []byte) error {
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		return err
	}
	c.walk("", v)
	return nil
}

func (c *collection) walk(name string, v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			c.walk(name, e)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c.walk(name, v[name])
		}
	case string:
		if data, err := hex.DecodeString(v); err == nil && len(data) > 0 {
			c.add(name, data)
		}
	}
}

// typed are the types of fields of vectors and of the interop API that do not
// hold an MLSMessage, or not always.
var typed = map[string]string{
	"ratchet_tree": "ratchet-tree", "ratchetTree": "ratchet-tree", "tree": "ratchet-tree",
	"tree_before": "ratchet-tree", "tree_after": "ratchet-tree",
	"group_secrets": "group-secrets", "commit": "commit", "proposal": "proposal",
	"update_path": "update-path", "group_context": "group-context", "authenticated_content": "authenticated-content",
	"add_proposal": "add", "update_proposal": "update", "remove_proposal": "remove",
	"pre_shared_key_proposal": "pre-shared-key", "re_init_proposal": "reinit", "external_init_proposal": "external-init",
	"group_context_extensions_proposal": "group-context-extensions",
}

func (c *collection) add(name string, data []byte) {
	typ := typed[name]
	if _, err := framing.Parse(data); err == nil {
		typ = "message"
	}
	key, like := typ+string(data), likeness{name, len(data)}
	if typ == "" || c.seen[key] || c.alike[like] == maxAlike {
		return
	}
	if c.seen == nil {
		c.seen, c.alike = map[string]bool{}, map[likeness]int{}
	}
	c.seen[key] = true
	c.alike[like]++
	c.objects = append(c.objects, Object{typ, data})
}
