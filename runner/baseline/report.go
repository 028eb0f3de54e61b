package baseline

import "github.com/mlsconform/mlsconform/runner/result"

// Report tells of each entry how many cases bore on it, for the report of the
// run. Unlike [Matcher.Stale], it can be added up over shards.
func (m *Matcher) Report() []result.InteropKnown {
	m.mu.Lock()
	defer m.mu.Unlock()
	var known []result.InteropKnown
	for i, e := range m.entries {
		known = append(known, result.InteropKnown{
			Case: e.Case, Client: e.Client, Detail: e.Detail, Reason: e.Reason,
			Failed: m.failed[i], Passed: m.passed[i],
		})
	}
	return known
}
