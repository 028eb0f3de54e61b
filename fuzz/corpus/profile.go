package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mlsconform/mlsconform/fuzz"
)

// A profile holds the blocks of statements that were reached, and those that
// were not.
type profile map[string]block

// A block is a stretch of code, named by its file and place.
type block struct {
	statements int
	reached    bool
}

// readProfile reads a file in the format of go test -coverprofile.
func readProfile(name string) (profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := profile{}
	lines := bufio.NewScanner(f)
	lines.Scan() // the mode
	for lines.Scan() {
		var place string
		var statements, count int
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %d", &place, &statements, &count); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, lines.Text(), err)
		}
		p.add(place, block{statements, count > 0})
	}
	return p, lines.Err()
}

func (p profile) add(place string, b block) {
	b.reached = b.reached || p[place].reached
	p[place] = b
}

// merge adds what another profile reaches. It reports whether that is more.
func (p profile) merge(other profile) bool {
	more := false
	for place, b := range other {
		more = more || b.reached && !p[place].reached
		p.add(place, b)
	}
	return more
}

// without returns what is reached here and not there.
func (p profile) without(other profile) profile {
	rest := profile{}
	for place, b := range p {
		if b.reached && !other[place].reached {
			rest[place] = b
		}
	}
	return rest
}

// reached returns how many statements are reached in the files that match.
func (p profile) reached(files *regexp.Regexp) int {
	return p.count(files, func(b block) bool { return b.reached })
}

// statements returns how many statements there are in the files that match.
func (p profile) statements(files *regexp.Regexp) int {
	return p.count(files, func(block) bool { return true })
}

func (p profile) count(files *regexp.Regexp, counts func(block) bool) int {
	n := 0
	for place, b := range p {
		if file, _, _ := strings.Cut(place, ":"); files.MatchString(file) && counts(b) {
			n += b.statements
		}
	}
	return n
}

// covered has binaries built that tell what they reach of what is fuzzed.
const covered = "-coverpkg=./impl/...,./runner/..."

// ownSeeds has targets begin with the project's own objects only, not with those
// that happen to be on this machine.
const ownSeeds = "MLSCONFORM_FUZZ_SEEDS=own"

// seeds matches the inputs that a target adds itself.
const seeds = "seed#[0-9]+"

// replay runs a target on the inputs whose names match one of the patterns, and
// returns what is reached.
func (k *keeper) replay(ctx context.Context, t fuzz.Target, binary string, patterns ...string) (profile, error) {
	out := filepath.Join(k.Temp(), "cover.out")
	cmd := k.Command(ctx, t, binary, "-test.run=^"+t.Name+"$/^("+strings.Join(patterns, "|")+")$", "-test.coverprofile="+out)
	cmd.Env = append(cmd.Environ(), ownSeeds)
	var report strings.Builder
	cmd.Stdout = &report
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", t, err, report.String())
	}
	return readProfile(out)
}
