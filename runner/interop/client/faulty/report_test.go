package faulty_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// scripts has one for each of the ways in which the client can be wrong.
const scripts = `{"scripts": {
	"join": [
		{"action": "createGroup", "actor": "alice"},
		{"action": "externalJoin", "actor": "alice", "joiner": "bob"}
	],
	"commit": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "fullCommit", "actor": "alice", "members": ["bob"]}
	],
	"reinit": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "reinit", "proposer": "alice", "committer": "bob", "welcomer": "alice", "members": []}
	]
}}`

func build(t *testing.T, path string, target string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, target).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// The runner reports each fault as what it is, where it is, and nothing else: the
// honest client passes alone, and so do the scripts that do not come near the fault.
func TestReportedExactly(t *testing.T) {
	folder := t.TempDir()
	runner, bad, script := filepath.Join(folder, "mlsconform"), filepath.Join(folder, "faulty-client"), filepath.Join(folder, "faults.json")
	build(t, runner, "../../../../cmd/mlsconform")
	build(t, bad, "./faulty-client")
	if err := os.WriteFile(script, []byte(scripts), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fault  string
		wrong  []string // scripts
		looks  func(c *result.InteropCase) bool
		report func(c *result.InteropCase) result.Outcome
	}{
		{"parent-hash", []string{"join"}, func(c *result.InteropCase) bool {
			return c.RPC == "HandleCommit" && c.Code == "INVALID_ARGUMENT" && slices.Contains(c.Requirements, "rfc9420-7.9.2-04")
		}, verdict},
		{"authenticator", []string{"join", "commit", "reinit"}, func(c *result.InteropCase) bool {
			return strings.Contains(c.Detail, "epoch authenticator")
		}, verdict},
		{"panic-reinit", []string{"reinit"}, func(c *result.InteropCase) bool {
			return c.Client == "bad" && c.Code == "UNAVAILABLE" && strings.Contains(c.Detail, "died: exit status 2")
		}, verdict},
		{"hang-export", []string{"join", "commit", "reinit"}, func(c *result.InteropCase) bool {
			return c.Code == "DEADLINE_EXCEEDED" && strings.Contains(c.AgreementDetail, "Export") && strings.Contains(c.AgreementDetail, "(bad): no answer")
		}, func(c *result.InteropCase) result.Outcome { return c.Agreement }},
	} {
		t.Run(c.fault, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run.json")
			command := exec.CommandContext(t.Context(), runner, "interop", "--builtin", "--exec", "bad="+bad+" -port {port} -"+c.fault,
				"--script", script, "--suite", "1", "--framing", "public", "--rpc-timeout", "1s", "--json", out)
			text, err := command.CombinedOutput()
			if command.ProcessState.ExitCode() != 1 {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			run, err := reports.ParseInteropJSON(data)
			if err != nil {
				t.Fatal(err)
			}
			failed := make(map[string]bool)
			for i := range run.Cases {
				n := &run.Cases[i]
				if good := c.report(n) == result.Pass || c.report(n) == ""; good {
					continue
				}
				failed[n.Script] = true
				if !slices.Contains(c.wrong, n.Script) || strings.HasSuffix(n.ID, "all=builtin") || !c.looks(n) {
					t.Errorf("%s: %+v", n.ID, n)
				}
			}
			for _, script := range c.wrong {
				if !failed[script] {
					t.Errorf("no case of %s has failed", script)
				}
			}
		})
	}
}

func verdict(c *result.InteropCase) result.Outcome { return c.Outcome }
