package subject

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/mlsconform/mlsconform/runner/interop/baseline"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// A Peer is an implementation that is a program of its own.
type Peer struct {
	Name    string
	Version string   // may be empty
	Command []string // the program and its arguments
	Dir     string   // in which it runs, empty for the working directory
}

// FindPeer finds the implementation that a user named: a folder with a
// peer.json, or a command, that is a program and its arguments with the quotes
// of a shell.
func FindPeer(argument string) (Peer, error) {
	info, err := os.Stat(argument)
	switch {
	case err == nil && info.IsDir():
		return readPeer(argument)
	case err == nil: // a program whose path may contain spaces
		return Peer{Name: filepath.Base(argument), Command: []string{local(argument)}}, nil
	}
	command, err := words(argument)
	if err != nil {
		return Peer{}, err
	}
	if len(command) == 0 {
		return Peer{}, errors.New("the command is empty")
	}
	return Peer{Name: filepath.Base(command[0]), Command: command}, nil
}

// local makes a path of a mere name, which would be looked for elsewhere.
func local(path string) string {
	if filepath.Base(path) == path {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// A peerFile is a peer.json. What is not about the subject protocol may be absent.
type peerFile struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Library string `json:"library,omitzero"`
	License string `json:"license,omitzero"`
	Subject struct {
		Command []string `json:"command"`
	} `json:"subject"`
	Interop struct {
		Command string `json:"command"`
	} `json:"interop,omitzero"`
	Build struct {
		Command []string `json:"command"`
		Needs   []string `json:"needs"`
	} `json:"build,omitzero"`
	Suites []uint16         `json:"suites,omitzero"`
	Lacks  []lack           `json:"lacks,omitzero"`
	Known  []baseline.Entry `json:"known,omitzero"`
}

// A lack is something that an implementation cannot do.
type lack struct {
	Feature string `json:"feature"`
	Reason  string `json:"reason"`
}

// readPeer reads the peer.json of a folder. What a folder's command names is
// relative to the folder.
func readPeer(dir string) (Peer, error) {
	path := filepath.Join(dir, "peer.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Peer{}, fmt.Errorf("%s is a folder without a peer.json", dir)
	}
	if err != nil {
		return Peer{}, err
	}
	var file peerFile
	if err := decodeOpen(data, &file); err != nil {
		return Peer{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := baseline.Check(file.Known); err != nil {
		return Peer{}, fmt.Errorf("%s: %w", path, err)
	}
	if file.Name == "" || len(file.Subject.Command) == 0 || file.Subject.Command[0] == "" {
		return Peer{}, fmt.Errorf("%s: name and subject.command must not be empty", path)
	}
	return Peer{Name: file.Name, Version: file.Version, Command: file.Subject.Command, Dir: dir}, nil
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

// words splits a command at its spaces. Quotes and backslashes keep parts
// together as in a POSIX shell; nothing else is special.
func words(s string) ([]string, error) {
	var list []string
	var word strings.Builder
	begun := false // a word, which may be empty
	var quote rune // that is open, or zero
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`", r) {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if begun {
				list = append(list, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("%s: a quote or an escape has no end", s)
	}
	if begun {
		list = append(list, word.String())
	}
	return list, nil
}
