package faulty_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/client/faulty"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

func connect(t *testing.T, target string, dialer grpc.DialOption) pb.MLSClientClient {
	t.Helper()
	conn, err := grpc.NewClient(target, dialer, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return pb.NewMLSClientClient(conn)
}

func dial(t *testing.T, f faulty.Faults) pb.MLSClientClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	g := faulty.NewServer(client.Options{}, f)
	go g.Serve(listener)
	t.Cleanup(g.Stop)
	return connect(t, "passthrough:bufconn", grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
}

func must[Q, R any](t *testing.T, call func(context.Context, Q, ...grpc.CallOption) (R, error), req Q) R {
	t.Helper()
	resp, err := call(t.Context(), req)
	if err != nil {
		t.Fatalf("%T: %v", req, err)
	}
	return resp
}

func create(t *testing.T, c pb.MLSClientClient, suite uint32) uint32 {
	t.Helper()
	return must(t, c.CreateGroup, &pb.CreateGroupRequest{GroupId: []byte("group"), CipherSuite: suite, Identity: []byte("alice")}).StateId
}

// The fault is the parent hash and nothing before it, with every suite; a client
// without the fault is accepted.
func TestParentHash(t *testing.T) {
	for _, fault := range []bool{false, true} {
		c := dial(t, faulty.Faults{ParentHash: fault})
		for suite := range uint32(7) {
			alice := create(t, c, suite+1)
			info := must(t, c.GroupInfo, &pb.GroupInfoRequest{StateId: alice, ExternalTree: true})
			bob := must(t, c.ExternalJoin, &pb.ExternalJoinRequest{
				GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, Identity: []byte("bob"),
				Psks: []*pb.PreSharedKey{{PskId: []byte("psk"), PskSecret: []byte("secret")}},
			})
			must(t, c.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: alice, PskId: []byte("psk"), PskSecret: []byte("secret")})
			_, err := c.HandleCommit(t.Context(), &pb.HandleCommitRequest{StateId: alice, Commit: bob.Commit})
			if !fault {
				if err != nil {
					t.Errorf("suite %d: %v", suite+1, err)
				}
				continue
			}
			var requirements string
			for _, d := range status.Convert(err).Details() {
				if info, ok := d.(*errdetails.ErrorInfo); ok {
					requirements = info.Metadata["requirements"]
				}
			}
			if !strings.Contains(requirements, "rfc9420-7.9") {
				t.Errorf("suite %d: %v names %q, want a rule of Section 7.9", suite+1, err, requirements)
			}
		}
	}
}

func TestAuthenticator(t *testing.T) {
	for _, fault := range []bool{false, true} {
		c := dial(t, faulty.Faults{Authenticator: fault})
		alice := create(t, c, 1)
		bob := must(t, c.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: 1, Identity: []byte("bob")})
		add := &pb.ProposalDescription{ProposalType: []byte("add"), KeyPackage: bob.KeyPackage}
		commit := must(t, c.Commit, &pb.CommitRequest{StateId: alice, ByValue: []*pb.ProposalDescription{add}})
		own := must(t, c.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: alice}).EpochAuthenticator
		joined := must(t, c.JoinGroup, &pb.JoinGroupRequest{TransactionId: bob.TransactionId, Welcome: commit.Welcome})
		if bytes.Equal(own, joined.EpochAuthenticator) == fault {
			t.Errorf("fault %v: authenticators %x and %x", fault, own, joined.EpochAuthenticator)
		}
		if got := must(t, c.StateAuth, &pb.StateAuthRequest{StateId: alice}).StateAuthSecret; !bytes.Equal(got, own) {
			t.Errorf("fault %v: alice names %x and %x", fault, own, got)
		}
	}
}

func TestPanicReInit(t *testing.T) {
	c := dial(t, faulty.Faults{PanicReInit: true})
	alice := create(t, c, 1)
	for range 2 {
		if _, err := c.ReInitCommit(t.Context(), &pb.CommitRequest{StateId: alice}); status.Code(err) != codes.Internal {
			t.Errorf("%v", err)
		}
	}
	must(t, c.StateAuth, &pb.StateAuthRequest{StateId: alice})
}

func TestHangExport(t *testing.T) {
	c := dial(t, faulty.Faults{HangExport: true})
	alice := create(t, c, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Export(ctx, &pb.ExportRequest{StateId: alice, KeyLength: 16}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("%v", err)
	}
	must(t, c.StateAuth, &pb.StateAuthRequest{StateId: alice})
}

// As a process, it dies of the panic.
func TestProcessDies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faulty-client")
	build(t, path, "./faulty-client")
	command := exec.CommandContext(t.Context(), path, "-port", "0", "-panic-reinit")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, "passthrough:"+strings.TrimSpace(strings.TrimPrefix(line, "faulty-client: listening on")), grpc.EmptyDialOption{})
	alice := create(t, c, 1)
	if _, err := c.ReInitCommit(t.Context(), &pb.CommitRequest{StateId: alice}); status.Code(err) != codes.Unavailable {
		t.Errorf("%v", err)
	}
	if err := command.Wait(); command.ProcessState.ExitCode() != 2 || !strings.Contains(stderr.String(), "panic") {
		t.Errorf("%v: %s", err, stderr.String())
	}
}
