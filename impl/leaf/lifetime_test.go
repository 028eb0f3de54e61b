package leaf_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestLifetimeCovers(t *testing.T) {
	for _, c := range []struct {
		name  string
		life  leaf.Lifetime
		at    int64
		cover bool
	}{
		{"first second", leaf.Lifetime{NotBefore: 100, NotAfter: 200}, 100, true},
		{"last second", leaf.Lifetime{NotBefore: 100, NotAfter: 200}, 200, true},
		{"before", leaf.Lifetime{NotBefore: 100, NotAfter: 200}, 99, false},
		{"after", leaf.Lifetime{NotBefore: 100, NotAfter: 200}, 201, false},
		{"one second long", leaf.Lifetime{NotBefore: 100, NotAfter: 100}, 100, true},
		{"bounds swapped", leaf.Lifetime{NotBefore: 200, NotAfter: 100}, 150, false},
		{"for ever", leaf.Lifetime{NotAfter: math.MaxUint64}, 0, true},
		{"a clock before 1970", leaf.Lifetime{NotAfter: math.MaxUint64}, -1, false},
	} {
		if got := c.life.Covers(time.Unix(c.at, 0)); got != c.cover {
			t.Errorf("%s: %v covers %d: %v", c.name, c.life, c.at, got)
		}
	}
}

// receiving and sending set under which circumstances lifetimes are checked.
func receiving(w *world) { w.policy.CheckLifetime = true }
func sending(w *world)   { w.checks.Sending = true }
func neither(*world)     {}

func TestLifetimeOfALeaf(t *testing.T) {
	present := uint64(now.Unix())
	expired := leaf.Lifetime{NotBefore: present - 100, NotAfter: present - 1}
	early := leaf.Lifetime{NotBefore: present + 1, NotAfter: present + 100}
	swapped := leaf.Lifetime{NotBefore: present + 100, NotAfter: present - 100}
	for _, c := range []struct {
		name string
		life leaf.Lifetime
		when func(*world)
		want []rule.ID // none: accepted
	}{
		{"expired, on receipt", expired, receiving, only("rfc9420-7.3-06")},
		{"expired, when sent", expired, sending, only("rfc9420-7.3-05")},
		{"expired, unchecked", expired, neither, nil},
		{"in the future, on receipt", early, receiving, only("rfc9420-7.3-06")},
		{"in the future, when sent", early, sending, only("rfc9420-7.3-05")},
		{"in the future, unchecked", early, neither, nil},
		{"swapped, on receipt", swapped, receiving, only("rfc9420-7.3-06", "rfc9420-7.2-13")},
		{"swapped, when sent", swapped, sending, only("rfc9420-7.3-05", "rfc9420-7.2-13")},
		{"swapped, unchecked", swapped, neither, nil},
		{"begins now, on receipt", leaf.Lifetime{NotBefore: present, NotAfter: present + 100}, receiving, nil},
		{"ends now, when sent", leaf.Lifetime{NotBefore: 0, NotAfter: present}, sending, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, stage := range []leaf.Stage{leaf.InKeyPackage, leaf.InTree} {
				w := newWorld(t, suite1(t), stage)
				w.node.Lifetime = c.life
				w.sign(t)
				c.when(w)
				if err := w.node.Validate(w.checks); !slices.Equal(rule.All(err), c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("stage %v: %v, want %v", stage, err, c.want)
				}
				if n := len(w.broken()); n > 1 {
					t.Errorf("stage %v: %d checks fail", stage, n)
				}
			}
		})
	}
}

// Leaves of Updates and Commits have no lifetime.
func TestNoLifetimeOutsideOfKeyPackages(t *testing.T) {
	for _, stage := range []leaf.Stage{leaf.InUpdate, leaf.InCommit} {
		w := newWorld(t, suite1(t), stage)
		w.policy.MaxLifetime = time.Second
		w.node.Lifetime = leaf.Lifetime{NotAfter: 100} // which is not encoded
		receiving(w)
		sending(w)
		if err := w.node.Validate(w.checks); err != nil {
			t.Errorf("stage %v: %v", stage, err)
		}
	}
}

func TestLongestLifetime(t *testing.T) {
	const hour, century = uint64(3600), uint64(100 * 365 * 24 * 3600)
	present := uint64(now.Unix())
	for _, c := range []struct {
		name  string
		life  leaf.Lifetime
		limit time.Duration
		want  rule.ID
	}{
		{"as long as the limit", leaf.Lifetime{NotBefore: present, NotAfter: present + hour}, time.Hour, ""},
		{"a second longer", leaf.Lifetime{NotBefore: present, NotAfter: present + hour + 1}, time.Hour, "rfc9420-7.2-07"},
		{"a century", leaf.Lifetime{NotBefore: present - hour, NotAfter: present + century}, 90 * 24 * time.Hour, "rfc9420-7.2-07"},
		{"a century without limit", leaf.Lifetime{NotBefore: present - hour, NotAfter: present + century}, 0, ""},
		{"for ever", leaf.Lifetime{NotAfter: math.MaxUint64}, math.MaxInt64, "rfc9420-7.2-07"},
		{"swapped", leaf.Lifetime{NotBefore: present, NotAfter: present - 1}, time.Hour, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, suite1(t), leaf.InKeyPackage)
			w.policy.MaxLifetime = c.limit
			w.node.Lifetime = c.life
			w.sign(t)
			if err := w.node.Validate(w.checks); rule.Of(err) != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestClock(t *testing.T) {
	before := time.Now()
	got := (&leaf.Policy{}).Time()
	if after := time.Now(); got.Before(before) || got.After(after) {
		t.Errorf("without a clock the time is %v, want between %v and %v", got, before, after)
	}
	if got := (&leaf.Policy{Now: func() time.Time { return now }}).Time(); !got.Equal(now) {
		t.Errorf("the time is %v, want %v", got, now)
	}
}
