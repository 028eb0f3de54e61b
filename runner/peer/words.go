package peer

import (
	"fmt"
	"strings"
)

// Words splits a command at its spaces. Quotes and backslashes keep parts
// together as in a POSIX shell; nothing else is special.
func Words(s string) ([]string, error) {
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
