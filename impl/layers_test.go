package impl_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/mlsconform/mlsconform/"
	prefix = module + "impl/"
)

// levels says how high each package stands. A package imports only packages
// of lower levels, never one of its own.
var levels = map[string]int{
	"rule":           0,
	"codepoint":      0,
	"treemath":       0,
	"parallel":       0,
	"syntax":         1,
	"ciphersuite":    2,
	"leaf":           3,
	"keypackage":     4,
	"tree":           4,
	"schedule":       4,
	"message":        5,
	"framing":        6,
	"group":          7,
	"store":          8,
	"store/bolt":     8,
	"inspect":        8,
	"directory":      9,
	"directory/http": 9,
}

type listed struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	// The go command does not see which files its child reads. Looking at them
	// here keeps it from taking an old result of this test for a new one.
	if err := filepath.WalkDir(".", func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestPackagesImportOnlyLowerLevels(t *testing.T) {
	seen := 0
	for _, p := range listPackages(t) {
		name, ok := strings.CutPrefix(p.ImportPath, prefix)
		if !ok {
			continue // impl itself, which is its documentation
		}
		seen++
		for _, imported := range p.Imports {
			if fault := judge(name, imported); fault != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, fault)
			}
		}
	}
	if seen < 4 {
		t.Errorf("go list shows %d packages: too few to be all", seen)
	}
}

// judge says what is wrong when the package of that name imports the other,
// if anything.
func judge(name, imported string) string {
	if !strings.HasPrefix(imported, module) {
		return ""
	}
	other, ok := strings.CutPrefix(imported, prefix)
	if !ok {
		return "impl stands alone"
	}
	own, ok := levels[name]
	if parent := path.Dir(name); isForTests(name) {
		// It tests its parent, and so stands just above.
		own, ok = levels[parent]
		own++
	}
	level, known := levels[other]
	switch {
	case isForTests(other):
		return "it is for tests only"
	case !ok || !known:
		return "a package without a level; add it to the table"
	case path.Dir(name) == other && own == level:
		return "" // store/bolt is a store
	case level >= own:
		return "it does not stand on a lower level"
	}
	return ""
}

// isForTests tells packages such as syntax/syntaxtest.
func isForTests(name string) bool {
	return path.Base(name) == path.Base(path.Dir(name))+"test"
}

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name, imported string
		allowed        bool
	}{
		{"tree", "fmt", true},
		{"tree", prefix + "leaf", true},
		{"tree", prefix + "schedule", false},
		{"leaf", prefix + "tree", false},
		{"leaf", module + "vectors", false},
		{"group", module + "runner/result", false},
		{"syntax", prefix + "syntax/syntaxtest", false},
		{"syntax/syntaxtest", prefix + "syntax", true},
		{"syntax/syntaxtest", prefix + "leaf", false},
		{"store/bolt", prefix + "store", true},
		{"novelty", prefix + "rule", false},
		{"group", prefix + "novelty", false},
	} {
		if got := judge(test.name, test.imported); (got == "") != test.allowed {
			t.Errorf("%s imports %s: %q", test.name, test.imported, got)
		}
	}
}
