package leaf

import (
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A Lifetime is the span in which a leaf of a KeyPackage is valid, both ends
// included, in seconds since 1970-01-01T00:00:00Z (RFC 9420, Section 7.2).
type Lifetime struct {
	NotBefore, NotAfter uint64
}

// Covers reports whether the time is within the lifetime.
func (l Lifetime) Covers(t time.Time) bool {
	now := t.Unix()
	return now >= 0 && l.NotBefore <= uint64(now) && uint64(now) <= l.NotAfter
}

// check says why the lifetime does not cover the time, if it does not.
func (l Lifetime) check(t time.Time) error {
	switch {
	case l.Covers(t):
		return nil
	case l.NotBefore > l.NotAfter:
		return rule.Errorf("rfc9420-7.2-13", "not_before %d is later than not_after %d", l.NotBefore, l.NotAfter)
	default:
		return fmt.Errorf("from %d to %d does not cover %d", l.NotBefore, l.NotAfter, t.Unix())
	}
}

// exceeds reports whether the span is longer than limit. Spans that no
// time.Duration holds are.
func (l Lifetime) exceeds(limit time.Duration) bool {
	return l.NotAfter > l.NotBefore && l.NotAfter-l.NotBefore > uint64(limit/time.Second)
}

func (l *Lifetime) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint64(l.NotBefore)
	b.AddUint64(l.NotAfter)
}

func (l *Lifetime) UnmarshalMLS(s *cryptobyte.String) error {
	*l = Lifetime{}
	if err := syntax.ReadUint64(s, &l.NotBefore); err != nil {
		return fmt.Errorf("not_before: %w", err)
	}
	if err := syntax.ReadUint64(s, &l.NotAfter); err != nil {
		return fmt.Errorf("not_after: %w", err)
	}
	return nil
}
