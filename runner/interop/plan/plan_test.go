package plan_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

func named(file, name string, roles int) *script.Script {
	s := &script.Script{File: file, Name: name}
	for i := range roles {
		s.Roles = append(s.Roles, fmt.Sprintf("r%d", i))
	}
	return s
}

// offering makes clients a, b and so on that all offer the same suites.
func offering(n int, suites ...codepoint.CipherSuite) []plan.Client {
	var clients []plan.Client
	for i := range n {
		clients = append(clients, plan.Client{Name: string(rune('a' + i)), Suites: suites})
	}
	return clients
}

func mustMake(t *testing.T, scripts []*script.Script, clients []plan.Client, o plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.Make(scripts, clients, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(p *plan.Plan) []string {
	var ids []string
	for _, c := range p.Cases {
		ids = append(ids, c.ID)
	}
	return ids
}

// one asks for a single suite and framing.
func one(mode plan.Mode, sample int) plan.Options {
	return plan.Options{Roles: plan.Assignments{Mode: mode, Sample: sample}, Framings: []plan.Framing{plan.Public}}
}

func players(c plan.Case) string {
	var b strings.Builder
	for _, r := range c.Roles {
		b.WriteString(r.Client)
	}
	return b.String()
}

func ExampleMake() {
	scripts, _ := script.Parse("hello.json", []byte(`{"scripts": {"group": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]}
	]}}`))
	p, err := plan.Make(scripts, []plan.Client{
		{Name: "ours", Suites: []codepoint.CipherSuite{1, 2}},
		{Name: "theirs", Suites: []codepoint.CipherSuite{2}},
	}, plan.Options{Framings: []plan.Framing{plan.Private}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range p.Cases {
		fmt.Println(c.ID)
	}
	// Output:
	// hello/group/suite1/private/all=ours
	// hello/group/suite2/private/all=ours
	// hello/group/suite2/private/alice=ours,bob=theirs
	// hello/group/suite2/private/alice=theirs,bob=ours
	// hello/group/suite2/private/all=theirs
}

// Two clients in eight roles are 256 assignments. The official runner makes 16
// of them, because it appends to slices that share memory.
func TestAllAssignmentsAreDistinct(t *testing.T) {
	for _, test := range []struct{ clients, roles, want int }{
		{1, 1, 1}, {1, 841, 1}, {2, 8, 256}, {3, 5, 243}, {4, 4, 256}, {4, 8, 65_536}, {5, 1, 5},
	} {
		p := mustMake(t, []*script.Script{named("f", "s", test.roles)}, offering(test.clients, 1), one(plan.ModeAll, 0))
		assignments, ids := map[string]bool{}, map[string]bool{}
		for _, c := range p.Cases {
			assignments[players(c)] = true
			ids[c.ID] = true
		}
		if len(p.Cases) != test.want || len(assignments) != test.want || len(ids) != test.want {
			t.Errorf("%d clients in %d roles: %d cases, %d assignments, %d ids; want %d", test.clients, test.roles,
				len(p.Cases), len(assignments), len(ids), test.want)
		}
	}
}

// Every pair of roles sees every pair of clients, with few assignments.
func TestPairwise(t *testing.T) {
	for _, test := range []struct{ clients, roles, most int }{
		{1, 5, 1},
		{2, 1, 2}, {2, 2, 4}, {2, 3, 5}, {2, 5, 6}, {2, 8, 7}, {2, 20, 8}, {2, 100, 11}, {2, 841, 14},
		{3, 2, 9}, {3, 3, 9}, {3, 4, 11}, {3, 5, 15}, {3, 13, 23}, {3, 841, 41},
		{4, 4, 16}, {4, 5, 19}, {4, 8, 28}, {4, 16, 28}, {4, 841, 64},
		{5, 5, 25}, {6, 7, 48}, {8, 9, 71}, {9, 3, 115}, {10, 50, 230}, {16, 16, 256}, {17, 3, 289},
	} {
		t.Run(fmt.Sprintf("%d clients in %d roles", test.clients, test.roles), func(t *testing.T) {
			p := mustMake(t, []*script.Script{named("f", "s", test.roles)}, offering(test.clients, 1), one(plan.ModePairwise, 0))
			if len(p.Cases) > test.most {
				t.Errorf("%d assignments, want %d at most", len(p.Cases), test.most)
			}
			for i := range test.clients {
				if want := "f/s/suite1/public/all=" + string(rune('a'+i)); p.Cases[i].ID != want {
					t.Errorf("assignment %d is %s, want %s", i, p.Cases[i].ID, want)
				}
			}
			checkPairs(t, p.Cases, test.clients, test.roles)
		})
	}
}

func checkPairs(t *testing.T, cases []plan.Case, clients, roles int) {
	t.Helper()
	rows := map[string]bool{}
	var all [][]byte
	for _, c := range cases {
		row := players(c)
		if rows[row] {
			t.Fatalf("%s is there twice", row)
		}
		rows[row] = true
		all = append(all, []byte(row))
	}
	for i := range roles {
		for j := range i {
			seen := make([]bool, clients*clients)
			n := 0
			for _, row := range all {
				if pair := int(row[i]-'a')*clients + int(row[j]-'a'); !seen[pair] {
					seen[pair] = true
					n++
				}
			}
			if n != clients*clients {
				t.Fatalf("roles %d and %d see %d pairs of clients, want %d", i, j, n, clients*clients)
			}
		}
	}
}

func TestSample(t *testing.T) {
	scripts := []*script.Script{named("f", "s", 6), named("f", "t", 6)}
	o := one(plan.ModeSample, 20)
	o.Seed = 7
	p := mustMake(t, scripts, offering(3, 1), o)
	distinct := map[string]bool{}
	for _, c := range p.Cases {
		distinct[c.ID] = true
	}
	if len(p.Cases) != 40 || len(distinct) != 40 {
		t.Errorf("%d cases, %d of them distinct, want 40", len(p.Cases), len(distinct))
	}
	if players(p.Cases[0]) == players(p.Cases[20]) && players(p.Cases[1]) == players(p.Cases[21]) {
		t.Error("two scripts have the same sample")
	}

	again := mustMake(t, scripts[1:], offering(3, 1), o)
	if diff := cmp.Diff(ids(p)[20:], ids(again)); diff != "" {
		t.Errorf("another sample beside another script (-want +got)\n%s", diff)
	}
	o.Seed = 8
	if other := mustMake(t, scripts, offering(3, 1), o); other.Digest == p.Digest {
		t.Error("another seed gives the same sample")
	}
	// As many as there are, or more: all of them.
	for _, n := range []int{7, 8, 9} {
		p := mustMake(t, scripts[:1], offering(2, 1), one(plan.ModeSample, n*8))
		if len(p.Cases) != min(n*8, 64) {
			t.Errorf("a sample of %d of 64 has %d", n*8, len(p.Cases))
		}
	}
}

// Up to four roles the default is all assignments, above it is pairwise.
func TestDefaultAssignments(t *testing.T) {
	for roles, want := range map[int]int{1: 2, 2: 4, 3: 8, 4: 16, 5: 6, 8: 7} {
		p := mustMake(t, []*script.Script{named("f", "s", roles)}, offering(2, 1), one(plan.ModeDefault, 0))
		if len(p.Cases) != want {
			t.Errorf("%d roles: %d cases, want %d", roles, len(p.Cases), want)
		}
	}
}

func TestIDs(t *testing.T) {
	s := named("a file", "x/y", 2)
	s.Roles = []string{"älice", "b=b"}
	long := named("f", "long", 7)
	p := mustMake(t, []*script.Script{s}, []plan.Client{{Name: "x-1", Suites: []codepoint.CipherSuite{3}}, {Name: "y.2", Suites: []codepoint.CipherSuite{3}}}, one(plan.ModeAll, 0))
	want := []string{
		"a%20file/x%2Fy/suite3/public/all=x-1",
		"a%20file/x%2Fy/suite3/public/älice=x-1,b%3Db=y.2",
		"a%20file/x%2Fy/suite3/public/älice=y.2,b%3Db=x-1",
		"a%20file/x%2Fy/suite3/public/all=y.2",
	}
	if diff := cmp.Diff(want, ids(p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	p = mustMake(t, []*script.Script{long}, offering(3, 1), one(plan.ModeAll, 0))
	if c := p.Cases[1]; players(c) != "aaaaaab" {
		t.Fatalf("got %v", c.Roles)
	}
	sum := sha256.Sum256([]byte("r0=a,r1=a,r2=a,r3=a,r4=a,r5=a,r6=b"))
	if want := "f/long/suite1/public/a+b~" + hex.EncodeToString(sum[:8]); p.Cases[1].ID != want {
		t.Errorf("got %s, want %s", p.Cases[1].ID, want)
	}
}

// A client is only asked for suites that it offers, whatever others offer.
func TestSuites(t *testing.T) {
	clients := []plan.Client{
		{Name: "c", Suites: []codepoint.CipherSuite{2}},
		{Name: "a", Suites: []codepoint.CipherSuite{3, 1, 2, 0xF001}},
		{Name: "b", Suites: []codepoint.CipherSuite{0xF001, 1, 1}},
		{Name: "d"},
	}
	offers := map[string][]codepoint.CipherSuite{}
	for _, c := range clients {
		offers[c.Name] = c.Suites
	}
	count := func(o plan.Options) (map[codepoint.CipherSuite]int, *plan.Plan) {
		p := mustMake(t, []*script.Script{named("f", "s", 5)}, clients, o)
		n := map[codepoint.CipherSuite]int{}
		for _, c := range p.Cases {
			n[c.Suite]++
			for _, r := range c.Roles {
				if !slices.Contains(offers[r.Client], c.Suite) {
					t.Errorf("%s: %s does not offer the suite", c.ID, r.Client)
				}
			}
		}
		return n, p
	}

	got, p := count(one(plan.ModeAll, 0))
	if diff := cmp.Diff(map[codepoint.CipherSuite]int{1: 32, 2: 32, 3: 1}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantNotes := []string{
		"client a offers suites that RFC 9420 does not name; they are used when asked for: 61441",
		"client b offers suites that RFC 9420 does not name; they are used when asked for: 61441",
		"client d offers no suite, so it is in no case",
	}
	if diff := cmp.Diff(wantNotes, p.Notes); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}

	o := one(plan.ModePairwise, 0)
	o.Suites = []codepoint.CipherSuite{0xF001, 4}
	got, p = count(o)
	if diff := cmp.Diff(map[codepoint.CipherSuite]int{0xF001: 6}, got); diff != "" {
		t.Errorf("asked for (-want +got)\n%s", diff)
	}
	if !slices.Contains(p.Notes, "no client offers suite 4") || !slices.Contains(p.Notes, "client c offers no suite of this run, so it is in no case") {
		t.Errorf("notes %q", p.Notes)
	}
	// Pairs are covered among the clients that have the suite.
	o.Suites = []codepoint.CipherSuite{1}
	_, p = count(o)
	checkPairs(t, p.Cases, 2, 5)
}

// A script that changes the suite needs clients with two in common.
func TestScriptThatChangesTheSuite(t *testing.T) {
	s := named("reinit", "change", 2)
	s.ChangesSuite = true
	clients := []plan.Client{
		{Name: "a", Suites: []codepoint.CipherSuite{1, 2, 5, 900}},
		{Name: "b", Suites: []codepoint.CipherSuite{5, 1}},
		{Name: "c", Suites: []codepoint.CipherSuite{1, 900}},
	}
	p := mustMake(t, []*script.Script{s}, clients, plan.Options{Suites: []codepoint.CipherSuite{1}, Framings: []plan.Framing{plan.Public}})
	next := map[string]codepoint.CipherSuite{}
	for _, c := range p.Cases {
		next[players(c)] = c.NextSuite(c.Suite)
	}
	if diff := cmp.Diff(map[string]codepoint.CipherSuite{"aa": 2, "ab": 5, "ba": 5, "bb": 5}, next); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want := []string{
		"client a offers suites that RFC 9420 does not name; they are used when asked for: 900",
		"client c offers suites that RFC 9420 does not name; they are used when asked for: 900",
		"script reinit/change changes the cipher suite; left out are 5 cases whose clients have no other one in common",
	}
	if diff := cmp.Diff(want, p.Notes); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}

	p = mustMake(t, []*script.Script{s}, clients[2:], plan.Options{})
	if want := "script reinit/change is in no case: it changes the cipher suite, and no clients have two in common"; len(p.Cases) != 0 || !slices.Contains(p.Notes, want) {
		t.Errorf("%d cases, notes %q", len(p.Cases), p.Notes)
	}

	c := plan.Case{Common: []codepoint.CipherSuite{1, 2, 5}}
	for current, want := range map[codepoint.CipherSuite]codepoint.CipherSuite{1: 2, 2: 5, 5: 1} {
		if got := c.NextSuite(current); got != want {
			t.Errorf("after %d comes %d, want %d", uint16(current), uint16(got), uint16(want))
		}
	}
	c.Common = c.Common[:1]
	if got := c.NextSuite(1); got != 0 {
		t.Errorf("a lone suite is followed by %d", uint16(got))
	}
}

// The plan does not depend on the order of clients and suites, nor on maps.
func TestPlanIsStable(t *testing.T) {
	scripts := []*script.Script{named("f", "two", 2), named("f", "eight", 8), named("g", "two", 2)}
	clients := []plan.Client{
		{Name: "a", Suites: []codepoint.CipherSuite{1, 2, 7}},
		{Name: "b", Suites: []codepoint.CipherSuite{2, 1}},
		{Name: "c", Suites: []codepoint.CipherSuite{7, 2, 1}},
	}
	want := mustMake(t, scripts, clients, plan.Options{})
	if want.Total != len(want.Cases) {
		t.Errorf("total %d, %d cases", want.Total, len(want.Cases))
	}
	sum := sha256.Sum256([]byte(strings.Join(ids(want), "\n") + "\n"))
	if want.Digest != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s", want.Digest)
	}
	for range 5 {
		slices.Reverse(clients)
		for i := range clients {
			slices.Reverse(clients[i].Suites)
		}
		got := mustMake(t, scripts, clients, plan.Options{})
		if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
	if order := []plan.Framing{want.Cases[0].Framing, want.Cases[9].Framing}; !slices.Equal(order, []plan.Framing{plan.Public, plan.Private}) {
		t.Errorf("framings %v", order)
	}
}

func TestCaseGlobs(t *testing.T) {
	scripts := []*script.Script{named("f", "one", 1), named("f", "two", 2), named("g", "two", 2)}
	for _, test := range []struct {
		globs []string
		want  []string
	}{
		{[]string{"f/two/suite1/public/r0=a,r1=b"}, []string{"f/two/suite1/public/r0=a,r1=b"}},
		{[]string{"*/one/*/private/*"}, []string{"f/one/suite1/private/all=a", "f/one/suite1/private/all=b"}},
		{[]string{"g/*r0=b*", "f/one/suite?/public/all=a"}, []string{
			"f/one/suite1/public/all=a", "g/two/suite1/public/r0=b,r1=a", "g/two/suite1/private/r0=b,r1=a",
		}},
		{[]string{"f/one"}, nil},
	} {
		p := mustMake(t, scripts, offering(2, 1), plan.Options{CaseGlobs: test.globs})
		if diff := cmp.Diff(test.want, ids(p)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", test.globs, diff)
		}
		if noted := slices.Contains(p.Notes, `no case matches "f/one"`); noted != (test.want == nil) {
			t.Errorf("%q: notes %q", test.globs, p.Notes)
		}
	}
}

// Shards are disjoint, make up the whole, and are of almost the same size.
func TestShards(t *testing.T) {
	scripts := []*script.Script{named("f", "two", 2), named("f", "eight", 8)}
	whole := mustMake(t, scripts, offering(3, 1, 2), plan.Options{})
	for _, count := range []int{1, 2, 3, 7, 100} {
		var merged []string
		for index := 1; index <= count; index++ {
			p := mustMake(t, scripts, offering(3, 1, 2), plan.Options{Shard: plan.Shard{Index: index, Count: count}})
			if p.Digest != whole.Digest || p.Total != whole.Total {
				t.Errorf("shard %d/%d: digest %s, total %d", index, count, p.Digest, p.Total)
			}
			if n := len(p.Cases); n != whole.Total/count && n != whole.Total/count+1 {
				t.Errorf("shard %d/%d has %d of %d cases", index, count, n, whole.Total)
			}
			merged = append(merged, ids(p)...)
		}
		all := ids(whole)
		slices.Sort(all)
		slices.Sort(merged)
		if diff := cmp.Diff(all, merged); diff != "" {
			t.Errorf("%d shards (-want +got)\n%s", count, diff)
		}
	}
}

// Where all assignments of a script are too many there are pairwise ones, and
// the plan says so.
func TestTooManyAssignments(t *testing.T) {
	scripts := []*script.Script{named("small", "s", 2), named("deep", "random", 841)}
	o := one(plan.ModeAll, 0)
	p := mustMake(t, scripts, offering(4, 1), o)
	if got, want := ids(p)[16:], ids(mustMake(t, scripts[1:], offering(4, 1), one(plan.ModePairwise, 0))); !slices.Equal(got, want) {
		t.Errorf("%d cases of the large script, want the %d that are pairwise", len(got), len(want))
	}
	want := []string{"script deep/random has 841 roles, and 4^841 assignments are too many: those in the plan cover each pair of roles with each pair of clients"}
	if diff := cmp.Diff(want, p.Notes); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
	o.Suites = []codepoint.CipherSuite{1, 2} // which different clients have
	split := append(offering(2, 1), plan.Client{Name: "x", Suites: []codepoint.CipherSuite{2}}, plan.Client{Name: "y", Suites: []codepoint.CipherSuite{2}})
	if p := mustMake(t, scripts, split, o); len(p.Notes) != 1 {
		t.Errorf("notes %q", p.Notes)
	}
	o.Suites, o.CaseGlobs = nil, []string{"*/s/*"}
	if p := mustMake(t, scripts, offering(4, 1), o); len(p.Cases) != 16 || p.Notes != nil {
		t.Errorf("%d cases of the small script, want 16; notes %q", len(p.Cases), p.Notes)
	}
}

// A plan with too many cases is refused.
func TestTooManyCases(t *testing.T) {
	all := plan.Options{Roles: plan.Assignments{Mode: plan.ModeAll}}
	// 4 clients in 8 roles with 7 suites and both framings are within the
	// limit, twice as many are not.
	eight := []*script.Script{named("eight", "a", 8), named("eight", "b", 8)}
	suites := []codepoint.CipherSuite{1, 2, 3, 4, 5, 6, 7}
	all.Shard = plan.Shard{Index: 1, Count: 1000}
	if p := mustMake(t, eight[:1], offering(4, suites...), all); p.Total != 917_504 {
		t.Errorf("%d cases, want 917504", p.Total)
	}
	if _, err := plan.Make(eight, offering(4, suites...), all); !errors.Is(err, plan.ErrTooMany) || !strings.Contains(err.Error(), "eight/b") {
		t.Errorf("got %v", err)
	}
}

func TestFaults(t *testing.T) {
	s := []*script.Script{named("f", "s", 2)}
	for _, test := range []struct {
		name    string
		scripts []*script.Script
		clients []plan.Client
		options plan.Options
		text    string
	}{
		{"no clients", s, nil, plan.Options{}, "there are no clients"},
		{"two of a name", s, append(offering(2, 1), offering(1, 1)...), plan.Options{}, "two clients have the name a"},
		{"client without name", s, []plan.Client{{}}, plan.Options{}, "no name"},
		{"client with an odd name", s, []plan.Client{{Name: "a=b"}}, plan.Options{}, `"a=b"`},
		{"two scripts of a name", append(s, named("f", "s", 3)), offering(1, 1), plan.Options{}, "two scripts have the name f/s"},
		{"shard", s, offering(1, 1), plan.Options{Shard: plan.Shard{Index: 3, Count: 2}}, "no shard 3 of 2"},
		{"shard zero", s, offering(1, 1), plan.Options{Shard: plan.Shard{Count: 2}}, "no shard 0 of 2"},
		{"framing", s, offering(1, 1), plan.Options{Framings: []plan.Framing{"secret"}}, `unknown framing "secret"`},
		{"sample", s, offering(1, 1), plan.Options{Roles: plan.Assignments{Mode: plan.ModeSample}}, "a sample of 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := plan.Make(test.scripts, test.clients, test.options); err == nil || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %q", err, test.text)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]plan.Assignments{
		"all": {Mode: plan.ModeAll}, "pairwise": {Mode: plan.ModePairwise}, "sample:12": {Mode: plan.ModeSample, Sample: 12},
	} {
		if got, err := plan.ParseAssignments(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "ALL", "sample", "sample:", "sample:0", "sample:-1", "sample:x", "12"} {
		if got, err := plan.ParseAssignments(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
	if got, err := plan.ParseShard("2/4"); err != nil || got != (plan.Shard{Index: 2, Count: 4}) {
		t.Errorf("2/4: %v, %v", got, err)
	}
	for _, text := range []string{"", "2", "0/4", "5/4", "-1/4", "0/0", "1/0", "a/b", "1/2/3", "/"} {
		if got, err := plan.ParseShard(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
	for text, want := range map[string]plan.Options{
		"public":    {Framings: []plan.Framing{plan.Public}},
		"private":   {Framings: []plan.Framing{plan.Private}},
		"both":      {Framings: []plan.Framing{plan.Public, plan.Private}},
		"alternate": {Framings: []plan.Framing{plan.Public, plan.Private}, Alternate: true},
	} {
		var got plan.Options
		if err := got.ParseFraming(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
	if err := new(plan.Options).ParseFraming("none"); err == nil {
		t.Error("none is taken")
	}
}

// The official files, where they are, make plans of a size that can be run.
func TestOfficialFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "mls-implementations", "interop-configs")
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		t.Logf("%s is not there", dir)
		return
	}
	scripts, err := script.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for clients, want := range map[int]map[string]int{
		1: {"application": 3, "branch": 4, "commit": 9, "deep_random": 1, "external_join": 5, "external_proposals": 8, "reinit": 6, "welcome_join": 4},
		2: {"application": 12, "branch": 24, "commit": 45, "deep_random": 14, "external_join": 22, "external_proposals": 106, "reinit": 36, "welcome_join": 16},
		4: {"application": 48, "branch": 76, "commit": 183, "deep_random": 64, "external_join": 83, "external_proposals": 1571, "reinit": 114, "welcome_join": 64},
	} {
		got := map[string]int{}
		for _, c := range mustMake(t, scripts, offering(clients, 1, 2, 3, 4, 5, 6, 7), plan.Options{}).Cases {
			got[c.Script.File]++
		}
		for file := range want {
			want[file] *= 14 // suites and framings
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d clients (-want +got)\n%s", clients, diff)
		}
	}
}

// With a limit to the clients in a case, the cases are those that each two
// clients have for themselves, and then each three.
func TestMix(t *testing.T) {
	s := []*script.Script{named("f", "two", 2), named("f", "three", 3), named("f", "eight", 8)}
	for _, mode := range []plan.Mode{plan.ModeDefault, plan.ModePairwise, plan.ModeAll} {
		o := one(mode, 0)
		o.Mix = 3
		p := mustMake(t, s, offering(4, 1), o)
		got := map[string]bool{}
		for _, c := range p.Cases {
			if got[c.ID] {
				t.Errorf("%s is there twice", c.ID)
			}
			got[c.ID] = true
			if n := different(c); n > 3 {
				t.Errorf("%s has %d clients", c.ID, n)
			}
		}
		want := map[string]bool{}
		clients := offering(4, 1)
		for i := range clients {
			for j := range clients[:i] {
				for _, c := range mustMake(t, s, []plan.Client{clients[i], clients[j]}, one(mode, 0)).Cases {
					want[c.ID] = true
				}
			}
			three := slices.Delete(slices.Clone(clients), i, i+1)
			for _, c := range mustMake(t, s, three, one(mode, 0)).Cases {
				want[c.ID] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mode %d (-want +got)\n%s", mode, diff)
		}
	}
	o := one(plan.ModePairwise, 0)
	for mix, want := range map[int]int{1: 4, 2: 4 + 6*3, 9: 4 + 6*3 + 4*6} {
		o.Mix = mix
		if p := mustMake(t, s[1:2], offering(4, 1), o); len(p.Cases) != want {
			t.Errorf("up to %d clients: %d cases, want %d", mix, len(p.Cases), want)
		}
	}
	o.Mix = 2
	if p := mustMake(t, s[1:2], offering(1, 1), o); len(p.Cases) != 1 {
		t.Errorf("one client: %v", ids(p))
	}
}

func different(c plan.Case) int {
	names := map[string]bool{}
	for _, r := range c.Roles {
		names[r.Client] = true
	}
	return len(names)
}

// A sample keeps to the limit as well, and is all there is when that is less.
func TestMixedSample(t *testing.T) {
	s := []*script.Script{named("f", "eight", 8), named("f", "two", 2)}
	o := one(plan.ModeSample, 50)
	o.Mix = 2
	p := mustMake(t, s, offering(5, 1), o)
	mixes := map[string]bool{}
	for _, c := range p.Cases {
		if n := different(c); n > 2 {
			t.Errorf("%s has %d clients", c.ID, n)
		}
		if c.Script.Name == "eight" {
			mixes[c.Roles[0].Client] = true
		}
	}
	if len(p.Cases) != 50+25 || len(mixes) != 5 {
		t.Errorf("%d cases, of %d clients", len(p.Cases), len(mixes))
	}
}

// In turn, each assignment has both framings over two suites, and each suite has
// half of its cases in each.
func TestAlternate(t *testing.T) {
	var o plan.Options
	if err := o.ParseFraming("alternate"); err != nil {
		t.Fatal(err)
	}
	p := mustMake(t, []*script.Script{named("f", "two", 2)}, offering(2, 1, 2, 5), o)
	framings := map[string]map[plan.Framing]int{}
	perSuite := map[string]int{}
	for _, c := range p.Cases {
		who := players(c)
		if framings[who] == nil {
			framings[who] = map[plan.Framing]int{}
		}
		framings[who][c.Framing]++
		perSuite[fmt.Sprint(uint16(c.Suite), c.Framing)]++
	}
	if len(p.Cases) != 12 || len(framings) != 4 {
		t.Errorf("%d cases of %d assignments", len(p.Cases), len(framings))
	}
	for who, n := range framings {
		if n[plan.Public]+n[plan.Private] != 3 || n[plan.Public] == 0 || n[plan.Private] == 0 {
			t.Errorf("%s: %v", who, n)
		}
	}
	for what, n := range perSuite {
		if n != 2 {
			t.Errorf("suite and framing %s: %d cases", what, n)
		}
	}
}

// Some scripts can have other assignments than the rest.
func TestRolesOfScripts(t *testing.T) {
	s := []*script.Script{named("deep", "random", 8), named("deep", "other", 8), named("f", "two", 2)}
	var o plan.Options
	for _, text := range []string{"pairwise", "deep/*=sample:3", "deep/other=sample:1"} {
		if err := o.ParseRoles(text); err != nil {
			t.Fatal(err)
		}
	}
	o.Framings = []plan.Framing{plan.Public}
	n := map[string]int{}
	for _, c := range mustMake(t, s, offering(2, 1), o).Cases {
		n[c.Script.Name]++
	}
	if diff := cmp.Diff(map[string]int{"random": 3, "other": 1, "two": 4}, n); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !o.Samples() || (&plan.Options{RolesOf: []plan.ScriptRoles{{Glob: "x"}}}).Samples() {
		t.Error("who samples?")
	}
	for _, text := range []string{"=all", "x=", "x=some", "sample"} {
		if err := new(plan.Options).ParseRoles(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
