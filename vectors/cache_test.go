package vectors_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/vectors"
)

func TestDamagedCacheEntryIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.serve()
	w.write(w.cachePath("alpha"), content["alpha"][1:])
	notes := w.resolve(w.resolver(), "alpha", vectors.KindDownload, w.address("alpha"), true, content["alpha"])
	if len(notes) != 1 || !strings.Contains(notes[0].Error(), w.cachePath("alpha")) {
		t.Errorf("notes are %v, want one about %s", notes, w.cachePath("alpha"))
	}
	if notes := w.resolve(w.resolver(), "alpha", vectors.KindCache, w.cachePath("alpha"), true, content["alpha"]); len(notes) != 0 {
		t.Errorf("the next run notes %v", notes)
	}
}

func TestDamagedCacheEntryIsRemovedWithoutNetwork(t *testing.T) {
	w := newWorld(t)
	w.pack("alpha", []byte("own"))
	w.write(w.cachePath("alpha"), nil)
	r := w.resolver()
	r.Offline = true
	w.resolve(r, "alpha", vectors.KindOwn, "own/alpha.json.gz", false, []byte("own"))
	if _, err := os.Stat(w.cachePath("alpha")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the entry is still there (%v)", err)
	}
}

// What cannot be kept is used all the same.
func TestCacheThatCannotBeWritten(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(w *world, r *vectors.Resolver)
		want []string // of each note
	}{
		{"no place for a folder", func(w *world, r *vectors.Resolver) { w.write(w.base+"/cache/c0ffee", nil) },
			[]string{"damaged entry", "remove ", "not kept"}},
		{"entry that stays", func(w *world, r *vectors.Resolver) { w.write(w.cachePath("alpha")+"/file", nil) },
			[]string{"damaged entry", "remove ", "not kept"}},
		{"folder takes no files", func(w *world, r *vectors.Resolver) {
			w.mkdir(filepath.Dir(w.cachePath("alpha")))
			if err := os.Chmod(filepath.Dir(w.cachePath("alpha")), 0o555); err != nil {
				t.Fatal(err)
			}
		}, []string{"not kept"}},
		{"no cache folder", func(w *world, r *vectors.Resolver) {
			r.CacheDir = ""
			for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
				w.t.Setenv(name, "")
			}
		}, []string{"not kept"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.serve()
			r := w.resolver()
			test.make(w, r)
			notes := w.resolve(r, "alpha", vectors.KindDownload, w.address("alpha"), true, content["alpha"])
			if os.Geteuid() == 0 && test.name == "folder takes no files" {
				test.want = nil // nothing is read-only for the superuser
			}
			if len(notes) != len(test.want) {
				t.Fatalf("notes are %v, want %q", notes, test.want)
			}
			for i, note := range notes {
				if !strings.Contains(note.Error(), test.want[i]) {
					t.Errorf("note %q is not about %q", note, test.want[i])
				}
			}
			if left, err := filepath.Glob(filepath.Join(w.base, "cache", "c0ffee", "*.tmp")); len(left) != 0 || err != nil {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

func TestUsersCacheFolder(t *testing.T) {
	w := newWorld(t)
	w.serve()
	t.Setenv("HOME", w.base)
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("LocalAppData", w.base)
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r := w.resolver()
	r.CacheDir = ""
	if notes := w.resolve(r, "beta", vectors.KindDownload, w.address("beta"), true, content["beta"]); len(notes) != 0 {
		t.Errorf("notes are %v", notes)
	}
	path := filepath.Join(user, "mlsconform", "c0ffee", "beta.json")
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content["beta"]) {
		t.Errorf("%s holds %q, %v", path, got, err)
	}
}
