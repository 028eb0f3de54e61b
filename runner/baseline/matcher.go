package baseline

import (
	"cmp"
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
	own     int   // how many of the entries are those of the file
	failed  []int // how many failures each entry has explained
	passed  []int // how many cases passed that it covers
}

// NewMatcher begins a run with the entries of a file, and with others from
// elsewhere, which [Renew] leaves out.
func NewMatcher(entries []Entry, others ...Entry) *Matcher {
	all := slices.Concat(entries, others)
	return &Matcher{entries: all, own: len(entries), failed: make([]int, len(all)), passed: make([]int, len(all))}
}

// Of makes entries of a client out of what is known of it, whatever it is called
// in a run.
func Of(client string, entries []Entry) []Entry {
	list := slices.Clone(entries)
	for i := range list {
		list[i].Client = cmp.Or(list[i].Client, client)
	}
	return list
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
		if !e.covers(id, clients) || !e.explains(lines) {
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
		if !e.covers(id, clients) {
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
