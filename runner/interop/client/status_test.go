package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A refused message is explained: the text has the requirement, the details have
// all.
func TestRequirementIsNamed(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	kp := w.keyPackage("bob")
	kp[len(kp)-1] ^= 1 // the signature
	s := refused(w, codes.InvalidArgument, w.rpc.AddProposal, &pb.AddProposalRequest{StateId: w.states["alice"], KeyPackage: kp})
	if !strings.Contains(s.Message(), "[rfc9420-10.1-05]") {
		t.Errorf("text is %q", s.Message())
	}
	if len(s.Details()) != 1 {
		t.Fatalf("details are %v", s.Details())
	}
	info, ok := s.Details()[0].(*errdetails.ErrorInfo)
	if !ok || info.Reason != "rfc9420-10.1-05" || info.Domain != client.Domain || !strings.HasPrefix(info.Metadata["requirements"], info.Reason) {
		t.Errorf("details are %v", s.Details())
	}
}

// Long texts are cut, and what is no UTF-8 does not go onto the wire.
func TestLongError(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	s := refused(w, codes.InvalidArgument, w.rpc.RemoveProposal, &pb.RemoveProposalRequest{StateId: w.states["alice"], RemovedId: make([]byte, 1<<20)})
	if n := len(s.Message()); n > 3000 {
		t.Errorf("the text has %d bytes", n)
	}
	w.keyPackage("bob")
	s = refused(w, codes.InvalidArgument, w.rpc.JoinGroup, &pb.JoinGroupRequest{TransactionId: w.waiting["bob"], Identity: []byte(strings.Repeat("é", 4000))})
	if !strings.Contains(s.Message(), "éé") || strings.Contains(s.Message(), "\\x") {
		t.Errorf("text is %q", s.Message())
	}
}

// Every kind of handle is refused where another one is wanted, and after Free.
func TestHandles(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	state := w.states["alice"]
	w.keyPackage("bob")
	tx := w.waiting["bob"]
	signer := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: 1}).SignerId
	w.create("carol")
	d := by("reinit")
	d.CipherSuite = 1
	must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["carol"], ByValue: []*pb.ProposalDescription{d}})
	reinit := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["carol"]}).ReinitId

	for kind, id := range map[string]uint32{"transaction": tx, "signer": signer, "re-init": reinit} {
		s := refused(w, codes.NotFound, w.rpc.StateAuth, &pb.StateAuthRequest{StateId: id})
		if !strings.Contains(s.Message(), kind) {
			t.Errorf("%s: %q", kind, s.Message())
		}
	}
	for _, id := range []uint32{state, signer, reinit} {
		refused(w, codes.NotFound, w.rpc.JoinGroup, &pb.JoinGroupRequest{TransactionId: id})
		refused(w, codes.NotFound, w.rpc.HandleBranch, &pb.HandleBranchRequest{StateId: state, TransactionId: id})
	}
	for _, id := range []uint32{state, tx, signer} {
		refused(w, codes.NotFound, w.rpc.HandleReInitWelcome, &pb.HandleReInitWelcomeRequest{ReinitId: id})
		refused(w, codes.NotFound, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{ReinitId: id})
	}
	for _, id := range []uint32{state, tx, reinit} {
		refused(w, codes.NotFound, w.rpc.ExternalSignerProposal, &pb.ExternalSignerProposalRequest{SignerId: id})
	}
	for _, id := range []uint32{signer, reinit, 0} {
		refused(w, codes.NotFound, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: id})
	}
	for _, id := range []uint32{state, tx, signer, reinit} {
		must(w, w.rpc.Free, &pb.FreeRequest{StateId: id})
		refused(w, codes.NotFound, w.rpc.Free, &pb.FreeRequest{StateId: id})
	}
	refused(w, codes.NotFound, w.rpc.Protect, &pb.ProtectRequest{StateId: state})
	w.create("dave")
	if w.states["dave"] <= reinit {
		t.Errorf("handle %d is used a second time", w.states["dave"])
	}
}

// What a request names has to exist, and to fit into its field of the RFC.
func TestArguments(t *testing.T) {
	w := newWorld(t, 1, false)
	w.found("alice", "bob")
	alice := w.states["alice"]
	for suite, want := range map[uint32]codes.Code{0: codes.Unimplemented, 8: codes.Unimplemented, 65535: codes.Unimplemented, 65537: codes.InvalidArgument} {
		refused(w, want, w.rpc.CreateGroup, &pb.CreateGroupRequest{CipherSuite: suite})
		refused(w, want, w.rpc.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: suite})
		refused(w, want, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: suite})
		refused(w, want, w.rpc.ReInitProposal, &pb.ReInitProposalRequest{StateId: alice, CipherSuite: suite})
	}
	extensions := []*pb.Extension{{ExtensionType: 65536}}
	refused(w, codes.InvalidArgument, w.rpc.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{StateId: alice, Extensions: extensions})
	refused(w, codes.InvalidArgument, w.rpc.CreateBranch, &pb.CreateBranchRequest{StateId: alice, Extensions: extensions})
	refused(w, codes.Unimplemented, w.rpc.Commit, &pb.CommitRequest{StateId: alice, ByValue: []*pb.ProposalDescription{by("selfRemove")}})
	refused(w, codes.InvalidArgument, w.rpc.RemoveProposal, &pb.RemoveProposalRequest{StateId: alice, RemovedId: []byte("nobody")})
	refused(w, codes.InvalidArgument, w.rpc.Export, &pb.ExportRequest{StateId: alice, KeyLength: 1 << 20})
	refused(w, codes.InvalidArgument, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: alice, ExternalSender: []byte{1}})
	refused(w, codes.InvalidArgument, w.rpc.CreateBranch, &pb.CreateBranchRequest{StateId: alice, KeyPackages: [][]byte{{1}}})
	info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: alice, ExternalTree: true})
	refused(w, codes.InvalidArgument, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{GroupInfo: info.GroupInfo})
	refused(w, codes.InvalidArgument, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{GroupInfo: info.GroupInfo, RemovePrior: true})
	refused(w, codes.InvalidArgument, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{
		GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, RemovePrior: true, Identity: []byte("nobody"),
	})
	w.agree("alice", "bob")
}

// A message in the wrong place changes nothing.
func TestWrongKindOfMessage(t *testing.T) {
	w := newWorld(t, 1, true)
	w.found("alice", "bob")
	alice, bob := w.states["alice"], w.states["bob"]
	text := must(w, w.rpc.Protect, &pb.ProtectRequest{StateId: alice, Plaintext: []byte("text")}).Ciphertext
	commit := must(w, w.rpc.Commit, &pb.CommitRequest{StateId: alice}).Commit
	kp := w.keyPackage("carol")
	refused(w, codes.InvalidArgument, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: bob, Ciphertext: commit})
	refused(w, codes.InvalidArgument, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: bob, Ciphertext: kp})
	refused(w, codes.InvalidArgument, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: bob, Commit: text})
	refused(w, codes.InvalidArgument, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: bob, Commit: commit, Proposal: [][]byte{text}})
	refused(w, codes.InvalidArgument, w.rpc.Commit, &pb.CommitRequest{StateId: bob, ByReference: [][]byte{commit}})
	refused(w, codes.InvalidArgument, w.rpc.JoinGroup, &pb.JoinGroupRequest{TransactionId: w.waiting["carol"], Welcome: kp})
	refused(w, codes.InvalidArgument, w.rpc.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{GroupInfo: kp})
	refused(w, codes.InvalidArgument, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{GroupInfo: kp})
	must(w, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: bob, Ciphertext: text})
	must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: bob, Commit: commit})
	must(w, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: alice})
	w.agree("alice", "bob")
}

// What the state of a group does not allow is not the fault of a message.
func TestPreconditions(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	alice := w.states["alice"]
	refused(w, codes.FailedPrecondition, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: alice})
	must(w, w.rpc.Commit, &pb.CommitRequest{StateId: alice})
	refused(w, codes.FailedPrecondition, w.rpc.Commit, &pb.CommitRequest{StateId: alice})
	must(w, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: alice})
	must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: alice})
	refused(w, codes.FailedPrecondition, w.rpc.Protect, &pb.ProtectRequest{StateId: alice})
}

// At the limit, nothing is used up, and freeing makes room.
func TestMaxStates(t *testing.T) {
	w := newWorldOn(t, dial(t, client.NewServer(client.Options{MaxStates: 3})), 1, false)
	w.create("alice")
	add := by("add")
	add.KeyPackage = w.keyPackage("bob")
	c := w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{add}})
	w.create("filler")
	for range 2 {
		refused(w, codes.ResourceExhausted, w.rpc.CreateGroup, &pb.CreateGroupRequest{CipherSuite: 1})
		refused(w, codes.ResourceExhausted, w.rpc.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: 1})
		refused(w, codes.ResourceExhausted, w.rpc.JoinGroup, &pb.JoinGroupRequest{TransactionId: w.waiting["bob"], Welcome: c.Welcome})
	}
	must(w, w.rpc.Free, &pb.FreeRequest{StateId: w.states["filler"]})
	w.join("bob", c)
	w.agree("alice", "bob")
}

func TestMessageTooLong(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	r := &pb.ProtectRequest{StateId: w.states["alice"], Plaintext: make([]byte, client.MaxMessage)}
	s := refused(w, codes.ResourceExhausted, w.rpc.Protect, r)
	if !strings.Contains(s.Message(), "larger than max") {
		t.Errorf("text is %q", s.Message())
	}
}

func TestHealthAndReflection(t *testing.T) {
	conn := dial(t, client.NewServer(client.Options{}))
	for _, service := range []string{"", pb.MLSClient_ServiceDesc.ServiceName} {
		resp, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if err != nil || resp.Status != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v %v", service, resp, err)
		}
	}
	stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req := &reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "mls_client.MLSClient"}}
	if err := stream.Send(req); err != nil {
		t.Fatal(err)
	}
	resp, err := stream.Recv()
	if err != nil || len(resp.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
		t.Errorf("reflection: %v %v", resp, err)
	}
}

// A source of randomness that fails is the client's own fault.
func TestNoRandomness(t *testing.T) {
	w := newWorldOn(t, dial(t, client.NewServer(client.Options{Rand: noRandomness{}, Name: "broken"})), 1, false)
	refused(w, codes.Internal, w.rpc.CreateGroup, &pb.CreateGroupRequest{CipherSuite: 1})
	if got := must(w, w.rpc.Name, &pb.NameRequest{}).Name; got != "broken" {
		t.Errorf("name is %q", got)
	}
}

type noRandomness struct{}

var errNoRandomness = errors.New("no randomness")

func (noRandomness) Read([]byte) (int, error) { return 0, errNoRandomness }

// A client that panics fails the call and nothing else, and its stack is logged.
func TestPanic(t *testing.T) {
	var log strings.Builder
	conn := dial(t, client.Serve(panicking{}, &log))
	w := newWorldOn(t, conn, 1, false)
	s := refused(w, codes.Internal, w.rpc.Name, &pb.NameRequest{})
	if !strings.Contains(s.Message(), "panic: on purpose") || !strings.Contains(log.String(), "status_test.go") {
		t.Errorf("text is %q, log %q", s.Message(), log.String())
	}
	if _, err := w.rpc.StateAuth(t.Context(), &pb.StateAuthRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("%v", err)
	}
}

type panicking struct {
	pb.UnimplementedMLSClientServer
}

func (panicking) Name(context.Context, *pb.NameRequest) (*pb.NameResponse, error) {
	panic("on purpose")
}
