package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// split cuts a file into the elements of its array, each still JSON.
func split(data []byte) ([]json.RawMessage, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) {
		return nil, errors.New("not a JSON array")
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(data, &raws); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return raws, nil
}

// suiteOf looks for the cipher suite of a case. It is zero for a case that has
// none; whether one is missing is for the family to say.
func suiteOf(raw json.RawMessage) codepoint.CipherSuite {
	var peek struct {
		Suite codepoint.CipherSuite `json:"cipher_suite"`
	}
	if err := json.Unmarshal(raw, &peek); err != nil {
		return 0
	}
	return peek.Suite
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
