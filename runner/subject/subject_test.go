package subject_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func TestParseRequest(t *testing.T) {
	got, err := subject.ParseRequest([]byte(`{"family":"ciphersuite","id":"ciphersuite/mac-right/suite2","suite":2,"function":"mac","arguments":{"key":"00","data":"","tag":"01"}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := format.CiphersuiteCase{
		ID:               "ciphersuite/mac-right/suite2",
		CiphersuiteInput: format.Call(2, &format.MACArguments{Key: format.Hex{0}, Data: format.Hex{}, Tag: format.Hex{1}}),
	}
	if diff := cmp.Diff(format.Request(c.Request()), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := subject.ParseRequest([]byte(`{"family":"key-package","id":"x","suite":1,"form":"struct","bytes":"","use":"add","time":0}`)); err != nil {
		t.Error(err)
	}

	_, err = subject.ParseRequest([]byte(`{"id":"y","family":"welcome","more":[]}`))
	unknown, ok := errors.AsType[*subject.UnknownFamilyError](err)
	if !ok || unknown.ID != "y" || unknown.Family != "welcome" {
		t.Errorf("an unknown family: %v", err)
	}
	for _, in := range []string{``, `[]`, `{`, `{"family":"key-package","id":"x"}`, `{"family":"ciphersuite","id":"x","suite":2,"function":"mac","arguments":{"key":"00"}}`} {
		if _, err := subject.ParseRequest([]byte(in)); err == nil {
			t.Errorf("%s is taken", in)
		}
	}
}

func TestFault(t *testing.T) {
	cause := errors.New("no answer")
	for stderr, want := range map[string]string{
		"":                  "no answer",
		"\n":                "no answer",
		"one\ntwo\r\n":      "no answer\nstandard error: one\ntwo",
		"\tat line 7\n\n\n": "no answer\nstandard error: \tat line 7",
	} {
		err := &subject.Fault{Err: cause, Stderr: stderr}
		if err.Error() != want || !errors.Is(err, cause) {
			t.Errorf("%q: %q, want %q", stderr, err.Error(), want)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindPeer(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "peers/good/peer.json", `{"name":"good","version":"1.2","subject":{"command":["./run","--fast"]},"x-note":[1]}`)
	write(t, "peers/full/peer.json", `{"name":"full","version":"2","library":"full","license":"MIT","subject":{"command":["./run"]},
		"interop":{"command":"./serve {port}"},"build":{"command":["make"],"needs":["make"]},"suites":[1,2],
		"lacks":[{"feature":"x509","reason":"left to the application"}],"known":[{"case":"reinit/*","reason":"no reinit"}]}`)
	write(t, "my subject", "")
	for argument, want := range map[string]subject.Peer{
		"peers/good":              {Name: "good", Version: "1.2", Command: []string{"./run", "--fast"}, Dir: "peers/good"},
		"peers/full":              {Name: "full", Version: "2", Command: []string{"./run"}, Dir: "peers/full"},
		"my subject":              {Name: "my subject", Command: []string{"./my subject"}},
		"./my subject":            {Name: "my subject", Command: []string{"./my subject"}},
		"python3 subject.py":      {Name: "python3", Command: []string{"python3", "subject.py"}},
		"  /usr/bin/env\tA=b  x":  {Name: "env", Command: []string{"/usr/bin/env", "A=b", "x"}},
		`'a b' "c \" \d" e\ f ''`: {Name: "a b", Command: []string{"a b", `c " \d`, "e f", ""}},
		`"it's" 'a\b'`:            {Name: "it's", Command: []string{"it's", `a\b`}},
		`run $HOME *`:             {Name: "run", Command: []string{"run", "$HOME", "*"}},
	} {
		got, err := subject.FindPeer(argument)
		if err != nil {
			t.Errorf("%s: %v", argument, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", argument, diff)
		}
	}
}

func TestFindPeerRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"broken":     `{`,
		"list":       `[]`,
		"misspelled": `{"name":"a","version":"1","subject":{"command":["a"]},"sujbect":{}}`,
		"inner":      `{"name":"a","version":"1","subject":{"command":["a"],"args":[]}}`,
		"nameless":   `{"name":"","version":"1","subject":{"command":["a"]}}`,
		"mute":       `{"name":"a","version":"1","subject":{"command":[]}}`,
		"empty":      `{"name":"a","version":"1","subject":{"command":[""]}}`,
		"lacking":    `{"name":"a","subject":{"command":["a"]}}`,
		"known":      `{"name":"a","version":"1","subject":{"command":["a"]},"known":[{"case":"*","reason":""}]}`,
		"lack":       `{"name":"a","version":"1","subject":{"command":["a"]},"lacks":[{"feature":"x509"}]}`,
		"words":      `{"name":"a","version":"1","subject":{"command":"a b"}}`,
	} {
		write(t, name+"/peer.json", content)
		if peer, err := subject.FindPeer(name); err == nil || !strings.Contains(err.Error(), filepath.Join(name, "peer.json")) {
			t.Errorf("%s: %+v, %v", content, peer, err)
		}
	}
	write(t, "bare/README", "")
	for _, argument := range []string{"", " ", `'open`, `open\`, "bare"} {
		if peer, err := subject.FindPeer(argument); err == nil {
			t.Errorf("%q: %+v", argument, peer)
		}
	}
}
