package group_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// Some members go aside, and the group goes on (RFC 9420, Section 11.3).
func TestBranch(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob", "carol", "dave")
		aside := w.heirs([]*client{m[2], m[0], m[3]})
		g, welcome, err := m[2].Branch(aside[0].bundle, aside[0].signer, invited(aside, 0), group.CreateOptions{GroupID: []byte("aside")}, group.FoundOptions{})
		if err != nil {
			t.Fatal(err)
		}
		aside[0].Group = g
		w.join(aside[1], welcome, group.JoinOptions{From: m[0].Group})
		w.join(aside[2], welcome, group.JoinOptions{From: m[3].Group})
		if got := g.GroupContext(); string(got.GroupID) != "aside" || got.Epoch != 1 {
			t.Errorf("the new group is %+v", got)
		}
		w.agree(aside...)
		w.commit(first(aside, 1), group.CommitOptions{})
		w.agree(aside...)
		w.agree(m...)
		w.commit(first(m, 3), group.CommitOptions{})
		w.agree(m...)
	})
}

// The others come into the new group without a path, and with a ratchet tree that
// the Welcome does not have (RFC 9420, Sections 11.3 and 12.4.3.3).
func TestBranchFoundOptions(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob", "carol")
	for _, omit := range []bool{false, true} {
		aside := w.heirs(m)
		o := group.FoundOptions{OmitPath: omit, Welcome: group.GroupInfoOptions{OmitTree: true}}
		g, welcome, err := m[0].Branch(aside[0].bundle, aside[0].signer, invited(aside, 0), group.CreateOptions{}, o)
		if err != nil {
			t.Fatal(err)
		}
		aside[0].Group = g
		if _, err := group.Join(aside[1].config, welcome, aside[1].bundle, aside[1].signer, group.JoinOptions{From: m[1].Group}); rule.Of(err) != "rfc9420-12.4.3.1-01" {
			t.Errorf("joined without a tree: %v", err)
		}
		encoded := must(g.Tree().Marshal())
		for i, c := range aside[1:] {
			w.join(c, welcome, group.JoinOptions{From: m[i+1].Group, RatchetTree: encoded})
		}
		w.agree(aside...)
		if blank := g.Tree().Parent(1) == nil; blank != omit {
			t.Errorf("path omitted: %v, parent blank: %v", omit, blank)
		}
	}
}

// A branch with a group_id and extensions of its own, and one of nobody else.
func TestBranchOptions(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	aside := w.heirs(m)
	senders := externalSenders(w.newSigner(), "server")
	g, welcome, err := m[0].Branch(aside[0].bundle, aside[0].signer, invited(aside, 0), group.CreateOptions{Extensions: leaf.Extensions{senders}}, group.FoundOptions{})
	if err != nil {
		t.Fatal(err)
	}
	aside[0].Group = g
	w.join(aside[1], welcome, group.JoinOptions{From: m[1].Group})
	if len(g.ID()) != w.suite.HashSize() || len(g.Extensions()) != 1 {
		t.Errorf("group %x with extensions %v", g.ID(), g.Extensions())
	}
	w.agree(aside...)
	// What the new group may ask for later is its own matter.
	w.commit(aside, group.CommitOptions{Proposals: propose(must(g.ResumptionPSK(g.ID(), 1)))})
	w.agree(aside...)

	alone := w.client("alice")
	g, welcome, err = m[0].Branch(alone.bundle, alone.signer, nil, group.CreateOptions{}, group.FoundOptions{})
	if err != nil || welcome != nil || g.Epoch() != 1 {
		t.Errorf("alone: %v, %v", welcome, err)
	}
}

// What a member cannot branch off (RFC 9420, Section 11.3).
func TestBranchRefused(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob", "carol")
	w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(2))})
	aside := append(w.heirs(m[:2]), w.client("grace"))
	if _, _, err := m[2].Branch(aside[0].bundle, aside[0].signer, nil, group.CreateOptions{}, group.FoundOptions{}); !errors.Is(err, group.ErrRemoved) {
		t.Errorf("a member that was removed: %v", err)
	}
	before := must(m[0].Snapshot())
	_, _, err := m[0].Branch(aside[0].bundle, aside[0].signer, invited(aside, 0), group.CreateOptions{}, group.FoundOptions{})
	refused(t, err, "rfc9420-11.3-03")
	c3 := newWorld(t, must(ciphersuite.Lookup(3))).client("alice")
	_, _, err = m[0].Branch(c3.bundle, c3.signer, nil, group.CreateOptions{}, group.FoundOptions{})
	refused(t, err, "rfc9420-11.3-01")
	if !bytes.Equal(must(m[0].Snapshot()), before) {
		t.Error("the old group is not what it was before")
	}
}

// Welcomes to what is no branch of the group (RFC 9420, Sections 11.3 and
// 12.4.3.1).
func TestBranchWelcomeRefused(t *testing.T) {
	for _, c := range []originCase{
		{id: "rfc9420-11.3-01", name: "old group not given", from: func(_ *origin, o *group.JoinOptions) { o.From = nil }},
		{id: "rfc9420-11.3-01", name: "PSK of another group", do: func(_ *origin, d *welcomeDraft) {
			d.psks[0].ID.GroupID = []byte("another")
		}},
		{id: "rfc9420-11.3-02", name: "epoch 2", do: func(_ *origin, d *welcomeDraft) { d.context.Epoch = 2 }},
		{id: "rfc9420-11.3-02", name: "epoch 0", do: func(_ *origin, d *welcomeDraft) { d.context.Epoch = 0 }},
		{id: "rfc9420-11.3-03", name: "somebody from elsewhere", members: []string{"alice", "mallory", "carol"}},
		{id: "rfc9420-12.4.3.1-06", name: "two branch PSKs", do: func(o *origin, d *welcomeDraft) {
			d.psks = append(d.psks, o.psk(d, o.old[0].Epoch()-1))
		}},
		{id: "rfc9420-12.4.3.1-06", name: "a reinit PSK beside", do: func(o *origin, d *welcomeDraft) {
			second := o.psk(d, o.old[0].Epoch())
			second.ID.Usage = schedule.UsageReInit
			d.psks = append(d.psks, second)
		}},
	} {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			w := suite1(t)
			o := &origin{world: w, t: t, old: w.found("alice", "bob", "carol"), usage: schedule.UsageBranch}
			w.commit(o.old, group.CommitOptions{})
			o.run(&c, func(g *schedule.GroupContext) { g.GroupID = []byte("aside") })
		})
	}
}

// Old members that have KeyPackages for another suite (RFC 9420, Section 11.3).
func TestBranchIntoAnotherSuiteRefused(t *testing.T) {
	w1 := suite1(t)
	w3 := newWorld(t, must(ciphersuite.Lookup(3)))
	o := &origin{world: w1, t: t, old: w1.found("alice", "bob"), usage: schedule.UsageBranch}
	aside := w3.heirs(o.old)
	f := pair(w3, aside[0], aside[1])
	d := f.forge(beforeKeys, func(d *welcomeDraft) { d.psks = []schedule.PSK{o.psk(d, o.old[0].Epoch())} })
	_, err := aside[1].tryJoin(d.welcome, group.JoinOptions{From: o.old[1].Group})
	refused(t, err, "rfc9420-11.3-01")
}

// A branch PSK can stand beside others (rfc9420-12.4.3.1-07).
func TestBranchBesideOtherPSKs(t *testing.T) {
	w := suite1(t)
	o := &origin{world: w, t: t, old: w.found("alice", "bob"), usage: schedule.UsageBranch}
	aside := w.heirs(o.old)
	f := pair(w, aside[0], aside[1])
	d := f.forge(beforeKeys, func(d *welcomeDraft) {
		external := d.externalPSK("shared")
		w.psks["shared"] = external.Secret
		d.psks = []schedule.PSK{o.psk(d, o.old[0].Epoch()), external}
	})
	g, err := aside[1].tryJoin(d.welcome, group.JoinOptions{From: o.old[1].Group})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) {
		t.Error("another epoch")
	}
}

// PSKs of usage reinit and branch belong to the first Commit of a new group, and
// to no other (RFC 9420, Sections 11.2 and 11.3).
func TestOriginPSKsElsewhere(t *testing.T) {
	var cases []refusal
	for usage, id := range map[schedule.ResumptionPSKUsage]rule.ID{
		schedule.UsageReInit: "rfc9420-11.2-04",
		schedule.UsageBranch: "rfc9420-11.3-04",
	} {
		cases = append(cases,
			refusal{id: id, name: "proposal", make: func(s *scene) *recipe {
				return s.proposal(s.alice, s.resumption(usage))
			}},
			refusal{id: id, name: "commit", make: func(s *scene) *recipe {
				return s.committing(s.alice, inline(s.resumption(usage)))
			}},
		)
		t.Run(string(id)+"/sending", func(t *testing.T) {
			s := newScene(t)
			_, err := s.alice.Propose(s.resumption(usage), nil)
			refused(t, err, id)
			_, err = s.alice.Commit(group.CommitOptions{Proposals: propose(s.resumption(usage))})
			refused(t, err, id)
			s.goesOn(s.alice)
		})
	}
	runRefusals(t, cases)
}
