package inspect_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func text(t testing.TB, r *inspect.Result, o inspect.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	for _, o := range newWorld(t).objects() {
		if o.detected {
			t.Run(o.name, func(t *testing.T) {
				golden(t, o.name+".txt", []byte(text(t, read(t, o.data, ""), inspect.TextOptions{})))
			})
		}
	}
}

// Text that does not decode ends with the reason, and colors change nothing else.
func TestTextOptions(t *testing.T) {
	w := newWorld(t)
	keyPackage := w.encode(w.keyPackage("alice"))
	summary := func(id rule.ID) string { return "what " + string(id) + " says" }
	for _, tt := range []struct {
		name string
		data []byte
		typ  string
		o    inspect.TextOptions
	}{
		{"cut-off", keyPackage[:120], "", inspect.TextOptions{}},
		{"cut-off-rule", keyPackage[:120], "key-package", inspect.TextOptions{Rule: summary}},
		{"unlike", bytes.Repeat([]byte{0xff}, 40), "", inspect.TextOptions{}},
		{"bad-signature", changed(keyPackage, len(keyPackage)-1, 0xff), "", inspect.TextOptions{Rule: summary}},
		{"full", keyPackage, "", inspect.TextOptions{Full: true}},
		{"colors", changed(keyPackage, len(keyPackage)-1, 0xff), "", inspect.TextOptions{Color: true}},
		{"secrets", w.encode(w.groupSecrets()), "", inspect.TextOptions{ShowSecrets: true}},
		{"several", []byte{0}, "", inspect.TextOptions{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name+".txt", []byte(text(t, read(t, tt.data, tt.typ), tt.o)))
		})
	}
}

func TestColorsChangeNothingElse(t *testing.T) {
	for _, o := range newWorld(t).objects() {
		r := read(t, o.data, o.typ)
		colored := text(t, r, inspect.TextOptions{Color: true})
		for _, sgr := range []string{"0", "1", "2", "31", "32", "33"} {
			colored = strings.ReplaceAll(colored, "\x1b["+sgr+"m", "")
		}
		if plain := text(t, r, inspect.TextOptions{}); colored != plain {
			t.Errorf("%s: with colors taken out:\n%s\nwithout colors:\n%s", o.name, colored, plain)
		}
	}
}

// Secrets show when they are asked for, and only then, whether or not the object
// decodes.
func TestSecrets(t *testing.T) {
	w := newWorld(t)
	secrets := w.encode(w.groupSecrets())
	for _, tt := range []struct {
		name string
		data []byte
		typ  string
	}{
		{"detected", secrets, ""},
		{"told", secrets, "group-secrets"},
		{"cut off in the secret", secrets[:20], "group-secrets"},
		{"cut off in the path secret", secrets[:60], "group-secrets"},
		{"cut off", secrets[:100], ""},
		{"path secret", secrets[34:67], "path-secret"},
	} {
		r := read(t, tt.data, tt.typ)
		hidden := text(t, r, inspect.TextOptions{Full: true})
		hidden += string(jsonOf(t, r, false))
		for _, secret := range []string{hexOf(w.hash("joiner")[:8]), hexOf(w.hash("path")[:8])} {
			if strings.Contains(hidden, secret) {
				t.Errorf("%s: the secret %s is shown", tt.name, secret)
			}
		}
	}
	r := read(t, secrets, "")
	shown := text(t, r, inspect.TextOptions{ShowSecrets: true})
	if secret := hexOf(w.hash("joiner")); !strings.Contains(shown, secret) || !bytes.Contains(jsonOf(t, r, true), []byte(secret)) {
		t.Errorf("the joiner secret is not shown:\n%s", shown)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	r := read(t, []byte{0, 0, 0, 1}, "remove")
	if err := r.Text(brokenWriter{}, inspect.TextOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("Text: %v", err)
	}
	if err := r.JSON(brokenWriter{}, false); !errors.Is(err, errBroken) {
		t.Errorf("JSON: %v", err)
	}
}
