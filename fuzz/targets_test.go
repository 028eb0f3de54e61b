package fuzz_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz"
)

// functions calls found for every function of the module's Go files, with the
// folder that it stands in.
func functions(t *testing.T, found func(folder string, test bool, f *ast.FuncDecl)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || entry.Name() == ".git"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				found(filepath.ToSlash(folder), strings.HasSuffix(path, "_test.go"), f)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func names() []string {
	var all []string
	for _, target := range fuzz.Targets() {
		all = append(all, target.String())
	}
	return all
}

func TestAllTargetsAreListed(t *testing.T) {
	var want []string
	functions(t, func(folder string, test bool, f *ast.FuncDecl) {
		if test && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
			want = append(want, folder+"."+f.Name.Name)
		}
	})
	slices.Sort(want)
	if diff := gocmp.Diff(want, slices.Sorted(slices.Values(names()))); diff != "" {
		t.Errorf("fuzz functions and fuzz.Targets (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(fuzz.Targets(), func(a, b fuzz.Target) int { return cmp.Compare(a.Package, b.Package) }) {
		t.Error("the packages are not sorted")
	}
}

// Each type of impl that is decoded has a target that is named after it.
func TestEveryCodecHasATarget(t *testing.T) {
	pairs := map[string]int{} // methods of a type, by the name of its target
	functions(t, func(folder string, test bool, f *ast.FuncDecl) {
		if test || f.Recv == nil || !strings.HasPrefix(folder, "impl/") {
			return
		}
		if name := f.Name.Name; name == "MarshalMLS" || name == "UnmarshalMLS" {
			pairs[folder+".Fuzz"+capitalized(receiver(f))]++
		}
	})
	seen := 0
	for name, methods := range pairs {
		if methods < 2 {
			continue // only encoded, or only decoded
		}
		seen++
		if !slices.ContainsFunc(fuzz.Targets(), func(t fuzz.Target) bool { return t.String() == name && t.Kind == fuzz.Codec }) {
			t.Errorf("there is no codec target %s", name)
		}
	}
	if seen < 40 {
		t.Errorf("only %d types have a codec pair: too few to be all", seen)
	}
}

func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	name, _ := typ.(*ast.Ident)
	return name.Name
}

func capitalized(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    fuzz.Kind
		pattern string
		want    []string // some of them
		not     []string
	}{
		{"all", "", "", names(), nil},
		{"of a kind", fuzz.Codec, "", []string{"impl/syntax.FuzzRecord"}, []string{"fuzz.FuzzState"}},
		{"of a name", "", "FuzzTBS$", []string{"impl/keypackage.FuzzTBS"}, []string{"impl/message.FuzzGroupInfoTBS", "impl/keypackage.FuzzKeyPackage"}},
		{"of a package", "", `^runner\.`, []string{"runner.FuzzSplit"}, []string{"runner/strict.FuzzDecode"}},
		{"of both", fuzz.Crypto, "Welcome", []string{"impl/group.FuzzForgeWelcome"}, []string{"impl/group.FuzzForge", "impl/message.FuzzWelcome"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chosen, err := fuzz.Choose(c.kind, c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, target := range chosen {
				got = append(got, target.String())
			}
			for _, want := range c.want {
				if !slices.Contains(got, want) {
					t.Errorf("%s is not chosen", want)
				}
			}
			for _, not := range c.not {
				if slices.Contains(got, not) {
					t.Errorf("%s is chosen", not)
				}
			}
		})
	}
	for _, pattern := range []string{"none", "("} {
		if _, err := fuzz.Choose("", pattern); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
	if _, err := fuzz.Choose("none", ""); err == nil {
		t.Error("a kind that does not exist is taken")
	}
}
