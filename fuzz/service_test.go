package fuzz_test

import (
	"bytes"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

const (
	maxMembers  = 5
	pastEpochs  = 2
	maxSnapshot = 64 << 10 // of a member, in bytes
)

// A service delivers messages, and knows what should become of them. It takes
// one Commit for each epoch.
type service struct {
	t        *rapid.T
	config   group.Config
	clients  int
	members  []*member // those who are or were in the group
	outside  []*member // whose KeyPackages are out
	epoch    uint64    // the last one
	messages []*sent
	epochs   map[uint64]facts
}

// A member is a client with what was sent to it.
type member struct {
	*group.Group
	name       string
	signer     *ciphersuite.SignatureKey
	bundle     *keypackage.Bundle
	joined     uint64
	inbox, had []*sent
}

func (m *member) identity() group.Identity {
	return group.Identity{Credential: leaf.Basic([]byte(m.name)), Signer: m.signer}
}

// state returns the member's snapshot.
func (m *member) state() []byte { return stateOf(m.Group) }

// stateOf returns a snapshot, nil for a member that was removed: there is nothing
// left of it.
func stateOf(g *group.Group) []byte {
	if g.IsRemoved() {
		return nil
	}
	return must(g.Snapshot())
}

type sent struct {
	data  []byte
	kind  framing.ContentType
	epoch uint64
	text  []byte
}

// facts are what all members of an epoch derive.
type facts struct{ authenticator, exported, resumption, treeHash, context []byte }

func newService(t *rapid.T) *service {
	s := &service{t: t, epochs: map[uint64]facts{}}
	s.config = group.Config{
		Policy:           policy(),
		PublicHandshake:  s.choose("public", 2) == 1,
		PastEpochs:       pastEpochs,
		ResumptionEpochs: pastEpochs,
		Padding:          func(length int) int { return -length & 31 },
		PSK: func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
			return ciphersuite.Secret("secret"), id.Type == schedule.PSKExternal && string(id.ID) == "shared"
		},
		Rand: newStream("service"),
	}
	first := s.newcomer()
	first.Group = must(group.Create(s.config, first.bundle, first.signer, group.CreateOptions{GroupID: []byte("group")}))
	s.settle(first)
	return s
}

func (s *service) choose(what string, n int) int { return rapid.IntRange(0, n-1).Draw(s.t, what) }

// newcomer makes a client that is not in the group.
func (s *service) newcomer() *member {
	suite := ciphersuite.All()[0]
	s.clients++
	m := &member{name: fmt.Sprintf("client %d", s.clients), signer: must(suite.GenerateSignatureKey(s.config.Rand))}
	m.bundle = must(keypackage.Build(suite, leaf.Basic([]byte(m.name)), m.signer, keypackage.Options{Rand: s.config.Rand, Now: policy().Now}))
	s.outside = append(s.outside, m)
	return m
}

// settle makes a client a member in its present epoch.
func (s *service) settle(m *member) {
	s.outside = slices.DeleteFunc(s.outside, func(o *member) bool { return o == m })
	m.joined = m.Epoch()
	s.members = append(s.members, m)
}

// someone returns a member, or nil when the choice falls on one that was removed.
// Anyone returns these as well.
func (s *service) someone() *member {
	if m := s.anyone(); !m.IsRemoved() {
		return m
	}
	return nil
}

func (s *service) anyone() *member { return s.members[s.choose("member", len(s.members))] }

// send takes a message for all others.
func (s *service) send(from *member, kind framing.ContentType, m *framing.MLSMessage, text []byte) {
	message := &sent{data: must(syntax.Marshal(m)), kind: kind, epoch: from.Epoch(), text: text}
	if kind == framing.ContentCommit {
		message.epoch = s.epoch
	}
	s.messages = append(s.messages, message)
	for _, to := range s.members {
		if to != from {
			to.inbox = append(to.inbox, message)
		}
	}
}

// advance begins the epoch to which the first member has got.
func (s *service) advance(m *member) {
	s.epoch++
	if m.Epoch() != s.epoch {
		s.t.Fatalf("%s is in epoch %d, not in %d", m.name, m.Epoch(), s.epoch)
	}
}

// welcome has all join whom a Welcome is for.
func (s *service) welcome(w *message.Welcome) {
	joined := 0
	for _, m := range slices.Clone(s.outside) {
		ref := must(m.bundle.KeyPackage.Ref())
		if !slices.ContainsFunc(w.Secrets, func(e message.EncryptedGroupSecrets) bool { return bytes.Equal(e.NewMember, ref) }) {
			continue
		}
		joined++
		g, err := group.Join(s.config, w, m.bundle, m.signer, group.JoinOptions{})
		if rule.Of(err) == "rfc9420-12.4.3.1-05" {
			continue // the epoch has the resumption PSK of an earlier one, which only others know
		}
		if err != nil {
			s.t.Fatalf("%s does not join: %v", m.name, err)
		}
		m.Group = g
		s.settle(m)
	}
	if joined != len(w.Secrets) {
		s.t.Fatalf("%d clients are known of a Welcome for %d", joined, len(w.Secrets))
	}
}

// give delivers a message of an inbox. One that is refused because it is too
// early stays there.
func (s *service) give(m *member, i int) {
	sent := m.inbox[i]
	before := m.state()
	var twin *group.Group
	if s.choose("twin", 4) == 0 && before != nil {
		twin = s.restored(m, before)
	}
	received, err := m.Process(must(framing.Parse(sent.data)))
	after := m.state()
	if err == nil && before == nil {
		s.t.Fatalf("%s was removed and accepts a %v", m.name, sent.kind)
	}
	if twin != nil {
		if _, other := twin.Process(must(framing.Parse(sent.data))); (other == nil) != (err == nil) || !bytes.Equal(stateOf(twin), after) {
			s.t.Fatalf("%s and its twin do not do the same: %v, %v", m.name, err, other)
		}
	}
	if err != nil {
		if !bytes.Equal(before, after) {
			s.t.Fatalf("%s refuses a %v and changes: %v", m.name, sent.kind, err)
		}
		if s.acceptable(m, sent) {
			s.t.Fatalf("%s in epoch %d refuses a %v of epoch %d: %v", m.name, m.Epoch(), sent.kind, sent.epoch, err)
		}
		if sent.epoch < m.Epoch() || m.IsRemoved() {
			m.inbox = slices.Delete(m.inbox, i, i+1)
		}
		return
	}
	m.inbox = slices.Delete(m.inbox, i, i+1)
	m.had = append(m.had, sent)
	if !bytes.Equal(received.ApplicationData, sent.text) {
		s.t.Fatalf("%s reads %q, want %q", m.name, received.ApplicationData, sent.text)
	}
}

// acceptable reports whether a member has to accept a message of its inbox.
func (s *service) acceptable(m *member, message *sent) bool {
	switch {
	case m.IsRemoved():
		return false
	case message.kind == framing.ContentApplication:
		return message.epoch >= m.joined && message.epoch <= m.Epoch() && m.Epoch()-message.epoch <= pastEpochs
	case message.epoch != m.Epoch():
		return false
	case message.kind == framing.ContentCommit: // unless it covers a proposal that is still on its way
		return !slices.ContainsFunc(m.inbox, func(o *sent) bool {
			return o.kind == framing.ContentProposal && o.epoch == m.Epoch()
		})
	}
	return true
}

func (s *service) restored(m *member, snapshot []byte) *group.Group {
	return must(group.Restore(s.config, snapshot, func([]byte) (ciphersuite.Signer, error) { return m.signer, nil }))
}

// agree verifies that each epoch has the same facts for all that are in it, and
// that none of them is known to those who were removed before.
func (s *service) agree() {
	for _, m := range s.members {
		if n := len(m.state()); n > maxSnapshot {
			s.t.Fatalf("the snapshot of %s has %d bytes", m.name, n)
		}
		if m.IsRemoved() {
			s.learnsNothing(m)
			continue
		}
		got := factsOf(s.t, m)
		want, ok := s.epochs[m.Epoch()]
		if !ok {
			s.epochs[m.Epoch()] = got
			continue
		}
		if got.String() != want.String() {
			s.t.Fatalf("%s does not agree with others about epoch %d:\n%v\n%v", m.name, m.Epoch(), got, want)
		}
	}
}

func (f facts) String() string {
	return fmt.Sprintf("%x %x %x %x %x", f.authenticator, f.exported, f.resumption, f.treeHash, f.context)
}

func factsOf(t *rapid.T, m *member) facts {
	exported, err := m.Export("label", []byte("context"), 16)
	if err != nil {
		t.Fatalf("%s exports nothing: %v", m.name, err)
	}
	resumption, ok := m.Resumption(m.Epoch())
	if !ok {
		t.Fatalf("%s does not know the resumption PSK of its epoch", m.name)
	}
	context := m.GroupContext()
	return facts{m.EpochAuthenticator(), exported, resumption, m.Tree().Hash(), must(syntax.Marshal(context))}
}

// learnsNothing verifies that a removed member has no secret of any later epoch.
func (s *service) learnsNothing(m *member) {
	left := m.Epoch()
	for epoch, f := range s.epochs {
		if epoch <= left {
			continue
		}
		if secret, ok := m.Resumption(epoch); ok || bytes.Equal(secret, f.resumption) {
			s.t.Fatalf("%s was removed in epoch %d and has a secret of epoch %d", m.name, left, epoch)
		}
		if bytes.Equal(m.EpochAuthenticator(), f.authenticator) {
			s.t.Fatalf("%s was removed in epoch %d and knows epoch %d", m.name, left, epoch)
		}
	}
}
