package plan

import (
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"slices"
)

// fewRoles is up to how many roles all assignments are the default.
const fewRoles = 4

// assign lists assignments of clients, which are numbers below clients, to the
// roles of a script, each of them once. With a limit to how many clients there
// are in a case, every two of them, and so on to the limit, get assignments of
// their own, so that it shows which of them do not get along. The name is that
// of the script: the seed gives each its own sample. It also tells the way that
// they were chosen, which is pairwise where all are too many for any plan.
func (o *Options) assign(name string, clients, roles int) ([][]int, Mode) {
	chosen := o.rolesOf(name)
	mode := chosen.Mode
	if mode == ModeDefault {
		mode = ModeAll
		if roles > fewRoles {
			mode = ModePairwise
		}
	}
	mix := clients
	if o.Mix > 0 {
		mix = min(o.Mix, clients)
	}
	total, possible := power(mix, roles)
	if mode == ModeAll && !possible {
		mode = ModePairwise
	}
	switch {
	case mode == ModeSample:
		return sample(clients, mix, roles, chosen.Sample, o.random(name)), mode
	case o.Mix > 0:
		return mixed(clients, mix, roles, mode), mode
	case mode == ModeAll:
		return all(clients, roles, total), mode
	}
	return pairwise(clients, roles), mode
}

// mixed lists the assignments of every two clients, and so on to every mix.
func mixed(clients, mix, roles int, mode Mode) [][]int {
	var c covering
	for size := min(2, mix); size <= mix; size++ {
		assignments := pairwise(size, roles)
		if mode == ModeAll {
			total, _ := power(size, roles) // possible, as it is for mix
			assignments = all(size, roles, total)
		}
		for set := range subsets(clients, size) {
			for _, a := range assignments {
				c.add(roles, func(role int) int { return set[a[role]] })
			}
		}
	}
	return c.assignments
}

// subsets goes through the sets of size numbers below n, each in order.
func subsets(n, size int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for set := uint64(1)<<size - 1; set < 1<<n; set = nextSubset(set) {
			var list []int
			for i := range n {
				if set>>i&1 == 1 {
					list = append(list, i)
				}
			}
			if !yield(list) {
				return
			}
		}
	}
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

// sample draws so many distinct assignments of at most mix clients each, or
// takes all when there are no more.
func sample(clients, mix, roles, size int, r *rand.Rand) [][]int {
	var c covering
	if total, possible := power(mix, roles); possible && total <= 4*size {
		// There may not be enough to draw from.
		every := mixed(clients, mix, roles, ModeAll)
		r.Shuffle(len(every), func(i, j int) { every[i], every[j] = every[j], every[i] })
		c.assignments = every[:min(size, len(every))]
		size = len(c.assignments)
	}
	for len(c.assignments) < size {
		some := r.Perm(clients)[:mix]
		c.add(roles, func(int) int { return some[r.IntN(mix)] })
	}
	slices.SortFunc(c.assignments, slices.Compare[[]int])
	return c.assignments
}
