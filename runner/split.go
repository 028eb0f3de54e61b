package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/strict"
)

// cases cuts a file of the family into its cases. This project's own families
// have an object around the array, which says what it is.
func cases(data []byte, f *family.Family) ([]json.RawMessage, error) {
	if f.Schema == "" {
		return split(data)
	}
	var top struct {
		Schema    string          `json:"schema"`
		Family    string          `json:"family"`
		Generator string          `json:"generator"`
		Cases     json.RawMessage `json:"cases"`
	}
	if err := strict.Decode(data, &top); err != nil {
		return nil, err
	}
	switch {
	case top.Schema != f.Schema:
		return nil, fmt.Errorf("schema: %q, want %q", top.Schema, f.Schema)
	case top.Family != f.Name:
		return nil, fmt.Errorf("family: %q, want %q", top.Family, f.Name)
	}
	raws, err := split(top.Cases)
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	seen := map[string]bool{}
	for _, raw := range raws {
		id := idOf(raw)
		if id != "" && seen[id] {
			return nil, fmt.Errorf("two cases have the id %q", id)
		}
		seen[id] = true
	}
	return raws, nil
}

// split cuts an array into its elements. It looks only for where they begin
// and end: whether one of them is JSON shows when it is decoded, and then it is
// that case which fails. encoding/json would read every byte several times
// before the first case could start.
func split(data []byte) ([]json.RawMessage, error) {
	s := scanner{rest: data}
	if !s.skip('[') {
		return nil, errors.New("not a JSON array")
	}
	var raws []json.RawMessage
	for !s.skip(']') {
		if len(raws) > 0 && !s.skip(',') {
			return nil, fmt.Errorf("not JSON: no comma after element %d", len(raws)-1)
		}
		raw := s.value()
		if raw == nil {
			return nil, fmt.Errorf("not JSON: element %d has no end", len(raws))
		}
		raws = append(raws, raw)
	}
	if s.space(); len(s.rest) > 0 {
		return nil, errors.New("not JSON: more follows after the array")
	}
	return raws, nil
}

// suiteOf looks for the cipher suite of a case, in the field of the official
// families and of this project's. It is zero for a case that has none; whether
// one is missing is for the family to say.
func suiteOf(raw json.RawMessage) codepoint.CipherSuite {
	value := field(raw, "cipher_suite")
	if value == nil {
		value = field(raw, "suite")
	}
	n, err := strconv.ParseUint(string(value), 10, 16)
	if err != nil {
		return 0
	}
	return codepoint.CipherSuite(n)
}

// idOf looks for the id of a case. It is empty for a case that has none.
func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(field(raw, "id"), &id) != nil {
		return ""
	}
	return id
}

// field looks for the value of a field of the object raw.
func field(raw json.RawMessage, name string) json.RawMessage {
	s := scanner{rest: raw}
	if !s.skip('{') {
		return nil
	}
	for {
		key := s.value()
		if key == nil || !s.skip(':') {
			return nil
		}
		value := s.value()
		if string(key) == `"`+name+`"` {
			return value
		}
		if value == nil || !s.skip(',') {
			return nil
		}
	}
}

// A scanner cuts values off the front of rest.
type scanner struct{ rest []byte }

func (s *scanner) space() { s.rest = bytes.TrimLeft(s.rest, " \t\r\n") }

// skip takes c off, if it comes next after white space.
func (s *scanner) skip(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// value takes a value off, as far as brackets and quotes tell where it ends.
// It is nil when there is none.
func (s *scanner) value() json.RawMessage {
	s.space()
	depth := 0
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '"':
			n := quoted(s.rest[i:])
			if n == 0 {
				return nil
			}
			i += n - 1
			if depth == 0 {
				return s.take(i + 1)
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of what the value is in
				return s.take(i)
			}
			if depth--; depth == 0 {
				return s.take(i + 1)
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s.take(i)
			}
		}
	}
	if depth > 0 {
		return nil
	}
	return s.take(len(s.rest))
}

// take cuts n bytes off; cutting nothing off is no value.
func (s *scanner) take(n int) json.RawMessage {
	if n == 0 {
		return nil
	}
	value := s.rest[:n:n]
	s.rest = s.rest[n:]
	return json.RawMessage(value)
}

// quoted is the length of the string at the front of data, or zero when it
// has no end.
func quoted(data []byte) int {
	for i := 1; ; {
		n := bytes.IndexAny(data[i:], `"\`)
		if n < 0 {
			return 0
		}
		i += n
		if data[i] == '"' {
			return i + 1
		}
		if i += 2; i > len(data) { // a backslash and what it escapes
			return 0
		}
	}
}

// Quote makes one word of s for a POSIX shell.
func Quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
