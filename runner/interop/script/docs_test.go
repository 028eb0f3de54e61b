package script_test

import (
	"os"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// The page about scripts has every action and every addition to the format, and
// its example is one.
func TestPageIsComplete(t *testing.T) {
	data, err := os.ReadFile("../../../docs/interop-scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, a := range script.ActionNames() {
		if !strings.Contains(page, "\n| `"+string(a)+"` |") {
			t.Errorf("there is no row for %s", a)
		}
		if refused := "`" + string(a) + "`"; !a.OneCall() {
			_, rest, _ := strings.Cut(page, "several kinds of RPC cannot have it:")
			if list, _, _ := strings.Cut(rest, ".\n"); !strings.Contains(list, refused) {
				t.Errorf("the page does not say that %s cannot have x-expectError", a)
			}
		}
	}
	for _, key := range []string{"x-expectError", "x-group", "x-newGroup", "x-psk", "x-grease"} {
		if !strings.Contains(page, "`"+key+"`") {
			t.Errorf("%s is not described", key)
		}
	}
	begin := strings.Index(page, "    {\n")
	end := strings.Index(page, "    }\n\n")
	if begin < 0 || end < begin {
		t.Fatal("there is no example")
	}
	if _, err := script.Parse("example.json", []byte(page[begin:end+len("    }\n")])); err != nil {
		t.Error(err)
	}
}
