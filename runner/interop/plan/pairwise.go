package plan

import (
	"fmt"
)

// pairwise lists assignments in which every two roles are played by every two
// clients at least once, the same client twice included. They begin with those
// in which one client plays everything. Their number grows with the logarithm
// of the number of roles.
func pairwise(clients, roles int) [][]int {
	var c covering
	for client := range clients {
		c.add(roles, func(int) int { return client })
	}
	// What is left are the pairs of two different clients.
	switch {
	case clients == 1:
	case clients == 2:
		c.addHalves(roles)
	default:
		c.addLines(clients, roles)
	}
	return c.assignments
}

// A covering is a list of distinct assignments.
type covering struct {
	assignments [][]int
	seen        map[string]bool
}

func (c *covering) add(roles int, client func(role int) int) {
	a := make([]int, roles)
	for role := range a {
		a[role] = client(role)
	}
	key := fmt.Sprint(a)
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	if !c.seen[key] {
		c.seen[key] = true
		c.assignments = append(c.assignments, a)
	}
}

// addHalves gives each role another half of the assignments, in which client 1
// plays it. Of two halves neither contains the other, so both pairs of
// different clients are there. The fewest assignments that have enough halves
// are taken; no other way needs fewer (Sperner).
func (c *covering) addHalves(roles int) {
	n := 2
	for binomial(n, n/2) < roles {
		n++
	}
	halves := make([]uint64, 0, roles)
	for half := uint64(1)<<(n/2) - 1; len(halves) < roles; half = nextSubset(half) {
		halves = append(halves, half)
	}
	for i := range n {
		c.add(roles, func(role int) int { return int(halves[role] >> i & 1) })
	}
}

func binomial(n, k int) int {
	b := 1
	for i := range k {
		b = b * (n - i) / (i + 1)
	}
	return b
}

// nextSubset is the next number with as many bits set.
func nextSubset(set uint64) uint64 {
	low := set & -set
	next := set + low
	return next | (set^next)/low>>2
}

// addLines gives each role a different point: its digits to the base of a
// field's order q. For each digit there is an assignment for each line
// y = a*x + b through the plane over the field with a slope a that is not 0; x
// is the digit, and y says the client. Two roles with different digits x, x'
// have any two different y, y' on exactly one such line. The first digit may
// also be the point at infinity of the lines, where y is a; this takes the
// lines with slope 0 as well, and is done where it saves a digit.
func (c *covering) addLines(clients, roles int) {
	f := smallestField(clients)
	q := f.order
	digits, points := 1, q
	infinity := false
	for points < roles {
		if infinity = points/q*(q+1) >= roles; infinity {
			break
		}
		digits++
		points *= q
	}
	first := q
	if infinity {
		first = q + 1
	}
	line := func(digit, a, b int) {
		c.add(roles, func(role int) int {
			x := role % first
			if digit > 0 {
				x = role / first
				for range digit - 1 {
					x /= q
				}
				x %= q
			}
			if x == q {
				return a % clients
			}
			return f.add(f.multiply(a, x), b) % clients
		})
	}
	for digit := range digits {
		for a := range q {
			if a == 0 && (digit > 0 || !infinity) {
				continue
			}
			for b := range q {
				line(digit, a, b)
			}
		}
	}
}
