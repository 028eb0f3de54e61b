package campaign

import (
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
)

// A schedule says which target runs next, and for how long. First each target
// gets its share of half the time. The rest goes, one share after the other, to
// whichever target has grown most for its time when it ran last; but every
// fourth share to the one that has waited longest, so that none is forgotten.
type schedule struct {
	turns  []turn
	part   time.Duration // 0 when each target runs for a given time
	left   time.Duration
	shares int // given so far
}

// A turn is how a target stands.
type turn struct {
	limit   time.Duration // of a run
	yield   float64       // new coverage per second when it ran last
	last    int           // which share it had last
	dropped bool
}

// A part is not shorter, unless the time is too short to give each target that
// much, since a run begins with the corpus; and not longer, so that what a target
// yields is news.
const (
	shortest = time.Second
	longest  = time.Minute
)

func newSchedule(targets []fuzz.Target, each, total time.Duration) *schedule {
	s := &schedule{turns: make([]turn, len(targets)), left: total}
	if each == 0 {
		parts := 0
		for _, t := range targets {
			parts += partsOf(t)
		}
		s.part = min(max(total/time.Duration(2*parts), shortest), total/time.Duration(parts), longest)
	}
	for i, t := range targets {
		s.turns[i].limit = each
		if each == 0 {
			s.turns[i].limit = s.part * time.Duration(partsOf(t))
		}
	}
	return s
}

// partsOf returns how many parts a target gets. Codecs need few: they start
// quickly, and make thousands of runs in a second.
func partsOf(t fuzz.Target) int {
	if t.Kind == fuzz.Codec {
		return 1
	}
	return 4
}

// next returns the target that is to run, or that none is.
func (s *schedule) next() (i int, limit time.Duration, ok bool) {
	if s.shares < len(s.turns) {
		return s.shares, s.turns[s.shares].limit.Round(time.Millisecond), true
	}
	if s.part == 0 {
		return 0, 0, false
	}
	best, waiting := -1, s.shares%4 == 3
	for i := range s.turns {
		if !s.turns[i].dropped && (best < 0 || s.turns[i].before(&s.turns[best], waiting)) {
			best = i
		}
	}
	if best < 0 {
		return 0, 0, false
	}
	// What is less than half a share is not worth a start.
	limit = min(s.turns[best].limit, s.left)
	return best, limit.Round(time.Millisecond), 2*limit >= s.turns[best].limit
}

// before reports whether t is to run rather than other: the one that yields more,
// or that has waited longer.
func (t *turn) before(other *turn, waiting bool) bool {
	if !waiting && t.yield != other.yield {
		return t.yield > other.yield
	}
	return t.last < other.last
}

// ran takes note of a run.
func (s *schedule) ran(i int, spent time.Duration, growth int) {
	s.shares++
	s.left -= spent
	s.turns[i].last = s.shares
	s.turns[i].yield = float64(growth) / max(spent, time.Millisecond).Seconds()
}

// tooShort takes note of a run that was over before it began.
func (s *schedule) tooShort(i int, spent time.Duration) {
	s.ran(i, spent, 0)
	s.turns[i].limit *= 2
}

// drop takes a target out that failed, or cannot run.
func (s *schedule) drop(i int, spent time.Duration) {
	s.ran(i, spent, 0)
	s.turns[i].dropped = true
}
