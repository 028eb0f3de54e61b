package baseline

import "github.com/mlsconform/mlsconform/runner/result"

// Report tells of each entry how many cases bore on it, for the report of the
// run. Unlike [Matcher.Stale], it can be added up over shards. A run of part of
// the cases cannot tell whether what others than the file list has gone: it has
// none of these entries.
func (m *Matcher) Report(partial bool) []result.KnownFailure {
	m.mu.Lock()
	defer m.mu.Unlock()
	var known []result.KnownFailure
	for i, e := range m.entries {
		if i >= m.own && partial {
			break
		}
		known = append(known, result.KnownFailure{
			Case: e.Case, Client: e.Client, Detail: e.Detail, Rule: e.Rule, Reason: e.Reason, Link: e.Link, Peer: m.peer(i),
			Failed: m.failed[i], Passed: m.passed[i],
		})
	}
	return known
}
