package reports

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A tally counts cases by what became of them.
type tally struct {
	result.Summary
	Cases    int
	Disagree int // that passed by the script, while members derive different things
	Again    int // that were run once more
}

func (t *tally) add(c *result.InteropCase) {
	t.Count(c.Outcome)
	t.Cases++
	t.Seconds += c.Seconds
	if c.Outcome == result.Pass && c.Disagrees() {
		t.Disagree++
	}
	if c.First != "" {
		t.Again++
	}
}

// join adds the counts of another one.
func (t *tally) join(o *tally) {
	t.Passed += o.Passed
	t.Failed += o.Failed
	t.Timeout += o.Timeout
	t.Unsupported += o.Unsupported
	t.Skipped += o.Skipped
	t.Known += o.Known
	t.Broken += o.Broken
	t.Either += o.Either
	t.Cases += o.Cases
	t.Disagree += o.Disagree
	t.Again += o.Again
}

// Good is how many cases passed in every respect.
func (t *tally) Good() int { return t.Passed - t.Disagree }

// Bad is how many cases make a run fail.
func (t *tally) Bad() int { return t.Failed + t.Timeout + t.Broken + t.Disagree }

// Ran is how many cases say something about the clients in them.
func (t *tally) Ran() int { return t.Good() + t.Bad() + t.Known }

func (t *tally) verdict() string {
	switch {
	case t.Bad() > 0:
		return "FAIL"
	case t.Passed+t.Known == 0:
		return "NOTHING RAN"
	case t.Skipped > 0:
		return "INCOMPLETE"
	}
	return "PASS"
}

// parts says in words how many cases had which outcome.
func (t *tally) parts() []string {
	parts := []string{fmt.Sprintf("%d passed", t.Passed), fmt.Sprintf("%d failed", t.Failed)}
	for _, other := range []struct {
		n    int
		what string
	}{
		{t.Timeout, "timeout"},
		{t.Unsupported, "unsupported"},
		{t.Skipped, "skipped"},
		{t.Known, "known"},
		{t.Broken, "broken"},
		{t.Either, "either"},
		{t.Disagree, "passed but disagree"},
	} {
		if other.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", other.n, other.what))
		}
	}
	return parts
}

// An overview sums up the cases of a run in every way that a report shows.
type overview struct {
	tally
	Stale  int      // entries of the baseline that have to go
	Names  []string // of the clients
	Pairs  [][]tally
	Files  []fileTally
	Suites []codepoint.CipherSuite
}

// A fileTally sums up the cases of a file of scripts.
type fileTally struct {
	Name string
	tally
	Suites []tally // as in the overview
}

func (o *overview) verdict() string {
	if o.Stale > 0 {
		return "FAIL"
	}
	return o.tally.verdict()
}

func overviewOf(run *result.Interop) *overview {
	o := &overview{Stale: len(run.Stale()), Names: clientNames(run)}
	for _, c := range run.Cases {
		if !slices.Contains(o.Suites, c.Suite) {
			o.Suites = append(o.Suites, c.Suite)
		}
	}
	slices.Sort(o.Suites)
	for range o.Names {
		o.Pairs = append(o.Pairs, make([]tally, len(o.Names)))
	}
	files := map[string]int{}
	for i := range run.Cases {
		c := &run.Cases[i]
		o.add(c)
		at, ok := files[c.File]
		if !ok {
			at = len(o.Files)
			files[c.File] = at
			o.Files = append(o.Files, fileTally{Name: c.File, Suites: make([]tally, len(o.Suites))})
		}
		f := &o.Files[at]
		f.add(c)
		f.Suites[slices.Index(o.Suites, c.Suite)].add(c)
		o.addPairs(c)
	}
	// The run knows better than its cases, which ran side by side.
	o.Seconds, o.PeakRSSBytes = run.Summary.Seconds, run.Summary.PeakRSSBytes
	return o
}

// addPairs counts the case for each pair of clients in it, or for the one that
// plays every role.
func (o *overview) addPairs(c *result.InteropCase) {
	who := taking(o.Names, c)
	if len(who) == 1 {
		o.Pairs[who[0]][who[0]].add(c)
		return
	}
	for i, a := range who {
		for _, b := range who[i+1:] {
			o.Pairs[a][b].add(c)
			o.Pairs[b][a].add(c)
		}
	}
}

// clientNames lists the clients of the run. Those that only a case names come last.
func clientNames(run *result.Interop) []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, c := range run.Clients {
		add(c.Name)
	}
	for i := range run.Cases {
		for _, r := range run.Cases[i].Roles {
			add(r.Client)
		}
	}
	return names
}

// stackOf is what the client is: by its peer.json, or else by its own word.
func stackOf(c *result.InteropClient) string {
	return cmp.Or(strings.TrimSpace(c.About.Library+" "+c.About.Version), c.Stack)
}

// taking returns which of the clients take part in the case, in order.
func taking(names []string, c *result.InteropCase) []int {
	var who []int
	for i, name := range names {
		if slices.ContainsFunc(c.Roles, func(r result.InteropRole) bool { return r.Client == name }) {
			who = append(who, i)
		}
	}
	return who
}

// listed tells whether reports speak of the case by itself. The others passed,
// and are only counted.
func listed(c *result.InteropCase) bool {
	return c.Outcome != result.Pass || c.Disagrees() || c.First != ""
}

// where says at which point of the script the case ended.
func where(c *result.InteropCase) string {
	var parts []string
	if c.Step != nil {
		step := fmt.Sprintf("step %d", *c.Step)
		if c.Action != "" {
			step += ", " + c.Action
		}
		parts = append(parts, step)
	}
	if c.RPC != "" {
		rpc := c.RPC
		if c.Client != "" {
			rpc += " of " + c.Client
		}
		if c.Code != "" {
			rpc += " gave " + c.Code
		}
		parts = append(parts, rpc)
	} else if c.Client != "" {
		parts = append(parts, "client "+c.Client)
	}
	return strings.Join(parts, "; ")
}

// causeWhere says what all cases of the group have in common of that.
func causeWhere(g *causeGroup) string {
	return where(&result.InteropCase{Client: g.client, RPC: g.rpc, Code: g.code})
}

// again says what happened in the first of two runs.
func again(c *result.InteropCase) string {
	if c.First == "" {
		return ""
	}
	return fmt.Sprintf("%s at first, %s on fresh clients", c.First, c.Outcome)
}

// cast says who plays what, by client. What is too long is cut.
func cast(c *result.InteropCase) []string {
	const shown = 8
	var names []string
	roles := map[string][]string{}
	for _, r := range c.Roles {
		if roles[r.Client] == nil {
			names = append(names, r.Client)
		}
		roles[r.Client] = append(roles[r.Client], r.Role)
	}
	var lines []string
	for _, name := range names {
		all := roles[name]
		line := strings.Join(all[:min(shown, len(all))], ", ")
		if len(all) > shown {
			line += fmt.Sprintf(" and %d more", len(all)-shown)
		}
		lines = append(lines, name+" as "+line)
	}
	return lines
}

// notes are what there is to say beside the cases.
func (o *overview) notes(run *result.Interop) []string {
	var notes []string
	if s := run.Plan.Shard; s != nil {
		notes = append(notes, fmt.Sprintf("this is shard %d of %d, of a plan of %s", s.Index, s.Count, count(run.Plan.Cases, "case")))
	}
	for _, k := range run.Stale() {
		notes = append(notes, staleNote(&k))
	}
	for _, k := range run.Unused() {
		notes = append(notes, fmt.Sprintf("the baseline lists %s, of which no case ran", entry(&k)))
	}
	if o.Again > 0 {
		notes = append(notes, fmt.Sprintf("run once more on fresh clients, because one had failed before: %s", count(o.Again, "case")))
	}
	return append(notes, run.Plan.Notes...)
}

func staleNote(k *result.KnownFailure) string {
	where := "the baseline"
	if k.Peer != "" {
		where = "the peer.json of " + k.Peer
	}
	return fmt.Sprintf("%s lists %s, of which %s passed and none failed: the entry has to go", where, entry(k), count(k.Passed, "case"))
}

func entry(k *result.KnownFailure) string {
	s := k.Case
	if k.Client != "" {
		s += ", client " + k.Client
	}
	if k.Detail != "" {
		s += ", " + k.Detail
	}
	return fmt.Sprintf("%s (%s)", s, k.Reason)
}

// A cause is what several cases may have ended for.
type cause struct {
	outcome           result.Outcome
	disagree          bool
	client, rpc, code string
	line              string
}

// A causeGroup is the cases that ended for one cause, whose line is that of the
// first of them.
type causeGroup struct {
	cause
	Cases []*result.InteropCase
}

// severity is the order in which reports list outcomes.
var severity = []result.Outcome{
	result.Broken, result.Fail, result.Timeout, result.Known,
	result.Unsupported, result.Skipped, result.Either, result.Pass,
}

// causes groups the cases that are listed, the gravest and then the most
// frequent causes first, otherwise in the order of the plan.
func causes(cases []result.InteropCase) []*causeGroup {
	var groups []*causeGroup
	byCause := map[cause]*causeGroup{}
	for i := range cases {
		c := &cases[i]
		if !listed(c) {
			continue
		}
		k := causeOf(c)
		shown := k.line
		k.line = kindOf(c, k.line)
		g := byCause[k]
		if g == nil {
			g = &causeGroup{cause: k}
			g.line = shown
			byCause[k] = g
			groups = append(groups, g)
		}
		g.Cases = append(g.Cases, c)
	}
	slices.SortStableFunc(groups, func(a, b *causeGroup) int {
		return cmp.Or(a.rank()-b.rank(), len(b.Cases)-len(a.Cases))
	})
	return groups
}

// values are what differs from case to case in errors of one kind.
var values = regexp.MustCompile(`\b[0-9a-fA-F]{8,}\b|[0-9]+`)

// kindOf takes out of an error what differs from case to case: values, and who
// played the role.
func kindOf(c *result.InteropCase, line string) string {
	words := strings.Split(values.ReplaceAllString(line, "#"), " ")
	for i, word := range words {
		if slices.ContainsFunc(c.Roles, func(r result.InteropRole) bool { return r.Role == strings.Trim(word, `",:;()`) }) {
			words[i] = "@"
		}
	}
	return strings.Join(words, " ")
}

func causeOf(c *result.InteropCase) cause {
	k := cause{outcome: c.Outcome, disagree: c.Disagrees(), client: c.Client, rpc: c.RPC, code: c.Code, line: firstLine(reason(c))}
	switch c.Outcome {
	case result.Pass: // of which only the disagreement, or the second run, matters
		if k.disagree {
			k.line = firstLine(c.AgreementDetail)
		} else {
			k.line = again(c)
		}
	case result.Skipped:
		k.client, k.rpc, k.code = "", "", ""
	}
	return k
}

// rank puts disagreement right behind failures.
func (k *cause) rank() int {
	rank := 2 * slices.Index(severity, k.outcome)
	if k.outcome == result.Pass && k.disagree {
		rank = 2*slices.Index(severity, result.Timeout) + 1
	}
	return rank
}

// label names the outcome, as a heading does.
func (k *cause) label() string {
	switch {
	case k.outcome != result.Pass:
		return string(k.outcome)
	case k.disagree:
		return "disagree"
	}
	return "again"
}

// reason is why the case did not pass: for a known failure, what is known of it.
func reason(c *result.InteropCase) string {
	if c.Outcome == result.Known && c.Reason != "" {
		return c.Reason
	}
	return c.Detail
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// suiteList writes suites as in 1-3, 5.
func suiteList(suites []codepoint.CipherSuite) string {
	sorted := slices.Compact(slices.Sorted(slices.Values(suites)))
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		part := strconv.Itoa(int(sorted[i]))
		if j > i {
			part += "-" + strconv.Itoa(int(sorted[j]))
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
