package peer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/runner/result"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func judge(command ...string) peer.File { return peer.File{Subject: peer.Subject{Command: command}} }

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "peers/good/peer.json", `{"library":"mls","version":"1.2","subject":{"command":["./run","--fast"]},"x-note":[1]}`)
	write(t, "peers/full@0.8/peer.json", `{"library":"full","version":"0.8","license":"MIT","subject":{"command":["./run"],"known":[{"case":"decoding/*","reason":"r"}]},
		"interop":{"command":["./serve","--at=:{port}"],"known":[{"case":"reinit/*","reason":"no reinit"}],"restart_after":100},
		"build":{"command":["make"],"needs":[{"program":"make","install":"apt-get install make"}],"makes":"run","from":["run.c"]},
		"suites":[1,2],"lacks":[{"feature":"x509","reason":"left to the application"}]}`)
	write(t, "my subject", "")
	for argument, want := range map[string]peer.Peer{
		"peers/good": {Name: "good", Dir: "peers/good", File: peer.File{Library: "mls", Version: "1.2", Subject: peer.Subject{Command: []string{"./run", "--fast"}}}},
		"peers/full@0.8/": {Name: "full@0.8", Dir: "peers/full@0.8/", File: peer.File{
			Library: "full", Version: "0.8", License: "MIT",
			Subject: peer.Subject{Command: []string{"./run"}, Known: []baseline.Entry{{Case: "decoding/*", Reason: "r"}}},
			Interop: peer.Interop{Command: []string{"./serve", "--at=:{port}"}, Known: []baseline.Entry{{Case: "reinit/*", Reason: "no reinit"}}, RestartAfter: 100},
			Build:   peer.Build{Command: []string{"make"}, Needs: []peer.Need{{Program: "make", Install: "apt-get install make"}}, Makes: "run", From: []string{"run.c"}},
			Suites:  []codepoint.CipherSuite{1, 2},
			Lacks:   []result.Lack{{Feature: "x509", Reason: "left to the application"}},
		}},
		"my subject":              {Name: "my subject", File: judge("./my subject")},
		"./my subject":            {Name: "my subject", File: judge("./my subject")},
		"python3 subject.py":      {Name: "python3", File: judge("python3", "subject.py")},
		"  /usr/bin/env\tA=b  x":  {Name: "env", File: judge("/usr/bin/env", "A=b", "x")},
		`'a b' "c \" \d" e\ f ''`: {Name: "a b", File: judge("a b", `c " \d`, "e f", "")},
		`"it's" 'a\b'`:            {Name: "it's", File: judge("it's", `a\b`)},
		`run $HOME *`:             {Name: "run", File: judge("run", "$HOME", "*")},
	} {
		got, err := peer.Find(argument)
		if err != nil {
			t.Errorf("%s: %v", argument, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", argument, diff)
		}
	}
	t.Chdir("peers/good")
	if got, err := peer.Find("."); err != nil || got.Name != "good" {
		t.Errorf("from inside: %+v, %v", got, err)
	}
}

func TestFindRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"broken":     `{`,
		"list":       `[]`,
		"misspelled": `{"library":"a","version":"1","subject":{"command":["a"]},"sujbect":{}}`,
		"inner":      `{"library":"a","version":"1","subject":{"command":["a"],"args":[]}}`,
		"nameless":   `{"library":"","version":"1","subject":{"command":["a"]}}`,
		"mute":       `{"library":"a","version":"1","subject":{"command":[]}}`,
		"empty":      `{"library":"a","version":"1","subject":{"command":[""]}}`,
		"neither":    `{"library":"a","version":"1"}`,
		"lacking":    `{"library":"a","subject":{"command":["a"]}}`,
		"known":      `{"library":"a","version":"1","subject":{"command":["a"],"known":[{"case":"*","reason":""}]}}`,
		"fails":      `{"library":"a","version":"1","interop":{"command":["a","{port}"],"known":[{"case":"","reason":"r"}]}}`,
		"deaf":       `{"library":"a","version":"1","interop":{"command":["a"]}}`,
		"idle":       `{"library":"a","version":"1","interop":{"command":[]}}`,
		"backwards":  `{"library":"a","version":"1","interop":{"command":["a","{port}"],"restart_after":-1}}`,
		"unbuilt":    `{"library":"a","version":"1","subject":{"command":["a"]},"build":{"command":[]}}`,
		"half":       `{"library":"a","version":"1","subject":{"command":["a"]},"build":{"command":["m"],"makes":"a"}}`,
		"need":       `{"library":"a","version":"1","subject":{"command":["a"]},"build":{"command":["m"],"needs":[{"program":"m","install":""}]}}`,
		"lack":       `{"library":"a","version":"1","subject":{"command":["a"]},"lacks":[{"feature":"x509"}]}`,
		"words":      `{"library":"a","version":"1","subject":{"command":"a b"}}`,
	} {
		write(t, name+"/peer.json", content)
		if p, err := peer.Find(name); err == nil || !strings.Contains(err.Error(), filepath.Join(name, "peer.json")) {
			t.Errorf("%s: %+v, %v", content, p, err)
		}
	}
	write(t, "bare/README", "")
	for _, argument := range []string{"", " ", `'open`, `open\`, "bare"} {
		if p, err := peer.Find(argument); err == nil {
			t.Errorf("%q: %+v", argument, p)
		}
	}
}
