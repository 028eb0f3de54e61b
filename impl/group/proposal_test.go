package group_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// chosen commits what fits and returns the references that the Commit covers.
func (s *scene) chosen(c *client, byValue ...message.Proposal) [][]byte {
	s.t.Helper()
	p := s.mayCommit(c, group.CommitOptions{Proposals: byValue})
	var refs [][]byte
	for _, p := range p.Message.PublicMessage.Content.Commit.Proposals {
		if p.Proposal == nil {
			refs = append(refs, p.Reference)
		}
	}
	s.deliver(p.Message, s.members...)
	return refs
}

// A member sees the proposals of the epoch with the references that commit them,
// its own as well (RFC 9420, Section 12.4).
func TestProposals(t *testing.T) {
	s := newScene(t)
	s.sent(s.alice, group.Remove(4))
	s.sent(s.bob, group.Remove(3))
	var refs [][]byte
	var removed []treemath.LeafIndex
	for ref, p := range s.alice.Proposals() {
		refs = append(refs, ref)
		removed = append(removed, p.Body.(*message.Remove).Removed)
	}
	for range s.alice.Proposals() {
		break
	}
	if want := []treemath.LeafIndex{4, 3}; !slices.Equal(removed, want) {
		t.Errorf("proposals remove %v, want %v", removed, want)
	}
	p, err := s.alice.Commit(group.CommitOptions{References: refs[1:]})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Committed().Removed; !slices.Equal(got, removed[1:]) {
		t.Errorf("the Commit removes %v", got)
	}
}

// A committer covers all proposals of the epoch that are valid together
// (rfc9420-12.4-02); of rival ones for a leaf a Remove, or else the latest Update
// (rfc9420-12.2-05); and leaves a ReInit for later (rfc9420-12.2-13).
func TestCommitterChooses(t *testing.T) {
	base := newScene(t)
	for _, c := range []struct {
		name string
		// make sends proposals and returns those that alice should cover, in the order
		// of their arrival.
		make    func(*scene) []covered
		byValue func(*scene) []message.Proposal
	}{
		{name: "all", make: func(s *scene) []covered {
			return []covered{
				s.sent(s.bob, s.addition(s.frank)), s.updated(s.bob, nil), s.sent(s.carol, group.Remove(4)),
				s.sent(s.dave, s.externalPSK("known")), s.sent(s.dave, custom("one")), s.sent(s.dave, custom("two")),
				s.sent(s.alice, group.GroupContextExtensions(s.groupExtensions())),
			}
		}},
		{name: "Remove before Update", make: func(s *scene) []covered {
			s.updated(s.carol, nil)
			remove := s.sent(s.bob, group.Remove(2))
			s.updated(s.carol, nil)
			return []covered{remove}
		}},
		{name: "latest Update", make: func(s *scene) []covered {
			s.updated(s.carol, nil)
			s.updated(s.carol, nil)
			return []covered{s.updated(s.carol, nil)}
		}},
		{name: "not one's own Update, nor one's own end", make: func(s *scene) []covered {
			s.updated(s.alice, nil)
			s.sent(s.bob, group.Remove(0))
			return []covered{s.sent(s.bob, custom("one"))}
		}},
		{name: "one of two Removes", make: func(s *scene) []covered {
			s.sent(s.carol, group.Remove(1))
			return []covered{s.sent(s.dave, group.Remove(1))}
		}},
		{name: "extensions by which the rest is judged", make: func(s *scene) []covered {
			init, _ := s.externalInit()
			s.sent(s.bob, *init.proposal)
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extRequired) })
			return []covered{
				s.sent(s.bob, message.Proposal{Body: &message.Add{KeyPackage: kp}}),
				s.sent(s.carol, s.requiring(func(r *leaf.RequiredCapabilities) { r.ExtensionTypes = nil })),
			}
		}},
		{name: "ReInit alone", make: func(s *scene) []covered { return []covered{s.sent(s.bob, successor())} }},
		{name: "ReInit not with others", make: func(s *scene) []covered {
			s.sent(s.bob, successor())
			return []covered{s.sent(s.bob, s.addition(s.frank))}
		}},
		{name: "ReInit not with others by value", make: func(s *scene) []covered {
			s.sent(s.bob, successor())
			return nil
		}, byValue: func(*scene) []message.Proposal { return propose(group.Remove(2)) }},
		{name: "what goes with a Remove by value", make: func(s *scene) []covered {
			s.updated(s.carol, nil)
			return []covered{s.updated(s.bob, nil)}
		}, byValue: func(*scene) []message.Proposal { return propose(group.Remove(2)) }},
		{name: "what goes with an Add by value", make: func(s *scene) []covered {
			s.sent(s.bob, s.addition(s.double(s.frank)))
			return []covered{s.sent(s.bob, custom("one"))}
		}, byValue: func(s *scene) []message.Proposal { return propose(s.addition(s.frank)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base.fork(t).inPublic()
			var want [][]byte
			for _, p := range c.make(s) {
				want = append(want, p.ref)
			}
			var byValue []message.Proposal
			if c.byValue != nil {
				byValue = c.byValue(s)
			}
			if got := s.chosen(s.alice, byValue...); !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("covered %x, want %x", got, want)
			}
		})
	}
}

// Proposals that cannot be committed do not keep anybody from committing.
func TestCommitterLeavesOutWhatIsInvalid(t *testing.T) {
	base := newScene(t)
	for _, c := range []struct {
		name string
		send func(*scene)
	}{
		{"Add of a member", func(s *scene) { s.sent(s.bob, s.addition(s.double(s.dave))) }},
		{"Add of the committer", func(s *scene) { s.sent(s.bob, s.addition(s.double(s.alice))) }},
		{"Add of one who sends an Update", func(s *scene) {
			s.sent(s.bob, s.addition(s.double(s.dave)))
			s.updated(s.dave, nil)
		}},
		{"Add that lacks a requirement", func(s *scene) {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Capabilities.Proposals = nil })
			s.sent(s.bob, message.Proposal{Body: &message.Add{KeyPackage: kp}})
		}},
		{"Add with a credential that bob does not support", func(s *scene) {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Credential = leaf.Credential{Type: credRare} })
			s.sent(s.carol, message.Proposal{Body: &message.Add{KeyPackage: kp}})
		}},
		{"two Adds of one client", func(s *scene) {
			s.sent(s.bob, s.addition(s.double(s.bob)))
			s.sent(s.carol, s.addition(s.double(s.bob)))
		}},
		{"Update that lacks a requirement", func(s *scene) {
			s.sent(s.bob, s.updateOf(s.bob, func(n *leaf.LeafNode) { n.Capabilities.Proposals = nil }))
		}},
		{"Update with another member's key", func(s *scene) { s.sent(s.bob, s.updateUnder(s.bob, s.dave)) }},
		{"ExternalInit", func(s *scene) {
			init, _ := s.externalInit()
			s.sent(s.bob, *init.proposal)
		}},
		{"a type that bob does not know", func(s *scene) {
			m, err := s.proposal(s.carol, group.Custom(proposalRare, nil)).forge(public)
			if err != nil {
				s.t.Fatal(err)
			}
			s.arrives(s.carol, m, s.except(s.bob)...)
		}},
		{"extension that bob does not support", func(s *scene) { s.sent(s.bob, group.GroupContextExtensions(s.groupExtensions(extRare))) }},
		{"two lists of extensions", func(s *scene) {
			s.sent(s.bob, group.GroupContextExtensions(s.groupExtensions(extRare)))
			s.sent(s.bob, group.GroupContextExtensions(s.groupExtensions(extRare)))
		}},
		{"unknown PSK", func(s *scene) { s.sent(s.bob, s.externalPSK("unknown")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base.fork(t).inPublic()
			one := s.sent(s.erin, custom("one"))
			c.send(s)
			two := s.sent(s.erin, custom("two"))
			got := s.chosen(s.alice)
			for _, p := range []covered{one, two} {
				if !slices.ContainsFunc(got, func(ref []byte) bool { return bytes.Equal(ref, p.ref) }) {
					t.Errorf("a valid proposal is not covered")
				}
			}
			s.agree(s.members...)
		})
	}
}

// Proposals that were not committed are gone in the next epoch, and can be sent
// again (rfc9420-12.4-04).
func TestProposalSentAgain(t *testing.T) {
	s := newScene(t)
	s.arrives(s.bob, must(s.bob.Propose(s.addition(s.frank), nil)), s.except(s.bob)...)
	s.commit(s.members, group.CommitOptions{References: [][]byte{}})
	if p := s.commit(s.members, group.CommitOptions{}); p.Welcome != nil {
		t.Error("a proposal of a past epoch was committed")
	}
	s.arrives(s.bob, must(s.bob.Propose(s.addition(s.frank), nil)), s.except(s.bob)...)
	p := s.commit(s.members, group.CommitOptions{})
	s.join(s.frank, p.Welcome, group.JoinOptions{})
	s.agree(append(s.members, s.frank)...)
}

// Who knows of proposals commits before it sends application data
// (rfc9420-12.4-01).
func TestNoApplicationDataBeforeCommit(t *testing.T) {
	s := newScene(t)
	s.arrives(s.bob, must(s.bob.Propose(custom("one"), nil)), s.except(s.bob)...)
	for _, c := range s.members {
		if _, err := c.Encrypt([]byte("early"), nil); !errors.Is(err, group.ErrPendingProposals) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	s.commit(s.members, group.CommitOptions{})
	s.agree(s.members...)
}

// What a member refuses to propose.
func TestProposeRefuses(t *testing.T) {
	base := newScene(t)
	for _, c := range []struct {
		want rule.ID
		name string
		make func(*scene) message.Proposal
	}{
		{"rfc9420-7.3-05", "lifetime over", func(s *scene) message.Proposal {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Lifetime.NotAfter = uint64(present.Add(-time.Second).Unix()) })
			return message.Proposal{Body: &message.Add{KeyPackage: kp}}
		}},
		{"rfc9420-7.3-05", "lifetime not begun", func(s *scene) message.Proposal {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Lifetime.NotBefore = uint64(present.Add(time.Second).Unix()) })
			return message.Proposal{Body: &message.Add{KeyPackage: kp}}
		}},
		{"rfc9420-10.1-05", "forged key package", func(s *scene) message.Proposal {
			return s.changedAdd(func(a *message.Add) {
				a.KeyPackage.InitKey = s.bob.bundle.KeyPackage.InitKey
				a.KeyPackage.Extensions = nil
			})
		}},
		{"rfc9420-12.1-02", "a type that it does not know", func(*scene) message.Proposal { return group.Custom(proposalUnknown, nil) }},
		{"rfc9420-12.1-02", "a type that it lists as GREASE", func(*scene) message.Proposal { return group.Custom(grease, nil) }},
		{"rfc9420-12.1.3-01", "Remove of nobody", func(*scene) message.Proposal { return group.Remove(7) }},
		{"rfc9420-12.1.5-01", "ReInit to an older version", func(*scene) message.Proposal { return group.ReInit(message.ReInit{}) }},
		{"rfc9420-13.4-06", "extension twice", func(*scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{{Type: extInUse}, {Type: extInUse}})
		}},
		{"rfc9420-12.1.8.1-01", "external_senders cut off", func(s *scene) message.Proposal {
			return group.GroupContextExtensions(leaf.Extensions{s.cutSenders()})
		}},
		{"rfc9420-7.3-01", "Update of somebody else", func(s *scene) message.Proposal { return s.updateOf(s.bob, unchanged) }},
	} {
		t.Run(string(c.want)+"/"+c.name, func(t *testing.T) {
			s := base.fork(t)
			p := c.make(s)
			if c.want == "rfc9420-10.1-05" {
				p.Body.(*message.Add).KeyPackage.Signature = toggled(p.Body.(*message.Add).KeyPackage.Signature)
			}
			before := s.snapshot(s.alice)
			_, err := s.alice.Propose(p, nil)
			if !slices.Contains(rule.All(err), c.want) {
				t.Errorf("%v, want %s: %v", rule.All(err), c.want, err)
			}
			if !bytes.Equal(s.snapshot(s.alice), before) {
				t.Error("the group has changed")
			}
		})
	}
}

// An Update that the group would refuse is not sent.
func TestProposeUpdateRefuses(t *testing.T) {
	s := newScene(t)
	lacking, mallet := leaf.DefaultCapabilities(), leaf.Basic([]byte("mallet"))
	chainless := leaf.Credential{Type: codepoint.CredentialX509}
	for want, change := range map[rule.ID]*group.LeafChange{
		"rfc9420-7.3-02":   {Capabilities: &lacking},
		"rfc9420-5.3.1-02": {Credential: &mallet},
		"rfc9420-13.4-04":  {Extensions: &leaf.Extensions{{Type: extInUse}, {Type: extInUse}}},
		"rfc9420-5.3-03":   {Credential: &chainless},
	} {
		before := s.snapshot(s.alice)
		_, err := s.alice.ProposeUpdate(change, nil)
		if !slices.Contains(rule.All(err), want) {
			t.Errorf("%v, want %s: %v", rule.All(err), want, err)
		}
		if !bytes.Equal(s.snapshot(s.alice), before) {
			t.Errorf("%s: the group has changed", want)
		}
	}
}

// Every PSK is injected under a fresh nonce of KDF.Nh bytes (rfc9420-8.4-02).
func TestPSKNonces(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice")
		seen := map[string]bool{}
		for range 3 {
			for _, p := range []message.Proposal{must(m[0].ExternalPSK([]byte("id"))), must(m[0].ResumptionPSK(m[0].ID(), 0))} {
				nonce := p.Body.(*message.PreSharedKey).PSK.Nonce
				if len(nonce) != w.suite.HashSize() || seen[string(nonce)] {
					t.Errorf("nonce %x", nonce)
				}
				seen[string(nonce)] = true
			}
		}
	})
}

// After a ReInit nothing is sent, and nothing that the others still send to change
// the group is processed (rfc9420-12.4.2-07). What comes from outside does not lead
// away from the epoch in which the members wait for a Welcome (rfc9420-12.4.2-08).
func TestEndedGroup(t *testing.T) {
	s := newScene(t)
	p := s.mayCommit(s.alice, group.CommitOptions{Proposals: propose(successor())})
	s.deliver(p.Message, s.members...)
	for _, c := range s.members {
		if c.ReInit() == nil || string(c.ReInit().GroupID) != "next" {
			t.Fatalf("%s does not know of the ReInit", c.name)
		}
		_, encrypt := c.Encrypt([]byte("late"), nil)
		_, propose := c.Propose(custom("late"), nil)
		_, update := c.ProposeUpdate(nil, nil)
		_, commit := c.Commit(group.CommitOptions{})
		_, info := c.GroupInfo(group.GroupInfoOptions{})
		_, next := p.GroupInfo(group.GroupInfoOptions{})
		for _, err := range []error{encrypt, propose, update, commit, info, next} {
			if !errors.Is(err, group.ErrReInitialized) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
	for _, r := range []*recipe{s.committing(s.alice), s.proposal(s.alice, custom("late"))} {
		for _, format := range []codepoint.WireFormat{public, private} {
			m, err := r.forge(format)
			if err != nil {
				t.Fatal(err)
			}
			s.refused("rfc9420-12.4.2-07", m, s.except(s.alice)...)
		}
	}
	for _, r := range []*recipe{
		s.joining(s.frank),
		s.outside(external(0), s.external[0], group.Remove(2)),
		s.outside(framing.Sender{Type: framing.SenderNewMemberProposal}, s.frank.signer, s.addition(s.frank)),
	} {
		m, err := r.forge(public)
		if err != nil {
			t.Fatal(err)
		}
		s.refused("rfc9420-12.4.2-08", m, s.members...)
	}
}

// A member that was removed can do nothing any more.
func TestRemovedMember(t *testing.T) {
	s := newScene(t)
	late := must(s.dave.Encrypt([]byte("late"), nil))
	s.commit(s.members, group.CommitOptions{Proposals: propose(group.Remove(1))})
	next := must(s.alice.Encrypt([]byte("not for bob"), nil))
	_, encrypt := s.bob.Encrypt([]byte("late"), nil)
	_, propose := s.bob.Propose(custom("late"), nil)
	_, update := s.bob.ProposeUpdate(nil, nil)
	_, commit := s.bob.Commit(group.CommitOptions{})
	_, old := s.bob.Process(late)
	_, read := s.bob.Process(next)
	_, export := s.bob.Export("label", nil, 32)
	_, info := s.bob.GroupInfo(group.GroupInfoOptions{})
	_, snapshot := s.bob.Snapshot()
	for i, err := range []error{encrypt, propose, update, commit, old, read, export, info, snapshot} {
		if !errors.Is(err, group.ErrRemoved) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, ok := s.bob.Resumption(s.alice.Epoch() - 1); ok {
		t.Error("a resumption PSK is left")
	}
	inside := s.bob.Insider()
	for name, secret := range map[string][]byte{
		"sender_data_secret":  inside.Secrets.SenderDataSecret,
		"exporter_secret":     inside.Secrets.ExporterSecret,
		"confirmation_key":    inside.Secrets.ConfirmationKey,
		"membership_key":      inside.Secrets.MembershipKey,
		"init_secret":         inside.Secrets.InitSecret,
		"epoch_authenticator": inside.Secrets.EpochAuthenticator,
	} {
		if len(bytes.Trim(secret, "\x00")) != 0 {
			t.Errorf("%s is left", name)
		}
	}
	if _, err := inside.SecretTree.Next(1, 0); err == nil {
		t.Error("the secret tree is left")
	}
	s.members = s.except(s.bob)
	s.agree(s.members...)
}

// A proposal is known once, however often it comes.
func TestProposalTwice(t *testing.T) {
	s := newScene(t).inPublic()
	m := must(s.bob.Propose(custom("one"), nil))
	first := s.arrives(s.bob, m, s.members...)
	second := s.arrives(s.bob, m, s.members...)
	if !bytes.Equal(first.ref, second.ref) {
		t.Error("two references for one proposal")
	}
	if got := s.chosen(s.alice); len(got) != 1 {
		t.Errorf("%d proposals are covered", len(got))
	}
}

// A Received message says what came, from whom, and with which authenticated data.
func TestReceived(t *testing.T) {
	base := newScene(t)
	for _, s := range []*scene{base.fork(t), base.fork(t).inPublic()} {
		aad := []byte("in the open, but authentic")
		for _, r := range s.deliver(must(s.bob.Propose(group.Remove(4), aad)), s.except(s.bob)...) {
			if r.ContentType != framing.ContentProposal || r.Sender != framing.Member(1) || r.Epoch != s.bob.Epoch() ||
				!bytes.Equal(r.AuthenticatedData, aad) || r.Proposal.Type() != codepoint.ProposalRemove || len(r.Ref) != s.suite.HashSize() {
				t.Errorf("%+v", r)
			}
		}
		p := s.mayCommit(s.carol, group.CommitOptions{AuthenticatedData: aad})
		for _, r := range s.deliver(p.Message, s.except(s.carol)...) {
			if r.ContentType != framing.ContentCommit || r.Sender != framing.Member(2) || !bytes.Equal(r.AuthenticatedData, aad) ||
				len(r.Commit.Proposals) != 1 || !slices.Equal(r.Commit.Removed, []leafIndex{4}) {
				t.Errorf("%+v", r)
			}
		}
	}
}
