package client_test

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

func TestNameAndSuites(t *testing.T) {
	w := newWorld(t, 1, false)
	if got := must(w, w.rpc.Name, &pb.NameRequest{}).Name; got != "mlsconform" {
		t.Errorf("name is %q", got)
	}
	want := []uint32{1, 2, 3, 4, 5, 6, 7}
	got := must(w, w.rpc.SupportedCiphersuites, &pb.SupportedCiphersuitesRequest{}).Ciphersuites
	if len(got) != len(want) {
		t.Fatalf("suites are %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("suites are %v", got)
		}
	}
}

// Members come in with and without an external tree, and what they send has the
// framing that was asked for.
func TestJoin(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob")
		for i, external := range []bool{false, true} {
			name := []string{"carol", "dave"}[i]
			kp := w.keyPackage(name)
			p := must(w, w.rpc.AddProposal, &pb.AddProposalRequest{StateId: w.states["bob"], KeyPackage: kp})
			m, err := framing.Parse(p.Proposal)
			if err != nil {
				t.Fatal(err)
			}
			if private := m.PrivateMessage != nil; private != w.encrypt {
				t.Errorf("the proposal is a %v", m.WireFormat())
			}
			others := []string{"bob", "carol"}[:i+1]
			c := w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{p.Proposal}, ExternalTree: external, ForcePath: external}, others...)
			if (len(c.RatchetTree) > 0) != external {
				t.Errorf("external_tree %v: ratchet_tree has %d bytes", external, len(c.RatchetTree))
			}
			w.join(name, c)
		}
		w.agree("alice", "bob", "carol", "dave")
	})
}

// A transaction's private keys are those of its KeyPackage, and it is used up by
// the join.
func TestTransaction(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.create("alice")
		tx := must(w, w.rpc.CreateKeyPackage, &pb.CreateKeyPackageRequest{CipherSuite: w.suite, Identity: []byte("bob")})
		kp, err := framing.ParseKeyPackage(tx.KeyPackage)
		if err != nil {
			t.Fatal(err)
		}
		suite := lookup(t, w.suite)
		initKey, err := suite.ParseKEMKey(tx.InitPriv)
		if err != nil || !bytes.Equal(initKey.Public(), kp.InitKey) {
			t.Errorf("init_priv: %v", err)
		}
		encryptionKey, err := suite.ParseKEMKey(tx.EncryptionPriv)
		if err != nil || !bytes.Equal(encryptionKey.Public(), kp.LeafNode.EncryptionKey) {
			t.Errorf("encryption_priv: %v", err)
		}
		signatureKey, err := suite.ParseSignatureKey(tx.SignaturePriv)
		if err != nil || !bytes.Equal(signatureKey.Public(), kp.LeafNode.SignatureKey) {
			t.Errorf("signature_priv: %v", err)
		}
		add := by("add")
		add.KeyPackage = tx.KeyPackage
		c := w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{add}})
		r := &pb.JoinGroupRequest{TransactionId: tx.TransactionId, Welcome: c.Welcome, Identity: []byte("eve")}
		refused(w, codes.InvalidArgument, w.rpc.JoinGroup, r)
		r.Identity = []byte("bob")
		w.states["bob"] = must(w, w.rpc.JoinGroup, r).StateId
		refused(w, codes.NotFound, w.rpc.JoinGroup, r)
		w.agree("alice", "bob")
	})
}

// All kinds of proposals are committed, by reference and by value.
func TestProposals(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob", "carol", "dave", "eve")
		for _, name := range []string{"alice", "bob", "carol"} {
			for _, id := range []string{"one", "two"} {
				must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte(id), PskSecret: []byte("secret of " + id)})
			}
		}
		bob := w.states["bob"]
		refs := [][]byte{
			must(w, w.rpc.AddProposal, &pb.AddProposalRequest{StateId: bob, KeyPackage: w.keyPackage("frank")}).Proposal,
			must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: w.states["carol"]}).Proposal,
			must(w, w.rpc.RemoveProposal, &pb.RemoveProposalRequest{StateId: bob, RemovedId: []byte("dave")}).Proposal,
			must(w, w.rpc.ExternalPSKProposal, &pb.ExternalPSKProposalRequest{StateId: bob, PskId: []byte("one")}).Proposal,
			must(w, w.rpc.ResumptionPSKProposal, &pb.ResumptionPSKProposalRequest{StateId: bob, EpochId: 1}).Proposal,
			must(w, w.rpc.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{StateId: bob, Extensions: []*pb.Extension{
				{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}, {ExtensionType: 5, ExtensionData: []byte{0}},
			}}).Proposal,
		}
		add, remove, psk := by("add"), by("remove"), by("externalPSK")
		add.KeyPackage, remove.RemovedId, psk.PskId = w.keyPackage("grace"), []byte("eve"), []byte("two")
		w.commit("alice", &pb.CommitRequest{ByReference: refs, ByValue: []*pb.ProposalDescription{add, remove, psk}}, "bob", "carol")
		w.agree("alice", "bob", "carol")
		resumption, extensions := by("resumptionPSK"), by("groupContextExtensions")
		resumption.EpochId = 2
		w.commit("bob", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{resumption, extensions}}, "alice", "carol")
		w.agree("alice", "bob", "carol")
	})
}

// A member that joins with a PSK has got it before, under its transaction.
func TestJoinWithPSK(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.create("alice")
		add, psk := by("add"), by("externalPSK")
		add.KeyPackage, psk.PskId = w.keyPackage("bob"), []byte("psk")
		for _, id := range []uint32{w.states["alice"], w.waiting["bob"]} {
			must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: id, PskId: []byte("psk"), PskSecret: []byte("secret")})
		}
		w.join("bob", w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{add, psk}}))
		// The PSK goes with the state.
		psk = by("externalPSK")
		psk.PskId = []byte("psk")
		w.commit("bob", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{psk}}, "alice")
		w.agree("alice", "bob")
	})
}

// Clients join by external Commits: with PSKs, with the tree apart, and in place of
// their own former leaf.
func TestExternalJoin(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob")
		for _, name := range []string{"alice", "bob"} {
			must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte("psk"), PskSecret: []byte("secret")})
		}
		for i, name := range []string{"carol", "dave", "carol"} {
			external := i == 1
			info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: w.states["alice"], ExternalTree: external})
			if (len(info.RatchetTree) > 0) != external {
				t.Errorf("external_tree %v: ratchet_tree has %d bytes", external, len(info.RatchetTree))
			}
			r := &pb.ExternalJoinRequest{
				GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, EncryptHandshake: w.encrypt, Identity: []byte(name), RemovePrior: i == 2,
			}
			if i != 1 {
				r.Psks = []*pb.PreSharedKey{{PskId: []byte("psk"), PskSecret: []byte("secret")}}
			}
			resp := must(w, w.rpc.ExternalJoin, r)
			for _, other := range []string{"alice", "bob", "dave"}[:2+i/2] {
				if other == "dave" {
					must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[other], PskId: []byte("psk"), PskSecret: []byte("secret")})
				}
				got := must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states[other], Commit: resp.Commit})
				if !bytes.Equal(got.EpochAuthenticator, resp.EpochAuthenticator) {
					t.Errorf("%s is in another epoch than %s", other, name)
				}
			}
			if i == 1 {
				must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states["carol"], PskId: []byte("psk"), PskSecret: []byte("secret")})
				must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states["carol"], Commit: resp.Commit})
			}
			w.states[name] = resp.StateId
		}
		w.agree("alice", "bob", "carol", "dave")
	})
}

// Messages come late and in another order, across epochs.
func TestOutOfOrder(t *testing.T) {
	w := newWorld(t, 1, true)
	w.found("alice", "bob")
	var sent [][]byte
	for range 3 {
		for range 2 {
			sent = append(sent, must(w, w.rpc.Protect, &pb.ProtectRequest{StateId: w.states["alice"], Plaintext: []byte("text")}).Ciphertext)
		}
		w.commit("alice", &pb.CommitRequest{}, "bob")
	}
	for i := range sent {
		r := &pb.UnprotectRequest{StateId: w.states["bob"], Ciphertext: sent[len(sent)-1-i]}
		must(w, w.rpc.Unprotect, r)
		refused(w, codes.InvalidArgument, w.rpc.Unprotect, r)
	}
}

// A member that was removed gets to know it, and then reads nothing more.
func TestRemoved(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob", "carol")
		remove := by("remove")
		remove.RemovedId = []byte("carol")
		c := w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{remove}}, "bob")
		carol := w.states["carol"]
		got := must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: carol, Commit: c.Commit})
		if len(got.EpochAuthenticator) > 0 {
			t.Error("a removed member has an epoch authenticator")
		}
		secret := must(w, w.rpc.Protect, &pb.ProtectRequest{StateId: w.states["alice"], Plaintext: []byte("secret")})
		refused(w, codes.FailedPrecondition, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: carol, Ciphertext: secret.Ciphertext})
		refused(w, codes.FailedPrecondition, w.rpc.StateAuth, &pb.StateAuthRequest{StateId: carol})
		refused(w, codes.FailedPrecondition, w.rpc.Export, &pb.ExportRequest{StateId: carol, KeyLength: 16})
		refused(w, codes.FailedPrecondition, w.rpc.Protect, &pb.ProtectRequest{StateId: carol})
		refused(w, codes.FailedPrecondition, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: carol})
		refused(w, codes.FailedPrecondition, w.rpc.Commit, &pb.CommitRequest{StateId: carol})
		refused(w, codes.FailedPrecondition, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: carol})
		refused(w, codes.FailedPrecondition, w.rpc.CreateBranch, &pb.CreateBranchRequest{StateId: carol})
	})
}

// Proposals from outside are committed: of one who asks to be added, and of
// external signers, of which the second is found by its key.
func TestProposalsFromOutside(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.found("alice", "bob", "carol")
		members := []string{"bob", "carol"}
		info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: w.states["alice"]})
		dave := must(w, w.rpc.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{GroupInfo: info.GroupInfo, Identity: []byte("dave")})
		w.waiting["dave"] = dave.TransactionId
		w.join("dave", w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{dave.Proposal}}, members...))
		members = append(members, "dave")

		signers := make(map[string]uint32)
		for _, name := range []string{"first", "second"} {
			s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: w.suite, Identity: []byte(name)})
			signers[name] = s.SignerId
			p := must(w, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: w.states["alice"], ExternalSender: s.ExternalSender})
			w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{p.Proposal}}, members...)
		}
		for _, name := range append(members, "alice") {
			must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte("psk"), PskSecret: []byte("secret")})
		}
		add, remove, psk, resumption, extensions := by("add"), by("remove"), by("externalPSK"), by("resumptionPSK"), by("groupContextExtensions")
		add.KeyPackage, remove.RemovedId, psk.PskId, resumption.EpochId = w.keyPackage("erin"), []byte("carol"), []byte("psk"), 4
		extensions.Extensions = []*pb.Extension{{ExtensionType: uint32(codepoint.ExtensionExternalSenders), ExtensionData: []byte{0}}}
		r := new(pb.CommitRequest)
		for i, d := range []*pb.ProposalDescription{add, remove, psk, resumption, extensions} {
			name := []string{"first", "second"}[i%2]
			r.ByReference = append(r.ByReference, w.proposeOutside(signers[name], []uint32{0, 0, 0, 1, 0}[i], d))
		}
		refused(w, codes.FailedPrecondition, w.rpc.ExternalSignerProposal, w.outside(signers["first"], 1, psk))
		// Erin cannot join: she has not got the PSKs.
		w.commit("alice", r, "bob", "dave")
		w.agree("alice", "bob", "dave")
		refused(w, codes.FailedPrecondition, w.rpc.ExternalSignerProposal, w.outside(signers["first"], 0, psk))
	})
}

func (w *world) outside(signer, index uint32, d *pb.ProposalDescription) *pb.ExternalSignerProposalRequest {
	w.t.Helper()
	info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: w.states["alice"], ExternalTree: true})
	return &pb.ExternalSignerProposalRequest{SignerId: signer, SignerIndex: index, GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, Description: d}
}

func (w *world) proposeOutside(signer, index uint32, d *pb.ProposalDescription) []byte {
	w.t.Helper()
	return must(w, w.rpc.ExternalSignerProposal, w.outside(signer, index, d)).Proposal
}

// What an external signer is made with reads as the RFC's ExternalSender.
func TestExternalSender(t *testing.T) {
	w := newWorld(t, 2, false)
	s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: 2, Identity: []byte("signer")})
	sender, err := syntax.Parse[leaf.ExternalSender](s.ExternalSender)
	if err != nil {
		t.Fatal(err)
	}
	if string(sender.Credential.Identity) != "signer" || len(sender.SignatureKey) == 0 {
		t.Errorf("external sender is %+v", sender)
	}
}
