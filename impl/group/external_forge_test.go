package group_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
)

// externalInit makes an ExternalInit for the group's external key, and the init
// secret that goes with it.
func (s *scene) externalInit() (covered, ciphersuite.Secret) {
	key := must(s.alice.Insider().Secrets.ExternalKey(s.suite))
	kemOutput, secret, err := s.suite.ExternalInitSend(s.config.Rand, key.Public())
	if err != nil {
		s.t.Fatal(err)
	}
	return inline(message.Proposal{Body: &message.ExternalInit{KEMOutput: kemOutput}}), secret
}

// joining returns a recipe for an external Commit of a client that covers an
// ExternalInit and then the given proposals. The forge takes an insider for the
// sake of faults that need the group's secrets; a joiner needs none of these.
func (s *scene) joining(c *client, list ...covered) *recipe {
	init, secret := s.externalInit()
	return s.joiningWith(c, secret, append([]covered{init}, list...)...)
}

// joiningWith returns a recipe for an external Commit with the given proposals
// and init secret.
func (s *scene) joiningWith(c *client, init ciphersuite.Secret, list ...covered) *recipe {
	r := s.sender(s.alice, framing.FramedContent{ContentType: framing.ContentCommit})
	r.content.Sender = framing.Sender{Type: framing.SenderNewMemberCommit}
	r.signer = c.signer
	r.leaf = &c.bundle.KeyPackage.LeafNode
	for _, p := range list {
		if p.ref == nil {
			p.from = r.content.Sender
		}
		r.list = append(r.list, p)
	}
	return r.at(keysChosen, func(d *draft) { d.init = init })
}

// again returns a client that has the name and signature key of a member and a
// new KeyPackage.
func (s *scene) again(c *client) *client {
	s.t.Helper()
	a := *c
	a.Group = nil
	l := c.OwnLeaf()
	s.options.Capabilities = l.Capabilities
	a.bundle = s.bundle(l.Credential, c.signer, s.options)
	return &a
}

// An externalCase is an external Commit with one fault, for the group of a scene.
type externalCase = refusal

// runExternalCases has every member refuse the faulty external Commit, and accept
// that of an honest client afterwards.
func runExternalCases(t *testing.T, cases []externalCase) {
	base := newScene(t)
	for _, c := range cases {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			s := base.fork(t)
			m, err := c.make(s).forge(public)
			if err != nil {
				t.Fatal(err)
			}
			to := s.members
			if c.to != nil {
				to = c.to(s)
			}
			s.refused(c.want(), m, to...)
			s.frankJoins()
		})
	}
}

// frankJoins has an honest client join by an external Commit.
func (s *scene) frankJoins() {
	s.t.Helper()
	s.joinExternal(s.frank, s.members, group.GroupInfoOptions{ExternalPub: true}, group.ExternalOptions{})
	s.agree(append(s.members, s.frank)...)
}
