package group_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// FuzzForge has messages forged with faults at any stage of their making, so that
// nothing but the fault is wrong: signatures, tags, hashes and ciphertexts are
// computed anew. Two members receive them. Each refuses a message and stays what
// it was, or both get into the same state.
func FuzzForge(f *testing.F) {
	x := newTrio(f)
	for kind := range recipes {
		f.Add(byte(kind), kind%2 == 0, byte(0), []byte{})
		for stage := kind % 4; stage <= len(faultyStages); stage += 4 { // few, for a quick start
			f.Add(byte(kind), stage%2 == 0, byte(stage), []byte{7, 11, 0, 0, 1})
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, private bool, stage byte, program []byte) {
		syntaxtest.InTime(t)
		x.run(t, recipes[int(kind)%len(recipes)], private, stage, program)
	})
}

func (x *trio) run(t *testing.T, kind func(*trio) *recipe, encrypt bool, stage byte, program []byte) {
	x.t, x.config.Rand = t, newStream("run")
	m := &mutant{pool: &x.pool, program: program, unsigned: stage&0x80 != 0}
	r := kind(x)
	var next *schedule.Epoch // that the message leads to, as its maker thinks
	if n := int(stage&0x7f) % (len(faultyStages) + 1); n == len(faultyStages) {
		x.changeProposals(m, r)
	} else {
		r = r.at(faultyStages[n].stage, func(d *draft) { faultyStages[n].put(m, d) })
		if faultyStages[n].stage != protected { // where it can become quite another message
			r = r.at(protected, func(d *draft) { next = d.next })
		}
	}
	format := public
	switch {
	case r.content.ContentType == framing.ContentApplication, encrypt && r.content.Sender.Type == framing.SenderMember:
		format = private
	}
	made, err := r.forge(format)
	if err != nil {
		return // there is no such message
	}
	encoded, err := syntax.Marshal(made)
	if err != nil {
		return
	}
	received, err := framing.Parse(encoded)
	if err != nil {
		if rule.Of(err) == "" {
			t.Errorf("not decoded, without requirement: %v", err)
		}
		return
	}
	accepted := x.receive(received, next)
	if len(program) == 0 && !accepted {
		t.Error("a message without faults is refused")
	}
}

// changeProposals puts the faults into the proposals that the message has.
func (x *trio) changeProposals(m *mutant, r *recipe) {
	change := func(p *message.Proposal) *message.Proposal {
		changed := *p
		signer := ciphersuite.Signer(x.frank.signer)
		if _, ok := p.Body.(*message.Update); ok {
			signer = x.alice.signer
		}
		m.proposal(&changed, x.suite, signer, x.alice.ID(), x.alice.OwnIndex())
		return &changed
	}
	if r.content.Proposal != nil {
		r.content.Proposal = change(r.content.Proposal)
	}
	for i := range r.list {
		if r.list[i].ref == nil {
			r.list[i].proposal = change(r.list[i].proposal)
		}
	}
}

// receive has both receivers take a message, and compares what they make of it
// with each other and with what its maker thinks.
func (x *trio) receive(m *framing.MLSMessage, next *schedule.Epoch) (accepted bool) {
	x.t.Helper()
	var received [2]*group.Received
	var errs [2]error
	for i := range x.receivers {
		received[i], errs[i] = x.verdict(i, m)
	}
	bob, carol := x.receivers[0], x.receivers[1]
	switch {
	case errs[0] != nil && errs[1] != nil:
		x.goesOnAfterwards()
		return false
	case errs[0] == nil && errs[1] == nil:
		x.same(received[0], received[1], next)
		x.sound(received[0])
	case errs[0] != nil && !concernsOne(errs[0], received[1]):
		x.t.Errorf("only %s refuses: %v", bob.name, errs[0])
	case errs[1] != nil && !concernsOne(errs[1], received[0]):
		x.t.Errorf("only %s refuses: %v", carol.name, errs[1])
	}
	for i, err := range errs {
		if err == nil {
			x.reset(i)
		}
	}
	return true
}

// concernsOne tells faults that one member can see and the other cannot: those of
// its own path secret (RFC 9420, Section 7.5), and all about the next epoch when
// the other is no longer in the group by then.
func concernsOne(err error, other *group.Received) bool {
	if other.Commit != nil && other.Commit.SelfRemoved {
		return true
	}
	return slices.ContainsFunc(rule.All(err), func(id rule.ID) bool { return strings.HasPrefix(string(id), "rfc9420-7.5-") })
}

// same verifies that two members who accepted a message have the same state.
func (x *trio) same(a, b *group.Received, next *schedule.Epoch) {
	x.t.Helper()
	bob, carol := x.receivers[0], x.receivers[1]
	switch {
	case a.ContentType != b.ContentType || a.Sender != b.Sender || !bytes.Equal(a.Ref, b.Ref) || !bytes.Equal(a.ApplicationData, b.ApplicationData):
		x.t.Errorf("two members understand different things: %+v, %+v", a, b)
	case a.Commit == nil || a.Commit.SelfRemoved || b.Commit.SelfRemoved:
	case bob.Epoch() != carol.Epoch() || !bytes.Equal(bob.EpochAuthenticator(), carol.EpochAuthenticator()) || !bytes.Equal(bob.Tree().Hash(), carol.Tree().Hash()):
		x.t.Error("two members get into different states")
	case next != nil && !bytes.Equal(bob.EpochAuthenticator(), next.EpochAuthenticator):
		x.t.Error("the members get into another state than the sender")
	}
}

// sound verifies what a message brought that both receivers accepted.
func (x *trio) sound(r *group.Received) {
	x.t.Helper()
	switch {
	case r.Proposal != nil:
		switch p := r.Proposal.Body.(type) {
		case *message.Add:
			soundLeaf(x.t, &p.KeyPackage.LeafNode, nil, 0)
		case *message.Update:
			soundLeaf(x.t, &p.LeafNode, x.alice.ID(), r.Sender.LeafIndex)
		}
	case r.Commit != nil && !r.Commit.SelfRemoved:
		sound(x.t, x.receivers[0].Group)
	}
}

// goesOnAfterwards verifies, when the corpus is replayed and now and then, that a
// genuine message is accepted after another was refused.
func (x *trio) goesOnAfterwards() {
	x.t.Helper()
	if x.runs++; syntaxtest.Fuzzing() && x.runs%16 > 0 {
		return
	}
	for i, c := range x.receivers {
		if _, err := c.Process(x.genuine); err != nil {
			x.t.Errorf("%s refuses a genuine Commit afterwards: %v", c.name, err)
		}
		x.reset(i)
	}
}
