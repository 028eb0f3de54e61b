package reports_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/reports"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteFileReplacesTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run.json")
	for _, text := range []string{"a longer first report", "second"} {
		if err := reports.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if diff := cmp.Diff([]string{"run.json"}, names(t, dir)); diff != "" {
		t.Errorf("files left (-want +got)\n%s", diff)
	}
}

func TestWriteFileKeepsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	if err := reports.WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, target); got != "new" {
		t.Errorf("the target holds %q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
}

func TestWriteFileWritesToWhatIsNoFile(t *testing.T) {
	if err := reports.WriteFile(os.DevNull, []byte("gone")); err != nil {
		t.Error(err)
	}
}

func TestWriteFileLeavesTheOldFileWhenItFails(t *testing.T) {
	dir := t.TempDir()
	if err := reports.WriteFile(filepath.Join(dir, "missing", "run.json"), nil); err == nil {
		t.Error("a folder that is not there is no error")
	}
	if err := reports.WriteFile(dir, nil); err == nil {
		t.Error("a folder can be written to")
	}
	if got := names(t, dir); got != nil {
		t.Errorf("files left: %v", got)
	}
}
