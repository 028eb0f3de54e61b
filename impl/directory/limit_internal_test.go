package directory

import (
	"strconv"
	"testing"
	"time"
)

// Very many callers do not take up all memory, and do not push out those whose
// buckets are in use.
func TestLimitOfVeryManyCallers(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := newLimiter("claims", Rate{N: 2, Per: time.Minute})
	for range 2 {
		if err := l.take("eve", 1, now); err != nil {
			t.Fatal(err)
		}
	}
	stopped := 0
	for i := range maxKeys + 100 {
		if l.take(strconv.Itoa(i), 1, now) != nil {
			stopped++
		}
	}
	if stopped != 99 { // eve has one of the places, and their common bucket lets two pass
		t.Errorf("%d callers had to wait", stopped)
	}
	if l.take("eve", 1, now) == nil {
		t.Error("eve got a new bucket")
	}
	if len(l.full) != maxKeys+1 {
		t.Errorf("%d buckets", len(l.full))
	}
	now = now.Add(time.Minute) // all buckets are full again, and can go
	for i := range 1000 {
		if err := l.take("new "+strconv.Itoa(i), 1, now); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.full) > 1001 {
		t.Errorf("%d buckets are left", len(l.full))
	}
}
