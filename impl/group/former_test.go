package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// Who matters to a branch are the members of the epoch that it was branched from,
// not those that the old group has when the Welcome arrives (RFC 9420, Section
// 11.3).
func TestBranchOfFormerEpoch(t *testing.T) {
	base := newScene(t)
	eve := leaf.Basic([]byte("eve"))
	for _, c := range []struct {
		name string
		// goesOn is what the old group does after the branching.
		goesOn func(*scene)
	}{
		{"as it was", func(*scene) {}},
		{"another epoch", func(s *scene) { s.commit(s.members, group.CommitOptions{}) }},
		{"carol removed", func(s *scene) { s.removes(2) }},
		{"carol replaced", func(s *scene) {
			s.removes(2)
			s.commit(s.members, group.CommitOptions{Proposals: propose(s.addition(s.frank))})
		}},
		{"carol back in another place", func(s *scene) {
			s.removes(2)
			s.commit(s.members, group.CommitOptions{Proposals: propose(s.addition(s.frank), s.addition(s.again(s.carol)))})
			s.commit(s.members, group.CommitOptions{Proposals: propose(group.Remove(2))})
		}},
		{"carol with another name", func(s *scene) {
			s.commit(first(s.members, 2), group.CommitOptions{Leaf: &group.LeafChange{Credential: &eve}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := base.fork(t)
			aside := s.asideOf("alice", "bob", "carol")
			g, welcome, err := s.alice.Branch(aside[0].bundle, aside[0].signer, invited(aside, 0), group.CreateOptions{}, group.FoundOptions{})
			if err != nil {
				t.Fatal(err)
			}
			aside[0].Group = g
			c.goesOn(s)
			s.join(aside[1], welcome, group.JoinOptions{From: s.restore(s.bob, s.snapshot(s.bob)).Group})
			s.join(aside[2], welcome, group.JoinOptions{From: s.erin.Group}) // who saw the same as carol would
			s.agree(aside...)
		})
	}
}

// removes has alice remove a member, who is told.
func (s *scene) removes(i leafIndex) {
	s.t.Helper()
	s.commit(s.members, group.CommitOptions{Proposals: propose(group.Remove(i))})
	s.members = append(s.members[:i:i], s.members[i+1:]...)
}

// asideOf returns clients with the names of members.
func (s *scene) asideOf(names ...string) []*client {
	var aside []*client
	for _, name := range names {
		aside = append(aside, s.client(name))
	}
	return aside
}

// Who came later, or had another name, is no member of that epoch. Each epoch is
// named in turn.
func TestBranchOfFormerEpochRefused(t *testing.T) {
	s := newScene(t)
	eve := leaf.Basic([]byte("eve"))
	epoch := s.alice.Epoch()
	s.commit(s.members, group.CommitOptions{Proposals: propose(s.addition(s.frank))})
	s.commit(first(s.members, 2), group.CommitOptions{Leaf: &group.LeafChange{Credential: &eve}})
	s.removes(1)
	dave := s.restore(s.members[2], s.snapshot(s.members[2]))
	for n, members := range [][]string{
		{"alice", "bob", "carol", "erin"},
		{"alice", "bob", "carol", "erin", "frank"},
		{"alice", "bob", "eve", "erin", "frank"},
		{"alice", "eve", "erin", "frank"},
	} {
		at := epoch + uint64(n)
		for _, name := range []string{"alice", "bob", "carol", "erin", "frank", "eve", "grace"} {
			aside := s.asideOf("alice", name, "erin")
			f := pair(s.world, aside[0], aside[1:]...)
			d := f.forge(beforeKeys, func(d *welcomeDraft) {
				o := &origin{world: s.world, t: t, old: []*client{s.alice}, usage: schedule.UsageBranch}
				d.psks = []schedule.PSK{o.psk(d, at)}
			})
			_, err := aside[2].tryJoin(d.welcome, group.JoinOptions{From: dave.Group})
			if !slices.Contains(members, name) {
				refused(t, err, "rfc9420-11.3-03")
			} else if err != nil {
				t.Errorf("%s in epoch %d: %v", name, at, err)
			}
		}
	}
}
