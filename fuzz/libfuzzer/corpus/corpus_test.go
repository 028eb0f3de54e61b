package corpus_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/corpus"
	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/driver"
)

func TestReplay(t *testing.T) {
	for _, name := range []string{"test.run", "test.testlogfile", "test.fuzzcachedir"} {
		value := flag.Lookup(name).Value.String()
		t.Cleanup(func() {
			if err := flag.Set(name, value); err != nil {
				t.Error(err)
			}
		})
	}
	folder := t.TempDir()
	t.Setenv("FUZZ_CORPUS_DIR", folder)
	for name, text := range map[string]string{"a": "one", "b": "fails", "c/d": "two"} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	corpus.Replay(t, driver.Target{Name: "FuzzThis", Func: func(f *testing.F) {
		f.Fuzz(func(t *testing.T, in string) {
			got = append(got, in)
			if in == "fails" {
				t.Fatal(in)
			}
		})
	}})
	if diff := cmp.Diff([]string{"one", "fails", "two"}, got); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if pattern := flag.Lookup("test.fuzz").Value.String(); pattern != "" {
		t.Errorf("package testing would fuzz %s", pattern)
	}
}
