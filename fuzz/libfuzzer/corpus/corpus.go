// Package corpus writes what targets begin with, and replays what they found, in
// the forms of OSS-Fuzz.
package corpus

import (
	"archive/zip"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/driver"
)

// A Target is a target with the name of its binary, and with the folder that it
// runs in with go test.
type Target struct {
	driver.Target
	Binary, Folder string
}

// Main writes the seeds of targets to the folder that is the only argument of
// the program.
func Main(targets []Target) {
	if err := write(os.Args[1], targets); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Replay runs a target with a corpus, for a report of what it reaches. The corpus
// is where OSS-Fuzz has it. What fails is found elsewhere.
func Replay(t *testing.T, target driver.Target) {
	r, err := driver.Open(target)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(os.Getenv("FUZZ_CORPUS_DIR"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := r.Run(data); err != nil {
			t.Logf("%s: %v", path, err)
		}
		return nil
	})
	// Package testing would begin to fuzz now.
	if err := errors.Join(err, flag.Set("test.fuzz", ""), flag.Set("test.fuzzworker", "false")); err != nil {
		t.Fatal(err)
	}
}

func write(out string, targets []Target) error {
	for _, t := range targets {
		if err := os.Chdir(t.Folder); err != nil {
			return err
		}
		seeds, err := driver.Seeds(t.Target)
		if err != nil {
			return err
		}
		if err := archive(filepath.Join(out, t.Binary+"_seed_corpus.zip"), seeds); err != nil {
			return err
		}
	}
	return nil
}

// archive writes inputs to a file, each once, with the name that libFuzzer gives it.
func archive(name string, inputs [][]byte) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	z := zip.NewWriter(f)
	written := map[string]bool{}
	for _, in := range inputs {
		sum := sha1.Sum(in)
		name := hex.EncodeToString(sum[:])
		if written[name] {
			continue
		}
		written[name] = true
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := w.Write(in); err != nil {
			return err
		}
	}
	return z.Close()
}
