// Package peer is about implementations of MLS that are programs of their own:
// what a user names on the command line, and folders with a peer.json, which
// describes one. docs/peers.md is for those who write one.
package peer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// A Peer is an implementation that is a program of its own.
type Peer struct {
	// Name is that of the folder, so that two versions side by side have two
	// names; of a mere command, it is that of the program.
	Name string
	Dir  string // in which its programs run; empty for the working directory
	File
}

// A File is a peer.json. All but the library, its version and one of the
// programs may be left out. Fields named x-... are for others.
type File struct {
	Library string                  `json:"library"`
	Version string                  `json:"version"`
	License string                  `json:"license,omitzero"`
	Subject Subject                 `json:"subject,omitzero"`
	Interop Interop                 `json:"interop,omitzero"`
	Build   Build                   `json:"build,omitzero"`
	Suites  []codepoint.CipherSuite `json:"suites,omitzero"`
	Lacks   []result.Lack           `json:"lacks,omitzero"`
}

// About is what reports say of the implementation.
func (f *File) About() result.About {
	return result.About{Library: f.Library, Version: f.Version, Lacks: f.Lacks}
}

// A Subject is the program that judges cases of vectors.
type Subject struct {
	Command []string         `json:"command"`
	Known   []baseline.Entry `json:"known,omitzero"` // verdicts that are known to be wrong
}

// An Interop is the program that serves the interop API.
type Interop struct {
	Command []string         `json:"command"`        // {port} in it is where to listen
	Known   []baseline.Entry `json:"known,omitzero"` // cases that are known to fail

	// RestartAfter is how many cases one process serves before another takes its
	// place, for one that leaks. Zero is no limit.
	RestartAfter int `json:"restart_after,omitzero"`
}

// Find finds the implementation that a user named: a folder with a peer.json, or
// a command whose program is a subject.
func Find(argument string) (Peer, error) {
	info, err := os.Stat(argument)
	switch {
	case err == nil && info.IsDir():
		return Read(argument)
	case err == nil: // a program whose path may contain spaces
		return ofCommand([]string{local(argument)}), nil
	}
	command, err := Words(argument)
	if err != nil {
		return Peer{}, err
	}
	if len(command) == 0 {
		return Peer{}, errors.New("the command is empty")
	}
	return ofCommand(command), nil
}

func ofCommand(command []string) Peer {
	return Peer{Name: filepath.Base(command[0]), File: File{Subject: Subject{Command: command}}}
}

// local makes a path of a mere name, which would be looked for elsewhere.
func local(path string) string {
	if filepath.Base(path) == path {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// Read reads the peer.json of a folder.
func Read(dir string) (Peer, error) {
	path := filepath.Join(dir, "peer.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Peer{}, fmt.Errorf("%s is a folder without a peer.json", dir)
	}
	if err != nil {
		return Peer{}, err
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return Peer{}, err
	}
	p := Peer{Name: filepath.Base(whole), Dir: dir}
	if err = decodeOpen(data, &p.File); err == nil {
		err = p.check()
	}
	if err != nil {
		return Peer{}, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// decodeOpen decodes an object whose fields named x-... are for others.
func decodeOpen[T any](data []byte, v *T) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	maps.DeleteFunc(fields, func(name string, _ json.RawMessage) bool { return strings.HasPrefix(name, "x-") })
	known, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return strict.Decode(known, v)
}

// PortPlaceholder stands in the command of an interop client for the port on
// which it is to listen.
const PortPlaceholder = "{port}"

func (f *File) check() error {
	empty := func(command []string) bool { return len(command) == 0 || command[0] == "" }
	hasPort := slices.ContainsFunc(f.Interop.Command, func(arg string) bool { return strings.Contains(arg, PortPlaceholder) })
	switch {
	case f.Library == "" || f.Version == "":
		return errors.New("library and version must not be empty")
	case f.Subject.Command == nil && f.Interop.Command == nil:
		return errors.New("neither subject nor interop has a command")
	case f.Subject.Command != nil && empty(f.Subject.Command):
		return errors.New("subject.command: empty")
	case f.Interop.Command != nil && empty(f.Interop.Command):
		return errors.New("interop.command: empty")
	case f.Interop.Command != nil && !hasPort:
		return fmt.Errorf("interop.command: there is no %s in it", PortPlaceholder)
	case f.Interop.RestartAfter < 0:
		return fmt.Errorf("interop.restart_after: %d, want 0 or more", f.Interop.RestartAfter)
	}
	if err := baseline.Check(f.Subject.Known); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if err := baseline.Check(f.Interop.Known); err != nil {
		return fmt.Errorf("interop: %w", err)
	}
	return f.Build.check()
}
