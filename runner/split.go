package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// split cuts a file into the elements of its array. It looks only for where
// they begin and end: whether one of them is JSON shows when it is decoded,
// and then it is that case which fails. encoding/json would read every byte
// several times before the first case could start.
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

// suiteOf looks for the cipher suite of a case. It is zero for a case that has
// none; whether one is missing is for the family to say.
func suiteOf(raw json.RawMessage) codepoint.CipherSuite {
	s := scanner{rest: raw}
	if !s.skip('{') {
		return 0
	}
	for {
		key := s.value()
		if key == nil || !s.skip(':') {
			return 0
		}
		value := s.value()
		if string(key) == `"cipher_suite"` {
			n, err := strconv.ParseUint(string(value), 10, 16)
			if err != nil {
				return 0
			}
			return codepoint.CipherSuite(n)
		}
		if value == nil || !s.skip(',') {
			return 0
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

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
