// Package glob matches ids of cases with patterns. In a pattern * stands for
// any text, also with slashes in it, since what people mean by commit/* is
// every case of commit; ? stands for one character. Nothing else is special,
// so no pattern is wrong, and an id of a case matches itself alone.
package glob

import (
	"strings"
	"unicode/utf8"
)

// Match reports whether pattern matches the whole of text.
func Match(pattern, text string) bool {
	// The last star seen takes more and more of the text: an earlier one never
	// has to be tried again.
	star, retry := -1, 0
	p, t := 0, 0
	for t < len(text) {
		_, size := utf8.DecodeRuneInString(text[t:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, t
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			t += size
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			_, size := utf8.DecodeRuneInString(text[retry:])
			retry += size
			p, t = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// MatchPrefix reports whether pattern matches prefix followed by some text
// without slashes.
func MatchPrefix(pattern, prefix string) bool {
	// at holds the places in the pattern that the prefix so far may lead to.
	at := closure(pattern, map[int]bool{0: true})
	for _, r := range prefix {
		next := map[int]bool{}
		for p := range at {
			if p == len(pattern) {
				continue
			}
			want, size := utf8.DecodeRuneInString(pattern[p:])
			switch want {
			case '*':
				next[p] = true
			case '?', r:
				next[p+size] = true
			}
		}
		at = closure(pattern, next)
	}
	for p := range at {
		if !strings.Contains(pattern[p:], "/") {
			return true
		}
	}
	return false
}

// closure adds the places behind stars that stand for nothing.
func closure(pattern string, at map[int]bool) map[int]bool {
	all := map[int]bool{}
	for p := range at {
		all[p] = true
		for p < len(pattern) && pattern[p] == '*' {
			p++
			all[p] = true
		}
	}
	return all
}
