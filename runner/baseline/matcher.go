package baseline

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mlsconform/mlsconform/runner/result"
)

// A Matcher holds the results of a run against entries. Its methods may be
// called by several goroutines at once.
type Matcher struct {
	mu      sync.Mutex
	entries []Entry
	own     int      // how many of the entries are those of the file
	peers   []string // whose the others are, in order
	failed  []int    // how many failures each entry has explained
	passed  []int    // how many cases passed that it covers
}

// NewMatcher begins a run with the entries of a file.
func NewMatcher(entries []Entry) *Matcher {
	return &Matcher{entries: slices.Clone(entries), own: len(entries), failed: make([]int, len(entries)), passed: make([]int, len(entries))}
}

// Add adds what is known of a peer, before the run begins. Such entries are about
// cases that the peer takes part in, and [Renew] leaves them out.
func (m *Matcher) Add(peer string, entries []Entry) {
	for _, e := range entries {
		m.entries = append(m.entries, e)
		m.peers = append(m.peers, peer)
		m.failed = append(m.failed, 0)
		m.passed = append(m.passed, 0)
	}
}

// peer is whose the entry is; empty for one of the file.
func (m *Matcher) peer(i int) string {
	if i < m.own {
		return ""
	}
	return m.peers[i-m.own]
}

// covers reports whether entry i is about the case. Without clients, the case is
// one that a single implementation is asked about.
func (m *Matcher) covers(i int, id string, clients []string) bool {
	peer := m.peer(i)
	return m.entries[i].covers(id, clients) && (peer == "" || clients == nil || slices.Contains(clients, peer))
}

// Failure finds the entry that explains the failure of a case, of which the lines
// tell: the first one, although all that do count as used. It is nil when there
// is none.
func (m *Matcher) Failure(id string, clients []string, lines ...string) *Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found *Entry
	for i := range m.entries {
		e := &m.entries[i]
		if !m.covers(i, id, clients) || !e.explains(lines) {
			continue
		}
		m.failed[i]++
		if found == nil {
			found = e
		}
	}
	return found
}

// Pass takes note of a case that passed. It finds the entry that lists this
// very case, by its id without wildcards; nil when there is none. Of an entry
// with wildcards some cases may pass: see [Matcher.Stale].
func (m *Matcher) Pass(id string, clients []string) *Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found *Entry
	for i := range m.entries {
		e := &m.entries[i]
		if !m.covers(i, id, clients) {
			continue
		}
		m.passed[i]++
		if found == nil && e.exact() {
			found = e
		}
	}
	return found
}

// Judge gives a case of an interop run the outcome that the entries make of it.
// A failure or timeout that is listed is known, and so is a disagreement of
// members where the script itself passed. A case that passes, and that an entry
// lists by its id, fails.
func (m *Matcher) Judge(c *result.InteropCase) {
	var clients []string
	for _, r := range c.Roles {
		clients = append(clients, r.Client)
	}
	detail := c.Detail
	switch {
	case c.Outcome == result.Fail || c.Outcome == result.Timeout:
	case c.Outcome == result.Pass && c.Disagrees():
		detail = c.AgreementDetail
	case c.Outcome == result.Pass:
		if e := m.Pass(c.ID, clients); e != nil {
			c.Outcome, c.Detail = result.Fail, unexpected(e)
		}
		return
	default:
		return
	}
	line, _, _ := strings.Cut(detail, "\n")
	if e := m.Failure(c.ID, clients, line); e != nil {
		c.Outcome, c.Reason = result.Known, e.Reason
	}
}

// JudgeVector does the same with a case of vectors. Wrong verdicts look much
// alike at first, so that any line may tell one from another.
func (m *Matcher) JudgeVector(c *result.Case) {
	switch c.Outcome {
	case result.Fail, result.Timeout:
		if e := m.Failure(c.ID, nil, strings.Split(c.Detail, "\n")...); e != nil {
			c.Outcome, c.Reason = result.Known, e.Reason
		}
	case result.Pass:
		if e := m.Pass(c.ID, nil); e != nil {
			c.Outcome, c.Detail = result.Fail, unexpected(e)
		}
	}
}

func unexpected(e *Entry) string {
	return fmt.Sprintf("it passes, and the baseline lists it as a known failure (%s); the entry has to go", e.Reason)
}

// Stale lists the entries with wildcards of which cases passed and none failed.
// They fail a run of all cases. In one shard of a run they mean nothing, since
// the failures may be in another one.
func (m *Matcher) Stale() []Entry {
	return m.which(func(i int) bool { return !m.entries[i].exact() && m.failed[i] == 0 && m.passed[i] > 0 })
}

// Unused lists the entries that no case bore on: they are misspelt, or what
// they are about was not run.
func (m *Matcher) Unused() []Entry {
	return m.which(func(i int) bool { return m.failed[i] == 0 && m.passed[i] == 0 })
}

func (m *Matcher) which(has func(i int) bool) []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []Entry
	for i, e := range m.entries {
		if has(i) {
			entries = append(entries, e)
		}
	}
	return entries
}
