package docs_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/docs"
	"github.com/mlsconform/mlsconform/runner/subject/process"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func page(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(docs.Pages(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Each field, and each value of those that have few, is explained.
func TestEveryFieldIsDescribed(t *testing.T) {
	described := page(t, "vectors.md")
	for name, least := range map[string]int{format.KeyPackage: 30, format.Ciphersuite: 30, format.Decoding: 12} {
		data, err := fs.ReadFile(vectors.Schemas(), "schema/"+name+"-v1.schema.json")
		if err != nil {
			t.Fatal(err)
		}
		var schema any
		if err := json.Unmarshal(data, &schema); err != nil {
			t.Fatal(err)
		}
		words := map[string]bool{}
		collect(schema, words)
		if len(words) < least {
			t.Errorf("%s: only %d fields and values", name, len(words))
		}
		for _, word := range slices.Sorted(maps.Keys(words)) {
			if !strings.Contains(described, "`"+word+"`") {
				t.Errorf("%s: vectors.md does not mention `%s`", name, word)
			}
		}
	}
}

// collect finds the names of fields and the values of text fields.
func collect(schema any, words map[string]bool) {
	switch s := schema.(type) {
	case map[string]any:
		if properties, ok := s["properties"].(map[string]any); ok {
			for name := range properties {
				words[name] = true
			}
		}
		if value, ok := s["const"].(string); ok {
			words[value] = true
		}
		if values, ok := s["enum"].([]any); ok {
			for _, v := range values {
				words[v.(string)] = true
			}
		}
		for _, inner := range s {
			collect(inner, words)
		}
	case []any:
		for _, inner := range s {
			collect(inner, words)
		}
	}
}

// later is a request of a family that the templates do not know.
type later struct {
	Family string `json:"family"`
	ID     string `json:"id"`
}

func (l later) CaseID() string { return l.ID }

// speaks lets a subject answer a request of each family.
func speaks(t *testing.T, command ...string) {
	t.Helper()
	s, err := process.Start(command, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	packages := format.KeyPackageCase{ID: "key-package/x/suite1"}
	packages.Bytes, packages.RatchetTree, packages.Form = format.Hex{1}, format.Hex{2}, format.Message
	decodings := format.DecodingCase{ID: "decoding/x", DecodingInput: format.DecodingInput{Bytes: format.Hex{1}}}
	var requests []format.Request
	for range 2 {
		requests = append(requests, packages.Request(), decodings.Request(), later{"welcome", "w\u00fc \"1\""})
		for _, args := range []format.Arguments{&format.HashArguments{Data: format.Hex{1}}, &format.MACArguments{}} {
			c := format.CiphersuiteCase{ID: "ciphersuite/x/suite2", CiphersuiteInput: format.Call(2, args)}
			requests = append(requests, c.Request())
		}
	}
	for _, r := range requests {
		answer, err := s.Judge(t.Context(), r)
		if err != nil || answer.Result != format.Unsupported || answer.Detail == "" {
			t.Errorf("%s: %+v, %v", r.CaseID(), answer, err)
		}
	}
}

func TestPythonTemplate(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Logf("not run: %v", err)
		return
	}
	speaks(t, python, "templates/subject.py")
}

// types are what is TypeScript about the template, and not JavaScript.
var types = regexp.MustCompile(`(?ms)^interface \w+ \{.*?^\}\n|: (KeyPackageCase|CiphersuiteCase|DecodingCase|Promise<Verdict>)( \| \w+)*`)

// The types are taken out, since not every node takes them.
func TestTypeScriptTemplate(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Logf("not run: %v", err)
		return
	}
	script := filepath.Join(t.TempDir(), "subject.mjs")
	if err := os.WriteFile(script, []byte(types.ReplaceAllString(page(t, "templates/subject.ts"), "")), 0o644); err != nil {
		t.Fatal(err)
	}
	speaks(t, node, script)
}

// The page on exported vectors lists what lies beside it.
func TestExportPage(t *testing.T) {
	entries, err := fs.ReadDir(docs.Pages(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(string(docs.Export()), "`"+e.Name()) {
			t.Errorf("%s is not listed", e.Name())
		}
	}
}
