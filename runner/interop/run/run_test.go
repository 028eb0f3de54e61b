package run_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/interop/run/runtest"
	"github.com/mlsconform/mlsconform/runner/result"
)

// short are limits for clients that do not answer.
var short = run.Limits{Start: 5 * time.Second, RPC: time.Second}

const alone = "talk/talk/suite1/public/alice=a,bob=b"

// Each fault of a client b is reported as what it is. The other one is right.
func TestFaults(t *testing.T) {
	t.Parallel()
	type verdict struct {
		Outcome      result.Outcome
		Agreement    result.Outcome
		Step         int
		RPC, Client  string
		Code         string
		Detail       string // its beginning
		Requirements []rule.ID
	}
	for _, test := range []struct {
		name string
		b    run.Client
		want verdict
	}{
		{"none", builtin("b"), verdict{Outcome: "pass", Agreement: "pass"}},
		{"dies", started("b", "die:HandleCommit"), verdict{"fail", "pass", 5, "HandleCommit", "b", "UNAVAILABLE",
			"HandleCommit to bob (b): the client died: exit status 7", nil}},
		{"panics", started("b", "panic:UpdateProposal"), verdict{"fail", "pass", 4, "UpdateProposal", "b", "UNAVAILABLE",
			"UpdateProposal to bob (b): the client died: exit status 2", nil}},
		{"hangs", builtin("b", "hang:Unprotect"), verdict{"timeout", "pass", 3, "Unprotect", "b", "DEADLINE_EXCEEDED",
			"Unprotect to bob (b): no answer within 1s", nil}},
		{"talks junk", builtin("b", "junk:JoinGroup"), verdict{"fail", "", 1, "JoinGroup", "b", "INTERNAL",
			"JoinGroup to bob (b): INTERNAL: grpc: ", nil}},
		{"has another epoch", builtin("b", "other:HandleCommit"), verdict{"fail", "pass", 5, "HandleCommit", "b", "",
			"HandleCommit to bob (b): another epoch authenticator than the committer has\ngot  616e6f74686572\nwant ", nil}},
		{"joins another epoch", builtin("b", "other:JoinGroup"), verdict{"fail", "", 1, "JoinGroup", "b", "",
			"JoinGroup to bob (b): another epoch authenticator than the committer has\n", nil}},
		{"reads another text", builtin("b", "other:Unprotect"), verdict{"fail", "pass", 3, "Unprotect", "b", "",
			"Unprotect to bob (b): another text than was sent\ngot  \"another\"\nwant \"hello\"", nil}},
		{"lacks", builtin("b", "lack:UpdateProposal"), verdict{"unsupported", "pass", 4, "UpdateProposal", "b", "UNIMPLEMENTED",
			"UpdateProposal to bob (b): UNIMPLEMENTED: not yet", nil}},
		{"refuses", builtin("b", "refuse:HandleCommit"), verdict{"fail", "pass", 5, "HandleCommit", "b", "INVALID_ARGUMENT",
			"HandleCommit to bob (b): INVALID_ARGUMENT: bad parent hash", []rule.ID{"rfc9420-7.9-01", "rfc9420-7.9.2-01"}}},

		// What is beside the script.
		{"agrees not", builtin("b", "other:StateAuth"), verdict{Outcome: "pass", Agreement: "fail", RPC: "StateAuth", Client: "b"}},
		{"exports another", builtin("b", "other:Export"), verdict{Outcome: "pass", Agreement: "fail", RPC: "Export", Client: "b"}},
		{"hangs in the end", builtin("b", "hang:Export"), verdict{Outcome: "pass", Agreement: "timeout", RPC: "Export", Client: "b", Code: "DEADLINE_EXCEEDED"}},
		{"lacks what is beside", builtin("b", "lack:StateAuth", "lack:Export"), verdict{Outcome: "pass", Agreement: "unsupported", RPC: "StateAuth", Client: "b", Code: "UNIMPLEMENTED"}},
		{"cannot free", builtin("b", "refuse:Free"), verdict{"fail", "pass", 0, "Free", "b", "INVALID_ARGUMENT",
			"Free to bob (b): INVALID_ARGUMENT: bad parent hash", []rule.ID{"rfc9420-7.9-01", "rfc9420-7.9.2-01"}}},
		{"has no Free", builtin("b", "lack:Free"), verdict{Outcome: "pass", Agreement: "pass"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, short, builtin("a"), test.b)
			run := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk), alone)})
			if len(run.Cases) != 1 {
				t.Fatalf("%d cases", len(run.Cases))
			}
			c := run.Cases[0]
			got := verdict{c.Outcome, c.Agreement, nth(c.Step), c.RPC, c.Client, c.Code, c.Detail, c.Requirements}
			if len(got.Detail) > len(test.want.Detail) {
				got.Detail = got.Detail[:len(test.want.Detail)]
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, c.Detail)
			}
		})
	}
}

// Where a script says that something has to be refused, only a refusal will do.
func TestWhatHasToBeRefused(t *testing.T) {
	t.Parallel()
	scripts := parse(t, "twice", `{"scripts": {"twice": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "protect", "actor": "alice", "authenticatedData": "", "plaintext": "once"},
		{"action": "unprotect", "actor": "bob", "ciphertext": 1},
		{"action": "unprotect", "actor": "bob", "ciphertext": 1, "x-expectError": true}
	]}}`)
	for _, test := range []struct {
		name    string
		b       run.Client
		outcome result.Outcome
		step    int
		detail  string
	}{
		{"refused", builtin("b"), result.Pass, 0, ""},
		{"taken", builtin("b", "again:Unprotect"), result.Fail, 4, "Unprotect to bob (b): it succeeded, and had to be refused"},
		{"hangs", builtin("b", "hang-again:Unprotect"), result.Timeout, 4, "Unprotect to bob (b): no answer within 1s"},
		{"dies", started("b", "die-again:Unprotect"), result.Fail, 4, "Unprotect to bob (b): the client died: exit status 7"},
		{"lacks", builtin("b", "lack-again:Unprotect"), result.Unsupported, 4, "Unprotect to bob (b): UNIMPLEMENTED: not yet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, short, builtin("a"), test.b)
			run := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, scripts, "*suite1/public/alice=a,bob=b")})
			if c := run.Cases[0]; c.Outcome != test.outcome || nth(c.Step) != test.step || c.Detail != test.detail {
				t.Errorf("%s, step %d: %s", c.Outcome, nth(c.Step), c.Detail)
			}
		})
	}
}

// Clients that cannot take part are errors before anything runs.
func TestClientsThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		client run.Client
		want   string
	}{
		{"nobody listens", run.Client{Name: "b", Kind: run.Running, Address: "127.0.0.1:1"}, "client b: no answer to Name within 1s: "},
		{"no address", run.Client{Name: "b", Kind: run.Running, Address: "nowhere"}, "client b: no answer to Name within 1s: "},
		{"no program", run.Client{Name: "b", Kind: run.Started, Command: []string{"./no-such-program", "{port}"}}, "client b: fork/exec ./no-such-program: no such file or directory"},
		{"dies at start", started("b", "exit"), "client b: it ended before it answered: exit status 3\nit wrote:\nclient of a test with [exit]\nno mood to serve\n"},
		{"never answers", started("b", "silent"), "client b: no answer to Name within 1s: "},
		{"speaks another protocol", started("b", "noise"), "client b: no answer to Name within 1s: "},
		{"does not say its name", started("b", "refuse:Name"), "client b: Name: INVALID_ARGUMENT: bad parent hash"},
		{"dies when asked for suites", started("b", "die:SupportedCiphersuites"), "client b: it ended before it answered: exit status 7"},
		{"another has its name", builtin("a"), "client a: there are two of that name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limits := run.Limits{Start: time.Second}
			if test.name == "dies at start" || strings.Contains(test.name, "say") || strings.Contains(test.name, "suites") {
				limits.Start = 10 * time.Second
			}
			pool, err := run.Open(t.Context(), []run.Client{builtin("a"), test.client}, limits)
			if err == nil {
				pool.Close()
				t.Fatal("it takes part")
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

// The run goes on without an optional client, and says why it is not there.
func TestOptionalClients(t *testing.T) {
	unbuilt := started("unbuilt")
	unbuilt.Prepare = func(context.Context) error { return errors.New("cargo is not installed") }
	broken := started("broken", "exit")
	prepared := 0
	ready := started("ready")
	ready.Prepare = func(context.Context) error { prepared++; return nil }
	for _, c := range []*run.Client{&unbuilt, &broken} {
		if _, err := run.Open(t.Context(), []run.Client{builtin("a"), *c}, run.Limits{}); err == nil {
			t.Errorf("%s takes part", c.Name)
		}
		c.Optional = true
	}
	pool := open(t, run.Limits{}, builtin("a"), unbuilt, ready, broken)
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "f", talk), "*suite1/public*")})
	if len(got.Cases) != 4 || got.Summary.Passed != 4 || prepared != 1 {
		t.Errorf("%d cases, %d passed; prepared %d times", len(got.Cases), got.Summary.Passed, prepared)
	}
	if got := got.Clients[1].Error; got != "cargo is not installed" {
		t.Errorf("unbuilt: %q", got)
	}
	if got := got.Clients[3].Error; !strings.Contains(got, "exit status 3") || !strings.Contains(got, "no mood to serve") {
		t.Errorf("broken: %q", got)
	}
}

// Only in a step that says so, calls ask for GREASE.
func TestGREASE(t *testing.T) {
	asked := map[bool]int{}
	c := run.Client{Name: "a", Kind: run.Builtin, Serve: func(io.Writer) *grpc.Server {
		return client.Serve(&listener{client.New(client.Options{}), asked}, nil)
	}}
	pool := open(t, run.Limits{}, c)
	const both = `{"scripts": {"s": [
		{"action": "createGroup", "actor": "alice", "members": ["bob", "charlie"], "x-grease": true},
		{"action": "createKeyPackage", "actor": "dave"}
	]}}`
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "f", both), "*suite1/public*")})
	if got.Summary.Passed != 1 || asked[true] != 2 || asked[false] != 1 {
		t.Errorf("%d passed, asked %v", got.Summary.Passed, asked)
	}
}

// A listener counts the KeyPackages that were asked for with GREASE, and without.
type listener struct {
	*client.Server
	asked map[bool]int
}

func (l *listener) CreateKeyPackage(ctx context.Context, r *mlsclient.CreateKeyPackageRequest) (*mlsclient.CreateKeyPackageResponse, error) {
	l.asked[len(metadata.ValueFromIncomingContext(ctx, "mlsconform-grease")) > 0]++
	return l.Server.CreateKeyPackage(ctx, r)
}

// After a failure that is known, the process goes on, the case is not run again, and
// only the first few leave a folder. A process that died is replaced all the same.
func TestKnownFailures(t *testing.T) {
	for fault, want := range map[string]struct{ starts, folders int }{
		"refuse:HandleCommit": {1, 3}, "die:HandleCommit": {6, 3},
	} {
		dir := t.TempDir()
		pool := open(t, run.Limits{}, started("a", fault))
		got := execute(t, run.Options{
			Pool: pool, Plan: planned(t, pool, parse(t, "f", talk), "*suite1/*", "*suite2/*", "*suite3/*"), Out: dir,
			Known: func(c *result.InteropCase) { c.Outcome, c.Reason = result.Known, "as ever" },
		})
		folders := 0
		for _, c := range got.Cases {
			if c.First != "" {
				t.Errorf("%s: %s was run twice", fault, c.ID)
			}
			if c.Folder != "" {
				folders++
			}
		}
		if got.Summary.Known != 6 || got.Clients[0].Starts != want.starts || folders != want.folders {
			t.Errorf("%s: %d known, %d starts, %d folders, want %+v", fault, got.Summary.Known, got.Clients[0].Starts, folders, want)
		}
	}
}

// A process that has served its cases is replaced, which is no failure.
func TestRestartAfter(t *testing.T) {
	for after, want := range map[int]int{0: 1, 1: 4, 2: 2, 3: 2, 4: 1} {
		c := started("a")
		c.RestartAfter = after
		pool := open(t, run.Limits{}, c)
		got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "f", talk), "*suite1/*", "*suite2/*")})
		if got.Summary.Passed != 4 || got.Clients[0].Starts != want {
			t.Errorf("restart after %d: %d passed, %d starts, want %d", after, got.Summary.Passed, got.Clients[0].Starts, want)
		}
	}
}

func TestSuitesThatAreOffered(t *testing.T) {
	t.Parallel()
	pool := open(t, run.Limits{}, builtin("none", "no-suites"), builtin("odd", "odd-suites"), builtin("all"))
	var got []string
	for _, c := range pool.Report() {
		got = append(got, c.Name+": "+c.Error)
	}
	want := []string{"none: it offers no cipher suite", "odd: it offers 99999, which is no cipher suite", "all: "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	p := planned(t, pool, parse(t, "talk", talk))
	for _, c := range p.Cases {
		for _, r := range c.Roles {
			if r.Client != "all" {
				t.Errorf("%s is in the plan", c.ID)
			}
		}
	}
}

// A process that fails is replaced: what it fails in is not what others are
// blamed for. What a client that was not replaced fails in is tried once more.
func TestCascades(t *testing.T) {
	t.Parallel()
	scripts := parse(t, "two", `{"scripts": {
		"1": [{"action": "createGroup", "actor": "x"}, {"action": "updateProposal", "actor": "x"}],
		"2": [{"action": "createGroup", "actor": "x"}],
		"3": [{"action": "createGroup", "actor": "x"}]
	}}`)
	type verdict struct{ First, Outcome result.Outcome }
	for _, test := range []struct {
		name   string
		client run.Client
		want   []verdict
		starts int
	}{
		{"process that dies", started("a", "die:UpdateProposal"), []verdict{{"", "fail"}, {"", "pass"}, {"", "pass"}}, 2},
		{"process that hangs", started("a", "hang:UpdateProposal"), []verdict{{"", "timeout"}, {"", "pass"}, {"", "pass"}}, 2},
		{"process that refuses", started("a", "refuse:UpdateProposal"), []verdict{{"", "fail"}, {"", "pass"}, {"", "pass"}}, 2},
		{"process that lacks", started("a", "lack:UpdateProposal"), []verdict{{"", "unsupported"}, {"", "pass"}, {"", "pass"}}, 1},
		{"process with a lock", started("a", "poison:UpdateProposal"), []verdict{{"", "unsupported"}, {"fail", "pass"}, {"", "pass"}}, 2},
		{"fails everything", started("a", "poison:UpdateProposal", "refuse:CreateGroup"), []verdict{{"", "fail"}, {"", "fail"}, {"", "fail"}}, 3},
		{"in this process", builtin("a", "poison:UpdateProposal"), []verdict{{"", "unsupported"}, {"fail", "pass"}, {"", "pass"}}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, short, test.client)
			run := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, scripts, "*suite1/public*")})
			var got []verdict
			for _, c := range run.Cases {
				got = append(got, verdict{c.First, c.Outcome})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if starts := run.Clients[0].Starts; starts != test.starts {
				t.Errorf("%d starts, want %d", starts, test.starts)
			}
		})
	}
}

// A process that cannot be started again ends the part of its client: what it
// would have played is skipped, and the report says why.
func TestNoSecondStart(t *testing.T) {
	t.Parallel()
	marker := filepath.Join(t.TempDir(), "marker")
	once := started("b", "die:UpdateProposal")
	once.Command = append([]string{"sh", "-c", `test -e "$0" && { echo not twice; exit 4; }; touch "$0"; exec "$@"`, marker}, once.Command...)
	pool := open(t, run.Limits{}, builtin("a"), once)
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk), "*suite1/public*")})
	const why = "b cannot be started again: it ended before it answered: exit status 4\nit wrote:\nnot twice\n"
	for _, c := range got.Cases {
		switch {
		case c.Client == "b" && c.Outcome == result.Fail: // the first one
		case c.Outcome == result.Pass && strings.HasSuffix(c.ID, "all=a"):
		case c.Outcome == result.Skipped && c.Detail == why:
		default:
			t.Errorf("%s: %s, %s", c.ID, c.Outcome, c.Detail)
		}
	}
	if c := got.Clients[1]; c.Error != why {
		t.Errorf("error %q, want %q", c.Error, why)
	}
}

// One that somebody else has started is not there any more after its death, and
// no case fails for that again.
func TestDeathOfARunningClient(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var server *grpc.Server
	server = runtest.Serve("hang:UpdateProposal")(ended(func() { go server.Stop() }))
	go server.Serve(l)
	pool := open(t, run.Limits{RPC: time.Second}, run.Client{Name: "b", Kind: run.Running, Address: l.Addr().String()})
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk), "*suite1/*")})
	var outcomes []result.Outcome
	for _, c := range got.Cases {
		outcomes = append(outcomes, c.Outcome)
	}
	if diff := cmp.Diff([]result.Outcome{"fail", "skipped"}, outcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if want := "b has not answered since it failed"; got.Cases[1].Detail != want {
		t.Errorf("got %q, want %q", got.Cases[1].Detail, want)
	}
}

// An ended is told when a client writes.
type ended func()

func (e ended) Write(data []byte) (int, error) {
	e()
	return len(data), nil
}

func TestFailFast(t *testing.T) {
	t.Parallel()
	pool := open(t, short, builtin("a", "refuse:UpdateProposal"))
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk)), FailFast: true})
	want := result.Summary{Failed: 1, Skipped: len(got.Cases) - 1}
	if diff := cmp.Diff(want, got.Summary, cmpopts.IgnoreFields(result.Summary{}, "Seconds", "PeakRSSBytes")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An interrupt ends a case that hangs, and the ones after it; those before it
// stay in the result.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	pool := open(t, run.Limits{}, builtin("a", "hang:UpdateProposal"))
	scripts := parse(t, "two", `{"scripts": {
		"1": [{"action": "createGroup", "actor": "x"}],
		"2": [{"action": "createGroup", "actor": "x"}, {"action": "updateProposal", "actor": "x"}],
		"3": [{"action": "createGroup", "actor": "x"}]
	}}`)
	ctx, cancel := context.WithCancel(t.Context())
	got, err := run.Run(ctx, run.Options{
		Pool: pool, Plan: planned(t, pool, scripts, "*suite1/public*"), Jobs: 1,
		Done: func(n int, _ result.InteropCase) {
			if n == 0 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []result.Outcome
	for _, c := range got.Cases {
		outcomes = append(outcomes, c.Outcome)
	}
	if diff := cmp.Diff([]result.Outcome{"pass", "skipped", "skipped"}, outcomes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTimeOfACaseAndOfTheRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limits  run.Limits
		total   time.Duration
		outcome result.Outcome
		detail  string
	}{
		{run.Limits{Case: time.Second}, 0, result.Timeout, "UpdateProposal to bob (a): the time of the case was up before it was answered"},
		{run.Limits{}, time.Second, result.Skipped, "the time of the whole run was up"},
	} {
		t.Run(string(test.outcome), func(t *testing.T) {
			t.Parallel()
			pool := open(t, test.limits, builtin("a", "hang:UpdateProposal"))
			got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk), "*suite1/public*"), Timeout: test.total})
			if c := got.Cases[0]; c.Outcome != test.outcome || c.Detail != test.detail {
				t.Errorf("%s: %s", c.Outcome, c.Detail)
			}
		})
	}
}

// Nothing is left at this project's client when a case is over, be it a state,
// a KeyPackage that nobody joined with or an external signer.
func TestAllIsFreed(t *testing.T) {
	t.Parallel()
	scripts := parse(t, "left", `{"scripts": {"left": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "createKeyPackage", "actor": "charlie"},
		{"action": "addExternalSigner", "actor": "alice", "signer": "ds"},
		{"action": "reinit", "proposer": "alice", "committer": "bob", "welcomer": "alice"},
		{"action": "branch", "actor": "alice", "members": ["bob"]}
	]}}`)
	own := run.Client{Name: "a", Kind: run.Builtin, Serve: func(log io.Writer) *grpc.Server {
		return client.NewServer(client.Options{Log: log, MaxStates: 10})
	}}
	pool := open(t, run.Limits{}, own)
	got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, scripts, "*suite1/*", "*suite2/*")})
	for _, c := range got.Cases {
		if c.Outcome != result.Pass {
			t.Errorf("%s: %s, step %d: %s", c.ID, c.Outcome, nth(c.Step), c.Detail)
		}
	}
}

// A case that fails leaves what is needed to look into it, one that passes
// leaves nothing.
func TestFolders(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	pool := open(t, short, builtin("a"), started("b", "other:HandleCommit"))
	got := execute(t, run.Options{
		Pool: pool, Plan: planned(t, pool, parse(t, "talk", talk), "*suite1/public*"), Out: out,
		Replay: func(id string) string { return "again " + id },
	})
	for _, c := range got.Cases {
		if (c.Outcome == result.Pass) != (c.Folder == "") {
			t.Errorf("%s: %s, folder %q", c.ID, c.Outcome, c.Folder)
		}
	}
	dir := filepath.Join(out, "cases", filepath.FromSlash(alone))
	for name, want := range map[string][]string{
		"case.json":        {`"id": "` + alone + `"`, `"detail": "HandleCommit to bob (b): another epoch authenticator`},
		"script.json":      {`"talk": [`, `"action": "createGroup"`},
		"replay.sh":        {"#!/bin/sh\nagain " + alone + "\n"},
		"b.log":            {"HandleCommit: other\n"},
		"transcript.jsonl": {`"rpc":"CreateGroup","request":{"group_id":"`, `"identity":"alice"`, `"text":"MLSMessage, `},
		"transcript.txt":   {"1. step 0, createGroup: CreateGroup to alice (a), ", `response.commit]"`, "Welcome"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, text := range want {
			if !strings.Contains(string(data), text) {
				t.Errorf("%s has no %q:\n%.3000s", name, text, data)
			}
		}
	}
	entries, err := os.ReadDir(filepath.Join(out, "cases", "talk", "talk", "suite1", "public"))
	if err != nil {
		t.Fatal(err)
	}
	if n := slices.IndexFunc(entries, func(e os.DirEntry) bool { return e.Name() == "all=a" }); n >= 0 {
		t.Error("a case that passes has a folder")
	}
}

// nth counts steps from 1; 0 stands for none.
func nth(step *int) int {
	if step == nil {
		return 0
	}
	return *step + 1
}
