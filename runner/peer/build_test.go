package peer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/peer"
)

// An argument makes the test binary the compiler of a peer.
const argument = "be-the-build"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == argument {
		os.Exit(build(os.Args[2]))
	}
	os.Exit(m.Run())
}

func build(how string) int {
	switch how {
	case "fail":
		fmt.Println("compiling")
		fmt.Fprintln(os.Stderr, "error: this toolchain is too old")
		return 101
	case "hang":
		time.Sleep(time.Hour)
	}
	f, err := os.OpenFile("made", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 1
	}
	defer f.Close()
	fmt.Fprintln(f, "once")
	fmt.Println("compiled")
	return 0
}

// built is a peer in a folder of its own that the test binary builds.
func built(t *testing.T, how string) *peer.Peer {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &peer.Peer{Dir: t.TempDir(), File: peer.File{Build: peer.Build{Command: []string{path, argument, how}}}}
}

func times(t *testing.T, p *peer.Peer) int {
	t.Helper()
	data, err := os.ReadFile(p.Dir + "/made")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Count(string(data), "once")
}

func TestEnsure(t *testing.T) {
	if err := new(peer.Peer).Ensure(t.Context(), nil); err != nil {
		t.Errorf("with nothing to build: %v", err)
	}
	p := built(t, "well")
	p.Build.Needs = []peer.Need{{Program: "go", Install: "x"}}
	var out bytes.Buffer
	for n := range 2 { // such a command does only what has to be done
		if err := p.Ensure(t.Context(), &out); err != nil || times(t, p) != n+1 {
			t.Errorf("run %d: %v, built %d times", n, err, times(t, p))
		}
	}
	if got := out.String(); got != "compiled\ncompiled\n" {
		t.Errorf("output %q", got)
	}
}

// A build that says what it makes of what runs again only when that has changed.
func TestEnsureUpToDate(t *testing.T) {
	p := built(t, "well")
	p.Build.Makes, p.Build.From = "made", []string{"a", "b"}
	write(t, p.Dir+"/a", "")
	write(t, p.Dir+"/b", "")
	ensure := func(want int) {
		t.Helper()
		if err := p.Ensure(t.Context(), nil); err != nil || times(t, p) != want {
			t.Errorf("%v; built %d times, want %d", err, times(t, p), want)
		}
	}
	ensure(1)
	ensure(1)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(p.Dir+"/b", later, later); err != nil {
		t.Fatal(err)
	}
	ensure(2)
	if err := os.Remove(p.Dir + "/a"); err != nil {
		t.Fatal(err)
	}
	ensure(3)
}

func TestEnsureMissing(t *testing.T) {
	p := built(t, "well")
	p.Build.Needs = []peer.Need{{Program: "go", Install: "x"}, {Program: "no-such-cargo", Install: "apt-get install cargo"}, {Program: "no-such-perl", Install: "apt-get install perl"}}
	err := p.Ensure(t.Context(), nil)
	missing, ok := errors.AsType[*peer.MissingError](err)
	if !ok || len(missing.Needs) != 2 || times(t, p) != 0 {
		t.Fatalf("%v, built %d times", err, times(t, p))
	}
	want := "no-such-cargo is not installed (to install it: apt-get install cargo); no-such-perl is not installed (to install it: apt-get install perl)"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnsureFails(t *testing.T) {
	err := built(t, "fail").Ensure(t.Context(), nil)
	failed, ok := errors.AsType[*peer.BuildError](err)
	if !ok || failed.Output != "compiling\nerror: this toolchain is too old\n" {
		t.Errorf("%v", err)
	}
	if want := "the build failed: exit status 101\ncompiling\nerror: this toolchain is too old"; err.Error() != want {
		t.Errorf("got %q", err)
	}
	p := built(t, "well")
	p.Build.Command = []string{"./no-such-build"}
	if _, ok := errors.AsType[*peer.BuildError](p.Ensure(t.Context(), nil)); !ok {
		t.Error("a command that is not there builds")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := built(t, "hang").Ensure(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an interrupted build: %v", err)
	}
}

func TestUnbuilt(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "run"), "")
	write(t, filepath.Join(dir, "made"), "")
	write(t, filepath.Join(dir, "source"), "")
	for name, test := range map[string]struct {
		build   peer.Build
		command []string
		want    bool
	}{
		"no program":         {peer.Build{}, nil, true},
		"program in PATH":    {peer.Build{Command: []string{"false"}}, []string{"go", "version"}, false},
		"none of that name":  {peer.Build{}, []string{"there-is-no-such-program"}, true},
		"program in folder":  {peer.Build{Command: []string{"false"}}, []string{"./run"}, false},
		"none in folder":     {peer.Build{}, []string{"../run"}, true},
		"no program to run":  {peer.Build{}, []string{"./"}, true},
		"nothing to build":   {peer.Build{Command: []string{"false"}, Makes: "made", From: []string{"made"}}, []string{"./run"}, false},
		"something to build": {peer.Build{Command: []string{"false"}, Makes: "gone", From: []string{"source"}}, []string{"./run"}, true},
	} {
		p := peer.Peer{Dir: dir, File: peer.File{Build: test.build}}
		if why := p.Unbuilt(test.command); (why != "") != test.want {
			t.Errorf("%s: %q", name, why)
		}
	}
}
