package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const shardDir = "testdata/files/interop/"

// merge merges two shards that lie in dir, and returns the HTML page.
func merge(t *testing.T, dir string) string {
	t.Helper()
	page := filepath.Join(t.TempDir(), "page.html")
	var output bytes.Buffer
	args := []string{"report", "merge", filepath.Join(dir, "shard1.json"), filepath.Join(dir, "shard2.json"), "--html", page}
	if status := run(t.Context(), args, nil, &output, &output); status != statusFailed {
		t.Fatalf("exit status %d, want %d: %s", status, statusFailed, &output)
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The transcripts that lie beside the shards are in the page, wherever the
// shards were made.
func TestReportMergeFindsTranscripts(t *testing.T) {
	if page := merge(t, shardDir); !strings.Contains(page, "<pre>JoinGroup to other: the transcript</pre>") {
		t.Error("the page has no transcript")
	}
}

// A report from elsewhere does not make the page quote other files.
func TestReportMergeStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret", "transcript.txt")
	if err := os.MkdirAll(filepath.Dir(secret), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("nobody's business"), 0o600); err != nil {
		t.Fatal(err)
	}
	shards := filepath.Join(dir, "shards")
	if err := os.MkdirAll(filepath.Join(shards, "cases"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(secret), filepath.Join(shards, "cases", "link")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"out/cases/../../secret", "out/cases/link", "cases/cases/../../../secret", filepath.Dir(secret)} {
		for _, name := range []string{"shard1.json", "shard2.json"} {
			data, err := os.ReadFile(shardDir + name)
			if err != nil {
				t.Fatal(err)
			}
			data = bytes.ReplaceAll(data, []byte("out/cases/welcome_join/b/suite1/public/alice=builtin,bob=other"), []byte(folder))
			if err := os.WriteFile(filepath.Join(shards, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		page := merge(t, shards)
		if strings.Contains(page, "nobody's business") || strings.Contains(page, "nobody&#39;s business") {
			t.Errorf("folder %s: the page quotes another file", folder)
		}
	}
}

// The page on interop speaks of flags that there are, and of all of them.
func TestInteropPageSpeaksOfTheFlags(t *testing.T) {
	data, err := os.ReadFile("../../docs/interop.md")
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile(`--[a-z]+(-[a-z]+)*`)
	all := map[string]bool{}
	for _, command := range [][]string{{"interop"}, {"report", "merge"}, {"report", "show"}} {
		var output bytes.Buffer
		if status := run(t.Context(), append(command, "--help"), nil, &output, &output); status != 0 {
			t.Fatalf("%v --help: exit status %d", command, status)
		}
		for _, f := range flag.FindAllString(output.String(), -1) {
			all[f] = true
		}
	}
	spoken := map[string]bool{"--help": true, "--version": true}
	for _, f := range flag.FindAllString(string(data), -1) {
		spoken[f] = true
		switch f {
		case "--release", "--bin", "--port", "--target", "--from", "--rm": // of other commands
		default:
			if !all[f] {
				t.Errorf("there is no flag %s", f)
			}
		}
	}
	for f := range all {
		if !spoken[f] {
			t.Errorf("nothing is said of %s", f)
		}
	}
}
