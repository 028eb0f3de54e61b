package vectors_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mlsconform/mlsconform/vectors"
)

func TestBadPackedFile(t *testing.T) {
	packed := zip(t, []byte("some vectors"))
	for _, test := range []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"not gzip", []byte("some vectors")},
		{"cut off", packed[:len(packed)-1]},
		{"wrong checksum", append(packed[:len(packed)-8:len(packed)-8], make([]byte, 8)...)},
	} {
		w := newWorld(t)
		w.packed["own/alpha.json.gz"] = &fstest.MapFile{Data: test.data}
		r := w.resolver()
		r.Offline = true
		s, err := r.Resolve(t.Context(), "alpha")
		if err == nil || !strings.Contains(err.Error(), "own/alpha.json.gz") {
			t.Errorf("%s: %d bytes, error %v", test.name, len(s.Data), err)
		}
		if errors.Is(err, vectors.ErrUnusable) || errors.Is(err, vectors.ErrNoSource) {
			t.Errorf("%s: the fault is ours, but the error is %v", test.name, err)
		}
	}
}

func TestUnpackingIsBounded(t *testing.T) {
	files := fstest.MapFS{"zeros": {Data: zip(t, make([]byte, 1000))}}
	if data, err := vectors.ReadPacked(files, "zeros", 1000); err != nil || len(data) != 1000 {
		t.Errorf("at the limit: %d bytes, error %v", len(data), err)
	}
	if data, err := vectors.ReadPacked(files, "zeros", 999); err == nil {
		t.Errorf("beyond the limit: %d bytes", len(data))
	}
}

// The embedded set is whole: every family, with cases, in at most 3 MB.
func TestOwnSet(t *testing.T) {
	r := &vectors.Resolver{Root: t.TempDir(), CacheDir: t.TempDir(), Offline: true}
	files, err := fs.Glob(os.DirFS("."), "own/*.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Log("own/ holds nothing yet")
		return
	}
	var size int64
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 3_000_000 {
		t.Errorf("own/ has %d bytes, more than 3 MB", size)
	}
	for _, pin := range vectors.Official().Families {
		s, err := r.Resolve(t.Context(), pin.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		var cases []json.RawMessage
		if err := json.Unmarshal(s.Data, &cases); err != nil || len(cases) == 0 {
			t.Errorf("%s: %d cases, %v", pin.Name, len(cases), err)
		}
		if s.Kind != vectors.KindOwn || s.Official {
			t.Errorf("%s: kind %s, official %v", pin.Name, s.Kind, s.Official)
		}
	}
}
