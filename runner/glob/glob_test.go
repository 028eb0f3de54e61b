package glob_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/glob"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b/c", true},
		{"commit/*", "commit/add/suite1/public/all=a", true},
		{"commit/*", "commit", false},
		{"*/public/*", "commit/add/suite1/public/all=a", true},
		{"*/private/*", "commit/add/suite1/public/all=a", false},
		{"*suite?/*", "x/suite1/y", true},
		{"*suite?/*", "x/suite12/y", false},
		{"?", "é", true},
		{"?", "", false},
		{"é?é", "éeé", true},
		{"*é", "éàé", true},
		{"a*b*c", "abbbcbc", true},
		{"a*b*c", "abbbcb", false},
		{"a**c", "ac", true},
		{"[a-c]", "b", false},
		{"[a-c]", "[a-c]", true},
		{`a\*`, `a\b`, true},
		{"abc", "abcd", false},
		{"abcd", "abc", false},
		{"abc", "ABC", false},
	} {
		if got := glob.Match(test.pattern, test.text); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
}

// Stars do not make a pattern slow: this would take years if each were tried.
func TestManyStars(t *testing.T) {
	if glob.Match(strings.Repeat("*a", 40)+"b", strings.Repeat("a", 10_000)) {
		t.Error("matches what does not end as it does")
	}
}

// MatchPrefix is right about every short pattern and prefix.
func TestMatchPrefix(t *testing.T) {
	var texts func(alphabet string, length int) []string
	texts = func(alphabet string, length int) []string {
		all := []string{""}
		if length > 0 {
			for _, rest := range texts(alphabet, length-1) {
				for _, r := range alphabet {
					all = append(all, string(r)+rest)
				}
			}
		}
		return all
	}
	behind := texts("ab", 4)
	for _, pattern := range texts("ab/*?", 4) {
		for _, prefix := range texts("a/", 3) {
			want := false
			for _, rest := range behind {
				want = want || glob.Match(pattern, prefix+rest)
			}
			if got := glob.MatchPrefix(pattern, prefix); got != want {
				t.Errorf("MatchPrefix(%q, %q) = %v", pattern, prefix, got)
			}
		}
	}
}

func ExampleMatch() {
	fmt.Println(glob.Match("reinit/*/suite1/*", "reinit/force_path/suite1/public/all=builtin"))
	// Output: true
}
