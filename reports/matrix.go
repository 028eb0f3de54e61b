package reports

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A Matrix is what several runs tell together about several stacks: who got along
// with whom in an interop run, and how each of them judged the vectors.
type Matrix struct {
	stacks   []stack
	sets     map[string]*tally // cases by the clients in them, which are numbers of stacks
	pairs    [][2]int          // that met, in order
	triples  []stackSet        // that met, in order
	files    []string          // of scripts
	perFile  map[string]map[string]*tally
	families []string
	judged   []judgement // by stack
	rules    []rule.ID   // about which some stack is wrong
	started  []string
	versions []string // of this tool
	notes    []string
}

// A stack is an implementation in the matrix.
type stack struct {
	name   string
	about  result.About
	suites string
	error  string // why it did not take part
	known  []result.KnownFailure
	wrong  []result.KnownFailure // about vectors
}

// A judgement is how a stack judged the vectors.
type judgement struct {
	asked    bool
	families map[string]result.Family
	wrong    map[rule.ID]*wrong
}

// A wrong counts wrong verdicts on the cases about one requirement.
type wrong struct{ accepted, refused, other int }

// A stackSet is a set of stacks, which are numbers, in order.
type stackSet []int

func (s stackSet) key() string { return fmt.Sprint([]int(s)) }

// NewMatrix puts an interop run, which may be nil, together with runs of vectors,
// at most one of each subject.
func NewMatrix(interop *result.Interop, vectors []*result.Run) (*Matrix, error) {
	if interop == nil && len(vectors) == 0 {
		return nil, errors.New("there is nothing to show")
	}
	m := &Matrix{sets: map[string]*tally{}, perFile: map[string]map[string]*tally{}}
	if interop != nil {
		m.addInterop(interop)
	}
	for _, run := range vectors {
		if err := m.addVectors(run); err != nil {
			return nil, err
		}
	}
	slices.Sort(m.rules)
	m.rules = slices.Compact(m.rules)
	slices.Sort(m.started)
	slices.Sort(m.versions)
	m.versions = slices.Compact(m.versions)
	return m, nil
}

// when says on which days, in UTC, the runs began.
func (m *Matrix) when() string {
	var days []string
	for _, s := range m.started {
		day, _, _ := strings.Cut(s, "T")
		days = append(days, day)
	}
	days = slices.Compact(days)
	if len(days) == 0 {
		return "an unknown day"
	}
	if first, last := days[0], days[len(days)-1]; first != last {
		return first + " to " + last
	}
	return days[0]
}

// lead says what the page is.
func (m *Matrix) lead() string {
	return fmt.Sprintf("From runs of mlsconform %s that began on %s.", strings.Join(m.versions, " and "), m.when())
}

func (m *Matrix) ranBy(tool result.Tool, started string) {
	m.versions = append(m.versions, tool.Version)
	if started != "" {
		m.started = append(m.started, started)
	}
}

func (m *Matrix) addInterop(run *result.Interop) {
	m.ranBy(run.Tool, run.Started)
	names := clientNames(run)
	for _, name := range names {
		m.stacks = append(m.stacks, stack{name: name})
	}
	for i, c := range run.Clients {
		s := &m.stacks[i]
		s.about, s.suites, s.error = c.About, suiteList(c.Suites), c.Error
	}
	m.judged = make([]judgement, len(m.stacks))
	for _, k := range run.Baseline {
		if at := slices.Index(names, cmp.Or(k.Peer, k.Client)); at >= 0 && k.Failed > 0 {
			m.stacks[at].known = append(m.stacks[at].known, k)
		}
	}
	met := map[string]stackSet{}
	for i := range run.Cases {
		c := &run.Cases[i]
		set := stackSet(taking(names, c))
		met[set.key()] = set
		count := func(sets map[string]*tally) {
			t := sets[set.key()]
			if t == nil {
				t = &tally{}
				sets[set.key()] = t
			}
			t.add(c)
		}
		if m.perFile[c.File] == nil {
			m.perFile[c.File] = map[string]*tally{}
			m.files = append(m.files, c.File)
		}
		count(m.sets)
		count(m.perFile[c.File])
	}
	slices.Sort(m.files)
	for _, set := range slices.SortedFunc(maps.Values(met), func(a, b stackSet) int { return slices.Compare(a, b) }) {
		switch {
		case len(set) == 2:
			m.pairs = append(m.pairs, [2]int{set[0], set[1]})
		case len(set) > 2:
			m.triples = append(m.triples, set)
		}
	}
	if s := run.Plan.Shard; s != nil {
		m.notes = append(m.notes, fmt.Sprintf("the interop run is shard %d of %d, of a plan of %s", s.Index, s.Count, count(run.Plan.Cases, "case")))
	}
	m.notes = append(m.notes, run.Plan.Notes...)
}

// own is what this project's implementation is called where it takes part.
const own = "builtin"

func (m *Matrix) addVectors(run *result.Run) error {
	m.ranBy(run.Tool, run.Started)
	name, version := own, run.Tool.Version
	if run.Subject != nil {
		name, version = run.Subject.Name, run.Subject.Version
	}
	at := slices.IndexFunc(m.stacks, func(s stack) bool { return s.name == name })
	if at < 0 {
		at = len(m.stacks)
		m.stacks = append(m.stacks, stack{name: name})
		m.judged = append(m.judged, judgement{})
	}
	s, j := &m.stacks[at], &m.judged[at]
	if j.asked {
		return fmt.Errorf("there are two runs of vectors by %s", name)
	}
	s.about.Version = cmp.Or(s.about.Version, version)
	*j = judgement{asked: true, families: map[string]result.Family{}, wrong: map[rule.ID]*wrong{}}
	for _, f := range run.Families {
		if f.OfficialCases > 0 {
			continue // whether others pass these is for them to show
		}
		j.families[f.Name] = f
		if !slices.Contains(m.families, f.Name) {
			m.families = append(m.families, f.Name)
		}
	}
	for _, k := range run.Baseline {
		if k.Failed > 0 {
			s.wrong = append(s.wrong, k)
		}
	}
	for i := range run.Cases {
		m.addWrong(j, &run.Cases[i])
	}
	return nil
}

// addWrong counts a case with a wrong verdict at each requirement it is about.
func (m *Matrix) addWrong(j *judgement, c *result.Case) {
	switch c.Outcome {
	case result.Fail, result.Timeout, result.Known:
	default:
		return
	}
	ids := c.Requirements
	if len(ids) == 0 {
		ids = []rule.ID{""} // an input that has to be taken
	}
	for _, id := range ids {
		w := j.wrong[id]
		if w == nil {
			w = &wrong{}
			j.wrong[id] = w
			m.rules = append(m.rules, id)
		}
		switch c.Verdict {
		case "accept":
			w.accepted++
		case "reject":
			w.refused++
		default:
			w.other++
		}
	}
}

func (w *wrong) String() string {
	if w == nil {
		return ""
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{w.accepted, "taken"}, {w.refused, "refused"}, {w.other, "other"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// set is the tally of cases that just these stacks play.
func (m *Matrix) set(stacks ...int) *tally {
	if t := m.sets[stackSet(stacks).key()]; t != nil {
		return t
	}
	return &tally{}
}

// inFile is the same, for one file of scripts.
func (m *Matrix) inFile(file string, stacks ...int) *tally {
	if t := m.perFile[file][stackSet(stacks).key()]; t != nil {
		return t
	}
	return &tally{}
}

// moreInFile is the tally of the file's cases with three stacks or more.
func (m *Matrix) moreInFile(file string) *tally {
	var sum tally
	for _, set := range m.triples {
		sum.join(m.inFile(file, set...))
	}
	return &sum
}

// ofFamily is the tally of a stack's verdicts on a family.
func (m *Matrix) ofFamily(stack int, family string) *tally {
	f := m.judged[stack].families[family]
	return &tally{
		Summary: result.Summary{Passed: f.Passed, Failed: f.Failed, Timeout: f.Timeout, Unsupported: f.Unsupported, Known: f.Known, Either: f.Either},
		Cases:   f.Cases,
	}
}

// name says who a set is.
func (m *Matrix) name(set ...int) string {
	var names []string
	for _, i := range set {
		names = append(names, m.stacks[i].name)
	}
	return strings.Join(names, " + ")
}
