package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// A faultyStep is where a program can put faults into a Welcome. All that is
// computed later takes them in.
type faultyStep struct {
	step step
	put  func(*mutant, *welcomeDraft)
}

// faultySteps are the steps in their order, and what is there by then.
var faultySteps = []faultyStep{
	{beforeLinks, (*mutant).node},
	{beforeHash, (*mutant).node},
	{encodedTree, func(m *mutant, d *welcomeDraft) {
		if changed, err := m.pool.Change("ratchet-tree", d.encoded, m.program); err == nil {
			d.encoded = changed
		}
	}},
	{beforeKeys, func(m *mutant, d *welcomeDraft) { change(m, "group-context", &d.context) }},
	{beforeKeys, func(m *mutant, d *welcomeDraft) {
		for i := range d.psks {
			change(m, "pre-shared-key-id", &d.psks[i].ID)
		}
	}},
	{beforeSigning, func(m *mutant, d *welcomeDraft) { change(m, "group-info", d.info) }},
	{beforeSealing, func(m *mutant, d *welcomeDraft) { change(m, "group-info", d.info) }},
	{beforeSecrets, func(m *mutant, d *welcomeDraft) { change(m, "group-secrets", d.secrets) }},
	{beforeSecrets, func(m *mutant, d *welcomeDraft) { m.bytes(&d.welcome.EncryptedGroupInfo) }},
	{afterSealing, func(m *mutant, d *welcomeDraft) { change(m, "welcome", d.welcome) }},
}

// node changes a node of the tree, but not of which kind it is. Half of the choices
// are parents: there are few of them, and many rules about them.
func (m *mutant) node(d *welcomeDraft) {
	if len(m.program) == 0 {
		return
	}
	i := int(m.program[0])
	n := d.tree.nodes[i%len(d.tree.nodes)]
	if i >= 1<<7 {
		parents := slices.DeleteFunc(slices.Clone(d.tree.nodes), func(n *tree.Node) bool { return n == nil || n.Parent == nil })
		n = parents[i%len(parents)]
	}
	inner := *m
	inner.program = m.program[1:]
	switch {
	case n == nil:
	case n.Leaf != nil:
		change(&inner, "leaf-node", n.Leaf)
	default:
		change(&inner, "parent-node", n.Parent)
	}
}

// FuzzForgeWelcome has Welcomes forged with faults at any step of their making,
// so that nothing but the fault is wrong: parent hashes, signatures, the tree
// hash, tags and ciphertexts are computed anew. A client refuses such a Welcome,
// or gets into the state that its maker is in, and can still join by a genuine
// one.
func FuzzForgeWelcome(f *testing.F) {
	w := suite1(f)
	forge, joe := eight(w)
	pool := partsOf(f, forge.forge(genuine, nil))
	addPrograms(f, faultySteps)
	runs := 0
	f.Fuzz(func(t *testing.T, at byte, program []byte) {
		syntaxtest.InTime(t)
		w.t, forge.rand = t, newStream("run")
		fault := faultySteps[int(at)%len(faultySteps)]
		m := &mutant{pool: pool, program: program}
		d := forge.forge(fault.step, func(d *welcomeDraft) { fault.put(m, d) })
		g, err := joinForged(t, joe, d.welcome)
		switch {
		case err != nil && len(program) == 0:
			t.Errorf("a Welcome without faults is refused: %v", err)
		case err != nil:
			if runs++; !syntaxtest.Fuzzing() || runs%16 == 0 {
				joe.joinGenuine(forge)
			}
		case !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) ||
			!bytes.Equal(g.Insider().ConfirmationTag, d.confirmationTag()):
			t.Error("the client gets into another state than the maker of the Welcome")
		default:
			sound(t, g)
			soundInfo(t, d.info, g.Member(d.info.Signer))
		}
	})
}

// addPrograms seeds a target with a few programs for each step.
func addPrograms(f *testing.F, steps []faultyStep) {
	for at := range steps {
		for _, program := range []string{"", "\x00\x01\x02\x03\x04", "\x07\x0b\x00\x00\x01", "\x02\x05\x05\x01\x00\x00"} {
			f.Add(byte(at), []byte(program))
		}
	}
}

// partsOf returns the parts of a Welcome, and of the project's own vectors.
func partsOf(f *testing.F, d *welcomeDraft) *mutate.Pool {
	pool := new(mutate.Pool)
	add := func(typ string, data []byte) {
		if err := pool.AddParts(typ, data); err != nil {
			f.Fatal(err)
		}
	}
	// The Welcome itself is not among them: it would be accepted in place of another.
	add("group-info", must(syntax.Marshal(d.info)))
	add("group-secrets", must(syntax.Marshal(d.secrets)))
	for _, o := range must(seed.Own()) {
		if o.Type != "message" {
			add(o.Type, o.Data)
		}
	}
	return pool
}

// joinForged has a client join, unless the Welcome is no message at all.
func joinForged(t *testing.T, c *client, w *message.Welcome) (*group.Group, error) {
	t.Helper()
	m, err := overTheWire(&framing.MLSMessage{Welcome: w})
	if err != nil {
		return nil, err
	}
	g, err := group.Join(c.config, m.Welcome, c.bundle, c.signer, group.JoinOptions{})
	if err != nil && rule.Of(err) == "" {
		t.Errorf("refused without requirement: %v", err)
	}
	return g, err
}
