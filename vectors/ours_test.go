package vectors_test

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"

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

func TestOwn(t *testing.T) {
	s, err := vectors.Own("tree-math")
	if err != nil || s.Kind != vectors.KindOwn || s.Official || len(s.Data) == 0 {
		t.Errorf("%s, official %v, %d bytes, %v", s.Kind, s.Official, len(s.Data), err)
	}
	if _, err := vectors.Own("gamma"); !errors.Is(err, vectors.ErrUnknownFamily) {
		t.Errorf("an unknown family: %v", err)
	}
}
