package vectors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A family that only this project has comes from a folder of the user, or from
// the program, and from nowhere else.
func TestOurFamilies(t *testing.T) {
	w := newWorld(t)
	family := format.KeyPackage
	w.packed["key-package/key-package.json.gz"] = &fstest.MapFile{Data: zip(t, []byte("packed"))}
	w.pack(family, []byte("not here"))
	w.write(w.sharedPath(family), []byte("not here"))
	w.write(w.cachePath(family), []byte("not here"))
	w.serve()
	r := w.resolver()
	w.resolve(r, family, vectors.KindOwn, "key-package/key-package.json.gz", false, []byte("packed"))

	w.write(w.dirPath(family), []byte("mine"))
	r.Dir = filepath.Join(w.base, "dir")
	w.resolve(r, family, vectors.KindDir, w.dirPath(family), false, []byte("mine"))

	s, err := w.manifest.ReadNamed(family, w.dirPath(family))
	if err != nil || s.Kind != vectors.KindFile || s.Official || string(s.Data) != "mine" {
		t.Errorf("named: %+v, %v", s, err)
	}
	if w.asked.Load() != 0 {
		t.Error("the upstream repository was asked")
	}

	r.Dir, w.packed = "", fstest.MapFS{}
	r.Replace(w.manifest, w.packed)
	if s, err := r.Resolve(t.Context(), family); !errors.Is(err, vectors.ErrNoSource) {
		t.Errorf("without any: %+v, %v", s, err)
	}
}

// The embedded files are what their schemas say, and small; each id names one
// case, each requirement is in the catalogue, and Shown lists it.
func TestOurFiles(t *testing.T) {
	var size int64
	for _, name := range format.Families() {
		s, err := vectors.Own(name)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.NewCompiler().Compile("schema/" + name + "-v1.schema.json")
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", s.Path, err)
		}
		var file struct {
			Cases []struct {
				ID  string
				IDs []rule.ID
			}
		}
		if err := json.Unmarshal(s.Data, &file); err != nil {
			t.Fatal(err)
		}
		shown, err := vectors.Shown(name)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, c := range file.Cases {
			if ids[c.ID] {
				t.Errorf("%s: two cases have the id %s", s.Path, c.ID)
			}
			ids[c.ID] = true
			for _, id := range c.IDs {
				if _, ok := vectors.Lookup(id); !ok {
					t.Errorf("%s: the catalogue has no %s", c.ID, id)
				}
				if !slices.Contains(shown, id) {
					t.Errorf("%s: %s is not shown", c.ID, id)
				}
			}
		}
		info, err := os.Stat(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 2_000_000 { // besides the 3 MB of own/
		t.Errorf("these files have %d bytes, more than 2 MB", size)
	}
	if _, err := vectors.Shown("tree-math"); err == nil {
		t.Error("an official family names no requirements in its cases")
	}
}

func TestOwn(t *testing.T) {
	s, err := vectors.Own("tree-math")
	if err != nil || s.Kind != vectors.KindOwn || s.Official || len(s.Data) == 0 {
		t.Errorf("%s, official %v, %d bytes, %v", s.Kind, s.Official, len(s.Data), err)
	}
	if _, err := vectors.Own("gamma"); !errors.Is(err, vectors.ErrUnknownFamily) {
		t.Errorf("an unknown family: %v", err)
	}
}
