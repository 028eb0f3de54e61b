package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/runner/glob"
)

// ParseAssignments reads all, pairwise or sample:N.
func ParseAssignments(s string) (Assignments, error) {
	switch s {
	case "all":
		return Assignments{Mode: ModeAll}, nil
	case "pairwise":
		return Assignments{Mode: ModePairwise}, nil
	}
	size, ok := strings.CutPrefix(s, "sample:")
	n, err := strconv.Atoi(size)
	if !ok || err != nil || n < 1 {
		return Assignments{}, fmt.Errorf("%q is neither all nor pairwise nor sample:N with N from 1", s)
	}
	return Assignments{Mode: ModeSample, Sample: n}, nil
}

// ParseRoles reads what ParseAssignments does, for all scripts or, as in
// deep_random/*=sample:2, for some.
func (o *Options) ParseRoles(s string) error {
	glob, mode, some := strings.Cut(s, "=")
	if !some {
		glob, mode = "", s
	}
	a, err := ParseAssignments(mode)
	switch {
	case err != nil:
		return err
	case some && glob == "":
		return fmt.Errorf("%q names no script before the sign =", s)
	case some:
		o.RolesOf = append(o.RolesOf, ScriptRoles{glob, a})
	default:
		o.Roles = a
	}
	return nil
}

// Samples reports whether anything is left to chance, and so to the seed.
func (o *Options) Samples() bool {
	return o.Roles.Mode == ModeSample ||
		slices.ContainsFunc(o.RolesOf, func(r ScriptRoles) bool { return r.Roles.Mode == ModeSample })
}

// rolesOf are the assignments of a script.
func (o *Options) rolesOf(script string) Assignments {
	for _, r := range slices.Backward(o.RolesOf) {
		if glob.Match(r.Glob, script) {
			return r.Roles
		}
	}
	return o.Roles
}

// ParseFraming reads public, private, both or alternate.
func (o *Options) ParseFraming(s string) error {
	switch s {
	case "both", "alternate":
		o.Framings, o.Alternate = []Framing{Public, Private}, s == "alternate"
	case string(Public), string(Private):
		o.Framings = []Framing{Framing(s)}
	default:
		return fmt.Errorf("%q is neither public nor private, both nor alternate", s)
	}
	return nil
}

// ParseShard reads I/N, with I from 1 to N.
func ParseShard(s string) (Shard, error) {
	index, count, _ := strings.Cut(s, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	shard := Shard{Index: i, Count: n}
	if err := errors.Join(err, err2, shard.check()); err != nil || n == 0 {
		return Shard{}, fmt.Errorf("%q is not I/N with I from 1 to N", s)
	}
	return shard, nil
}

func (s Shard) check() error {
	if s == (Shard{}) {
		return nil
	}
	if s.Index < 1 || s.Index > s.Count {
		return fmt.Errorf("there is no shard %d of %d", s.Index, s.Count)
	}
	return nil
}

// has reports whether the case with this index in the whole plan is in the
// shard. Neighbours, which take about as long, go to different shards.
func (s Shard) has(index int) bool {
	return s.Count == 0 || index%s.Count == s.Index-1
}
