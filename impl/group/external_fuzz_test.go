package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// infoSteps are where a program can put faults into a GroupInfo.
var infoSteps = []faultyStep{
	{beforeLinks, (*mutant).node},
	{beforeLinks, func(m *mutant, d *welcomeDraft) {
		m.node(d)
		d.signLeaves()
	}},
	{beforeLinks, (*mutant).shape},
	{beforeHash, (*mutant).node},
	{beforeHash, func(m *mutant, d *welcomeDraft) {
		m.shape(d)
		d.signLeaves()
	}},
	{encodedTree, func(m *mutant, d *welcomeDraft) { d.encoded = m.tree(d.encoded) }},
	{beforeKeys, func(m *mutant, d *welcomeDraft) { change(m, "group-context", &d.context) }},
	{beforeSigning, func(m *mutant, d *welcomeDraft) { change(m, "group-info", d.info) }},
	{beforeSigning, func(m *mutant, d *welcomeDraft) { // signed by whom it names, where that is a member
		change(m, "group-info", d.info)
		if s, ok := d.signers[d.info.Signer]; ok {
			d.signer = s
		}
	}},
	{beforeSealing, func(m *mutant, d *welcomeDraft) { change(m, "group-info", d.info) }},
}

// tree changes an encoded ratchet tree.
func (m *mutant) tree(encoded []byte) []byte {
	changed, err := m.pool.Change("ratchet-tree", encoded, m.program)
	if err != nil {
		return encoded
	}
	return changed
}

// shape changes any part of the tree, also which nodes there are, as long as the
// result is a tree.
func (m *mutant) shape(d *welcomeDraft) {
	t, err := tree.Parse(d.suite, m.tree(d.tree.marshal()))
	if err != nil {
		return
	}
	changed := unlinked(t, d.context.GroupID, d.signersOf(t))
	for n, child := range d.tree.links { // as they were, where all is still there
		if in := int(max(n, child)); in < len(changed.nodes) && changed.nodes[n] != nil && changed.nodes[child] != nil {
			changed.links[n] = child
		}
	}
	d.tree = changed
}

// signersOf finds the signers of a tree's leaves by their keys. Who has an unknown
// one signs as the committer, in vain.
func (d *welcomeDraft) signersOf(t *tree.RatchetTree) map[leafIndex]ciphersuite.Signer {
	found := map[leafIndex]ciphersuite.Signer{}
	for i, l := range t.Leaves() {
		found[i] = d.signer
		for _, s := range d.signers {
			if bytes.Equal(s.Public(), l.SignatureKey) {
				found[i] = s
			}
		}
	}
	return found
}

// signLeaves signs all leaves anew.
func (d *welcomeDraft) signLeaves() {
	for n, node := range d.tree.nodes {
		if node != nil && node.Leaf != nil {
			d.tree.sign(nodeIndex(n).Leaf())
		}
	}
}

// FuzzForgeGroupInfo has GroupInfos forged with faults at any step of their making,
// so that nothing but the fault is wrong. One client joins by an external Commit,
// another by a Welcome with the same GroupInfo. Both refuse it, or the second one
// takes the Commit of the first and both get into the same state.
func FuzzForgeGroupInfo(f *testing.F) {
	w := suite1(f)
	forge, joe := eight(w)
	eve := w.client("eve")
	pool := partsOf(f, forge.forge(genuine, nil))
	addPrograms(f, infoSteps)
	runs := 0
	f.Fuzz(func(t *testing.T, at byte, program []byte) {
		syntaxtest.InTime(t)
		w.t, forge.rand, eve.config.Rand = t, newStream("run"), newStream("eve")
		fault := infoSteps[int(at)%len(infoSteps)]
		m := &mutant{pool: pool, program: program}
		d := forge.forge(fault.step, func(d *welcomeDraft) { fault.put(m, d) })
		refused := !comparePaths(t, d, joe, eve)
		switch {
		case refused && len(program) == 0:
			t.Error("a GroupInfo without faults is refused")
		case refused:
			if runs++; !syntaxtest.Fuzzing() || runs%16 == 0 {
				comparePaths(t, forge.forge(genuine, nil), joe, eve)
			}
		}
	})
}

// comparePaths has one client join by a Welcome and another one by an external
// Commit. It tells whether the latter does.
func comparePaths(t *testing.T, d *welcomeDraft, welcomed, outside *client) bool {
	t.Helper()
	member, refusedWelcome := joinForged(t, welcomed, d.welcome)
	joined, commit, refusedInfo := joinOutside(t, outside, d.info)
	if refusedInfo == nil {
		encoded, _ := d.info.Extensions.Find(codepoint.ExtensionRatchetTree)
		r := must(tree.Parse(d.suite, encoded))
		soundTree(t, r, &d.info.GroupContext)
		soundInfo(t, d.info, r.Leaf(d.info.Signer))
	}
	switch {
	case refusedInfo != nil:
		if refusedWelcome == nil && !slices.Contains(rule.All(refusedInfo), "rfc9420-12.4.3.2-06") { // external_pub
			t.Errorf("only who joins by an external Commit refuses the GroupInfo: %v", refusedInfo)
		}
		return false
	case refusedWelcome != nil:
		if !slices.ContainsFunc(rule.All(refusedWelcome), onlyWelcomed) {
			t.Errorf("only who is welcomed refuses the GroupInfo: %v", refusedWelcome)
		}
	default:
		_, err := member.Process(commit)
		switch genuine := d.externalPub(); {
		case (err == nil) != genuine:
			t.Errorf("external_pub is genuine: %v, and the Commit: %v", genuine, err)
		case err == nil && !bytes.Equal(member.EpochAuthenticator(), joined.EpochAuthenticator()):
			t.Error("two members get into different states")
		}
	}
	return true
}

// onlyWelcomed tells requirements that concern what a GroupInfo does not have: the
// place of who is welcomed, its path secret and the secrets of the epoch.
func onlyWelcomed(id rule.ID) bool {
	return slices.Contains([]rule.ID{"rfc9420-12.4.3.1-09", "rfc9420-12.4.3.1-15", "rfc9420-12.4.3.1-16", "rfc9420-12.4.3.1-17"}, id)
}

// externalPub tells whether the GroupInfo has the external_pub of the epoch.
func (d *welcomeDraft) externalPub() bool {
	e, err := d.info.Extensions.ExternalPub()
	return err == nil && e != nil && bytes.Equal(e.ExternalPub, must(d.epoch.ExternalKey(d.welcomeForge.suite)).Public())
}

// joinOutside has a client join by an external Commit, unless the GroupInfo is no
// message at all.
func joinOutside(t *testing.T, c *client, info *message.GroupInfo) (*group.Group, *framing.MLSMessage, error) {
	t.Helper()
	received, err := overTheWire(&framing.MLSMessage{GroupInfo: info})
	if err != nil {
		return nil, nil, err
	}
	g, m, err := group.JoinExternal(c.config, received.GroupInfo, c.identity(), group.ExternalOptions{})
	if err != nil {
		if rule.Of(err) == "" {
			t.Errorf("refused without requirement: %v", err)
		}
		return nil, nil, err
	}
	if m, err = overTheWire(m); err != nil {
		t.Errorf("an external Commit that is none: %v", err)
	}
	return g, m, err
}

// overTheWire returns the message as it is received.
func overTheWire(m *framing.MLSMessage) (*framing.MLSMessage, error) {
	encoded, err := syntax.Marshal(m)
	if err != nil {
		return nil, err
	}
	return framing.Parse(encoded)
}
