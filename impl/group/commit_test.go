package group_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// inPublic has the members send their handshake messages as PublicMessages.
func (s *scene) inPublic() *scene {
	s.reconfigure(func(c *group.Config) { c.PublicHandshake = true })
	return s
}

// mayCommit makes a Commit that has to succeed.
func (s *scene) mayCommit(c *client, o group.CommitOptions) *group.PendingCommit {
	s.t.Helper()
	p, err := c.Commit(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// Making a Commit, and dropping it, changes nothing (rfc9420-14-03).
func TestCommitChangesNothingBeforeItIsApplied(t *testing.T) {
	s := newScene(t).inPublic()
	s.arrives(s.bob, must(s.bob.Propose(group.Remove(2), nil)), s.except(s.bob)...)
	before := s.snapshot(s.alice)
	epoch, authenticator := s.alice.Epoch(), s.alice.EpochAuthenticator()

	p := s.mayCommit(s.alice, group.CommitOptions{Proposals: propose(s.addition(s.frank))})
	if s.alice.Pending() != p {
		t.Error("the Commit is not pending")
	}
	if s.alice.Epoch() != epoch || !bytes.Equal(s.alice.EpochAuthenticator(), authenticator) || s.alice.Member(2) == nil {
		t.Error("the group has changed")
	}
	if _, err := s.alice.Commit(group.CommitOptions{}); !errors.Is(err, group.ErrPendingCommit) {
		t.Errorf("a second Commit: %v", err)
	}
	s.alice.DropPending()
	if !bytes.Equal(s.snapshot(s.alice), before) {
		t.Error("the group is not what it was before the Commit")
	}
	if err := s.alice.ApplyPending(); !errors.Is(err, group.ErrNoPendingCommit) {
		t.Errorf("applying a dropped Commit: %v", err)
	}
	s.alice.DropPending() // once more does nothing
	s.commit(slices.Concat(s.members[:1], s.except(s.alice, s.carol), []*client{s.carol}), group.CommitOptions{})
	if !s.carol.IsRemoved() {
		t.Error("the proposal of before was not committed")
	}
}

// A key of the handshake ratchet is not used again when its Commit was dropped,
// nor after a restart (rfc9420-9.1-01, rfc9420-6.3.1-03), and no reuse guard comes
// twice (rfc9420-6.3.1-04).
func TestKeysAreUsedOnce(t *testing.T) {
	s := newScene(t)
	type use struct {
		ratchet    framing.ContentType
		generation uint32
	}
	used := map[use]bool{}
	guards := map[[4]byte]bool{}
	saw := func(m *framing.MLSMessage) {
		t.Helper()
		d := s.senderData(s.bob, m.PrivateMessage)
		u := use{m.PrivateMessage.ContentType, d.Generation}
		if u.ratchet == framing.ContentCommit {
			u.ratchet = framing.ContentProposal // they share the ratchet
		}
		if used[u] || guards[d.ReuseGuard] || d.LeafIndex != 0 {
			t.Errorf("%+v of %+v was used before, or is not of alice", d, u)
		}
		used[u], guards[d.ReuseGuard] = true, true
	}
	for range 3 {
		saw(must(s.alice.Encrypt([]byte("once"), nil)))
		saw(s.mayCommit(s.alice, group.CommitOptions{}).Message)
		s.alice.DropPending()
		s.alice = s.restore(s.alice, s.snapshot(s.alice))
	}
	for range 2 {
		saw(must(s.alice.Propose(custom("once"), nil)))
	}
	saw(must(s.alice.ProposeUpdate(nil, nil)))
	if len(used) != 9 {
		t.Errorf("%d keys for 9 messages", len(used))
	}
}

// senderData opens the sender data of a message with what a member knows.
func (s *scene) senderData(c *client, m *framing.PrivateMessage) schedule.SenderData {
	s.t.Helper()
	d := &draft{message: framing.MLSMessage{PrivateMessage: m}}
	key, nonce := schedule.SenderDataKeyNonce(s.suite, c.Insider().Secrets.SenderDataSecret, m.Ciphertext)
	encoded, err := s.suite.Open(key, nonce, d.senderDataAAD(), m.EncryptedSenderData)
	if err != nil {
		s.t.Fatal(err)
	}
	return must(schedule.ParseSenderData(encoded))
}

func TestOwnCommitEchoed(t *testing.T) {
	base := newScene(t)
	for _, s := range []*scene{base.fork(t), base.fork(t).inPublic()} {
		p := s.mayCommit(s.alice, group.CommitOptions{Proposals: propose(s.addition(s.frank), group.Remove(2))})
		received := s.deliver(p.Message, s.members...)
		for i, r := range received {
			if r.Sender != framing.Member(0) || r.ContentType != framing.ContentCommit {
				t.Errorf("%s received %+v", s.members[i].name, r)
			}
			if !slices.Equal(r.Commit.Added, []leafIndex{2}) || !slices.Equal(r.Commit.Removed, []leafIndex{2}) || len(r.Commit.Proposals) != 2 {
				t.Errorf("%s: %+v", s.members[i].name, r.Commit)
			}
		}
		s.refused("rfc9420-12.4.2-01", p.Message, s.alice) // a second time
		s.join(s.frank, p.Welcome, group.JoinOptions{})
		s.agree(append(s.except(s.carol), s.frank)...)
	}
}

// A Commit that this member has dropped cannot be had any more, and does no harm.
func TestDroppedCommitEchoed(t *testing.T) {
	base := newScene(t)
	s := base.fork(t).inPublic()
	p := s.mayCommit(s.alice, group.CommitOptions{})
	s.alice.DropPending()
	before := s.snapshot(s.alice)
	if _, err := s.alice.Process(reparse(t, p.Message)); !errors.Is(err, group.ErrOwnMessage) {
		t.Errorf("public: %v", err)
	}
	if !bytes.Equal(s.snapshot(s.alice), before) {
		t.Error("the group has changed")
	}
	s = base.fork(t)
	p = s.mayCommit(s.alice, group.CommitOptions{})
	s.alice.DropPending()
	s.refused("rfc9420-9.2-01", p.Message, s.alice) // its key is gone
	s.goesOn(s.bob)
}

// Of two Commits the one wins that the delivery service has accepted.
func TestCompetingCommits(t *testing.T) {
	base := newScene(t)
	for _, s := range []*scene{base.fork(t), base.fork(t).inPublic()} {
		loser := s.mayCommit(s.alice, group.CommitOptions{Proposals: propose(group.Remove(2))})
		winner := s.mayCommit(s.bob, group.CommitOptions{})
		s.deliver(winner.Message, s.members...)
		if s.alice.Pending() != nil {
			t.Error("the loser's Commit is still pending")
		}
		if len(loser.Secrets().InitSecret) != 0 {
			t.Error("the secrets of an epoch that does not come are left")
		}
		if err := s.alice.ApplyPending(); !errors.Is(err, group.ErrNoPendingCommit) {
			t.Errorf("applying the loser: %v", err)
		}
		s.refused("rfc9420-12.4.2-01", loser.Message, s.members...)
		s.agree(s.members...)
	}
}

// A refused Commit leaves the pending one alone.
func TestPendingCommitSurvivesRefusal(t *testing.T) {
	s := newScene(t)
	p := s.mayCommit(s.alice, group.CommitOptions{})
	m, err := s.committing(s.bob).at(tagged, flipConfirmation).forge(public)
	if err != nil {
		t.Fatal(err)
	}
	s.refused("rfc9420-12.4.2-06", m, s.alice)
	if err := s.alice.ApplyPending(); err != nil {
		t.Fatal(err)
	}
	s.deliver(p.Message, s.except(s.alice)...)
	s.agree(s.members...)
}

// Each member that a Commit adds finds itself in the Welcome (rfc9420-12.4.1-01).
func TestWelcomeForAll(t *testing.T) {
	s := newScene(t)
	joiners := []*client{s.frank, s.member("grace"), s.member("heidi"), s.member("ivan")}
	var adds []message.Proposal
	for _, c := range joiners {
		adds = append(adds, group.Add(s.alice.validated(c)))
	}
	p := s.commit(s.members, group.CommitOptions{Proposals: adds})
	if got := len(p.Welcome.Secrets); got != len(joiners) {
		t.Errorf("Welcome for %d clients", got)
	}
	for _, c := range joiners {
		s.join(c, p.Welcome, group.JoinOptions{})
	}
	s.agree(append(s.members, joiners...)...)
	if p := s.commit(s.members, group.CommitOptions{}); p.Welcome != nil {
		t.Error("a Welcome for nobody")
	}
}

// A Commit that changes its sender's signature key is signed with the old one, and
// what comes later with the new one (rfc9420-6.1-12).
func TestNewSignatureKey(t *testing.T) {
	base := newScene(t)
	for _, s := range []*scene{base.fork(t), base.fork(t).inPublic()} {
		signer := s.newSigner()
		credential := leaf.Basic([]byte("alice, as she is called now"))
		s.commit(s.members, group.CommitOptions{Leaf: &group.LeafChange{Signer: signer, Credential: &credential}})
		for _, c := range s.members {
			l := c.Member(0)
			if !bytes.Equal(l.SignatureKey, signer.Public()) || !l.Credential.Equal(&credential) {
				t.Errorf("%s has not seen the change", c.name)
			}
		}
		s.alice.signer = signer
		s.agree(s.members...)
		s.goesOn(s.alice)
		// By an Update and a Commit of somebody else.
		signer = s.newSigner()
		s.updated(s.bob, &group.LeafChange{Signer: signer})
		s.commit(s.members, group.CommitOptions{})
		if !bytes.Equal(s.alice.Member(1).SignatureKey, signer.Public()) {
			t.Error("bob's Update was not applied")
		}
		s.bob.signer = signer
		s.agree(s.members...)
		s.goesOn(s.bob)
	}
}

// Handshake messages are encrypted unless the configuration says otherwise, and
// application data always is (rfc9420-6-01, rfc9420-6-02, rfc9420-6-03).
func TestWireFormats(t *testing.T) {
	base := newScene(t)
	for _, want := range []codepoint.WireFormat{private, public} {
		s := base.fork(t)
		if want == public {
			s.inPublic()
		}
		if m := must(s.bob.Encrypt([]byte("data"), nil)); m.WireFormat() != private {
			t.Errorf("application data: %v", m.WireFormat())
		}
		for name, m := range map[string]*framing.MLSMessage{
			"proposal": must(s.bob.Propose(custom("one"), nil)),
			"update":   must(s.bob.ProposeUpdate(nil, nil)),
			"commit":   s.mayCommit(s.bob, group.CommitOptions{}).Message,
		} {
			if m.WireFormat() != want {
				t.Errorf("%s: %v, want %v", name, m.WireFormat(), want)
			}
		}
	}
}

// A new leaf lists the types of its extensions (rfc9420-7.2-03) and, unless that is
// switched off, reserved values (rfc9420-13.5-01).
func TestNewLeafListsItsExtensions(t *testing.T) {
	base := newScene(t)
	for _, noGREASE := range []bool{false, true} {
		s := base.fork(t)
		s.reconfigure(func(c *group.Config) { c.NoGREASE = noGREASE })
		c := capabilities("alice")
		c = c.WithoutGREASE()
		s.commit(s.members, group.CommitOptions{Leaf: &group.LeafChange{
			Capabilities: &c,
			Extensions:   &leaf.Extensions{{Type: extUnknown, Data: []byte("new")}, {Type: codepoint.ExtensionApplicationID}},
		}})
		got := s.bob.Member(0)
		if len(got.Extensions) != 2 || !slices.Contains(got.Capabilities.Extensions, extUnknown) {
			t.Errorf("extensions %v, capabilities %v", got.Extensions, got.Capabilities.Extensions)
		}
		if slices.Contains(got.Capabilities.Extensions, codepoint.ExtensionApplicationID) {
			t.Error("a default type is listed")
		}
		if isReserved := func(v codepoint.ProposalType) bool { return codepoint.IsGREASE(uint16(v)) }; slices.ContainsFunc(got.Capabilities.Proposals, isReserved) == noGREASE {
			t.Errorf("NoGREASE %v: proposals %v", noGREASE, got.Capabilities.Proposals)
		}
	}
}
