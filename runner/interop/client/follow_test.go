package client_test

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

func lookup(t testing.TB, id uint32) *ciphersuite.Suite {
	t.Helper()
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(id))
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

// reinit has a group of three go on in another: alice proposes, bob commits, carol
// welcomes.
func (w *world) reinit(suite uint32, groupID string, extensions []*pb.Extension, force, external bool) {
	w.t.Helper()
	p := must(w, w.rpc.ReInitProposal, &pb.ReInitProposalRequest{
		StateId: w.states["alice"], CipherSuite: suite, GroupId: []byte(groupID), Extensions: extensions,
	})
	c := must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["bob"], ByReference: [][]byte{p.Proposal}})
	own := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["bob"]})
	ended := map[string]*pb.HandleReInitCommitResponse{"bob": own}
	for _, name := range []string{"alice", "carol"} {
		r := must(w, w.rpc.HandleReInitCommit, &pb.HandleCommitRequest{StateId: w.states[name], Proposal: [][]byte{p.Proposal}, Commit: c.Commit})
		if !bytes.Equal(r.EpochAuthenticator, own.EpochAuthenticator) {
			w.t.Errorf("%s ends in another epoch than bob", name)
		}
		ended[name] = r
	}
	welcome := must(w, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{
		ReinitId: ended["carol"].ReinitId, KeyPackage: [][]byte{ended["alice"].KeyPackage, ended["bob"].KeyPackage},
		ForcePath: force, ExternalTree: external,
	})
	if (len(welcome.RatchetTree) > 0) != external {
		w.t.Errorf("external_tree %v: ratchet_tree has %d bytes", external, len(welcome.RatchetTree))
	}
	old := w.states
	w.states, w.suite = map[string]uint32{"carol": welcome.StateId}, suite
	for _, name := range []string{"alice", "bob"} {
		r := &pb.HandleReInitWelcomeRequest{ReinitId: ended[name].ReinitId, Welcome: welcome.Welcome, RatchetTree: welcome.RatchetTree}
		resp := must(w, w.rpc.HandleReInitWelcome, r)
		if !bytes.Equal(resp.EpochAuthenticator, welcome.EpochAuthenticator) {
			w.t.Errorf("%s begins in another epoch than carol", name)
		}
		w.states[name] = resp.StateId
		refused(w, codes.NotFound, w.rpc.HandleReInitWelcome, r)
	}
	w.agree("alice", "bob", "carol")
	for _, id := range old {
		refused(w, codes.FailedPrecondition, w.rpc.Protect, &pb.ProtectRequest{StateId: id})
		must(w, w.rpc.Free, &pb.FreeRequest{StateId: id})
	}
	w.commit("alice", &pb.CommitRequest{}, "bob", "carol")
	w.agree("alice", "bob", "carol")
}

// A group goes on with another suite, group_id and extensions, more than once.
func TestReInit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob", "carol")
		extensions := []*pb.Extension{{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}}
		w.reinit(w.suite%7+1, "group", extensions, false, true)
		w.reinit(w.suite, "another", nil, true, false)
	})
}

// An external signer ends the group.
func TestReInitFromOutside(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob")
		s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: w.suite, Identity: []byte("signer")})
		p := must(w, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: w.states["bob"], ExternalSender: s.ExternalSender})
		w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{p.Proposal}}, "bob")
		d := by("reinit")
		d.GroupId, d.CipherSuite = []byte("next"), w.suite
		refs := [][]byte{w.proposeOutside(s.SignerId, 0, d)}
		c := must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["alice"], ByReference: refs})
		alice := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
		bob := must(w, w.rpc.HandleReInitCommit, &pb.HandleCommitRequest{StateId: w.states["bob"], Proposal: refs, Commit: c.Commit})
		welcome := must(w, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{ReinitId: alice.ReinitId, KeyPackage: [][]byte{bob.KeyPackage}})
		joined := must(w, w.rpc.HandleReInitWelcome, &pb.HandleReInitWelcomeRequest{ReinitId: bob.ReinitId, Welcome: welcome.Welcome})
		w.states = map[string]uint32{"alice": welcome.StateId, "bob": joined.StateId}
		w.agree("alice", "bob")
	})
}

// What the RPCs for the end of a group refuse: a Commit without a ReInit.
func TestReInitRefusals(t *testing.T) {
	w := newWorld(t, 1, false)
	w.found("alice", "bob")
	refused(w, codes.InvalidArgument, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["alice"]})
	refused(w, codes.FailedPrecondition, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
	c := must(w, w.rpc.Commit, &pb.CommitRequest{StateId: w.states["alice"]})
	refused(w, codes.FailedPrecondition, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
	must(w, w.rpc.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
	refused(w, codes.FailedPrecondition, w.rpc.HandleReInitCommit, &pb.HandleCommitRequest{StateId: w.states["bob"], Commit: c.Commit})
	w.agree("alice", "bob")
}

// Freeing a state frees the re-init that came from it.
func TestFreeReInit(t *testing.T) {
	w := newWorld(t, 1, false)
	w.create("alice")
	d := by("reinit")
	d.GroupId, d.CipherSuite = []byte("next"), 1
	for _, freed := range []bool{false, true} {
		w.create("alice")
		must(w, w.rpc.ReInitCommit, &pb.CommitRequest{StateId: w.states["alice"], ByValue: []*pb.ProposalDescription{d}})
		r := must(w, w.rpc.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: w.states["alice"]})
		if freed {
			must(w, w.rpc.Free, &pb.FreeRequest{StateId: r.ReinitId})
		}
		must(w, w.rpc.Free, &pb.FreeRequest{StateId: w.states["alice"]})
		refused(w, codes.NotFound, w.rpc.ReInitWelcome, &pb.ReInitWelcomeRequest{ReinitId: r.ReinitId})
		refused(w, codes.NotFound, w.rpc.Free, &pb.FreeRequest{StateId: r.ReinitId})
	}
}

// Some members go aside, in all the ways that there are, and the group goes on.
func TestBranch(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob", "carol")
		must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states["alice"], PskId: []byte("psk"), PskSecret: []byte("secret")})
		must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states["bob"], PskId: []byte("psk"), PskSecret: []byte("secret")})
		for _, external := range []bool{false, true} {
			kp := w.keyPackage("bob")
			b := must(w, w.rpc.CreateBranch, &pb.CreateBranchRequest{
				StateId: w.states["alice"], GroupId: []byte("aside"), KeyPackages: [][]byte{kp}, ForcePath: external, ExternalTree: external,
				Extensions: []*pb.Extension{{ExtensionType: 5, ExtensionData: []byte{0}}},
			})
			if (len(b.RatchetTree) > 0) != external {
				t.Errorf("external_tree %v: ratchet_tree has %d bytes", external, len(b.RatchetTree))
			}
			r := &pb.HandleBranchRequest{StateId: w.states["bob"], TransactionId: w.waiting["bob"], Welcome: b.Welcome, RatchetTree: b.RatchetTree}
			joined := must(w, w.rpc.HandleBranch, r)
			if !bytes.Equal(joined.EpochAuthenticator, b.EpochAuthenticator) {
				t.Error("bob is in another epoch than alice")
			}
			refused(w, codes.NotFound, w.rpc.HandleBranch, r)
			old := w.states
			w.states = map[string]uint32{"alice": b.StateId, "bob": joined.StateId}
			psk := by("externalPSK")
			psk.PskId = []byte("psk")
			w.commit("bob", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{psk}}, "alice")
			w.agree("alice", "bob")
			w.states = old
			w.agree("alice", "bob", "carol")
		}
		w.commit("carol", &pb.CommitRequest{}, "alice", "bob")
		w.agree("alice", "bob", "carol")
	})
}
