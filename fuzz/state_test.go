package fuzz_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// useGroup lets several members use a group over a delivery service that loses,
// repeats and reorders what it can. Members in the same epoch agree on
// everything, those who were removed learn nothing, a restored snapshot is as
// good as the member itself, and memory stays bounded.
func useGroup(t *rapid.T) {
	s := newService(t)
	action := func(do func(*service)) func(*rapid.T) {
		return func(t *rapid.T) {
			s.t = t
			do(s)
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"":           action((*service).agree),
		"propose":    action((*service).propose),
		"commit":     action((*service).commit),
		"submit":     action((*service).submit),
		"talk":       action((*service).talk),
		"deliver":    action((*service).deliver),
		"deliverAll": action((*service).deliverAll),
		"repeat":     action((*service).repeat),
		"lose":       action((*service).lose),
		"restart":    action((*service).restart),
		"join":       action((*service).joinExternal),
	})
}

func TestUseOfGroups(t *testing.T) { rapid.Check(t, useGroup) }

// FuzzState has the fuzzer make the choices.
func FuzzState(f *testing.F) {
	for seed := range uint64(12) {
		source, choices := rand.NewPCG(seed, 0), make([]byte, 0, 1<<13)
		for len(choices) < cap(choices) {
			choices = append(choices, byte(source.Uint64()))
		}
		f.Add(choices)
	}
	f.Fuzz(rapid.MakeFuzz(useGroup))
}

// propose has a member propose something.
func (s *service) propose() {
	m := s.someone()
	if m == nil {
		return
	}
	var p message.Proposal
	var err error
	switch s.choose("proposal", 5) {
	case 0:
		validated, err := m.ValidateKeyPackage(&s.newcomer().bundle.KeyPackage)
		if err != nil {
			s.t.Fatalf("%s refuses a KeyPackage: %v", m.name, err)
		}
		p = group.Add(validated)
	case 1:
		p = group.Remove(treemath.LeafIndex(s.choose("leaf", 8)))
	case 2:
		p, err = m.ExternalPSK([]byte("shared"))
	case 3:
		p, err = m.ResumptionPSK(m.ID(), m.Epoch())
	case 4:
		if sent, err := m.ProposeUpdate(nil, nil); err == nil {
			s.send(m, framing.ContentProposal, sent, nil)
		}
		return
	}
	if err != nil {
		s.t.Fatalf("%s makes no proposal: %v", m.name, err)
	}
	if sent, err := m.Propose(p, nil); err == nil { // there may be nobody at that leaf
		s.send(m, framing.ContentProposal, sent, nil)
	}
}

// commit has a member make a Commit of what it knows.
func (s *service) commit() {
	m := s.someone()
	if m == nil || m.Pending() != nil {
		return
	}
	o := group.CommitOptions{OmitPath: s.choose("path", 2) == 0}
	if s.choose("inline", 3) == 0 && len(s.members) < maxMembers {
		if validated, err := m.ValidateKeyPackage(&s.newcomer().bundle.KeyPackage); err == nil {
			o.Proposals = []message.Proposal{group.Add(validated)}
		}
	}
	if _, err := m.Commit(o); err != nil && rule.Of(err) == "" {
		s.t.Fatalf("%s does not commit: %v", m.name, err)
	}
}

// submit has the delivery service take a pending Commit, or refuse it because it
// has taken another one.
func (s *service) submit() {
	m := s.someone()
	if m == nil || m.Pending() == nil {
		return
	}
	if m.Epoch() != s.epoch {
		m.DropPending()
		return
	}
	pending := m.Pending()
	s.send(m, framing.ContentCommit, pending.Message, nil)
	if err := m.ApplyPending(); err != nil {
		s.t.Fatalf("%s does not apply its Commit: %v", m.name, err)
	}
	s.advance(m)
	if pending.Welcome != nil {
		s.welcome(pending.Welcome)
	}
}

func (s *service) talk() {
	m := s.someone()
	if m == nil {
		return
	}
	text := fmt.Appendf(nil, "message %d", len(s.messages))
	sent, err := m.Encrypt(text, []byte(m.name))
	if err == nil {
		s.send(m, framing.ContentApplication, sent, text)
	}
}

// deliver takes any message to one of those who wait for it.
func (s *service) deliver() {
	m := s.anyone()
	if len(m.inbox) == 0 {
		return
	}
	s.give(m, s.choose("message", len(m.inbox)))
}

// deliverAll takes to a member all that there is for it, in the order in which it
// was sent.
func (s *service) deliverAll() {
	m := s.anyone()
	for i := 0; i < len(m.inbox); {
		before := len(m.inbox)
		s.give(m, i)
		if len(m.inbox) == before {
			i++
		}
	}
	if !m.IsRemoved() && m.Epoch() != s.epoch {
		s.t.Fatalf("%s got everything and is in epoch %d, not in %d", m.name, m.Epoch(), s.epoch)
	}
}

// repeat delivers a message that a member has had.
func (s *service) repeat() {
	m := s.anyone()
	if len(m.had) == 0 {
		return
	}
	sent := m.had[s.choose("message", len(m.had))]
	before := m.state()
	_, err := m.Process(must(framing.Parse(sent.data)))
	switch {
	case err == nil && sent.kind != framing.ContentProposal:
		s.t.Fatalf("%s accepts a %v twice", m.name, sent.kind)
	case !bytes.Equal(before, m.state()):
		s.t.Fatalf("%s changes by a message that it has had: %v", m.name, err)
	}
}

// lose loses application data. Lost handshake messages would be asked for again.
func (s *service) lose() {
	m := s.anyone()
	if len(m.inbox) == 0 {
		return
	}
	if i := s.choose("message", len(m.inbox)); m.inbox[i].kind == framing.ContentApplication {
		m.inbox = slices.Delete(m.inbox, i, i+1)
	}
}

// restart has a member go on from its snapshot.
func (s *service) restart() {
	m := s.someone()
	if m == nil {
		return
	}
	before := m.state()
	m.Group = s.restored(m, before)
	if !bytes.Equal(before, m.state()) {
		s.t.Fatalf("the snapshot of %s changes when it is restored", m.name)
	}
}

// joinExternal has somebody join by an external Commit.
func (s *service) joinExternal() {
	m := s.someone()
	if m == nil || m.Epoch() != s.epoch || len(s.members) >= maxMembers {
		return
	}
	info, err := m.GroupInfo(group.GroupInfoOptions{ExternalPub: true})
	if err != nil {
		s.t.Fatalf("%s gives no GroupInfo: %v", m.name, err)
	}
	joiner := s.newcomer()
	g, sent, err := group.JoinExternal(s.config, info, joiner.identity(), group.ExternalOptions{})
	if err != nil {
		s.t.Fatalf("%s does not join: %v", joiner.name, err)
	}
	joiner.Group = g
	s.send(joiner, framing.ContentCommit, sent, nil)
	s.advance(joiner)
	s.settle(joiner)
}
