package run

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mlsconform/mlsconform/runner/interop/plan"
)

// folderOf is where a case leaves what is needed to look into it.
func folderOf(out, id string) string {
	parts := []string{out, "cases"}
	for part := range strings.SplitSeq(id, "/") {
		parts = append(parts, component(part))
	}
	return filepath.Join(parts...)
}

// component makes a name for a file of a part of an id. Its end is what tells
// cases apart.
func component(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,~"
	const longest = 200
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(plain, r) {
			return r
		}
		return '_'
	}, s)
	s = s[max(0, len(s)-longest):]
	if strings.Trim(s, ".") == "" {
		return "_" + s
	}
	return s
}

// leave writes what an attempt left to look into.
func (a *attempt) leave(dir string, c *plan.Case) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	verdict, err := json.MarshalIndent(a.verdict, "", "  ")
	if err != nil {
		return err
	}
	script, err := scriptFile(c)
	if err != nil {
		return err
	}
	files := map[string]string{"case.json": string(verdict) + "\n", "script.json": script}
	if a.verdict.Replay != "" {
		files["replay.sh"] = "#!/bin/sh\n" + a.verdict.Replay + "\n"
	}
	for _, i := range a.instances {
		if i.child != nil {
			files[component(i.client.Name)+".log"] = i.output.String()
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return a.transcribe(dir)
}

// scriptFile is the script of a case alone, as a file that can be run.
func scriptFile(c *plan.Case) (string, error) {
	steps := []json.RawMessage{}
	for _, s := range c.Script.Steps {
		steps = append(steps, s.Raw)
	}
	data, err := json.MarshalIndent(map[string]any{"scripts": map[string]any{c.Script.Name: steps}}, "", "  ")
	return string(data) + "\n", err
}

// transcribe writes the RPCs one after the other: all of them together would
// take much more memory than they took to make.
func (a *attempt) transcribe(dir string) error {
	lines, err := create(filepath.Join(dir, "transcript.jsonl"))
	if err != nil {
		return err
	}
	defer lines.f.Close()
	people, err := create(filepath.Join(dir, "transcript.txt"))
	if err != nil {
		return err
	}
	defer people.f.Close()
	t := newTranscriber()
	out := json.NewEncoder(lines)
	out.SetEscapeHTML(false)
	for n := range a.record.rpcs {
		e := t.entry(&a.record.rpcs[n])
		if err := out.Encode(e); err != nil {
			return err
		}
		e.print(people)
	}
	if err := lines.finish(); err != nil {
		return err
	}
	return people.finish()
}

// A transcriptFile is written through a buffer, which keeps its first error.
type transcriptFile struct {
	*bufio.Writer
	f *os.File
}

func create(path string) (transcriptFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return transcriptFile{}, err
	}
	return transcriptFile{bufio.NewWriter(f), f}, nil
}

func (t transcriptFile) finish() error {
	if err := t.Flush(); err != nil {
		return err
	}
	return t.f.Close()
}

// print writes the entry for people.
func (e *Entry) print(w io.Writer) {
	fmt.Fprintf(w, "%d. ", e.N)
	if e.Step != nil {
		fmt.Fprintf(w, "step %d, %s: ", *e.Step, e.Action)
	}
	fmt.Fprintf(w, "%s to ", e.RPC)
	if e.Role != "" {
		fmt.Fprintf(w, "%s (%s)", e.Role, e.Client)
	} else {
		fmt.Fprint(w, e.Client)
	}
	fmt.Fprintf(w, ", %.3f ms\n   request  %s\n", 1e3*e.Seconds, e.Request)
	if e.Response != nil {
		fmt.Fprintf(w, "   response %s\n", e.Response)
	}
	if e.Error != "" {
		fmt.Fprintf(w, "   ERROR %s\n", e.Error)
	}
	for _, o := range e.Objects {
		fmt.Fprintf(w, "   %s:\n", o.Field)
		for line := range strings.Lines(o.Text) {
			fmt.Fprintf(w, "      %s", line)
		}
	}
	fmt.Fprintln(w)
}
