package run_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/client/faulty"
	"github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A client that is wrong on purpose is reported as exactly that, and only where
// it is wrong.
func TestBrokenClient(t *testing.T) {
	t.Parallel()
	scripts := parse(t, "try", `{"scripts": {
		"external": [
			{"action": "createGroup", "actor": "good"},
			{"action": "externalJoin", "actor": "good", "joiner": "bad"}
		],
		"commit": [
			{"action": "createGroup", "actor": "bad"},
			{"action": "externalJoin", "actor": "bad", "joiner": "good"},
			{"action": "fullCommit", "actor": "good", "members": ["bad"]}
		],
		"reinit": [
			{"action": "createGroup", "actor": "good", "members": ["bad"]},
			{"action": "reinit", "proposer": "good", "committer": "good", "welcomer": "good", "members": ["bad"]}
		]
	}}`)
	const all = "external commit reinit"
	for _, test := range []struct {
		name   string
		faults faulty.Faults
		in     string // the scripts in which it shows
		want   result.InteropCase
	}{
		{"parent hash", faulty.Faults{ParentHash: true}, "external", result.InteropCase{
			Outcome: result.Fail, RPC: "HandleCommit", Client: "a", Code: "INVALID_ARGUMENT", Requirements: []rule.ID{"rfc9420-7.9.2-04"},
		}},
		{"epoch authenticator", faulty.Faults{Authenticator: true}, all, result.InteropCase{
			Outcome: result.Fail,
		}},
		{"panic", faulty.Faults{PanicReInit: true}, "reinit", result.InteropCase{
			Outcome: result.Fail, Agreement: result.Pass, RPC: "HandleReInitCommit", Client: "b", Code: "INTERNAL",
		}},
		{"hang", faulty.Faults{HangExport: true}, all, result.InteropCase{
			Outcome: result.Pass, Agreement: result.Timeout, RPC: "Export", Client: "b", Code: "DEADLINE_EXCEEDED",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bad := run.Client{Name: "b", Kind: run.Builtin, Serve: func(log io.Writer) *grpc.Server {
				return faulty.NewServer(client.Options{Log: log}, test.faults)
			}}
			pool := open(t, run.Limits{RPC: time.Second}, run.Client{Name: "a", Kind: run.Builtin}, bad)
			got := execute(t, run.Options{Pool: pool, Plan: planned(t, pool, scripts, "*suite1/public/bad=b,good=a", "*suite1/public/good=a,bad=b")})
			if len(got.Cases) != 3 {
				t.Errorf("%d cases, want 3", len(got.Cases))
			}
			for _, c := range got.Cases {
				want := test.want
				if !strings.Contains(test.in, c.Script) {
					want = result.InteropCase{Outcome: result.Pass, Agreement: result.Pass}
				}
				shown := result.InteropCase{
					Outcome: c.Outcome, Agreement: c.Agreement,
					RPC: c.RPC, Client: c.Client, Code: c.Code, Requirements: c.Requirements,
				}
				if test.faults.Authenticator {
					// Which of the two differs first depends on who commits.
					shown = result.InteropCase{Outcome: c.Outcome}
					if want := "another epoch authenticator than the committer has"; !strings.Contains(c.Detail, want) {
						t.Errorf("%s: %s", c.ID, c.Detail)
					}
				}
				if diff := cmp.Diff(want, shown); diff != "" {
					t.Errorf("%s: %s %s (-want +got)\n%s", c.ID, c.Detail, c.AgreementDetail, diff)
				}
			}
		})
	}
}
