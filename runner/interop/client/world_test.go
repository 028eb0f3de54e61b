package client_test

import (
	"bytes"
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// dial serves a client and returns a connection to it.
func dial(t testing.TB, g *grpc.Server) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	go g.Serve(listener)
	t.Cleanup(g.Stop)
	conn, err := grpc.NewClient("passthrough:bufconn",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// A world drives one client in the roles of many members.
type world struct {
	t       testing.TB
	rpc     pb.MLSClientClient
	suite   uint32
	encrypt bool
	states  map[string]uint32
	waiting map[string]uint32 // transactions
}

func newWorld(t testing.TB, suite uint32, encrypt bool) *world {
	t.Helper()
	return newWorldOn(t, dial(t, client.NewServer(client.Options{})), suite, encrypt)
}

func newWorldOn(t testing.TB, conn grpc.ClientConnInterface, suite uint32, encrypt bool) *world {
	return &world{
		t: t, rpc: pb.NewMLSClientClient(conn), suite: suite, encrypt: encrypt,
		states: make(map[string]uint32), waiting: make(map[string]uint32),
	}
}

// eachWorld runs a test for every suite and both framings.
func eachWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	for _, suite := range ciphersuite.All() {
		for name, encrypt := range map[string]bool{"public": false, "private": true} {
			t.Run(suite.String()+"/"+name, func(t *testing.T) { f(t, newWorld(t, uint32(suite.ID()), encrypt)) })
		}
	}
}

// must calls an RPC that has to succeed.
func must[Q, R any](w *world, call func(context.Context, Q, ...grpc.CallOption) (R, error), req Q) R {
	w.t.Helper()
	resp, err := call(w.t.Context(), req)
	if err != nil {
		w.t.Fatalf("%T: %v", req, err)
	}
	return resp
}

// refused calls an RPC that has to fail with the code.
func refused[Q, R any](w *world, want codes.Code, call func(context.Context, Q, ...grpc.CallOption) (R, error), req Q) *status.Status {
	w.t.Helper()
	_, err := call(w.t.Context(), req)
	if got := status.Code(err); got != want {
		w.t.Errorf("%T: %v, want %v: %v", req, got, want, err)
	}
	return status.Convert(err)
}

func (w *world) create(name string) {
	w.t.Helper()
	resp := must(w, w.rpc.CreateGroup, &pb.CreateGroupRequest{
		GroupId: []byte("group"), CipherSuite: w.suite, EncryptHandshake: w.encrypt, Identity: []byte(name),
	})
	w.states[name] = resp.StateId
}

func (w *world) keyPackage(name string) []byte {
	w.t.Helper()
	resp := must(w, w.rpc.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: w.suite, Identity: []byte(name)})
	w.waiting[name] = resp.TransactionId
	return resp.KeyPackage
}

// commit has a member commit and the others follow. It returns the Commit.
func (w *world) commit(by string, r *pb.CommitRequest, others ...string) *pb.CommitResponse {
	w.t.Helper()
	r.StateId = w.states[by]
	resp := must(w, w.rpc.Commit, r)
	own := must(w, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: w.states[by]})
	for _, other := range others {
		got := must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states[other], Proposal: r.ByReference, Commit: resp.Commit})
		if got.StateId != w.states[other] || !bytes.Equal(got.EpochAuthenticator, own.EpochAuthenticator) {
			w.t.Errorf("%s is in another epoch than %s", other, by)
		}
	}
	return resp
}

func (w *world) join(name string, c *pb.CommitResponse) {
	w.t.Helper()
	resp := must(w, w.rpc.JoinGroup, &pb.JoinGroupRequest{
		TransactionId: w.waiting[name], Welcome: c.Welcome, RatchetTree: c.RatchetTree, EncryptHandshake: w.encrypt, Identity: []byte(name),
	})
	w.states[name] = resp.StateId
}

// found makes a group.
func (w *world) found(creator string, others ...string) {
	w.t.Helper()
	w.create(creator)
	w.invite(creator, others...)
}

// invite has a member add others.
func (w *world) invite(by string, others ...string) {
	w.t.Helper()
	r := new(pb.CommitRequest)
	for _, name := range others {
		r.ByValue = append(r.ByValue, &pb.ProposalDescription{ProposalType: []byte("add"), KeyPackage: w.keyPackage(name)})
	}
	c := w.commit(by, r)
	for _, name := range others {
		w.join(name, c)
	}
}

// agree verifies that members share their secrets and read each other.
func (w *world) agree(names ...string) {
	w.t.Helper()
	auth := must(w, w.rpc.StateAuth, &pb.StateAuthRequest{StateId: w.states[names[0]]}).StateAuthSecret
	export := func(name string) []byte {
		return must(w, w.rpc.Export, &pb.ExportRequest{StateId: w.states[name], Label: "label", Context: []byte("context"), KeyLength: 42}).ExportedSecret
	}
	secret := export(names[0])
	if len(auth) == 0 || len(secret) != 42 {
		w.t.Errorf("authenticator of %d, secret of %d bytes", len(auth), len(secret))
	}
	for i, from := range names {
		c := must(w, w.rpc.Protect, &pb.ProtectRequest{StateId: w.states[from], AuthenticatedData: []byte("about"), Plaintext: []byte("from " + from)})
		for j, to := range names {
			if i == j {
				continue
			}
			got := must(w, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: w.states[to], Ciphertext: c.Ciphertext})
			if string(got.Plaintext) != "from "+from || string(got.AuthenticatedData) != "about" {
				w.t.Errorf("%s reads %q about %q from %s", to, got.Plaintext, got.AuthenticatedData, from)
			}
		}
		if other := must(w, w.rpc.StateAuth, &pb.StateAuthRequest{StateId: w.states[from]}).StateAuthSecret; !bytes.Equal(other, auth) {
			w.t.Errorf("%s has another epoch authenticator than %s", from, names[0])
		}
		if !bytes.Equal(export(from), secret) {
			w.t.Errorf("%s exports another secret than %s", from, names[0])
		}
	}
}

// everything makes calls of every kind.
func (w *world) everything() {
	w.found("alice", "bob", "carol")
	bob := w.states["bob"]
	for _, name := range []string{"alice", "bob", "carol"} {
		must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte("psk"), PskSecret: []byte("secret")})
	}
	refs := [][]byte{
		must(w, w.rpc.AddProposal, &pb.AddProposalRequest{StateId: bob, KeyPackage: w.keyPackage("dave")}).Proposal,
		must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: bob}).Proposal,
		must(w, w.rpc.ExternalPSKProposal, &pb.ExternalPSKProposalRequest{StateId: bob, PskId: []byte("psk")}).Proposal,
		must(w, w.rpc.ResumptionPSKProposal, &pb.ResumptionPSKProposalRequest{StateId: bob, EpochId: 1}).Proposal,
	}
	w.commit("alice", &pb.CommitRequest{ByReference: refs, ExternalTree: true}, "bob", "carol")
	extensions := must(w, w.rpc.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{
		StateId: bob, Extensions: []*pb.Extension{{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}},
	}).Proposal
	remove := must(w, w.rpc.RemoveProposal, &pb.RemoveProposalRequest{StateId: bob, RemovedId: []byte("dave")}).Proposal
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{extensions, remove}}, "bob", "carol")

	s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: w.suite, Identity: []byte("signer")})
	add := must(w, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: bob, ExternalSender: s.ExternalSender})
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{add.Proposal}}, "bob", "carol")
	psk := by("externalPSK")
	psk.PskId = []byte("psk")
	info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: bob})
	erin := must(w, w.rpc.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{GroupInfo: info.GroupInfo, Identity: []byte("erin")})
	w.waiting["erin"] = erin.TransactionId
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{erin.Proposal, w.proposeOutside(s.SignerId, 0, psk)}}, "bob", "carol")

	gone := by("remove")
	gone.RemovedId = []byte("erin")
	w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{gone}}, "bob", "carol")

	info = must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: bob})
	again := must(w, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{GroupInfo: info.GroupInfo, EncryptHandshake: w.encrypt, Identity: []byte("bob"), RemovePrior: true})
	for _, name := range []string{"alice", "carol"} {
		must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states[name], Commit: again.Commit})
	}
	w.states["bob"] = again.StateId
	w.agree("alice", "bob", "carol")

	b := must(w, w.rpc.CreateBranch, &pb.CreateBranchRequest{StateId: w.states["alice"], GroupId: []byte("aside"), KeyPackages: [][]byte{w.keyPackage("bob")}})
	must(w, w.rpc.HandleBranch, &pb.HandleBranchRequest{StateId: w.states["bob"], TransactionId: w.waiting["bob"], Welcome: b.Welcome})
	w.reinit(w.suite, "next", nil, false, false)
}

func by(kind string) *pb.ProposalDescription {
	return &pb.ProposalDescription{ProposalType: []byte(kind)}
}
