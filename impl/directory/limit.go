package directory

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Rate is how much is allowed in a span of time. The whole of it may come at
// once; what was used comes back evenly over the span. A negative N means that
// there is no limit.
type Rate struct {
	N   int
	Per time.Duration
}

var errRate = errors.New("directory: a rate is a number above 0, a slash and a duration, such as 60/1m, or none")

func (r Rate) check() error {
	if r.N < 0 || r.N > 0 && r.Per >= time.Duration(r.N) {
		return nil
	}
	return fmt.Errorf("%w: %d/%v", errRate, r.N, r.Per)
}

// UnmarshalText reads the form 60/1m, or none.
func (r *Rate) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		*r = Rate{N: -1}
		return nil
	}
	number, span, _ := strings.Cut(string(text), "/")
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return fmt.Errorf("%w: %q", errRate, text)
	}
	per, err := time.ParseDuration(span)
	if err != nil {
		return fmt.Errorf("%w: %q", errRate, text)
	}
	*r = Rate{N: int(n), Per: per}
	return r.check()
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) {
	if r.N < 0 {
		return []byte("none"), nil
	}
	return fmt.Appendf(nil, "%d/%v", r.N, r.Per), nil
}

// Limits are the rates at which a directory serves. A zero Rate means the
// default. They slow down who wants to use up a client's KeyPackages
// (RFC 9420, Section 16.8).
type Limits struct {
	Caller       Rate // claims of one caller, of anybody's KeyPackages; 60/1m
	CallerClient Rate // claims of one caller, of one client's; 10/1h
	Client       Rate // claims of all callers, of one client's; 120/1m
	// Publish is for the KeyPackages that one caller publishes, whoever's they
	// are: to validate them is work. A request with none counts as one; 2000/1h.
	Publish Rate
}

func (l *Limits) setDefaults() {
	for _, d := range []struct {
		rate  *Rate
		value Rate
	}{
		{&l.Caller, Rate{60, time.Minute}},
		{&l.CallerClient, Rate{10, time.Hour}},
		{&l.Client, Rate{120, time.Minute}},
		{&l.Publish, Rate{2000, time.Hour}},
	} {
		if *d.rate == (Rate{}) {
			*d.rate = d.value
		}
	}
}

func (l *Limits) check() error {
	return errors.Join(l.Caller.check(), l.CallerClient.check(), l.Client.check(), l.Publish.check())
}

// A LimitError says that a caller has to wait.
type LimitError struct {
	What       string // what there is too much of
	RetryAfter time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("directory: too many %s; try again in %v", e.What, e.RetryAfter.Round(time.Millisecond))
}

// maxKeys bounds the memory of a limiter.
const maxKeys = 1 << 17

// A limiter holds a token bucket for each key. Of a bucket it keeps the time at
// which it will be full again; a key without one has a full bucket.
type limiter struct {
	what string
	rate Rate

	mu    sync.Mutex
	full  map[string]time.Time
	swept time.Time
}

func newLimiter(what string, rate Rate) *limiter {
	return &limiter{what: what, rate: rate, full: make(map[string]time.Time)}
}

// take takes n tokens from the bucket of the key, or all of a full one.
func (l *limiter) take(key string, n int, now time.Time) error {
	if l.rate.N < 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key = l.admit(key, now)
	full := l.full[key]
	switch empty := now.Add(l.rate.Per); {
	case full.Before(now):
		full = now
	case full.After(empty): // the clock was put back
		full = empty
	}
	later := full.Add(l.rate.Per / time.Duration(l.rate.N) * time.Duration(min(n, l.rate.N)))
	wait := later.Sub(now) - l.rate.Per
	if wait > 0 {
		l.full[key] = full
		return &LimitError{What: l.what, RetryAfter: wait}
	}
	l.full[key] = later
	return nil
}

// admit makes room for the key. When that fails, the keys that are new share a
// bucket: a flood of callers slows down strangers, not those who were here before.
func (l *limiter) admit(key string, now time.Time) string {
	if _, known := l.full[key]; known || len(l.full) < maxKeys {
		return key
	}
	if now.Sub(l.swept).Abs() >= l.rate.Per {
		l.swept = now
		for k, full := range l.full {
			if !full.After(now) {
				delete(l.full, k)
			}
		}
	}
	if len(l.full) < maxKeys {
		return key
	}
	return ""
}
