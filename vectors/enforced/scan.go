package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

var idPattern = regexp.MustCompile(`\brfc9420-[0-9]+(?:\.[0-9]+)*-[0-9]{2}\b`)

// scan finds the requirements that the Go files below impl/ of a checkout name.
func scan(root fs.FS) (map[rule.ID]vectors.Enforcement, error) {
	found := make(map[rule.ID]vectors.Enforcement)
	err := fs.WalkDir(root, "impl", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name == "impl/rule"): // ids in rule's tests are mere examples
			return fs.SkipDir
		case path.Ext(name) != ".go":
			return nil
		}
		return scanFile(root, name, found)
	})
	for id, e := range found {
		found[id] = vectors.Enforcement{Checks: sorted(e.Checks), Tests: sorted(e.Tests)}
	}
	return found, err
}

func sorted(places []string) []string {
	slices.Sort(places)
	return slices.Compact(places)
}

func scanFile(root fs.FS, name string, found map[rule.ID]vectors.Enforcement) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	isTest := strings.HasSuffix(name, "_test.go")
	if !isTest && imports(file, "testing") { // a package that helps tests checks no input
		return nil
	}
	ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
		text, ok := stringLiteral(n)
		if !ok {
			return true
		}
		for _, match := range idPattern.FindAllString(text, -1) {
			id := rule.ID(match)
			e := found[id]
			switch {
			case isTest:
				e.Tests = append(e.Tests, name+":"+declaration(stack)+testCase(stack))
			case match == text && !compared(n, stack):
				e.Checks = append(e.Checks, name+":"+declaration(stack))
			default: // mentioned in a message
				continue
			}
			found[id] = e
		}
		return true
	})
	return nil
}

func imports(file *ast.File, pkg string) bool {
	return slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(pkg) })
}

func stringLiteral(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// compared reports whether the literal n is only compared with something: such
// code looks at the refusal of another check.
func compared(n ast.Node, stack []ast.Node) bool {
	switch parent := stack[len(stack)-1].(type) {
	case *ast.BinaryExpr:
		return parent.Op == token.EQL || parent.Op == token.NEQ
	case *ast.CaseClause:
		return slices.Contains(parent.List, ast.Expr(n.(*ast.BasicLit)))
	}
	return false
}

// declaration names the function, Type.Method, or variable around a node.
func declaration(stack []ast.Node) string {
	for _, n := range stack {
		switch d := n.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				return d.Name.Name
			}
			return receiver(d.Recv.List[0].Type) + "." + d.Name.Name
		case *ast.ValueSpec:
			return d.Names[0].Name
		}
	}
	return "(file)" // a struct tag: the only literal outside of these
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return fmt.Sprintf("%T", t)
}

// testCase names the subtest around a node as go test prints it, or is empty:
// the name given to Run, the key of a table that is a map, or the name field
// of a table's entry.
func testCase(stack []ast.Node) string {
	var names strings.Builder
	for _, n := range stack {
		if name := caseName(n); name != "" && !idPattern.MatchString(name) {
			names.WriteString("/" + strings.ReplaceAll(name, " ", "_"))
		}
	}
	return names.String()
}

func caseName(n ast.Node) string {
	var name string
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Run" && len(n.Args) > 1 {
			name, _ = stringLiteral(n.Args[0])
		}
	case *ast.KeyValueExpr:
		name, _ = stringLiteral(n.Key)
	case *ast.CompositeLit:
		name = entryName(n)
	}
	return name
}

// entryName returns the field "name" of a struct literal, or its first field
// where fields have no keys.
func entryName(lit *ast.CompositeLit) string {
	switch lit.Type.(type) {
	case *ast.ArrayType, *ast.MapType:
		return ""
	}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "name") {
				name, _ := stringLiteral(kv.Value)
				return name
			}
		} else if i == 0 {
			name, _ := stringLiteral(elt)
			return name
		}
	}
	return ""
}
