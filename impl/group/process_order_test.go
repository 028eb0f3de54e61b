package group_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// said returns application messages of a member, numbered in their order.
func (s *scene) said(c *client, n int) []*framing.MLSMessage {
	s.t.Helper()
	var messages []*framing.MLSMessage
	for i := range n {
		messages = append(messages, must(c.Encrypt(fmt.Appendf(nil, "message %d", i), nil)))
	}
	return messages
}

// reads verifies that a member reads the message with the given number.
func (s *scene) reads(c *client, m *framing.MLSMessage, number int) {
	s.t.Helper()
	r := s.deliver(m, c)[0]
	if want := fmt.Appendf(nil, "message %d", number); !bytes.Equal(r.ApplicationData, want) || r.ContentType != framing.ContentApplication {
		s.t.Errorf("%s reads %q, want %q", c.name, r.ApplicationData, want)
	}
}

// A key serves once: what comes a second time is refused (rfc9420-9.2-01).
func TestReplayRefused(t *testing.T) {
	s := newScene(t)
	m := s.said(s.bob, 1)[0]
	for _, c := range s.except(s.bob) {
		s.reads(c, m, 0)
	}
	s.refused("rfc9420-9.2-01", m, s.except(s.bob)...)
	s.refused("rfc9420-9.2-01", m, s.bob) // its own
	m = must(s.bob.Propose(custom("one"), nil))
	s.arrives(s.bob, m, s.except(s.bob)...)
	s.refused("rfc9420-9.2-01", m, s.members...)
	p := s.mayCommit(s.bob, group.CommitOptions{})
	s.deliver(p.Message, s.members...)
	s.refused("rfc9420-12.4.2-01", p.Message, s.members...)
	s.agree(s.members...)
}

// Late messages are read as long as their keys are kept (rfc9420-9.2-02).
func TestOutOfOrder(t *testing.T) {
	s := newScene(t)
	m := s.said(s.bob, 5)
	for _, i := range []int{2, 0, 4, 1} { // the last but one is lost
		s.reads(s.alice, m[i], i)
		s.refused("rfc9420-9.2-01", m[i], s.alice)
	}
	s.reads(s.alice, m[3], 3)
}

// The two ratchets of a sender count by themselves (rfc9420-9.1-03).
func TestRatchetsCountByThemselves(t *testing.T) {
	base := newScene(t)
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		s := base.fork(t)
		m := append(s.said(s.bob, 2), must(s.bob.Propose(custom("one"), nil)))
		if d := s.senderData(s.alice, m[2].PrivateMessage); d.Generation != 0 {
			t.Errorf("the first proposal has generation %d", d.Generation)
		}
		for _, i := range order {
			if i < 2 {
				s.reads(s.alice, m[i], i)
				continue
			}
			s.deliver(m[i], s.alice)
		}
	}
}

// A forged message uses up no key (rfc9420-9.2-03), not even one that jumps ahead.
func TestForgedMessageUsesNoKey(t *testing.T) {
	s := newScene(t)
	m := s.said(s.bob, 4)
	forged := reparse(t, m[3])
	forged.PrivateMessage.Ciphertext = toggled(forged.PrivateMessage.Ciphertext)
	s.refused("rfc9420-6.3-02", forged, s.except(s.bob)...)
	for _, c := range s.except(s.bob) {
		s.reads(c, m[3], 3)
		s.reads(c, m[0], 0)
	}
}

// One message can skip so many generations and no more (rfc9420-15.3-02,
// rfc9420-15.3-03).
func TestMaxForward(t *testing.T) {
	s := newScene(t)
	s.reconfigure(func(c *group.Config) { c.MaxForward = 3 })
	m := s.said(s.bob, 6)
	s.refused("rfc9420-15.3-02", m[4], s.alice)
	s.reads(s.alice, m[3], 3)
	s.reads(s.alice, m[5], 5)
	s.reads(s.alice, m[4], 4)

	s.reconfigure(func(c *group.Config) { c.MaxForward = 0 })
	ahead := s.application(s.carol, "message 0").at(sealing, func(d *draft) {
		generation := d.seal.sender.Generation + 1500
		key, err := d.by.SecretTree.Peek(d.by.Index, schedule.Application, generation, generation)
		if err != nil {
			t.Error(err)
		}
		d.seal.key, d.seal.sender.Generation = key, generation
	})
	far, err := ahead.forge(private)
	if err != nil {
		t.Fatal(err)
	}
	s.reads(s.alice, far, 0)
}

// Application messages of past epochs are read while these are kept
// (rfc9420-6-10), and once; also those of a member that was removed meanwhile.
func TestPastEpochs(t *testing.T) {
	base := newScene(t)
	for keep, reads := range map[int]int{-1: 0, 1: 1, 2: 2, 0: group.DefaultPastEpochs} {
		s := base.fork(t)
		s.reconfigure(func(c *group.Config) { c.PastEpochs = keep })
		const epochs = 5
		late := make([][]*framing.MLSMessage, epochs)
		for i := range late {
			late[i] = s.said(s.bob, 2)
			o := group.CommitOptions{}
			if i == epochs-1 {
				o.Proposals = propose(group.Remove(1))
			}
			s.commit(s.members, o)
		}
		for i, m := range late {
			if i < epochs-reads {
				s.refused("rfc9420-6-10", m[1], s.alice)
				continue
			}
			s.reads(s.alice, m[1], 1)
			s.reads(s.alice, m[0], 0)
			s.refused("rfc9420-9.2-01", m[0], s.alice)
		}
	}
}

// The secrets of an epoch go with it, and its message keys when they are not kept
// any longer (rfc9420-9.2-01).
func TestPastEpochsErased(t *testing.T) {
	s := newScene(t)
	s.reconfigure(func(c *group.Config) { c.PastEpochs = 1 })
	secrets, keys := s.alice.Live()
	s.commit(s.members, group.CommitOptions{})
	if len(secrets.InitSecret)+len(secrets.MembershipKey)+len(secrets.ExporterSecret) != 0 {
		t.Error("secrets of the epoch before are left")
	}
	if _, err := keys.Peek(1, schedule.Application, 1, 0); err != nil {
		t.Errorf("the message keys that are to be kept are gone: %v", err)
	}
	s.commit(s.members, group.CommitOptions{})
	if _, err := keys.Peek(1, schedule.Application, 1, 0); err == nil {
		t.Error("message keys are left that nobody wants kept")
	}
}

// Handshake messages are for the present epoch only, whatever is kept.
func TestLateHandshakeRefused(t *testing.T) {
	base := newScene(t)
	for _, s := range []*scene{base.fork(t), base.fork(t).inPublic()} {
		proposal := must(s.bob.Propose(custom("late"), nil))
		commit := s.mayCommit(s.carol, group.CommitOptions{}).Message
		s.commit([]*client{s.alice, s.bob, s.carol, s.dave, s.erin}, group.CommitOptions{})
		s.refused("rfc9420-12.1-01", proposal, s.members...)
		s.refused("rfc9420-12.4.2-01", commit, s.members...)
		s.agree(s.members...)
	}
}

// A message from before a member came is not for it.
func TestMessageFromBeforeJoining(t *testing.T) {
	s := newScene(t)
	m := s.said(s.bob, 1)[0]
	p := s.commit(s.members, group.CommitOptions{Proposals: propose(s.addition(s.frank))})
	s.join(s.frank, p.Welcome, group.JoinOptions{})
	s.refused("rfc9420-6-10", m, s.frank)
	s.reads(s.alice, m, 0)
	s.agree(append(s.members, s.frank)...)
}

// Messages that no group processes.
func TestUnexpectedMessages(t *testing.T) {
	s := newScene(t)
	kp := &framing.MLSMessage{KeyPackage: &s.frank.bundle.KeyPackage}
	info := &framing.MLSMessage{GroupInfo: must(s.alice.GroupInfo(group.GroupInfoOptions{}))}
	welcome := &framing.MLSMessage{Welcome: s.mayCommit(s.bob, group.CommitOptions{Proposals: propose(s.addition(s.frank))}).Welcome}
	for _, m := range []*framing.MLSMessage{kp, info, welcome} {
		before := s.snapshot(s.alice)
		if _, err := s.alice.Process(reparse(t, m)); !errors.Is(err, group.ErrUnexpectedMessage) {
			t.Errorf("%v: %v", m.WireFormat(), err)
		}
		if !bytes.Equal(s.snapshot(s.alice), before) {
			t.Errorf("%v: the group has changed", m.WireFormat())
		}
	}
}

// Resumption PSKs are kept for as many epochs as the configuration says, and are
// those of their epochs (rfc9420-8.4-07, rfc9420-8.6-01).
func TestResumptionPSKsKept(t *testing.T) {
	base := newScene(t)
	for keep, want := range map[int]int{-1: 0, 2: 2} {
		s := base.fork(t)
		s.reconfigure(func(c *group.Config) { c.ResumptionEpochs = keep })
		first := s.alice.Epoch()
		var secrets [][]byte
		for range 4 {
			secrets = append(secrets, s.alice.Insider().Secrets.ResumptionPSK)
			s.commit(s.members, group.CommitOptions{})
		}
		for i, secret := range secrets {
			got, ok := s.bob.Resumption(first + uint64(i))
			if kept := i >= len(secrets)-want; ok != kept || kept && !bytes.Equal(got, secret) {
				t.Errorf("keeping %d: PSK of epoch %d: %v", keep, i, ok)
			}
		}
		if _, ok := s.alice.Resumption(s.alice.Epoch() + 1); ok {
			t.Error("a PSK of the future")
		}
	}
	s := base.fork(t)
	psk := must(s.alice.ResumptionPSK(s.alice.ID(), s.alice.Epoch()-1))
	s.commit(slices.Concat(s.members[:2], s.members[3:]), group.CommitOptions{Proposals: propose(psk)})
	s.agree(slices.Concat(s.members[:2], s.members[3:])...) // carol was not there yet
}

// All of that holds for every cipher suite.
func TestRefusalsInAllSuites(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob", "carol")
		s := &scene{world: w, alice: m[0], bob: m[1], carol: m[2], members: m}
		for _, c := range []struct {
			want rule.ID
			only codepoint.WireFormat
			make func() *recipe
		}{
			{"rfc9420-6.2-02", public, func() *recipe {
				return s.committing(s.alice).at(protected, func(d *draft) { d.message.PublicMessage.MembershipTag[0] ^= 1 })
			}},
			{"rfc9420-6.1-02", 0, func() *recipe { return s.committing(s.alice).at(toSign, withoutContext) }},
			{"rfc9420-12.4.2-06", 0, func() *recipe { return s.committing(s.alice).at(tagged, flipConfirmation) }},
			{"rfc9420-7.9.2-04", 0, func() *recipe {
				return s.committing(s.alice).at(leafReady, func(d *draft) { d.path.leaf.ParentHash = toggled(d.path.leaf.ParentHash) })
			}},
			{"rfc9420-7.3-01", 0, func() *recipe {
				return s.committing(s.alice).at(leafSigned, func(d *draft) { flipLeafSignature(d.path.leaf) })
			}},
			{"rfc9420-7.5-08", 0, func() *recipe {
				return s.committing(s.alice).at(pathEncrypted, func(d *draft) {
					for i := range d.commit.Path.Nodes {
						for j := range d.commit.Path.Nodes[i].EncryptedPathSecret {
							c := &d.commit.Path.Nodes[i].EncryptedPathSecret[j]
							c.KEMOutput = toggled(c.KEMOutput)
						}
					}
				})
			}},
			{"rfc9420-7.5-06", 0, func() *recipe {
				return s.committing(s.bob).at(keyed, func(d *draft) { d.path.keys[0] = d.path.key(d.random(16)) })
			}},
			{"rfc9420-6.3-02", private, func() *recipe {
				return s.application(s.bob, "data").at(sealing, func(d *draft) { d.seal.contentAAD = d.senderDataAAD()[1:] })
			}},
			{"rfc9420-6.3.1-02", private, func() *recipe { return s.application(s.bob, "data").at(sealing, padded(1)) }},
		} {
			r := c.make()
			from := s.sentBy(r)
			to := s.except(from)
			if c.want == "rfc9420-7.5-06" {
				to = []*client{s.alice} // carol is above that node
			}
			for _, format := range (&refusal{only: c.only}).formats(r) {
				m, err := r.forge(format)
				if err != nil {
					t.Fatal(err)
				}
				s.refused(c.want, m, to...)
			}
		}
		s.goesOn(s.alice)
		s.goesOn(s.carol)
	})
}
