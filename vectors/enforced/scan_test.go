package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

func TestScanFindsChecks(t *testing.T) {
	const place = "impl/leaf/validate.go:"
	for _, test := range []struct {
		name, code string
		want       []string
	}{
		{"in a function", `func Check() error { return rule.Errorf("rfc9420-7.3-01", "no") }`, []string{place + "Check"}},
		{"in a method", `func (n Node) Check() error { return rule.Errorf("rfc9420-7.3-01", "no") }`, []string{place + "Node.Check"}},
		{"in a method by pointer", `func (n *Node) Check() error { return &rule.Error{ID: "rfc9420-7.3-01"} }`, []string{place + "Node.Check"}},
		{"in a generic method", `func (n *Node[T]) Check() error { return rule.Errorf("rfc9420-7.3-01", "no") }`, []string{place + "Node.Check"}},
		{"in a method of two types", `func (n Node[T, U]) Check() error { return rule.Errorf("rfc9420-7.3-01", "no") }`, []string{place + "Node.Check"}},
		{"in a closure", `func Check() error { return func() error { return fail("rfc9420-7.3-01") }() }`, []string{place + "Check"}},
		{"in a table", `var limits = map[string]rule.ID{"size": "rfc9420-7.3-01"}`, []string{place + "limits"}},
		{"twice", `func Check() error { fail("rfc9420-7.3-01"); return fail("rfc9420-7.3-01") }`, []string{place + "Check"}},
		{"in raw quotes", "func Check() error { return fail(`rfc9420-7.3-01`) }", []string{place + "Check"}},
		{"at two places", `func B() error { return fail("rfc9420-7.3-01") }; func A() error { return fail("rfc9420-7.3-01") }`, []string{place + "A", place + "B"}},
		{"in a comment", `// rfc9420-7.3-01 "rfc9420-7.3-01"`, nil},
		{"in a message", `func Check() error { return errors.New("see rfc9420-7.3-01") }`, nil},
		{"compared", `func Check(err error) bool { return rule.Of(err) == "rfc9420-7.3-01" || "rfc9420-7.3-01" != rule.Of(err) }`, nil},
		{"as a case", `func Check(err error) { switch rule.Of(err) { case "rfc9420-7.3-02", "rfc9420-7.3-01": } }`, nil},
		{"below a case", `func Check(n int) error { switch n { case 1: return fail("rfc9420-7.3-01") }; return nil }`, []string{place + "Check"}},
		{"in a package for tests", `import "testing"; func Check(t *testing.T) { want("rfc9420-7.3-01") }`, nil},
		{"as a longer id", `func Check() error { return fail("rfc9420-7.3-011") }`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := scanOne(t, "impl/leaf/validate.go", test.code)
			if diff := cmp.Diff(vectors.Enforcement{Checks: test.want}, got["rfc9420-7.3-01"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScanFindsTests(t *testing.T) {
	const place = "impl/leaf/validate_test.go:"
	for _, test := range []struct {
		name, code, want string
	}{
		{"function", `func TestA(t *testing.T) { want(t, "rfc9420-7.3-01") }`, "TestA"},
		{"comparison", `func TestA(t *testing.T) { if rule.Of(err) != "rfc9420-7.3-01" { t.Error(err) } }`, "TestA"},
		{"inside of a text", `func TestA(t *testing.T) { want(t, "leaf [rfc9420-7.3-01]") }`, "TestA"},
		{"subtest", `func TestA(t *testing.T) { t.Run("some case", func(t *testing.T) { want(t, "rfc9420-7.3-01") }) }`, "TestA/some_case"},
		{"nested subtest", `func TestA(t *testing.T) { t.Run("a", func(t *testing.T) { t.Run("b", func(t *testing.T) { want(t, "rfc9420-7.3-01") }) }) }`, "TestA/a/b"},
		{"subtest named after the id", `func TestA(t *testing.T) { t.Run("rfc9420-7.3-01", func(t *testing.T) {}) }`, "TestA"},
		{"field name", `func TestA(t *testing.T) { for _, c := range []T{{id: "rfc9420-7.3-01", name: "some case"}} {} }`, "TestA/some_case"},
		{"field name of another entry", `func TestA(t *testing.T) { for _, c := range []T{{name: "other"}, {id: "rfc9420-7.3-01"}} {} }`, "TestA"},
		{"first field", `func TestA(t *testing.T) { for _, c := range []T{{"some case", "rfc9420-7.3-01"}} {} }`, "TestA/some_case"},
		{"first field is the id", `func TestA(t *testing.T) { for _, c := range []T{{"rfc9420-7.3-01", "some case"}} {} }`, "TestA"},
		{"ids in a list", `func TestA(t *testing.T) { for _, c := range []T{{"some case", []rule.ID{"rfc9420-7.3-02", "rfc9420-7.3-01"}}} {} }`, "TestA/some_case"},
		{"list of texts", `func TestA(t *testing.T) { for _, id := range []string{"other", "rfc9420-7.3-01"} {} }`, "TestA"},
		{"map key", `func TestA(t *testing.T) { for name, c := range map[string]T{"some case": {id: "rfc9420-7.3-01"}} {} }`, "TestA/some_case"},
		{"id as map key", `func TestA(t *testing.T) { for id, c := range map[rule.ID]T{"rfc9420-7.3-01": {}} {} }`, "TestA"},
		{"name of a variable", `func TestA(t *testing.T) { for _, c := range []T{{name: fault, id: "rfc9420-7.3-01"}} {} }`, "TestA"},
		{"table outside", `var cases = []T{{name: "some case", id: "rfc9420-7.3-01"}}`, "cases/some_case"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := scanOne(t, "impl/leaf/validate_test.go", test.code)
			if diff := cmp.Diff(vectors.Enforcement{Tests: []string{place + test.want}}, got["rfc9420-7.3-01"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func scanOne(t *testing.T, name, code string) map[rule.ID]vectors.Enforcement {
	t.Helper()
	got, err := scan(fstest.MapFS{name: {Data: []byte("package leaf\n" + code)}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestScanLeavesOutExamples(t *testing.T) {
	code := &fstest.MapFile{Data: []byte(`package p; func F() error { return fail("rfc9420-7.3-01") }`)}
	got, err := scan(fstest.MapFS{
		"impl/rule/rule_test.go":     code,
		"impl/leaf/testdata/leaf.go": code,
		"impl/leaf/README.md":        {Data: []byte("rfc9420-7.3-01")},
		"runner/run.go":              code,
	})
	if err != nil || len(got) != 0 {
		t.Errorf("found %v, error %v", got, err)
	}
}

func TestScanRefusesWhatIsNotGo(t *testing.T) {
	if got, err := scan(fstest.MapFS{"impl/a.go": {Data: []byte("packag a")}}); err == nil {
		t.Errorf("found %v", got)
	}
	if got, err := scan(fstest.MapFS{}); err == nil {
		t.Errorf("without impl/: %v", got)
	}
}

func TestRunOutsideOfACheckout(t *testing.T) {
	if err := run(t.TempDir()); err == nil {
		t.Error("no error")
	}
}

func TestRunWritesTheMap(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                "module github.com/mlsconform/mlsconform\n",
		"impl/leaf/a.go":        `package leaf; func A() error { return fail("rfc9420-7.3-01") }`,
		"impl/leaf/a_test.go":   `package leaf; func TestA(t *testing.T) { t.Run("b<a", func(t *testing.T) { want("rfc9420-7.3-01") }) }`,
		"impl/leaf/b.go":        `package leaf; func B() error { return fail("rfc9420-10.1-01") }`,
		"vectors/enforced.json": "",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(filepath.Join(root, "impl")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "vectors", "enforced.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "rfc9420-10.1-01": {
    "checks": [
      "impl/leaf/b.go:B"
    ]
  },
  "rfc9420-7.3-01": {
    "checks": [
      "impl/leaf/a.go:A"
    ],
    "tests": [
      "impl/leaf/a_test.go:TestA/b<a"
    ]
  }
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkout scans the checkout that this test is part of.
func checkout(t *testing.T) map[rule.ID]vectors.Enforcement {
	t.Helper()
	root, err := vectors.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	found, err := scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCommittedMapIsCurrent(t *testing.T) {
	found := checkout(t)
	want, err := encode(found)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "enforced.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("vectors/enforced.json is not current, run: go run ./vectors/enforced\n(-want +got):\n%s", cmp.Diff(found, vectors.Enforced()))
	}
}

func TestEveryIDIsInTheCatalogue(t *testing.T) {
	for id, e := range checkout(t) {
		if _, ok := vectors.Lookup(id); !ok {
			t.Errorf("%s is not in the catalogue: %v %v", id, e.Checks, e.Tests)
		}
	}
}

// The sections that say when an object is refused: each of their rules that
// bytes can break has a check and a test.
func TestValidationSectionsAreEnforced(t *testing.T) {
	sections := []string{"7.3", "7.9.2", "10", "10.1", "12.2", "12.4.2", "12.4.3.1", "12.4.3.2"}
	found := checkout(t)
	for _, r := range vectors.Catalogue() {
		if !slices.Contains(sections, r.Section) || !r.TestedBy(vectors.VectorReject, vectors.Codec) || r.MayAccept() {
			continue
		}
		e := found[r.ID]
		if len(e.Checks) == 0 {
			t.Errorf("%s has no check: %s", r.ID, r.Summary)
		}
		if len(e.Tests) == 0 {
			t.Errorf("%s has no test: %s", r.ID, r.Summary)
		}
	}
}
