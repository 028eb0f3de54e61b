package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/glob"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// Make makes a plan. It is the same for the same arguments, whatever the order
// of the clients and of the suites that each of them offers.
func Make(scripts []*script.Script, clients []Client, o Options) (*Plan, error) {
	if err := check(scripts, clients, &o); err != nil {
		return nil, err
	}
	o.Framings = slices.DeleteFunc([]Framing{Public, Private}, func(f Framing) bool {
		return len(o.Framings) > 0 && !slices.Contains(o.Framings, f)
	})
	clients = slices.SortedFunc(slices.Values(clients), func(a, b Client) int { return cmp.Compare(a.Name, b.Name) })
	m := &maker{
		options: &o,
		clients: clients,
		suites:  usable(clients, o.Suites),
		digest:  sha256.New(),
		matched: make([]bool, len(o.CaseGlobs)),
	}
	m.noteClients()
	for _, s := range scripts {
		if err := m.addScript(s); err != nil {
			return nil, fmt.Errorf("script %s: %w", scriptID(s), err)
		}
	}
	for i, matched := range m.matched {
		if !matched {
			m.note("no case matches %q", o.CaseGlobs[i])
		}
	}
	m.plan.Digest = hex.EncodeToString(m.digest.Sum(nil))
	return &m.plan, nil
}

func check(scripts []*script.Script, clients []Client, o *Options) error {
	if len(clients) == 0 {
		return errors.New("there are no clients")
	}
	names := map[string]bool{}
	for _, c := range clients {
		if err := CheckName(c.Name); err != nil {
			return err
		}
		if names[c.Name] {
			return fmt.Errorf("two clients have the name %s", c.Name)
		}
		names[c.Name] = true
	}
	ids := map[string]bool{}
	for _, s := range scripts {
		id := scriptID(s)
		if ids[id] {
			return fmt.Errorf("two scripts have the name %s", id)
		}
		ids[id] = true
	}
	for _, f := range o.Framings {
		if f != Public && f != Private {
			return fmt.Errorf("unknown framing %q", f)
		}
	}
	for _, r := range append(o.RolesOf[:len(o.RolesOf):len(o.RolesOf)], ScriptRoles{Roles: o.Roles}) {
		if a := r.Roles; a.Mode == ModeSample && (a.Sample < 1 || a.Sample > MaxCases) {
			return fmt.Errorf("a sample of %d assignments; want 1 to %d", a.Sample, MaxCases)
		}
	}
	if o.Mix < 0 {
		return fmt.Errorf("%d clients in a case at most; want 1 or more, or 0 for no limit", o.Mix)
	}
	if len(clients) > maxClients && o.Mix > 0 {
		return fmt.Errorf("%d clients; with a limit to those in a case, want %d or fewer", len(clients), maxClients)
	}
	return o.Shard.check()
}

// usable lists the suites of cases in order, of those that a client offers: the
// ones asked for, or else all that RFC 9420 names. What a number beyond these
// means is between the clients.
func usable(clients []Client, asked []codepoint.CipherSuite) []codepoint.CipherSuite {
	var suites []codepoint.CipherSuite
	for _, c := range clients {
		for _, s := range c.Suites {
			if slices.Contains(asked, s) || len(asked) == 0 && named(s) {
				suites = append(suites, s)
			}
		}
	}
	slices.Sort(suites)
	return slices.Compact(suites)
}

func named(s codepoint.CipherSuite) bool {
	return codepoint.X25519AES128GCMSHA256Ed25519 <= s && s <= codepoint.P384AES256GCMSHA384P384
}

// A maker puts a plan together.
type maker struct {
	options *Options
	clients []Client
	suites  []codepoint.CipherSuite
	plan    Plan
	digest  hash.Hash
	matched []bool // which globs have matched a case
	tried   int    // how many cases there were before the globs
}

// note tells something once.
func (m *maker) note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(m.plan.Notes, note) {
		m.plan.Notes = append(m.plan.Notes, note)
	}
}

// noteClients tells about what clients offer and no case uses, and the other
// way round.
func (m *maker) noteClients() {
	for _, s := range m.options.Suites {
		if !slices.Contains(m.suites, s) {
			m.note("no client offers suite %d", uint16(s))
		}
	}
	for _, c := range m.clients {
		var unnamed []string
		used := false
		for _, s := range c.Suites {
			used = used || slices.Contains(m.suites, s)
			if !named(s) && !slices.Contains(m.suites, s) {
				unnamed = append(unnamed, fmt.Sprint(uint16(s)))
			}
		}
		switch {
		case len(c.Suites) == 0:
			m.note("client %s offers no suite, so it is in no case", c.Name)
		case !used:
			m.note("client %s offers no suite of this run, so it is in no case", c.Name)
		}
		if len(unnamed) > 0 {
			m.note("client %s offers suites that RFC 9420 does not name; they are used when asked for: %s", c.Name, strings.Join(unnamed, ", "))
		}
	}
}

// An assignment is what cases with different suites and framings share.
type assignment struct {
	id     string
	roles  []Role
	common []codepoint.CipherSuite
}

// addScript adds the cases of a script.
func (m *maker) addScript(s *script.Script) error {
	made := map[string][]assignment{} // by the names of the clients
	told, leftOut := false, 0         // told: that there are no cases needs no note
	for nth, suite := range m.suites {
		var offering []Client
		var key strings.Builder
		for _, c := range m.clients {
			if slices.Contains(c.Suites, suite) {
				offering = append(offering, c)
				key.WriteString(c.Name + "/")
			}
		}
		for _, f := range m.options.Framings {
			begin := prefix(s, suite, f)
			if !m.wanted(begin) {
				told = true
				continue
			}
			if _, ok := made[key.String()]; !ok {
				made[key.String()] = m.assignments(s, offering)
			}
			for n, a := range made[key.String()] {
				if m.options.Alternate && !takesTurn(f, n+nth) {
					continue
				}
				if s.ChangesSuite && len(a.common) < 2 {
					leftOut++
					continue
				}
				told = true
				if err := m.add(Case{begin + a.id, s, suite, f, a.roles, a.common}); err != nil {
					return err
				}
			}
		}
	}
	switch {
	case !told && leftOut > 0:
		m.note("script %s is in no case: it changes the cipher suite, and no clients have two in common", scriptID(s))
	case !told:
		m.note("script %s is in no case: there is no suite for it", scriptID(s))
	case leftOut > 0:
		m.note("script %s changes the cipher suite; left out are %d cases whose clients have no other one in common", scriptID(s), leftOut)
	}
	return nil
}

// takesTurn reports whether the nth in a row has this framing.
func takesTurn(f Framing, n int) bool { return (f == Public) == (n%2 == 0) }

// wanted reports whether a case whose id begins like this can be in the plan.
func (m *maker) wanted(begin string) bool {
	return len(m.options.CaseGlobs) == 0 ||
		slices.ContainsFunc(m.options.CaseGlobs, func(g string) bool { return glob.MatchPrefix(g, begin) })
}

// add puts a case into the plan if it is chosen.
func (m *maker) add(c Case) error {
	if m.tried++; m.tried > MaxCases {
		return fmt.Errorf("%w; leave out scripts, suites or clients, or choose assignments pairwise or by sample", ErrTooMany)
	}
	chosen := len(m.options.CaseGlobs) == 0
	for i, g := range m.options.CaseGlobs {
		if glob.Match(g, c.ID) {
			chosen = true
			m.matched[i] = true
		}
	}
	if !chosen {
		return nil
	}
	io.WriteString(m.digest, c.ID+"\n")
	if m.options.Shard.has(m.plan.Total) {
		m.plan.Cases = append(m.plan.Cases, c)
	}
	m.plan.Total++
	return nil
}

// assignments lists who may play what in a script.
func (m *maker) assignments(s *script.Script, clients []Client) []assignment {
	numbers, mode := m.options.assign(scriptID(s), len(clients), len(s.Roles))
	if m.options.rolesOf(scriptID(s)).Mode == ModeAll && mode != ModeAll {
		m.note("script %s has %d roles, and %d^%d assignments are too many: those in the plan cover each pair of roles with each pair of clients",
			scriptID(s), len(s.Roles), len(clients), len(s.Roles))
	}
	commons := map[string][]codepoint.CipherSuite{}
	assignments := make([]assignment, 0, len(numbers))
	for _, n := range numbers {
		a := assignment{roles: make([]Role, len(n))}
		playing := make([]bool, len(clients))
		for i, client := range n {
			a.roles[i] = Role{s.Roles[i], clients[client].Name}
			playing[client] = true
		}
		a.id = rolesID(a.roles)
		key := fmt.Sprint(playing)
		if _, ok := commons[key]; !ok {
			commons[key] = m.common(clients, playing)
		}
		a.common = commons[key]
		assignments = append(assignments, a)
	}
	return assignments
}

// common lists the suites that all clients which play have. A script may change
// to any that RFC 9420 names, also where it is not to begin with it.
func (m *maker) common(clients []Client, playing []bool) []codepoint.CipherSuite {
	var common []codepoint.CipherSuite
	first := slices.Index(playing, true)
	for _, s := range clients[first].Suites {
		if !named(s) && !slices.Contains(m.suites, s) {
			continue
		}
		all := true
		for i, c := range clients {
			all = all && (!playing[i] || slices.Contains(c.Suites, s))
		}
		if all {
			common = append(common, s)
		}
	}
	slices.Sort(common)
	return slices.Compact(common)
}
