package vectors_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/vectors"
)

func TestReadFile(t *testing.T) {
	w := newWorld(t)
	mine, copied := filepath.Join(w.base, "mine.json"), filepath.Join(w.base, "copied.json")
	w.write(mine, []byte("[]"))
	w.write(copied, content["alpha"])
	for _, test := range []struct {
		family, path string
		want         vectors.Source
		err          error
	}{
		{family: "alpha", path: mine, want: vectors.Source{Family: "alpha", Kind: vectors.KindFile, Path: mine, Data: []byte("[]")}},
		{family: "alpha", path: copied, want: vectors.Source{Family: "alpha", Kind: vectors.KindFile, Path: copied, Official: true, Data: content["alpha"]}},
		{family: "beta", path: copied, want: vectors.Source{Family: "beta", Kind: vectors.KindFile, Path: copied, Data: content["alpha"]}},
		{family: "gamma", path: mine, err: vectors.ErrUnknownFamily},
		{family: "alpha", path: filepath.Join(w.base, "absent.json"), err: vectors.ErrUnusable},
		{family: "alpha", path: w.base, err: vectors.ErrUnusable},
	} {
		got, err := w.manifest.ReadNamed(test.family, test.path)
		if !errors.Is(err, test.err) {
			t.Errorf("%s=%s: error %v, want %v", test.family, test.path, err, test.err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s=%s (-want +got):\n%s", test.family, test.path, diff)
		}
	}
}

func TestDirWithOfficialBytesIsOfficial(t *testing.T) {
	w := newWorld(t)
	w.write(w.dirPath("alpha"), content["alpha"])
	r := w.resolver()
	r.Dir = filepath.Join(w.base, "dir")
	w.resolve(r, "alpha", vectors.KindDir, w.dirPath("alpha"), true, content["alpha"])
}

func TestDirWithoutTheFamilyIsPassedOver(t *testing.T) {
	w := newWorld(t)
	w.write(w.dirPath("alpha"), content["alpha"])
	w.write(w.sharedPath("beta"), content["beta"])
	r := w.resolver()
	r.Dir = filepath.Join(w.base, "dir")
	w.resolve(r, "beta", vectors.KindShared, w.sharedPath("beta"), true, content["beta"])
}

// The user's and the shared files are never passed over in silence.
func TestUnusable(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(w *world, r *vectors.Resolver)
		want string // a path that the error names
	}{
		{"dir is absent", func(w *world, r *vectors.Resolver) { r.Dir = w.base + "/nowhere" }, "/nowhere"},
		{"dir is a file", func(w *world, r *vectors.Resolver) {
			r.Dir = w.base + "/file"
			w.write(r.Dir, nil)
		}, "/file"},
		{"file in dir is a folder", func(w *world, r *vectors.Resolver) {
			r.Dir = w.base + "/dir"
			w.mkdir(w.dirPath("alpha"))
		}, "/dir/alpha.json"},
		{"shared file is a folder", func(w *world, r *vectors.Resolver) { w.mkdir(w.sharedPath("alpha")) }, "/alpha.json"},
		{"shared file is another", func(w *world, r *vectors.Resolver) {
			w.write(w.sharedPath("alpha"), content["beta"])
		}, "/alpha.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.serve()
			r := w.resolver()
			test.make(w, r)
			s, err := r.Resolve(t.Context(), "alpha")
			if !errors.Is(err, vectors.ErrUnusable) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one about %s; source %+v", err, test.want, s)
			}
		})
	}
}

func TestSharedChecksumIsExplained(t *testing.T) {
	w := newWorld(t)
	w.write(w.sharedPath("alpha"), content["beta"])
	_, err := w.resolver().Resolve(t.Context(), "alpha")
	got, ok := errors.AsType[*vectors.ChecksumError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	want := &vectors.ChecksumError{Path: w.sharedPath("alpha"), Want: w.manifest.Families[0].SHA256, Got: w.manifest.Families[1].SHA256}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, part := range []string{want.Path, want.Want, want.Got} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
}

func TestRootIsSearchedUpward(t *testing.T) {
	w := newWorld(t)
	deep := filepath.Join(w.base, "project", "runner", "family")
	w.mkdir(deep)
	w.write(filepath.Join(w.base, "project", "runner", "go.mod"), []byte("module github.com/mlsconform/mlsconform/runner\n"))
	w.write(w.sharedPath("alpha"), content["alpha"])
	t.Chdir(deep)
	r := w.resolver()
	r.Root, r.Offline = "", true
	if s, err := r.Resolve(t.Context(), "alpha"); !errors.Is(err, vectors.ErrNoSource) {
		t.Errorf("outside of the module: %+v, %v", s, err)
	}
	if root, err := vectors.FindRoot(deep); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("outside of the module the root is %q, error %v", root, err)
	}

	w.write(filepath.Join(w.base, "project", "go.mod"), []byte("// The project.\nmodule github.com/mlsconform/mlsconform\n"))
	s, err := r.Resolve(t.Context(), "alpha")
	if err != nil || s.Kind != vectors.KindShared {
		t.Errorf("below the root: %s, %v", s.Kind, err)
	}
	if root, err := vectors.FindRoot("."); err != nil || !sameFile(t, root, filepath.Join(w.base, "project")) {
		t.Errorf("the root is %q, error %v", root, err)
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	return os.SameFile(infoA, infoB)
}

func TestReadIsBounded(t *testing.T) {
	if data, err := vectors.ReadAtMost(strings.NewReader("1234"), 4); err != nil || string(data) != "1234" {
		t.Errorf("at the limit: %q, %v", data, err)
	}
	if data, err := vectors.ReadAtMost(endless{}, 4); err == nil || len(data) > 5 {
		t.Errorf("without end: %d bytes, %v", len(data), err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
