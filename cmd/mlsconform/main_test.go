package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmdtest"

	"github.com/mlsconform/mlsconform/runner/interop/run/runtest"
	"github.com/mlsconform/mlsconform/runner/subject/subjecttest"
)

var update = flag.Bool("update", false, "write the output in testdata anew")

func TestMain(m *testing.M) {
	subjecttest.Main()
	runtest.Main()
	os.Exit(m.Run())
}

// TestCommands runs testdata/*.ct, each in a folder with what is in
// testdata/files, and the folder peer, which makes a subject of this test.
func TestCommands(t *testing.T) {
	t.Setenv("MLS_VECTORS_DIR", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	files, err := filepath.Abs("testdata/files")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := cmdtest.Read("testdata")
	if err != nil {
		t.Fatal(err)
	}
	suite.DisableLogging = true
	suite.Setup = func(root string) error {
		if err := os.Setenv("MLS_VECTORS_DIR", ""); err != nil { // a file before this one may have set it
			return err
		}
		if err := os.CopyFS(root, os.DirFS(files)); err != nil {
			return err
		}
		return writePeer(filepath.Join(root, "peer"))
	}
	suite.Commands["mlsconform"] = command
	suite.Commands["cat"] = cat
	suite.Run(t, *update)
}

func writePeer(dir string) error {
	data, err := json.Marshal(map[string]any{
		"library": "test", "version": "v0",
		"subject": map[string]any{"command": subjecttest.Command()},
		"x-made":  "by a test",
	})
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "peer.json"), data, 0o644)
}

// command runs mlsconform in this process.
func command(args []string, input string) ([]byte, error) {
	var stdin io.Reader = strings.NewReader("")
	if input != "" {
		f, err := os.Open(input)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		stdin = f
	}
	var output bytes.Buffer
	status := run(context.Background(), args, stdin, &output, &output)
	if status != 0 {
		return scrub(output.Bytes()), &cmdtest.ExitCodeErr{Msg: "mlsconform failed", Code: status}
	}
	return scrub(output.Bytes()), nil
}

func cat(args []string, _ string) ([]byte, error) {
	var all []byte
	for _, path := range args {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, data...)
	}
	return scrub(all), nil
}

// scrub takes out what differs from run to run, and from machine to machine.
func scrub(output []byte) []byte {
	for _, r := range []struct{ pattern, replacement string }{
		{`\d+\.\d\d s`, "0.00 s"},
		{`began on [-0-9]+`, "began on 2026-01-01"},
		{`\d+ MB`, "0 MB"},
		{`("seconds"|"peak_rss_bytes"): [0-9.e-]+`, "$1: 0"},
		{`"started": "[^"]+"`, `"started": "2026-01-01T00:00:00Z"`},
		{`time="[0-9.]+"`, `time="0"`},
		{regexp.QuoteMeta(version()), "VERSION"},
		{regexp.QuoteMeta(runtime.Version()), "GOVERSION"},
		{regexp.QuoteMeta(runtime.GOOS + "/" + runtime.GOARCH), "OS/ARCH"},
	} {
		output = regexp.MustCompile(r.pattern).ReplaceAll(output, []byte(r.replacement))
	}
	return output
}

func TestPanicIsTheToolsOwnFault(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status := run(context.Background(), []string{"conformance", "tree-math=-"}, panicReader{}, &stdout, &stderr)
	if status != statusFault {
		t.Errorf("exit status %d, want %d", status, statusFault)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "mlsconform: this is a bug in mlsconform: no input\n") {
		t.Errorf("stderr: %s", got)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("no input") }

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	status := run(ctx, []string{"conformance", "--out", dir, "tree-math=testdata/files/good.json"}, nil, &stdout, &stderr)
	if status != statusInterrupted {
		t.Errorf("exit status %d, want %d", status, statusInterrupted)
	}
	for _, name := range []string{"conformance.txt", "conformance.json", "conformance.xml"} {
		data, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Error(err)
		}
		if !bytes.Contains(data, []byte("the run was interrupted")) {
			t.Errorf("%s says nothing of the interrupt:\n%s", name, data)
		}
	}
}

// Every command has a help that fits it.
func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"conformance", "--help"}, {"requirements", "--help"}, {"completion", "--help"}, {"subject", "--help"}, {"vectors", "export", "--help"}} {
		var stdout, stderr bytes.Buffer
		if status := run(context.Background(), args, nil, &stdout, &stderr); status != 0 {
			t.Errorf("%v: exit status %d: %s", args, status, stderr.String())
		}
		if want := "Usage: mlsconform"; !strings.HasPrefix(stdout.String(), want) {
			t.Errorf("%v prints %q", args, stdout.String())
		}
	}
}
