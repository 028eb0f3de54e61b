//go:build mutation

package rule

import "sync/atomic"

var skipped atomic.Pointer[map[ID]bool]

// Skipped reports whether the check of a requirement is taken out.
func Skipped(id ID) bool {
	set := skipped.Load()
	return set != nil && (*set)[id]
}

// Skip takes out the checks of requirements until restore is called.
func Skip(ids ...ID) (restore func()) {
	set := make(map[ID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	before := skipped.Swap(&set)
	return func() { skipped.Store(before) }
}
