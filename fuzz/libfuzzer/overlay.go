package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/mlsconform/mlsconform/fuzz"
)

// Only go test builds test files, and it makes no archives for C. So the go
// command gets to see other names: the files of a test package stand in a folder
// of their own, and each target has a main package. All this is in an overlay;
// nothing in the module changes.

// An overlay is how the go command gets to see the module.
type overlay struct {
	root     string
	folder   string            // for generated files and the overlay itself
	replace  map[string]string // contents by the names that the go command sees
	packages map[string]*testPackage
}

// A testPackage has the targets of a folder.
type testPackage struct {
	Dir          string
	ImportPath   string
	Name         string
	TestGoFiles  []string // in the package itself
	XTestGoFiles []string // outside of it
}

const (
	testFolder = "libfuzzer_test_package" // beside the files of the package
	mainFolder = "fuzz/libfuzzer/mains"
	seedsMain  = mainFolder + "/seeds"
)

// newOverlay makes an overlay for targets, which replaces nothing yet.
func newOverlay(ctx context.Context, folder string, targets []fuzz.Target) (*overlay, error) {
	o := &overlay{folder: folder, replace: map[string]string{}, packages: map[string]*testPackage{}}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	o.root = strings.TrimSpace(string(out))
	if err := o.list(ctx, targets); err != nil {
		return nil, err
	}
	return o, nil
}

// addPrograms has test packages be packages, and adds main packages.
func (o *overlay) addPrograms(targets []fuzz.Target) error {
	for _, p := range o.packages {
		for _, name := range p.TestGoFiles {
			o.replace[filepath.Join(p.Dir, noTest(name))] = filepath.Join(p.Dir, name)
		}
		for _, name := range p.XTestGoFiles {
			o.replace[filepath.Join(p.Dir, testFolder, noTest(name))] = filepath.Join(p.Dir, name)
		}
	}
	if err := o.addMains(targets); err != nil {
		return err
	}
	return o.write()
}

// write writes the file that the go command takes with -overlay.
func (o *overlay) write() error {
	data, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return err
	}
	return os.WriteFile(o.file(), data, 0o666)
}

func (o *overlay) file() string { return filepath.Join(o.folder, "overlay.json") }

// noTest returns a name for a test file that is none of a test, and that no
// operating system is read from.
func noTest(name string) string { return strings.TrimSuffix(name, ".go") + "_.go" }

// binary returns the name of a target's libFuzzer binary.
func binary(t fuzz.Target) string { return strings.ReplaceAll(t.Package, "/", "-") + "-" + t.Name }

// mainOf returns the main package of a target.
func mainOf(t fuzz.Target) string { return mainFolder + "/" + binary(t) }

// list asks the go command for the packages of targets.
func (o *overlay) list(ctx context.Context, targets []fuzz.Target) error {
	args := []string{"list", "-json=Dir,ImportPath,Name,TestGoFiles,XTestGoFiles"}
	for _, t := range targets {
		if arg := "./" + t.Package; !slices.Contains(args, arg) {
			args = append(args, arg)
		}
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = o.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p testPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		o.packages[strings.TrimPrefix(p.ImportPath, fuzz.Module+"/")] = &p
	}
}

// A function is a target as generated files have it.
type function struct {
	Package, Alias, Path string // where it is declared
	Name                 string
	Binary, Home         string // its binary, and the folder that it runs in with go test
}

var mainOfTarget = template.Must(template.New("").Parse(`package main

import (
	"{{.Module}}/fuzz/libfuzzer/driver"
	"{{.Module}}/fuzz/libfuzzer/entry"
{{with index .Functions 0}}	{{.Alias}} "{{.Path}}"
)

func init() { entry.Target = driver.Target{Name: "{{.Name}}", Func: {{.Alias}}.{{.Name}}} }
{{end}}
func main() {}
`))

var mainOfSeeds = template.Must(template.New("").Parse(`package main

import (
	"{{.Module}}/fuzz/libfuzzer/corpus"
	"{{.Module}}/fuzz/libfuzzer/driver"
{{range .Imports}}	{{.}}
{{end}})

func main() {
	corpus.Main([]corpus.Target{
{{range .Functions}}		{driver.Target{Name: "{{.Name}}", Func: {{.Alias}}.{{.Name}}}, "{{.Binary}}", {{printf "%q" .Home}}},
{{end}}	})
}
`))

// addMains adds a main package for each target, and one that writes the seeds of
// all of them.
func (o *overlay) addMains(targets []fuzz.Target) error {
	var all []function
	var imports []string
	for _, t := range targets {
		f, err := o.find(t)
		if err != nil {
			return err
		}
		all = append(all, f)
		if line := fmt.Sprintf("%s %q", f.Alias, f.Path); !slices.Contains(imports, line) {
			imports = append(imports, line)
		}
		if err := o.generate(mainOf(t), "main.go", mainOfTarget, map[string]any{"Module": fuzz.Module, "Functions": []function{f}}); err != nil {
			return err
		}
	}
	return o.generate(seedsMain, "main.go", mainOfSeeds, map[string]any{"Module": fuzz.Module, "Functions": all, "Imports": imports})
}

// generate writes a file, and has the go command see it in a folder of the module.
func (o *overlay) generate(folder, name string, text *template.Template, data any) error {
	var source bytes.Buffer
	if err := text.Execute(&source, data); err != nil {
		return err
	}
	written := filepath.Join(o.folder, strings.ReplaceAll(folder, "/", "-")+"-"+name)
	o.replace[filepath.Join(o.root, folder, name)] = written
	return os.WriteFile(written, source.Bytes(), 0o666)
}

// find looks for the function of a target.
func (o *overlay) find(t fuzz.Target) (function, error) {
	p := o.packages[t.Package]
	if p == nil {
		return function{}, fmt.Errorf("%v: there is no such package", t)
	}
	alias := strings.ReplaceAll(t.Package, "/", "_")
	for _, f := range []struct {
		function
		files []string
	}{
		{function{p.Name, alias, p.ImportPath, t.Name, binary(t), p.Dir}, p.TestGoFiles},
		{function{p.Name + "_test", alias + "_test", p.ImportPath + "/" + testFolder, t.Name, binary(t), p.Dir}, p.XTestGoFiles},
	} {
		for _, name := range f.files {
			has, err := declares(filepath.Join(p.Dir, name), t.Name)
			if err != nil || has {
				return f.function, err
			}
		}
	}
	return function{}, fmt.Errorf("%v: there is no such function", t)
}

// declares reports whether a file declares a function.
func declares(file, name string) (bool, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(parsed.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == name
	}), nil
}
