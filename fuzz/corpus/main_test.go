package main

import (
	"bytes"
	"testing"
)

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		nil, {"-time", "1s"}, {"walk"},
		{"merge", "-target", "none"}, {"merge", "-target", "("}, {"depth", "-time", "soon"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: exit status %d, output %q, error %q", args, code, &stdout, &stderr)
		}
	}
}
