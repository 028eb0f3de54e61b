package campaign_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/campaign"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// says has the test binary stand in for that of a target: it writes this, ends
// with failure when there is one in it, and waits where it says so.
const says = "MLSCONFORM_TEST_SAYS"

func TestMain(m *testing.M) {
	flag.Parse()
	text, fake := os.LookupEnv(says)
	if !fake {
		os.Exit(m.Run())
	}
	for line := range strings.Lines(text) {
		if line == "WAIT\n" {
			time.Sleep(time.Minute)
		}
		fmt.Print(line)
	}
	again := strings.HasPrefix(flag.Lookup("test.run").Value.String(), "^FuzzX$/")
	if strings.Contains(text, "FAIL") && !(again && strings.Contains(text, "hung")) {
		os.Exit(1)
	}
	os.Exit(0)
}

const (
	begins = `=== RUN   FuzzX
fuzz: elapsed: 0s, gathering baseline coverage: 0/5 completed
2026-01-01 00:00:00.000000001 DEBUG finished processing input corpus, entries: 5, initial coverage bits: 100
fuzz: elapsed: 0s, gathering baseline coverage: 5/5 completed, now fuzzing with 2 workers
`
	grows = `2026-01-01 00:00:00.1 DEBUG new interesting input, id: x/0123, parent: x/45, gen: 1, new bits: 7, total bits: 107, size: 40, exec time: 12.3µs
fuzz: elapsed: 3s, execs: 4000 (1333/sec), new interesting: 1 (total: 6)
2026-01-01 00:00:00.1 DEBUG stop called at fuzz.go:249. stopping: false
`
	fails = `--- FAIL: FuzzX (3.10s)
    --- FAIL: FuzzX (0.00s)
        x_test.go:12: accepted: 00ff [rfc9420-7.2-04]
        x_test.go:13: and [rfc9420-7.2-04], [rfc9420-12.1.8.1-01]
    
    Failing input written to testdata/fuzz/FuzzX/0123456789abcdef
    To re-run:
    go test -run=FuzzX/0123456789abcdef
FAIL
exit status 1
`
)

var target = fuzz.Target{Package: "fuzz/campaign", Name: "FuzzX", Kind: fuzz.Codec}

func bench(t *testing.T) *campaign.Bench {
	t.Helper()
	b, err := campaign.Open(t.Context(), ".", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func runFake(ctx context.Context, t *testing.T, text string) (campaign.Result, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return bench(t).Run(ctx, target, self, campaign.Options{Limit: time.Second, Env: []string{says + "=" + text}})
}

func TestRun(t *testing.T) {
	point := func(inputs, coverage int) campaign.Progress {
		return campaign.Progress{NewInputs: inputs, Coverage: coverage}
	}
	end := campaign.Progress{Executions: 4000, Rate: 1333, NewInputs: 1, Coverage: 107}
	for _, c := range []struct {
		name, says string
		want       campaign.Result
	}{
		{"nothing found", begins + grows + "--- PASS: FuzzX (3.00s)\nPASS\n",
			campaign.Result{Progress: end, Start: 100, Growth: []campaign.Progress{point(0, 100), point(1, 107)}}},
		{"a finding", begins + grows + fails, campaign.Result{
			Progress: end, Start: 100, Growth: []campaign.Progress{point(0, 100), point(1, 107)},
			Finding: &result.FuzzFinding{
				Input:   "fuzz/campaign/testdata/fuzz/FuzzX/0123456789abcdef",
				Again:   "go test -run='FuzzX/0123456789abcdef' ./fuzz/campaign",
				IDs:     []rule.ID{"rfc9420-7.2-04", "rfc9420-12.1.8.1-01"},
				Message: "x_test.go:12: accepted: 00ff [rfc9420-7.2-04]\n        x_test.go:13: and [rfc9420-7.2-04], [rfc9420-12.1.8.1-01]",
			}}},
		{"a seed that fails", "=== RUN   FuzzX\nfailure while testing seed corpus entry: FuzzX/seed#3\n--- FAIL: FuzzX (0.1s)\n    --- FAIL: FuzzX (0.00s)\n        x_test.go:1: no\nFAIL\n", campaign.Result{
			Finding: &result.FuzzFinding{Input: "FuzzX/seed#3", Message: "failure while testing seed corpus entry: FuzzX/seed#3\n        x_test.go:1: no"}}},
		{"too slow, once", begins + "--- FAIL: FuzzX (9.00s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\n    Failing input written to testdata/fuzz/FuzzX/01\nFAIL\n", campaign.Result{
			Progress: point(0, 100), Start: 100, Growth: []campaign.Progress{point(0, 100)},
			Finding: &result.FuzzFinding{Input: "fuzz/campaign/testdata/fuzz/FuzzX/01", Message: "fuzzing process hung or terminated unexpectedly: exit status 2\nRun again, the input passes. Package testing ends what takes longer than ten seconds, which can happen on a busy machine."}}},
		{"not run", "=== RUN   FuzzX\n    x_test.go:7: nobody is there\n--- SKIP: FuzzX (0.00s)\nPASS\n", campaign.Result{Skipped: "nobody is there"}},
		{"the end of the time taken for a failure", begins + grows + "--- FAIL: FuzzX (3.00s)\n    context deadline exceeded\nFAIL\n",
			campaign.Result{Progress: end, Start: 100, Growth: []campaign.Progress{point(0, 100), point(1, 107)}, Early: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := runFake(t.Context(), t, c.says)
			if err != nil {
				t.Fatal(err)
			}
			if got.CPU == 0 {
				t.Error("it took no processor time")
			}
			timeless := cmp.Options{cmpopts.IgnoreFields(campaign.Progress{}, "Elapsed"), cmpopts.IgnoreFields(campaign.Result{}, "CPU")}
			if diff := cmp.Diff(c.want, got, timeless); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRunThatIsNone(t *testing.T) {
	for name, c := range map[string]struct{ says, want string }{
		"no such target": {"testing: warning: no fuzz tests to fuzz\nPASS\n", "no such target"},
		"no input":       {"=== RUN   FuzzX\n--- FAIL: FuzzX (0.0s)\n    x_test.go:3: no seeds\nFAIL\n", "no seeds"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := runFake(t.Context(), t, c.says); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestInterruptedRun(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := runFake(ctx, t, begins+"WAIT\n")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// What a target says can be of any size, and need not end in a line.
func TestLongOutput(t *testing.T) {
	got, err := runFake(t.Context(), t, "=== RUN   FuzzX\n"+strings.Repeat("x", 100_000)+"\n"+fails)
	if err != nil || got.Finding == nil || len(got.Finding.Message) > 70_000 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestOpenElsewhere(t *testing.T) {
	if _, err := campaign.Open(t.Context(), t.TempDir(), t.Output()); err == nil {
		t.Error("a folder without a module is taken")
	}
}
