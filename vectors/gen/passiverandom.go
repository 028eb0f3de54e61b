package main

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
)

// The length of a random history, and the most members in it.
const (
	randomEpochs  = 12
	randomMembers = 7
)

func passiveClientRandom() family {
	return family{name: "passive-client-random", suites: true, scenarios: []scenario{
		{"history", "members come, go, update and commit at random", func(m *maker) any {
			w := m.worldWith(mixed, 2)
			w.addPSK([]byte("psk"), m.bytes(32))
			for range randomEpochs {
				w.randomEpoch()
			}
			return w.vector
		}},
	}}
}

// A randomEpoch is one step of a random history: some members propose
// something, and one commits.
type randomEpoch struct {
	*world
	committer *group.Group
	joining   []*newcomer
	removing  bool
}

func (w *world) randomEpoch() {
	if w.below(8) == 0 && len(w.members) < randomMembers {
		w.joinExternally(w.newcomers(1)[0], w.any(), group.ExternalOptions{})
		return
	}
	e := &randomEpoch{world: w, committer: w.any()}
	for range w.below(4) {
		e.propose(w.any())
	}
	o := group.CommitOptions{OmitPath: w.below(3) == 0}
	o.Proposals = e.byValue()
	w.commitProposed(e.committer, o, e.joining...)
}

// propose has a member send a proposal, if there is one that fits.
func (e *randomEpoch) propose(from *group.Group) {
	switch e.below(5) {
	case 0:
		for _, p := range e.add() {
			e.world.propose(from, p)
		}
	case 1:
		if gone := e.any(); gone != e.committer && len(e.members) > 2 && !e.removing {
			e.removing = true
			e.world.propose(from, group.Remove(gone.OwnIndex()))
		}
	case 2, 3:
		if from != e.committer {
			e.send(from, must(from.ProposeUpdate(nil, nil)))
		}
	case 4:
		e.world.propose(from, must(from.ExternalPSK([]byte("psk"))))
	}
}

// byValue returns what the committer itself proposes.
func (e *randomEpoch) byValue() []message.Proposal {
	by := e.committer
	switch e.below(4) {
	case 0:
		return e.add()
	case 1:
		if len(e.joining) == 0 { // who joins does not know the epoch before
			return []message.Proposal{must(by.ResumptionPSK(by.ID(), by.Epoch()))}
		}
	case 2:
		data := leaf.Extension{Type: codepoint.ExtensionLastResort, Data: e.bytes(3)}
		return []message.Proposal{group.GroupContextExtensions(leaf.Extensions{data})}
	}
	return nil
}

// add returns the Add of a new client, unless there are enough members.
func (e *randomEpoch) add() []message.Proposal {
	if len(e.members)+len(e.joining) >= randomMembers {
		return nil
	}
	n := e.newcomers(1)[0]
	e.joining = append(e.joining, n)
	return []message.Proposal{group.Add(n.kp)}
}

// any returns one of the members, but not the passive client.
func (w *world) any() *group.Group { return w.members[w.below(len(w.members))] }
