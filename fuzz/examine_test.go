package fuzz_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// An examiner gives messages to all who read them: the receiver of a scene,
// clients that want to join its group, and one that wants to add a client.
type examiner struct {
	*scene
	group  *group.Group // the receiver, as its snapshot says
	known  map[string]bool
	policy leaf.Policy
	runs   int
}

// examiners returns one for each scene, who knows which messages somebody has
// made who could.
func examiners(known ...[]byte) []*examiner {
	genuine := map[string]bool{}
	for _, m := range known {
		genuine[string(m)] = true
	}
	var list []*examiner
	for _, s := range scenes() {
		e := &examiner{scene: s, policy: policy(), known: maps.Clone(genuine)}
		for _, m := range s.all() {
			e.known[string(m)] = true
		}
		e.restore()
		list = append(list, e)
	}
	return list
}

func (e *examiner) restore() {
	e.group = must(group.Restore(group.Config{Rand: newStream("receiver"), Policy: policy()}, e.receiver, func([]byte) (ciphersuite.Signer, error) {
		return e.signer, nil
	}))
}

var messageTarget syntaxtest.Target[framing.MLSMessage, *framing.MLSMessage]

// examine checks that data is known, or is refused with the requirement that it
// breaks. What is meant for this reader is not refused. Two kinds of message can be
// accepted although they are not known: a KeyPackage that comes out of an Add, and
// a Welcome with other entries besides the reader's, which nothing protects.
func (e *examiner) examine(t *testing.T, data []byte) {
	syntaxtest.InTime(t)
	m := messageTarget.Check(t, data)
	if _, err := framing.ParseKeyPackage(data); (err == nil) != (m != nil && m.KeyPackage != nil) {
		t.Errorf("taken as a KeyPackage: %v", err)
	}
	if m == nil {
		return
	}
	own := slices.ContainsFunc(e.all(), func(m []byte) bool { return bytes.Equal(m, data) })
	err := e.read(t, m)
	switch {
	case err == nil && !e.known[string(data)] && m.KeyPackage == nil && m.Welcome == nil:
		t.Errorf("changed message is accepted: %x", data)
	case err != nil && own:
		t.Errorf("genuine message is refused: %v", err)
	case err != nil && rule.Of(err) == "" && !expected(err):
		t.Errorf("refused without requirement: %v", err)
	}
}

// expected tells errors about what a caller does with messages from those about
// the messages.
func expected(err error) bool {
	return errors.Is(err, group.ErrOwnMessage) || errors.Is(err, group.ErrUnexpectedMessage)
}

func (e *examiner) read(t *testing.T, m *framing.MLSMessage) error {
	config := group.Config{Rand: newStream("joiner"), Policy: policy()}
	switch {
	case m.KeyPackage != nil:
		return e.readKeyPackage(m.KeyPackage)
	case m.Welcome != nil:
		g, err := group.Join(config, m.Welcome, e.joiner, e.joining, group.JoinOptions{})
		// The joiner is the same client in all scenes.
		if err == nil && !slices.ContainsFunc(scenes(), func(s *scene) bool { return bytes.Equal(g.EpochAuthenticator(), s.joined) }) {
			t.Error("a changed Welcome leads to another epoch")
		}
		return err
	case m.GroupInfo != nil:
		e.readTree(t, m.GroupInfo)
		id := group.Identity{Credential: leaf.Basic([]byte("dave")), Signer: e.joining}
		_, _, err := group.JoinExternal(config, m.GroupInfo, id, group.ExternalOptions{})
		return err
	}
	return e.process(t, m)
}

// readKeyPackage looks at all that can be wrong, also behind the first fault. For
// other suites than the group's that would take longer than all else.
func (e *examiner) readKeyPackage(k *keypackage.KeyPackage) error {
	if suite := e.group.Suite(); k.CipherSuite == suite.ID() {
		checks := keypackage.Checks{Version: codepoint.MLS10, Suite: suite, Policy: &e.policy, Sending: true}
		for _, f := range k.Examine(&checks) {
			if f.Err != nil && rule.Of(f.Err) == "" {
				return f.Err
			}
		}
	}
	_, err := e.group.ValidateKeyPackage(k)
	return err
}

// readTree looks at a tree also where the GroupInfo around it is not intact.
func (e *examiner) readTree(t *testing.T, info *message.GroupInfo) {
	suite, err := ciphersuite.Lookup(info.GroupContext.CipherSuite)
	if err != nil {
		return
	}
	extension, ok := info.Extensions.Find(codepoint.ExtensionRatchetTree)
	if !ok {
		return
	}
	r, err := tree.Parse(suite, extension)
	if err != nil {
		if rule.Of(err) == "" {
			t.Errorf("ratchet_tree: refused without requirement: %v", err)
		}
		return
	}
	for name, check := range map[string]func() error{
		"unmerged leaves": r.VerifyUnmergedLeaves,
		"parent hashes":   r.VerifyParentHashes,
		"unique keys":     r.VerifyUniqueKeys,
		"parent keys":     r.VerifyParentKeys,
		"signatures":      func() error { return r.VerifyLeafSignatures(info.GroupContext.GroupID) },
	} {
		if err := check(); err != nil && rule.Of(err) == "" {
			t.Errorf("%s: refused without requirement: %v", name, err)
		}
	}
	r.Hash()
}

// process has the receiver take a message. One that is refused leaves the state
// as it was, and genuine ones are accepted afterwards.
func (e *examiner) process(t *testing.T, m *framing.MLSMessage) error {
	_, refused := e.group.Process(m)
	if refused == nil {
		e.restore()
		return nil
	}
	if after := must(e.group.Snapshot()); !bytes.Equal(e.receiver, after) {
		t.Errorf("the refused message has changed the group: %v", refused)
		e.restore()
	}
	if e.runs++; syntaxtest.Fuzzing() && e.runs%16 > 0 {
		return refused
	}
	for _, i := range []int{0, len(e.messages) - 2} {
		if _, err := e.group.Process(must(framing.Parse(e.messages[i]))); err != nil {
			t.Errorf("genuine message %d is refused afterwards: %v", i, err)
		}
	}
	e.restore()
	return refused
}
