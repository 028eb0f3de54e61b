package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/interop/run/runtest"
	"github.com/mlsconform/mlsconform/runner/result"
)

const talk = `{"scripts": {"talk": [
	{"action": "createGroup", "actor": "alice", "members": ["bob"]},
	{"action": "updateProposal", "actor": "bob"},
	{"action": "fullCommit", "actor": "alice", "byReference": [1], "members": ["bob"]}
]}}`

// faulty is a client that is started, with faults.
func faulty(name string, faults ...string) string {
	var words []string
	for _, word := range runtest.Command(faults...) {
		words = append(words, runner.Quote(word))
	}
	return "--exec=" + name + "=" + strings.Join(words, " ")
}

// write makes a file with content in a folder of the test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func interopRun(t *testing.T, args ...string) (status int, output string) {
	t.Helper()
	var out bytes.Buffer
	status = run(t.Context(), append([]string{"interop"}, args...), nil, &out, &out)
	return status, out.String()
}

// What goes wrong before anything runs is said in one line or a few.
func TestInteropRefuses(t *testing.T) {
	file := write(t, "talk.json", talk)
	script := func(steps string) string {
		return "--script=" + write(t, "odd.json", `{"scripts":{"odd":[`+steps+`]}}`)
	}
	const create = `{"action":"createGroup","actor":"alice","members":["bob"]}`
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"two clients of a name", []string{faulty("a"), faulty("a")}, 2, "there are two clients of the name a"},
		{"the name of the builtin one", []string{"--builtin", faulty("builtin")}, 2, "there are two clients of the name builtin"},
		{"a name with a slash", []string{"--client=a/b=localhost:1"}, 2, "the name of a client has letters, digits and @._- only"},
		{"no address", []string{"--client=a"}, 2, "--client a: want NAME=HOST:PORT"},
		{"no port", []string{"--client=a=localhost"}, 2, "--client a=localhost: want NAME=HOST:PORT"},
		{"no placeholder", []string{"--exec=a=serve 5000"}, 2, "--exec a=serve 5000: want NAME=COMMAND, with {port} in the command"},
		{"a quote without end", []string{"--exec=a=serve '{port}"}, 2, "a quote or an escape has no end"},
		{"a client that is not there", []string{"--exec=a=./no-such-client {port}"}, 2, "client a: "},
		{"one that dies at start", []string{faulty("a", "exit")}, 2, "client a: it ended before it answered: exit status 3\nit wrote:\n"},
		{"one without suites", []string{faulty("a", "no-suites"), "--script=" + file}, 4, "it offers no cipher suite"},
		{"one with unknown suites", []string{faulty("a", "odd-suites"), "--script=" + file}, 4, "it offers 99999, which is no cipher suite"},
		{"a folder that is a file", []string{"--out=" + file}, 2, "--out: "},
		{"a suite that nobody has", []string{"--suite=9", "--script=" + file}, 4, "NOTHING RAN"},
		{"a case that is not there", []string{"--case=none", "--script=" + file}, 4, "none"},
		{"no baseline", []string{"--baseline=no-such-file"}, 2, "--baseline: open no-such-file"},
		{"no file to write", []string{"--write-baseline"}, 2, "--write-baseline is for the file of --baseline"},
		{"a seed for nothing", []string{"--seed=1"}, 2, "--seed is for --roles sample:N"},
		{"roles", []string{"--roles=some"}, 2, "--roles: "},
		{"a shard", []string{"--shard=3/2"}, 2, "--shard: "},
		{"roles of no script", []string{"--roles==all"}, 2, "--roles: "},
		{"a mix", []string{"--mix=-1"}, 2, "--mix -1: want 0 or more"},
		{"a mix of one and a half", []string{"--mix=1.5"}, 2, "--mix"},
		{"restarts", []string{"--restart-after=-1"}, 2, "--restart-after -1: want 0 or more"},
		{"jobs", []string{"--jobs=-1"}, 2, "--jobs -1: want 0 or more"},
		{"no time", []string{"--rpc-timeout=0"}, 2, "--rpc-timeout 0s: want more than 0"},
		{"two reports on the standard output", []string{"--json=-", "--html=-"}, 2, "can go to the standard output"},

		{"no script", []string{"--script=no-such-file"}, 2, "no-such-file"},
		{"unknown action", []string{script(create + `,{"action":"dance","actor":"bob"}`)}, 2, "dance"},
		{"unknown key", []string{script(`{"action":"createGroup","actor":"alice","colour":1}`)}, 2, "colour"},
		{"forward reference", []string{script(create + `,{"action":"fullCommit","actor":"alice","byReference":[2]},{"action":"updateProposal","actor":"bob"}`)}, 2, "odd"},
		{"missing actor", []string{script(create + `,{"action":"updateProposal"}`)}, 2, "actor"},
		{"wrong index", []string{script(create + `,{"action":"unprotect","actor":"bob","ciphertext":0}`)}, 2, "ciphertext"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, output := interopRun(t, test.args...)
			if status != test.status || !strings.Contains(output, test.want) {
				t.Errorf("exit status %d, want %d with %q:\n%s", status, test.status, test.want, output)
			}
		})
	}
}

func TestInteropVerdicts(t *testing.T) {
	file := "--script=" + write(t, "talk.json", talk)
	known := func(entry string) string {
		return "--baseline=" + write(t, "known.json", `{"schema":"mlsconform/baseline/v1","known":[`+entry+`]}`)
	}
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"all pass", []string{"--builtin", faulty("b")}, 0, "PASS: "},
		{"wrong epoch authenticator", []string{"--builtin", faulty("b", "other:HandleCommit")}, 1, "FAIL: "},
		{"a disagreement alone", []string{"--builtin", faulty("b", "other:Export")}, 1, "passed but disagree"},
		{"nothing that is not lacking", []string{faulty("b", "lack:CreateGroup")}, 4, "unsupported"},
		{"known", []string{"--builtin", faulty("b", "refuse:HandleCommit"), known(`{"case":"*","client":"b","reason":"no trees yet"}`)}, 0, "no trees yet"},
		{"all of it known", []string{faulty("b", "refuse:HandleCommit"), known(`{"case":"*","reason":"no trees yet"}`)}, 0, "known"},
		{"known, but for another reason", []string{faulty("b", "refuse:HandleCommit"), known(`{"case":"*","detail":"*tree hash*","reason":"no trees yet"}`)}, 1, "FAIL: "},
		{"an unexpected pass", []string{faulty("b"), known(`{"case":"talk/talk/suite1/public/all=b","reason":"no trees yet"}`)}, 1, "the entry has to go"},
		{"a stale pattern", []string{faulty("b"), known(`{"case":"talk/*","reason":"no trees yet"}`)}, 1, "talk/*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, output := interopRun(t, append(test.args, file, "--suite=1", "--framing=public")...)
			if status != test.status || !strings.Contains(output, test.want) {
				t.Errorf("exit status %d, want %d with %q:\n%s", status, test.status, test.want, output)
			}
		})
	}
}

// peerDir makes a folder with the peer.json of a client with faults.
func peerDir(t *testing.T, name, more string, faults ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	command, err := json.Marshal(runtest.Command(faults...))
	if err != nil {
		t.Fatal(err)
	}
	content := fmt.Sprintf(`{"library":"faulty","version":"1","interop":{"command":%s%s}`, command, more)
	if err := os.WriteFile(filepath.Join(dir, "peer.json"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Peers take part with what is known of them, two versions of one side by side;
// one that cannot be had is reported, and the rest runs.
func TestInteropPeers(t *testing.T) {
	file := "--script=" + write(t, "talk.json", talk)
	const known = `,"known":[{"case":"talk/*","reason":"no trees yet"}]}`
	good := peerDir(t, "good", `}`)
	older := peerDir(t, "good@0.8", known, "refuse:HandleCommit")
	mended := peerDir(t, "mended", known)
	absent := peerDir(t, "absent", `},"build":{"command":["make"],"needs":[{"program":"no-such-cargo","install":"apt-get install cargo"}]}`)
	unbuilt := peerDir(t, "unbuilt", `},"build":{"command":["./no-such-build"]}`)
	toolless := peerDir(t, "toolless", `},"build":{"command":["make"],"needs":[{"program":"no-such-node","install":"apt-get install nodejs"}],"makes":"peer.json","from":["peer.json"]}`)
	dead := peerDir(t, "dead", `}`, "exit")
	weary := peerDir(t, "weary", `,"restart_after":1}`)
	subject := t.TempDir()
	if err := os.WriteFile(filepath.Join(subject, "peer.json"), []byte(`{"library":"a","version":"1","subject":{"command":["a"]}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   []string
	}{
		{"versions", []string{"--peer=" + good, "--peer=" + older}, 0, []string{"good@0.8", "no trees yet", "known"}},
		{"mended", []string{"--peer=" + mended}, 1, []string{"the peer.json of mended lists talk/*", "the entry has to go"}},
		{"mended, in part of the cases", []string{"--peer=" + mended, "--suite=1"}, 0, []string{"PASS"}},
		{"absent", []string{"--builtin", "--peer=" + absent, "--peer=" + unbuilt, "--peer=" + toolless, "--peer=" + dead}, 0, []string{
			"no-such-node is not installed (to install it: apt-get install nodejs)",
			"absent", "no-such-cargo is not installed (to install it: apt-get install cargo)", "unbuilt", "the build failed", "dead", "exit status 3", "PASS"}},
		{"nobody", []string{"--peer=" + absent}, 4, []string{"NOTHING RAN"}},
		{"restarts", []string{"--peer=" + weary, "--suite=1", "--jobs=1", "--json=-"}, 0, []string{`"starts": 2`}},
		{"restarts of all", []string{"--peer=" + good, "--restart-after=1", "--suite=1", "--jobs=1", "--json=-"}, 0, []string{`"starts": 2`}},
		{"twice", []string{"--peer=" + good, "--peer=" + good}, 2, []string{"there are two clients of the name good"}},
		{"no folder", []string{"--peer=no-such-folder"}, 2, []string{"no-such-folder is a folder without a peer.json"}},
		{"no client", []string{"--peer=" + subject}, 2, []string{"has no interop.command"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, output := interopRun(t, append(test.args, file)...)
			if status != test.status {
				t.Errorf("exit status %d, want %d:\n%s", status, test.status, output)
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("nothing about %q:\n%s", want, output)
				}
			}
		})
	}
}

// A subject whose build fails is not asked. What the build wrote is shown once.
func TestSubjectThatCannotBeBuilt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stack")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const content = `{"library":"a","version":"1","subject":{"command":["./a"]},"build":{"command":["go","no-such-command"]}}`
	if err := os.WriteFile(filepath.Join(dir, "peer.json"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	status := run(t.Context(), []string{"conformance", "--subject", dir}, nil, &out, &out)
	got := out.String()
	if status != 2 || strings.Count(got, "unknown command") != 1 || !strings.HasSuffix(got, "stack: the build failed: exit status 2\n") {
		t.Errorf("exit status %d:\n%s", status, got)
	}
}

func TestPeers(t *testing.T) {
	good, unbuilt := peerDir(t, "good", `},"suites":[1,7]`), peerDir(t, "unbuilt", `},"build":{"command":["./no-such-build"]}`)
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"peers", good, unbuilt}, nil, &out, &errs); status != 1 {
		t.Errorf("exit status %d:\n%s", status, &errs)
	}
	want := `PEER     LIBRARY  VERSION  SUITES  STATE
good     faulty   1        1 7     ready
unbuilt  faulty   1                not available: the build failed: fork/exec ./no-such-build: no such file or directory
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for name, args := range map[string][]string{"none": nil, "no peer.json": {t.TempDir()}} {
		if status := run(t.Context(), append([]string{"peers"}, args...), nil, &out, &errs); status != 2 {
			t.Errorf("%s: exit status %d", name, status)
		}
	}
}

func TestInteropList(t *testing.T) {
	status, output := interopRun(t, "--list", "--script="+write(t, "talk.json", talk), "--suite=1", "--builtin", faulty("b"), "--roles=all")
	want := []string{
		"talk/talk/suite1/private/alice=b,bob=builtin\n",
		"talk/talk/suite1/private/alice=builtin,bob=b\n",
		"talk/talk/suite1/private/all=b\n",
		"talk/talk/suite1/private/all=builtin\n",
		"talk/talk/suite1/public/alice=b,bob=builtin\n",
		"talk/talk/suite1/public/alice=builtin,bob=b\n",
		"talk/talk/suite1/public/all=b\n",
		"talk/talk/suite1/public/all=builtin\n",
	}
	got := slices.Sorted(strings.Lines(output))
	if diff := cmp.Diff(want, got); status != 0 || diff != "" {
		t.Errorf("exit status %d (-want +got)\n%s", status, diff)
	}
}

// A baseline is written, and then the same run is good.
func TestInteropWritesABaseline(t *testing.T) {
	baseline := filepath.Join(t.TempDir(), "known.json")
	args := []string{"--script=" + write(t, "talk.json", talk), "--suite=1", "--builtin", faulty("b", "refuse:HandleCommit"), "--baseline=" + baseline}
	if status, output := interopRun(t, append(args, "--write-baseline")...); status != 0 {
		t.Errorf("exit status %d:\n%s", status, output)
	}
	if status, output := interopRun(t, args...); status != 0 {
		t.Errorf("exit status %d:\n%s", status, output)
	}
}

// What a failing case leaves can be run again, and fails again.
func TestInteropReplay(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	status, output := interopRun(t, "--script="+write(t, "talk.json", talk), "--suite=1", "--framing=public",
		"--builtin", faulty("b", "refuse:HandleCommit"), "--rpc-timeout=10s", "--out="+out)
	if status != 1 {
		t.Fatalf("exit status %d:\n%s", status, output)
	}
	data, err := os.ReadFile(filepath.Join(out, "interop.json"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := reports.ParseInteropJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, c := range found.Cases {
		if c.Outcome != result.Fail {
			continue
		}
		failed++
		if !strings.Contains(c.Replay, " --rpc-timeout 10s ") || !strings.HasSuffix(c.Replay, " --case "+runner.Quote(c.ID)) {
			t.Errorf("replay: %s", c.Replay)
		}
		if _, err := os.Stat(filepath.Join(c.Folder, "transcript.txt")); err != nil {
			t.Error(err)
		}
	}
	if failed != 2 {
		t.Errorf("%d cases failed, want those 2 in which b plays bob", failed)
	}
}

// An interrupt writes what is done so far.
func TestInteropInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := runtest.Serve("hang:UpdateProposal")(writer(func([]byte) { cancel() }))
	defer server.Stop()
	go server.Serve(l)

	out := t.TempDir()
	file := write(t, "talk.json", `{"scripts": {
		"1": [{"action": "createGroup", "actor": "alice"}],
		"2": [{"action": "createGroup", "actor": "alice"}, {"action": "updateProposal", "actor": "alice"}],
		"3": [{"action": "createGroup", "actor": "alice"}]
	}}`)
	var output bytes.Buffer
	status := run(ctx, []string{"interop", "--script=" + file, "--suite=1", "--framing=public", "--out=" + out, "--client=b=" + l.Addr().String()}, nil, &output, &output)
	if status != statusInterrupted {
		t.Errorf("exit status %d, want %d:\n%s", status, statusInterrupted, output.String())
	}
	data, err := os.ReadFile(filepath.Join(out, "interop.json"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := reports.ParseInteropJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	if s := found.Summary; s.Passed != 1 || s.Skipped != 2 {
		t.Errorf("%d passed and %d skipped, want 1 and 2", s.Passed, s.Skipped)
	}
}

// A writer is told what is written.
type writer func([]byte)

func (w writer) Write(data []byte) (int, error) {
	w(data)
	return len(data), nil
}
