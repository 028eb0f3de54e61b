package group_test

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
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// What the members of a scene support, and what their group uses.
const (
	// extInUse is in the GroupContext, extRequired is required there. All members
	// list both. All but bob list extRare; nobody lists extUnknown.
	extInUse    codepoint.ExtensionType = 0xf001
	extRequired codepoint.ExtensionType = 0xf002
	extRare     codepoint.ExtensionType = 0xf003
	extUnknown  codepoint.ExtensionType = 0xf00f

	proposalRequired codepoint.ProposalType = 0xf002
	proposalRare     codepoint.ProposalType = 0xf003
	proposalUnknown  codepoint.ProposalType = 0xf00f

	// dave uses credInUse. All members list it and credSpare, all but bob credRare.
	credInUse codepoint.CredentialType = 0xf001
	credRare  codepoint.CredentialType = 0xf003
	credSpare codepoint.CredentialType = 0xf004

	// grease is listed by all members wherever a reserved value may be listed.
	grease = 0x0a0a
)

// A scene is a group of five in which much can go wrong:
//
//	              7
//	      3               –
//	  1       –       –       –
//	alice bob carol dave erin – – –
//
// The parents 5 (of carol and dave), 9, 11 and 13 are blank, and so are the
// leaves 5 to 7. Carol is unmerged at node 3. Alice's path has a key for bob at
// node 1, for carol and for dave at node 3, and for erin at the root. There are
// two external senders, and a sixth client, frank, is not a member yet.
type scene struct {
	*world
	alice, bob, carol, dave, erin *client
	members                       []*client
	frank                         *client
	external                      [2]*ciphersuite.SignatureKey
	// before is the group before its last Commit, as alice knew it.
	before *group.Insider
	// snapshots are those of the members, for fork.
	snapshots [][]byte
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{world: suite1(t)}
	s.config.Policy.CredentialTypes = []codepoint.CredentialType{credInUse, credRare, credSpare}
	s.config.Policy.Authenticate = authenticate
	s.psks["known"] = ciphersuite.Secret("a secret that all members know")
	for i := range s.external {
		s.external[i] = s.newSigner()
	}
	s.alice = s.member("alice")
	s.bob = s.member("bob")
	temp := s.member("temp")
	s.dave = s.member("dave")
	s.erin = s.member("erin")
	s.create(s.alice, group.CreateOptions{GroupID: []byte("group"), Extensions: s.groupExtensions(extInUse)})
	all := []*client{s.alice, s.bob, temp, s.dave, s.erin}
	s.add(all[:1], all[1:]...)
	for i := range all {
		s.commit(slices.Concat(all[i:], all[:i]), group.CommitOptions{})
	}
	s.commit([]*client{s.dave, s.alice, s.bob, temp, s.erin}, group.CommitOptions{Proposals: propose(group.Remove(2))})
	s.before = s.alice.Insider()
	s.carol = s.member("carol")
	s.add([]*client{s.erin, s.alice, s.bob, s.dave}, s.carol)
	s.members = []*client{s.alice, s.bob, s.carol, s.dave, s.erin}
	s.frank = s.member("frank")
	s.verifyShape()
	for _, c := range s.members {
		s.snapshots = append(s.snapshots, s.snapshot(c))
	}
	return s
}

// verifyShape verifies that the tree is the one in the picture.
func (s *scene) verifyShape() {
	s.t.Helper()
	tree := s.alice.Tree()
	for i, c := range s.members {
		if c.OwnIndex() != treemath.LeafIndex(i) {
			s.t.Fatalf("%s is at leaf %d", c.name, c.OwnIndex())
		}
	}
	for n, occupied := range map[treemath.NodeIndex]bool{1: true, 3: true, 5: false, 7: true, 9: false, 11: false, 13: false} {
		if (tree.Parent(n) != nil) != occupied {
			s.t.Fatalf("node %d occupied: %v", n, !occupied)
		}
	}
	if got := tree.Parent(3).UnmergedLeaves; !slices.Equal(got, []treemath.LeafIndex{2}) {
		s.t.Fatalf("unmerged at node 3: %v", got)
	}
}

// authenticate stands for an authentication service that knows no mallory, and
// does not let anybody become mallet.
func authenticate(presented *leaf.Credential, _ []byte, replaces *leaf.Credential) error {
	if bytes.Equal(presented.Identity, []byte("mallory")) || replaces != nil && bytes.Equal(presented.Identity, []byte("mallet")) {
		return errors.New("not legitimate")
	}
	return nil
}

func (w *world) newSigner() *ciphersuite.SignatureKey {
	w.t.Helper()
	signer, err := w.suite.GenerateSignatureKey(w.config.Rand)
	if err != nil {
		w.t.Fatal(err)
	}
	return signer
}

// member makes a client of a scene.
func (s *scene) member(name string) *client {
	s.t.Helper()
	s.options.Capabilities = capabilities(name)
	c := s.client(name)
	if name == "dave" {
		c.bundle = s.bundle(leaf.Credential{Type: credInUse, Unknown: []byte(name)}, c.signer, s.options)
	}
	return c
}

func (s *scene) bundle(credential leaf.Credential, signer ciphersuite.Signer, o keypackage.Options) *keypackage.Bundle {
	s.t.Helper()
	b, err := keypackage.Build(s.suite, credential, signer, o)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func capabilities(name string) leaf.Capabilities {
	c := leaf.DefaultCapabilities()
	c.CipherSuites = append(c.CipherSuites, grease)
	c.Extensions = append(c.Extensions, extInUse, extRequired, grease)
	c.Proposals = append(c.Proposals, proposalRequired, grease)
	c.Credentials = append(c.Credentials, credInUse, credSpare, grease)
	if name != "bob" {
		c.Extensions = append(c.Extensions, extRare)
		c.Proposals = append(c.Proposals, proposalRare)
		c.Credentials = append(c.Credentials, credRare)
	}
	return c
}

// groupExtensions returns extensions for the GroupContext: what is required of
// members, the external senders, and those of the given types.
func (s *scene) groupExtensions(types ...codepoint.ExtensionType) leaf.Extensions {
	s.t.Helper()
	list := leaf.Extensions{
		s.encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
			ExtensionTypes:  []codepoint.ExtensionType{extRequired},
			ProposalTypes:   []codepoint.ProposalType{proposalRequired},
			CredentialTypes: []codepoint.CredentialType{codepoint.CredentialX509},
		}),
		s.encode(codepoint.ExtensionExternalSenders, s.externalSenders("sender 0", "sender 1")),
	}
	for _, t := range types {
		list = append(list, leaf.Extension{Type: t, Data: []byte("data")})
	}
	return list
}

func (s *scene) externalSenders(names ...string) *leaf.ExternalSenders {
	var list leaf.ExternalSenders
	for i, name := range names {
		list = append(list, leaf.ExternalSender{SignatureKey: s.external[i].Public(), Credential: leaf.Basic([]byte(name))})
	}
	return &list
}

func (s *scene) encode(t codepoint.ExtensionType, v syntax.Marshaler) leaf.Extension {
	s.t.Helper()
	e, err := leaf.Encode(t, v)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// fork returns a copy of the scene for a subtest.
func (s *scene) fork(t *testing.T) *scene {
	t.Helper()
	w := *s.world
	w.t, w.psks = t, maps.Clone(s.psks)
	w.config.Rand = newStream(t.Name())
	w.options.Rand = w.config.Rand
	w.options.Capabilities = capabilities("")
	w.config.PSK = func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
		secret, ok := w.psks[string(id.ID)]
		return secret, ok && id.Type == schedule.PSKExternal
	}
	f := *s
	f.world, f.members = &w, nil
	for i, c := range s.members {
		f.members = append(f.members, f.restore(c, s.snapshots[i]))
	}
	f.alice, f.bob, f.carol, f.dave, f.erin = f.members[0], f.members[1], f.members[2], f.members[3], f.members[4]
	frank := *s.frank
	frank.w, frank.config = &w, w.config
	f.frank = &frank
	return &f
}

// restore returns the client of a snapshot in the scene's world.
func (s *scene) restore(c *client, snapshot []byte) *client {
	s.t.Helper()
	restored := *c
	restored.w, restored.config = s.world, s.config
	var err error
	restored.Group, err = group.Restore(s.config, snapshot, func([]byte) (ciphersuite.Signer, error) { return c.signer, nil })
	if err != nil {
		s.t.Fatalf("%s: %v", c.name, err)
	}
	return &restored
}

func (s *scene) snapshot(c *client) []byte {
	s.t.Helper()
	b, err := c.Snapshot()
	if err != nil {
		s.t.Fatalf("%s: %v", c.name, err)
	}
	return b
}

// reconfigure gives the members another configuration.
func (s *scene) reconfigure(change func(*group.Config)) {
	s.t.Helper()
	change(&s.config)
	for _, c := range s.members {
		*c = *s.restore(c, s.snapshot(c))
	}
}

// refused takes a message to members, all of which have to refuse it by the given
// requirement and to stay what they were.
func (s *scene) refused(want rule.ID, m *framing.MLSMessage, members ...*client) {
	s.t.Helper()
	parsed := reparse(s.t, m)
	for _, c := range members {
		before := s.snapshot(c)
		_, err := c.Process(parsed)
		switch {
		case err == nil:
			s.t.Errorf("%s accepts", c.name)
			continue
		case !slices.Contains(rule.All(err), want):
			s.t.Errorf("%s names %v, want %s: %v", c.name, rule.All(err), want, err)
		}
		if !bytes.Equal(s.snapshot(c), before) {
			s.t.Errorf("%s is not what it was before", c.name)
		}
	}
}

// goesOn verifies that after what happened a Commit of the member is accepted by
// all, and that they agree.
func (s *scene) goesOn(c *client) {
	s.t.Helper()
	s.commit(append([]*client{c}, s.except(c)...), group.CommitOptions{References: [][]byte{}})
	for _, m := range s.members {
		if m.Epoch() != c.Epoch() || !bytes.Equal(m.EpochAuthenticator(), c.EpochAuthenticator()) {
			s.t.Errorf("%s and %s do not agree", c.name, m.name)
		}
	}
	s.talk(c)
}

// except returns the members but some.
func (s *scene) except(out ...*client) []*client {
	return slices.DeleteFunc(slices.Clone(s.members), func(c *client) bool { return slices.Contains(out, c) })
}

// refuseRemoves authorizes proposals from outside, but for Removes.
func refuseRemoves(_ framing.Sender, p *message.Proposal) error {
	if p.Type() == codepoint.ProposalRemove {
		return errors.New("not authorized")
	}
	return nil
}
