package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/mlsconform/mlsconform/fuzz"
)

// For a report of what a corpus reaches, OSS-Fuzz wants test binaries that replay
// it, and the name of the test in each.

var replayOfTarget = template.Must(template.New("").Parse(`package {{.Package}}

import (
	"testing"

	"{{.Module}}/fuzz/libfuzzer/corpus"
	"{{.Module}}/fuzz/libfuzzer/driver"
)

func {{.Test}}(t *testing.T) {
	corpus.Replay(t, driver.Target{Name: "{{.Name}}", Func: {{.Name}}})
}
`))

func replayOf(t fuzz.Target) string { return "TestCorpusOf" + t.Name }

// addReplays adds a test for each target.
func (o *overlay) addReplays(targets []fuzz.Target) error {
	for _, t := range targets {
		f, err := o.find(t)
		if err != nil {
			return err
		}
		data := map[string]string{"Module": fuzz.Module, "Package": f.Package, "Name": f.Name, "Test": replayOf(t)}
		if err := o.generate(t.Package, "libfuzzer_"+t.Name+"_test.go", replayOfTarget, data); err != nil {
			return err
		}
	}
	return o.write()
}

// coverage builds the binaries that replay corpora, and what OSS-Fuzz has beside
// them.
func (b *builder) coverage(ctx context.Context, targets []fuzz.Target) error {
	if err := b.overlay.addReplays(targets); err != nil {
		return err
	}
	tests := map[string]string{} // by the names of binaries
	for i, t := range targets {
		program := filepath.Join(b.out, binary(t))
		err := b.command(ctx, "go", "test", "-c", "-overlay="+b.overlay.file(), "-o", program,
			"-covermode=atomic", "-coverpkg="+strings.Join([]string{fuzz.Module + "/impl/...", fuzz.Module + "/runner/..."}, ","), "./"+t.Package)
		if err != nil {
			return fmt.Errorf("%v: %w", t, err)
		}
		// A profile has the names of packages; these are the folders.
		if err := os.WriteFile(program+".gocovpath", []byte("s="+fuzz.Module+"="+b.overlay.root+"=\n"), 0o666); err != nil {
			return err
		}
		tests[binary(t)] = replayOf(t)
		fmt.Fprintf(b.stdout, "%d of %d: %s\n", i+1, len(targets), binary(t))
	}
	names, err := json.Marshal(tests)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, "fuzzer_function_names.json"), names, 0o666)
}
