package vectors_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mlsconform/mlsconform/vectors"
)

// A world holds all places where vectors can be, all empty at first, for two
// families whose official files are made up.
type world struct {
	t        *testing.T
	base     string
	manifest vectors.Manifest
	upstream http.HandlerFunc // answers 404 at first
	asked    atomic.Int32     // requests that reached it
	packed   fstest.MapFS     // the embedded set
	server   *httptest.Server
}

var content = map[string][]byte{
	"alpha": bytes.Repeat([]byte("official alpha\n"), 5000), // several chunks of a download
	"beta":  []byte("official beta"),
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, base: t.TempDir(), upstream: http.NotFound, packed: fstest.MapFS{}}
	w.manifest = vectors.Manifest{Repository: "owner/name", Commit: "c0ffee"}
	for _, family := range []string{"alpha", "beta"} {
		sum := sha256.Sum256(content[family])
		w.manifest.Families = append(w.manifest.Families, vectors.Pin{
			Name: family, Path: "test-vectors/" + family + ".json", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content[family])),
		})
	}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		w.asked.Add(1)
		w.upstream(rw, req)
	}))
	t.Cleanup(w.server.Close)
	return w
}

// resolver begins a run in the world, without a folder that the user named.
func (w *world) resolver() *vectors.Resolver {
	r := &vectors.Resolver{
		Root:     filepath.Join(w.base, "project"),
		CacheDir: filepath.Join(w.base, "cache"),
		BaseURL:  w.server.URL,
		Limit:    time.Minute, // only tests of the limit reach it
	}
	r.Replace(w.manifest, w.packed)
	return r
}

func (w *world) dirPath(family string) string { return filepath.Join(w.base, "dir", family+".json") }
func (w *world) sharedPath(family string) string {
	return filepath.Join(w.base, "shared", "mls-implementations", "test-vectors", family+".json")
}
func (w *world) cachePath(family string) string {
	return filepath.Join(w.base, "cache", "c0ffee", family+".json")
}
func (w *world) address(family string) string {
	return w.server.URL + "/owner/name/c0ffee/test-vectors/" + family + ".json"
}

func (w *world) write(path string, data []byte) {
	w.t.Helper()
	w.mkdir(filepath.Dir(path))
	if err := os.WriteFile(path, data, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mkdir(path string) {
	w.t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// serve makes the upstream repository hold the official files.
func (w *world) serve() {
	w.upstream = func(rw http.ResponseWriter, req *http.Request) {
		for family, data := range content {
			if req.URL.Path == "/owner/name/c0ffee/test-vectors/"+family+".json" {
				rw.Write(data)
				return
			}
		}
		http.NotFound(rw, req)
	}
}

// pack puts a file into the embedded set.
func (w *world) pack(family string, data []byte) {
	w.packed["own/"+family+".json.gz"] = &fstest.MapFile{Data: zip(w.t, data)}
}

func zip(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resolve finds a family that has a source, and checks what is said of it.
// It returns the notes.
func (w *world) resolve(r *vectors.Resolver, family string, kind vectors.Kind, path string, official bool, data []byte) []error {
	w.t.Helper()
	s, err := r.Resolve(w.t.Context(), family)
	if err != nil {
		w.t.Fatal(err)
	}
	if s.Family != family || s.Kind != kind || s.Path != path || s.Official != official {
		w.t.Errorf("source is %s, %s, %s, official %v; want %s, %s, %s, official %v",
			s.Family, s.Kind, s.Path, s.Official, family, kind, path, official)
	}
	if !bytes.Equal(s.Data, data) {
		w.t.Errorf("data is %.40q (%d bytes), want %.40q (%d bytes)", s.Data, len(s.Data), data, len(data))
	}
	return s.Notes
}
