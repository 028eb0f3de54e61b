package vectors_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/vectors"
)

// Every source has the family at first; then one after the other loses it.
func TestFirstSourceWins(t *testing.T) {
	w := newWorld(t)
	official := content["alpha"]
	r := w.resolver()
	expect := func(kind vectors.Kind, path string, official bool, data []byte) {
		t.Helper()
		for _, note := range w.resolve(r, "alpha", kind, path, official, data) {
			t.Errorf("note: %v", note)
		}
	}

	w.pack("alpha", []byte("own alpha"))
	r.Offline = true
	s, err := r.Resolve(t.Context(), "alpha")
	if err != nil || s.Kind != vectors.KindOwn || s.Path != "own/alpha.json.gz" || s.Official || string(s.Data) != "own alpha" {
		t.Errorf("embedded: %+v, %v", s, err)
	}

	r.Offline = false
	w.serve()
	expect(vectors.KindDownload, w.address("alpha"), true, official)
	expect(vectors.KindCache, w.cachePath("alpha"), true, official)
	w.write(w.sharedPath("alpha"), official)
	expect(vectors.KindShared, w.sharedPath("alpha"), true, official)
	w.write(w.dirPath("alpha"), []byte("the user's alpha"))
	r.Dir = w.base + "/dir"
	expect(vectors.KindDir, w.dirPath("alpha"), false, []byte("the user's alpha"))
	if n := w.asked.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestNoSource(t *testing.T) {
	w := newWorld(t)
	r := w.resolver()
	if s, err := r.Resolve(t.Context(), "alpha"); !errors.Is(err, vectors.ErrNoSource) || !strings.Contains(err.Error(), "404") {
		t.Errorf("source %+v, error %v; want one that also says why there was no download", s, err)
	}
	if s, err := r.Resolve(t.Context(), "gamma"); !errors.Is(err, vectors.ErrUnknownFamily) {
		t.Errorf("unknown family: source %+v, error %v", s, err)
	}
	if s, err := r.Resolve(t.Context(), "../cache/alpha"); !errors.Is(err, vectors.ErrUnknownFamily) {
		t.Errorf("a path as family: source %+v, error %v", s, err)
	}
}

func TestZeroResolverKnowsTheOfficialFamilies(t *testing.T) {
	var r vectors.Resolver
	if _, err := r.Resolve(t.Context(), "alpha"); !errors.Is(err, vectors.ErrUnknownFamily) {
		t.Errorf("alpha: %v", err)
	}
	path := t.TempDir() + "/welcome.json"
	if _, err := vectors.ReadFile("welcome", path); !errors.Is(err, vectors.ErrUnusable) {
		t.Errorf("welcome: %v", err)
	}
}
