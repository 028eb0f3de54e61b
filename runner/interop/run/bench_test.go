package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/program"
)

// A noop client answers at once, in the same process and without gRPC, so that
// what is left is the cost of the run itself.
type noop struct{ mlsclient.MLSClientClient }

func (noop) CreateGroup(context.Context, *mlsclient.CreateGroupRequest, ...grpc.CallOption) (*mlsclient.CreateGroupResponse, error) {
	return &mlsclient.CreateGroupResponse{StateId: 1}, nil
}

func (noop) CreateKeyPackage(context.Context, *mlsclient.CreateKeyPackageRequest, ...grpc.CallOption) (*mlsclient.CreateKeyPackageResponse, error) {
	return &mlsclient.CreateKeyPackageResponse{}, nil
}

func (noop) JoinGroup(context.Context, *mlsclient.JoinGroupRequest, ...grpc.CallOption) (*mlsclient.JoinGroupResponse, error) {
	return &mlsclient.JoinGroupResponse{}, nil
}

func (noop) Commit(context.Context, *mlsclient.CommitRequest, ...grpc.CallOption) (*mlsclient.CommitResponse, error) {
	return &mlsclient.CommitResponse{}, nil
}

func (noop) HandlePendingCommit(context.Context, *mlsclient.HandlePendingCommitRequest, ...grpc.CallOption) (*mlsclient.HandleCommitResponse, error) {
	return &mlsclient.HandleCommitResponse{}, nil
}

func (noop) HandleCommit(context.Context, *mlsclient.HandleCommitRequest, ...grpc.CallOption) (*mlsclient.HandleCommitResponse, error) {
	return &mlsclient.HandleCommitResponse{}, nil
}

func (noop) StateAuth(context.Context, *mlsclient.StateAuthRequest, ...grpc.CallOption) (*mlsclient.StateAuthResponse, error) {
	return &mlsclient.StateAuthResponse{}, nil
}

func (noop) Export(_ context.Context, r *mlsclient.ExportRequest, _ ...grpc.CallOption) (*mlsclient.ExportResponse, error) {
	return &mlsclient.ExportResponse{ExportedSecret: make([]byte, r.GetKeyLength())}, nil
}

func (noop) Protect(_ context.Context, r *mlsclient.ProtectRequest, _ ...grpc.CallOption) (*mlsclient.ProtectResponse, error) {
	return &mlsclient.ProtectResponse{Ciphertext: r.GetPlaintext()}, nil
}

func (noop) Unprotect(_ context.Context, r *mlsclient.UnprotectRequest, _ ...grpc.CallOption) (*mlsclient.UnprotectResponse, error) {
	return &mlsclient.UnprotectResponse{Plaintext: r.GetCiphertext(), AuthenticatedData: []byte(exportLabel)}, nil
}

func (noop) Free(context.Context, *mlsclient.FreeRequest, ...grpc.CallOption) (*mlsclient.FreeResponse, error) {
	return &mlsclient.FreeResponse{}, nil
}

// BenchmarkRPC is the cost of an RPC in a case with 20 members, without that of
// gRPC and of the client; with a transcript, and without.
func BenchmarkRPC(b *testing.B) {
	var members []string
	for n := range 19 {
		members = append(members, fmt.Sprintf(`"member%d"`, n))
	}
	all := strings.Join(members, ",")
	steps := []string{`{"action":"createGroup","actor":"alice","members":[` + all + `]}`}
	for range 100 {
		steps = append(steps, `{"action":"fullCommit","actor":"alice","members":[`+all+`]}`)
	}
	scripts, err := script.Parse("noop", []byte(`{"scripts":{"noop":[`+strings.Join(steps, ",")+`]}}`))
	if err != nil {
		b.Fatal(err)
	}
	p, err := plan.Make(scripts, []plan.Client{{Name: "noop", Suites: []codepoint.CipherSuite{1}}}, plan.Options{Framings: []plan.Framing{plan.Public}})
	if err != nil {
		b.Fatal(err)
	}
	for _, out := range []string{"", b.TempDir()} {
		name := "plain"
		if out != "" {
			name = "transcript"
		}
		b.Run(name, func(b *testing.B) {
			pool := &Pool{limits: Limits{}.orDefault(), byName: map[string]*party{}}
			c := &party{Client: Client{Name: "noop", Kind: Running}, pool: pool}
			c.idle = []*instance{{client: c, rpc: noop{}, output: program.NewTail(maxOutput)}}
			pool.clients, pool.byName[c.Name] = []*party{c}, c
			r := &run{o: &Options{Pool: pool, Plan: p, Out: out}, cases: describe(p)}
			rpcs := 0
			b.ReportAllocs()
			for b.Loop() {
				v := r.one(b.Context(), 0)
				if failed(&v) {
					b.Fatal(v.Detail)
				}
				rpcs += v.RPCs
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rpcs), "ns/rpc")
		})
	}
}
