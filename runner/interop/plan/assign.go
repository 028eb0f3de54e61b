package plan

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
)

// fewRoles is up to how many roles all assignments are the default.
const fewRoles = 4

// assign lists assignments of clients, which are numbers below clients, to
// roles, each of them once. The name is that of the script: the seed gives
// each its own sample. It also tells the way that they were chosen, which is
// pairwise where all are too many for any plan.
func (o *Options) assign(name string, clients, roles int) ([][]int, Mode) {
	mode := o.Roles.Mode
	if mode == ModeDefault {
		mode = ModeAll
		if roles > fewRoles {
			mode = ModePairwise
		}
	}
	total, possible := power(clients, roles)
	switch {
	case mode == ModePairwise || mode == ModeAll && !possible:
		return pairwise(clients, roles), ModePairwise
	case mode == ModeSample && (!possible || total > o.Roles.Sample):
		return sample(clients, roles, o.Roles.Sample, o.random(name)), ModeSample
	}
	return all(clients, roles, total), ModeAll
}

// power is base to the exponent, if that is no more than MaxCases.
func power(base, exponent int) (int, bool) {
	if base == 1 {
		return 1, true
	}
	n := 1
	for range exponent {
		n *= base
		if n > MaxCases {
			return 0, false
		}
	}
	return n, true
}

// all counts through the assignments; the last role changes first.
func all(clients, roles, total int) [][]int {
	assignments := make([][]int, 0, total)
	for n := range total {
		a := make([]int, roles)
		for r := roles - 1; r >= 0; r-- {
			a[r] = n % clients
			n /= clients
		}
		assignments = append(assignments, a)
	}
	return assignments
}

// random is a stream of random numbers of its own for each script, so that a
// sample does not depend on what else is in the plan.
func (o *Options) random(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(o.Seed, h.Sum64()))
}

// sample draws so many distinct assignments, of which there are more.
func sample(clients, roles, size int, r *rand.Rand) [][]int {
	seen := map[string]bool{}
	assignments := make([][]int, 0, size)
	for len(assignments) < size {
		a := make([]int, roles)
		for i := range a {
			a[i] = r.IntN(clients)
		}
		if key := fmt.Sprint(a); !seen[key] {
			seen[key] = true
			assignments = append(assignments, a)
		}
	}
	slices.SortFunc(assignments, slices.Compare[[]int])
	return assignments
}
