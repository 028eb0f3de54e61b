package dictionary_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/dictionary"
)

var update = flag.Bool("update", false, "write the dictionary anew")

func made(t *testing.T) string {
	t.Helper()
	d, err := dictionary.MLS()
	if err != nil {
		t.Fatal(err)
	}
	return string(d)
}

// The file is there for others who fuzz MLS.
func TestFile(t *testing.T) {
	const file = "mls.dict"
	if *update {
		if err := os.WriteFile(file, []byte(made(t)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), made(t)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// An entry of libFuzzer is a name and a value with escapes.
var entry = regexp.MustCompile(`^[a-z0-9_]+="(\\x[0-9A-F]{2}|[ !#-\[\]-~])+"$`)

func TestEntries(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(made(t)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		_, value, _ := strings.Cut(line, "=")
		if !entry.MatchString(line) || seen[value] {
			t.Errorf("%s is no entry, or it is there twice", line)
		}
		seen[value] = true
	}
	for _, want := range []string{
		`"\x00\x01\x00\x03"`,        // mls10 and mls_welcome, Section 6
		`"\x00\x07"`,                // group_context_extensions, and a suite
		`"\x00\x0A"`,                // last_resort_key_package of RFC 9750
		`"\x1A\x1A"`,                // GREASE
		`"\xEA\xEA"`,                // the last of these
		`"@@"`,                      // 64 as a length: 0x4040
		`"\x80\x00@\x00"`,           // 16384 as a length
		`"@A"`,                      // 65 bytes, a point of P-256
		`"@r"`,                      // 114 bytes, a signature of Ed448
		`"\x13MLS 1.0 LeafNodeTBS"`, // 8 and 11 characters
	} {
		if !seen[want] {
			t.Errorf("there is no entry %s", want)
		}
	}
}

// Each label is used by the implementation.
func TestLabels(t *testing.T) {
	var source strings.Builder
	err := filepath.WalkDir("../../../impl", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		source.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	labels := regexp.MustCompile(`MLS 1\.0 ([^"]+)"`).FindAllStringSubmatch(made(t), -1)
	if len(labels) < 30 {
		t.Errorf("only %d labels", len(labels))
	}
	for _, l := range labels {
		if label := l[1]; !strings.Contains(source.String(), `"`+label+`"`) && !strings.Contains(source.String(), `"MLS 1.0 `+label+`"`) {
			t.Errorf("nothing uses the label %q", label)
		}
	}
}
