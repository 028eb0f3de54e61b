package client_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A kept client serves from a file, and begins anew with what the file has.
type kept struct {
	t    *testing.T
	path string
	w    *world
	c    *client.Server
}

func newKept(t *testing.T, encrypt bool) *kept {
	t.Helper()
	k := &kept{t: t, path: filepath.Join(t.TempDir(), "states")}
	k.w = &world{t: t, suite: 1, encrypt: encrypt, states: make(map[string]uint32), waiting: make(map[string]uint32)}
	k.open()
	t.Cleanup(func() { k.c.Close() })
	return k
}

func (k *kept) open() {
	k.t.Helper()
	var err error
	if k.c, err = client.Open(k.path, client.Options{}); err != nil {
		k.t.Fatal(err)
	}
	k.w.rpc = pb.NewMLSClientClient(dial(k.t, client.Serve(k.c, k.t.Output())))
}

func (k *kept) again() {
	k.t.Helper()
	if err := k.c.Close(); err != nil {
		k.t.Fatal(err)
	}
	k.open()
}

// Everything is there again under its handle: states with their PSKs, proposals
// and pending Commits, transactions, signers.
func TestFile(t *testing.T) {
	for name, encrypt := range map[string]bool{"public": false, "private": true} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, encrypt)
			w := k.w
			w.found("alice", "bob", "carol")
			for _, name := range []string{"alice", "bob", "carol"} {
				must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte("psk"), PskSecret: []byte("secret")})
			}
			s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: 1, Identity: []byte("signer")})
			k.again()
			w.agree("alice", "bob", "carol")
			p := must(w, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: w.states["bob"], ExternalSender: s.ExternalSender})
			k.again()
			w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{p.Proposal}}, "bob", "carol")
			add, psk := by("add"), by("externalPSK")
			add.KeyPackage, psk.PskId = w.keyPackage("dave"), []byte("psk")
			must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.waiting["dave"], PskId: []byte("psk"), PskSecret: []byte("secret")})
			k.again()
			refs := [][]byte{w.proposeOutside(s.SignerId, 0, psk), must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: w.states["bob"]}).Proposal}
			r := &pb.CommitRequest{StateId: w.states["alice"], ByReference: refs, ByValue: []*pb.ProposalDescription{add}}
			c := must(w, w.rpc.Commit, r)
			k.again()
			must(w, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
			for _, name := range []string{"bob", "carol"} {
				must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states[name], Proposal: refs, Commit: c.Commit})
			}
			w.join("dave", c)
			k.again()
			refused(w, codes.NotFound, w.rpc.JoinGroup, &pb.JoinGroupRequest{TransactionId: w.waiting["dave"], Welcome: c.Welcome})
			w.agree("alice", "bob", "carol", "dave")
		})
	}
}

// A re-init goes on after a pause; what was freed, used up or removed is gone, and
// its handle is not used again.
func TestFileReInit(t *testing.T) {
	k := newKept(t, false)
	w := k.w
	w.found("alice", "bob", "carol")
	remove := by("remove")
	remove.RemovedId = []byte("carol")
	left := w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{remove}}, "bob")
	must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states["carol"], Commit: left.Commit})
	refused(w, codes.FailedPrecondition, w.rpc.StateAuth, &pb.StateAuthRequest{StateId: w.states["carol"]})
	d := by("reinit")
	d.GroupId, d.CipherSuite = []byte("next"), 2
	c := must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["alice"], ByValue: []*pb.ProposalDescription{d}})
	alice := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
	bob := must(w, w.rpc.HandleReInitCommit, &pb.HandleCommitRequest{StateId: w.states["bob"], Commit: c.Commit})
	k.again()
	welcome := must(w, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{ReinitId: alice.ReinitId, KeyPackage: [][]byte{bob.KeyPackage}})
	k.again()
	joined := must(w, w.rpc.HandleReInitWelcome, &pb.HandleReInitWelcomeRequest{ReinitId: bob.ReinitId, Welcome: welcome.Welcome})
	must(w, w.rpc.Free, &pb.FreeRequest{StateId: w.states["bob"]})
	k.again()
	for _, id := range []uint32{alice.ReinitId, bob.ReinitId, w.states["bob"], w.states["carol"]} {
		refused(w, codes.NotFound, w.rpc.Free, &pb.FreeRequest{StateId: id})
	}
	w.states = map[string]uint32{"alice": welcome.StateId, "bob": joined.StateId}
	w.agree("alice", "bob")
	w.create("dave")
	if w.states["dave"] <= joined.StateId {
		t.Errorf("handle %d is used a second time", w.states["dave"])
	}
}

// A re-init without its state has been interrupted, and does not keep the file
// from being opened.
func TestFileReInitInterrupted(t *testing.T) {
	k := newKept(t, false)
	w := k.w
	w.create("alice")
	d := by("reinit")
	d.CipherSuite = 1
	must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["alice"], ByValue: []*pb.ProposalDescription{d}})
	alice := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
	if err := k.c.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(k.path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteGroup(binary.BigEndian.AppendUint32(nil, w.states["alice"])); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k.open()
		refused(w, codes.NotFound, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{ReinitId: alice.ReinitId})
		if err := k.c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileRefusals(t *testing.T) {
	k := newKept(t, false)
	if _, err := client.Open(k.path, client.Options{}); err == nil {
		t.Error("a file is open twice")
	}
	if err := k.c.Close(); err != nil {
		t.Fatal(err)
	}
	refused(k.w, codes.Internal, k.w.rpc.CreateGroup, &pb.CreateGroupRequest{CipherSuite: 1})

	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Open(other, client.Options{}); err == nil {
		t.Error("another file is taken for a store")
	}
	for name, record := range map[string]string{"group": "some group", "\x00\x00\x00\x01": "\x01"} {
		path := filepath.Join(t.TempDir(), "foreign")
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.PutGroup([]byte(name), []byte(record)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Open(path, client.Options{}); err == nil {
			t.Errorf("a store with record %q is taken", name)
		}
	}
}
