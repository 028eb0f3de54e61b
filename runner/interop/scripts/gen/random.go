package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

const (
	epochs    = 60
	roles     = 10
	fewest    = 2 // members that stay
	proposers = 3 // at most, in an epoch
)

// A life is a group under way, and what its roles can do in the current epoch.
type life struct {
	*rand.Rand
	steps  []step
	in     []string       // members
	since  map[string]int // the epoch in which each has joined
	epoch  int
	late   []message // of the epoch before, that not everybody has read
	before []string  // who was a member then, and has been since
}

type message struct {
	step   int
	sender string
}

// random is a script of a life that a seed decides.
func random(seed uint64) []step {
	l := &life{Rand: rand.New(rand.NewPCG(seed, 0)), since: map[string]int{}}
	l.add(step{Action: "createGroup", Actor: role(0), Members: []string{role(1), role(2)}})
	l.in = []string{role(0), role(1), role(2)}
	l.epoch = 1
	for _, r := range l.in {
		l.since[r] = 1
	}
	for l.epoch < epochs {
		l.talk()
		if away := l.away(); l.IntN(8) == 0 {
			l.externalJoin(away)
		} else {
			l.commit(away)
		}
		l.epoch++
	}
	l.talk()
	return l.steps
}

func role(n int) string { return fmt.Sprintf("member%d", n) }

func (l *life) add(s step) int {
	l.steps = append(l.steps, s)
	return len(l.steps) - 1
}

// oneOf draws a role.
func (l *life) oneOf(roles []string) string { return roles[l.IntN(len(roles))] }

// away lists the roles that are no members, in any order.
func (l *life) away() []string {
	var away []string
	for n := range roles {
		if !slices.Contains(l.in, role(n)) {
			away = append(away, role(n))
		}
	}
	l.Shuffle(len(away), func(i, j int) { away[i], away[j] = away[j], away[i] })
	return away
}

// talk lets members send and read messages, of this epoch and late ones of the
// one before.
func (l *life) talk() {
	for _, m := range l.late {
		for _, r := range l.before {
			if r != m.sender && l.IntN(4) == 0 {
				l.add(step{Action: "unprotect", Actor: r, Ciphertext: &m.step})
			}
		}
	}
	l.late, l.before = nil, slices.Clone(l.in)
	for range l.IntN(3) {
		m := message{sender: l.oneOf(l.in)}
		m.step = l.add(step{
			Action:            "protect",
			Actor:             m.sender,
			AuthenticatedData: fmt.Sprintf("epoch %d", l.epoch),
			Plaintext:         fmt.Sprintf("%s says %d", m.sender, l.IntN(1000)),
		})
		if l.IntN(4) == 0 {
			l.late = append(l.late, m)
			continue
		}
		for _, r := range l.in {
			if r != m.sender && l.IntN(2) == 0 {
				l.add(step{Action: "unprotect", Actor: r, Ciphertext: &m.step})
			}
		}
	}
}

// leave takes a role from the members, join adds it for the next epoch.
func (l *life) leave(role string) {
	l.in = without(l.in, role)
	l.before = without(l.before, role)
}

func (l *life) join(role string) {
	l.in = append(l.in, role)
	l.since[role] = l.epoch + 1
}

func without(roles []string, role string) []string {
	return slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return r == role })
}

// externalJoin brings in somebody who was away, or somebody who has lost its
// state.
func (l *life) externalJoin(away []string) {
	s := step{Action: "externalJoin", Actor: l.oneOf(l.in)}
	if others := without(l.in, s.Actor); len(away) == 0 || l.IntN(3) == 0 {
		s.Joiner, s.RemovePrior = l.oneOf(others), true
		l.leave(s.Joiner)
	} else {
		s.Joiner = away[0]
	}
	s.Members = without(l.in, s.Actor)
	l.add(s)
	l.join(s.Joiner)
}

// A batch is what one Commit takes.
type batch struct {
	*life
	committer string
	free      []string // members that nothing has been proposed about
	out       []string // members that are removed
	joiners   []string
	full      step
	extended  bool // extensions are proposed once at most
}

// commit makes some proposals, by reference and by value, and a Commit with
// them.
func (l *life) commit(away []string) {
	b := &batch{life: l, committer: l.oneOf(l.in)}
	b.full = step{Action: "fullCommit", Actor: b.committer, ForcePath: l.IntN(3) == 0, ExternalTree: l.IntN(4) == 0}
	b.free = without(l.in, b.committer)
	l.Shuffle(len(b.free), func(i, j int) { b.free[i], b.free[j] = b.free[j], b.free[i] })
	for range l.IntN(proposers + 1) {
		switch l.IntN(5) {
		case 0, 1:
			if len(away) > 0 {
				b.proposeAdd(away[0])
				away = away[1:]
			}
		case 2:
			b.proposeUpdate()
		case 3:
			b.proposeRemove()
		case 4:
			b.proposeExtensions()
		}
	}
	// Those who have not joined yet have no PSK.
	if len(b.joiners) == 0 {
		b.proposePSKs()
	}
	l.Shuffle(len(b.full.ByReference), func(i, j int) {
		r := b.full.ByReference
		r[i], r[j] = r[j], r[i]
	})
	for _, r := range b.out {
		l.leave(r)
	}
	b.full.Members, b.full.Joiners = without(l.in, b.committer), b.joiners
	l.add(b.full)
	for _, r := range b.joiners {
		l.join(r)
	}
}

// propose sends a proposal by value, or has a member send it.
func (b *batch) propose(value proposal, action string) {
	if b.IntN(2) == 0 {
		b.full.ByValue = append(b.full.ByValue, value)
		return
	}
	b.full.ByReference = append(b.full.ByReference, b.add(step{
		Action:     action,
		Actor:      b.oneOf(b.in),
		KeyPackage: value.KeyPackage,
		Removed:    value.Removed,
		PSK:        value.PSK,
		Epoch:      value.Epoch,
		Extensions: value.Extensions,
	}))
}

func (b *batch) proposeAdd(joiner string) {
	made := b.add(step{Action: "createKeyPackage", Actor: joiner})
	b.propose(proposal{Type: "add", KeyPackage: &made}, "addProposal")
	b.joiners = append(b.joiners, joiner)
}

func (b *batch) proposeUpdate() {
	if len(b.free) == 0 {
		return
	}
	b.full.ByReference = append(b.full.ByReference, b.add(step{Action: "updateProposal", Actor: b.free[0]}))
	b.free = b.free[1:]
}

func (b *batch) proposeRemove() {
	if len(b.free) == 0 || len(b.in)-len(b.out) <= fewest {
		return
	}
	b.propose(proposal{Type: "remove", Removed: b.free[0]}, "removeProposal")
	b.out = append(b.out, b.free[0])
	b.free = b.free[1:]
}

func (b *batch) proposeExtensions() {
	if b.extended {
		return
	}
	b.extended = true
	extensions := []extension{}
	if b.IntN(2) == 0 {
		extensions = append(extensions, extension{3, []byte{0, 0, 0}}) // required_capabilities that are empty
	}
	b.propose(proposal{Type: "groupContextExtensions", Extensions: &extensions}, "groupContextExtensionsProposal")
}

// proposePSKs uses an external PSK, or the resumption PSK of an epoch that all
// members have seen and that is not long ago.
func (b *batch) proposePSKs() {
	switch b.IntN(4) {
	case 0:
		installed := b.add(step{Action: "installExternalPSK", Clients: b.in})
		b.propose(proposal{Type: "externalPSK", PSK: &installed}, "externalPSKProposal")
	case 1:
		oldest := max(1, b.epoch-2)
		for _, r := range b.in {
			oldest = max(oldest, b.since[r])
		}
		epoch := oldest + b.IntN(b.epoch-oldest+1)
		b.propose(proposal{Type: "resumptionPSK", Epoch: &epoch}, "resumptionPSKProposal")
	}
}
