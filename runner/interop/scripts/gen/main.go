// Gen writes the script files that are too long to write by hand. The same
// seeds give the same files, byte by byte.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	for _, f := range generated() {
		data, err := f.encode()
		if err == nil {
			err = os.WriteFile(f.name, data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// generated lists the files.
func generated() []file {
	return []file{
		{
			name:    "large_group.json",
			comment: "An external join of a group of 100 (RFC 9420, Section 12.4.3.2).",
			scripts: []named{{"external_join", largeGroup()}},
		},
		{
			name:    "random.json",
			comment: "60 epochs of random actions. The name of a script is its seed; all members have to agree after every Commit.",
			scripts: []named{{"seed_1", random(1)}, {"seed_2", random(2)}},
		},
	}
}

// A file of scripts.
type file struct {
	name, comment string
	scripts       []named
}

type named struct {
	name  string
	steps []step
}

// encode writes one step to a line, for those who compare files.
func (f *file) encode() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"comment\": %q,\n  \"scripts\": {\n", f.comment)
	for i, s := range f.scripts {
		if i > 0 {
			b.WriteString(",\n\n")
		}
		fmt.Fprintf(&b, "    %q: [", s.name)
		separator := "\n"
		for _, step := range s.steps {
			line, err := json.Marshal(step)
			if err != nil {
				return nil, err
			}
			b.WriteString(separator + "      ")
			b.Write(line)
			separator = ",\n"
		}
		b.WriteString("\n    ]")
	}
	b.WriteString("\n  }\n}\n")
	return b.Bytes(), nil
}

// A step in the official format.
type step struct {
	Action            string       `json:"action"`
	Actor             string       `json:"actor,omitempty"`
	Clients           []string     `json:"clients,omitempty"`
	Joiner            string       `json:"joiner,omitempty"`
	KeyPackage        *int         `json:"keyPackage,omitempty"`
	Removed           string       `json:"removed,omitempty"`
	PSK               *int         `json:"pskID,omitempty"`
	Epoch             *int         `json:"epochID,omitempty"`
	Extensions        *[]extension `json:"extensions,omitempty"`
	ByReference       []int        `json:"byReference,omitempty"`
	ByValue           []proposal   `json:"byValue,omitempty"`
	Members           []string     `json:"members,omitempty"`
	Joiners           []string     `json:"joiners,omitempty"`
	RemovePrior       bool         `json:"removePrior,omitempty"`
	ForcePath         bool         `json:"force_path,omitempty"`
	ExternalTree      bool         `json:"external_tree,omitempty"`
	AuthenticatedData string       `json:"authenticatedData,omitempty"`
	Plaintext         string       `json:"plaintext,omitempty"`
	Ciphertext        *int         `json:"ciphertext,omitempty"`
}

type proposal struct {
	Type       string       `json:"proposalType"`
	KeyPackage *int         `json:"keyPackage,omitempty"`
	Removed    string       `json:"removed,omitempty"`
	PSK        *int         `json:"pskID,omitempty"`
	Epoch      *int         `json:"epochID,omitempty"`
	Extensions *[]extension `json:"extensions,omitempty"`
}

type extension struct {
	Type uint16 `json:"extension_type"`
	Data []byte `json:"extension_data"`
}

// largeGroup lets one more join a group of 100 by an external Commit, talk to
// others and commit.
func largeGroup() []step {
	var members []string
	for i := 1; i <= 99; i++ {
		members = append(members, fmt.Sprintf("member%02d", i))
	}
	last := len(members) - 1
	said := 2 // the step in which zoe speaks
	return []step{
		{Action: "createGroup", Actor: "alice", Members: members},
		{Action: "externalJoin", Actor: members[last], Joiner: "zoe", Members: append([]string{"alice"}, members[:last]...)},
		{Action: "protect", Actor: "zoe", Plaintext: "hello all"},
		{Action: "unprotect", Actor: "alice", Ciphertext: &said},
		{Action: "unprotect", Actor: members[last], Ciphertext: &said},
		{Action: "fullCommit", Actor: "zoe", Members: append([]string{"alice"}, members...)},
	}
}
