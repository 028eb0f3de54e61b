package driver_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/driver"
)

// keepFlags gives back the flags of this process when a test has ended.
func keepFlags(t *testing.T) {
	for _, name := range []string{"test.run", "test.fuzz", "test.fuzzworker", "test.fuzzcachedir", "test.testlogfile"} {
		value := flag.Lookup(name).Value.String()
		t.Cleanup(func() {
			if err := flag.Set(name, value); err != nil {
				t.Error(err)
			}
		})
	}
}

// A call is what a fuzz function got.
type call struct {
	A byte
	B []byte
	C uint16
	D string
}

// target collects calls, and fails in some ways.
func target(calls *[]call) driver.Target {
	return driver.Target{Name: "FuzzThis", Func: func(f *testing.F) {
		if f.Name() != "FuzzThis" || flag.Lookup("test.fuzz").Value.String() == "" {
			f.Fatal("it does not run as with go test")
		}
		f.Add(byte(1), []byte("two"), uint16(3), "four")
		f.Fuzz(func(t *testing.T, a byte, b []byte, c uint16, d string) {
			*calls = append(*calls, call{a, b, c, d})
			cleanup := false
			t.Cleanup(func() { cleanup = true })
			if cleanup {
				t.Fatal("the clean-up comes before the end")
			}
			if err := os.WriteFile(filepath.Join(t.TempDir(), "file"), b, 0o666); err != nil {
				t.Error(err)
			}
			switch d {
			case "error":
				t.Error("an error")
			case "fatal":
				t.Fatalf("the end")
			case "panic":
				panic("a panic")
			case "nil":
				var p *call
				p.A++
			case "skip":
				t.SkipNow()
			}
		})
	}}
}

func TestRun(t *testing.T) {
	keepFlags(t)
	var calls []call
	r, err := driver.Open(target(&calls))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, failure string }{
		{"error", "an error"}, {"fatal", "the end"}, {"panic", "panic: a panic"}, {"nil", "nil pointer dereference"},
		{"skip", ""}, {"good", ""},
	} {
		err := r.Run([]byte("\x07\x00\x08\x00\x00\x00\x01b" + test.text))
		if (err == nil) != (test.failure == "") || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: %v", test.text, err)
		}
	}
	if len(calls) != 6 {
		t.Fatalf("%d calls", len(calls))
	}
	if diff := cmp.Diff(call{7, []byte("b"), 8, "good"}, calls[5]); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestTargetsThatTakeNoInput(t *testing.T) {
	keepFlags(t)
	for want, f := range map[string]func(*testing.F){
		"it fails":                        func(f *testing.F) { f.Fatal("it fails") },
		"takes no inputs":                 func(f *testing.F) { f.Skip() },
		"returned without calling F.Fuzz": func(*testing.F) {},
	} {
		if _, err := driver.Open(driver.Target{Name: "FuzzThis", Func: f}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}

func TestSeeds(t *testing.T) {
	keepFlags(t)
	t.Chdir(t.TempDir())
	folder := filepath.Join("testdata", "fuzz", "FuzzThis")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "a"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go test fuzz v1\nbyte('\\x05')\n[]byte(\"six\\xff\")\nuint16(7)\nstring(\"\")\n")
	var calls []call
	seeds, err := driver.Seeds(target(&calls))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]byte{[]byte("\x01\x00\x03\x00\x00\x00\x03twofour"), []byte("\x05\x00\x07\x00\x00\x00\x04six\xff")}
	if diff := cmp.Diff(want, seeds); diff != "" {
		t.Errorf("seeds (-want +got):\n%s", diff)
	}
	if len(calls) > 0 {
		t.Errorf("it was run with %v", calls)
	}
	write("go test fuzz v1\nbyte('\\x05')\n")
	if _, err := driver.Seeds(target(&calls)); err == nil || !strings.Contains(err.Error(), "wrong number of values") {
		t.Errorf("an input with too few values: %v", err)
	}
}
