package fuzz_test

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// newStream returns a reader that the seed decides.
func newStream(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// present is a time at which the project's own vectors are valid.
var present = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// policy has the clock of all scenes.
func policy() leaf.Policy { return leaf.Policy{Now: func() time.Time { return present }} }

// A scene is a group of three with messages on their way to the receiver, one of
// its members, and with a client that is about to join.
type scene struct {
	receiver []byte // snapshot
	signer   *ciphersuite.SignatureKey
	joiner   *keypackage.Bundle
	joining  *ciphersuite.SignatureKey
	joined   []byte   // epoch_authenticator of where the joiner gets
	messages [][]byte // to the receiver
	others   [][]byte // to those who want to join or to add
}

// all returns all messages of the scene.
func (s *scene) all() [][]byte { return slices.Concat(s.messages, s.others) }

// scenes returns one scene with private and one with public handshake messages.
var scenes = sync.OnceValue(func() []*scene {
	return []*scene{newScene(false), newScene(true)}
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newScene(public bool) *scene {
	suite := ciphersuite.All()[0]
	rand := newStream("scene")
	config := group.Config{Rand: rand, Policy: policy(), PublicHandshake: public}
	var bundles []*keypackage.Bundle
	var signers []*ciphersuite.SignatureKey
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		signer := must(suite.GenerateSignatureKey(rand))
		signers = append(signers, signer)
		bundles = append(bundles, must(keypackage.Build(suite, leaf.Basic([]byte(name)), signer, keypackage.Options{Rand: rand, Now: policy().Now})))
	}
	alice := must(group.Create(config, bundles[0], signers[0], group.CreateOptions{}))
	validated := func(i int) *keypackage.Validated { return must(alice.ValidateKeyPackage(&bundles[i].KeyPackage)) }
	added := must(alice.AddMembers(validated(1), validated(2)))
	welcome := added.Welcome
	if err := alice.ApplyPending(); err != nil {
		panic(err)
	}
	bob := must(group.Join(config, welcome, bundles[1], signers[1], group.JoinOptions{}))
	carol := must(group.Join(config, welcome, bundles[2], signers[2], group.JoinOptions{}))

	s := &scene{receiver: must(bob.Snapshot()), signer: signers[1], joiner: bundles[3], joining: signers[3]}
	take := func(m *framing.MLSMessage) { s.messages = append(s.messages, must(syntax.Marshal(m))) }
	take(must(alice.Encrypt([]byte("hello"), []byte("aad"))))
	take(must(carol.Encrypt(nil, nil)))
	info := must(alice.GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	_, external, err := group.JoinExternal(config, info, group.Identity{
		Credential: leaf.Basic([]byte("dave")),
		Signer:     signers[3],
	}, group.ExternalOptions{})
	if err != nil {
		panic(err)
	}
	take(external)
	take(must(alice.Propose(group.Add(validated(3)), nil)))
	take(must(alice.Propose(group.Remove(1), nil)))
	take(must(carol.ProposeUpdate(nil, nil)))
	take(must(alice.Propose(must(alice.ResumptionPSK(alice.ID(), 1)), nil)))
	take(must(alice.Propose(group.GroupContextExtensions(nil), nil)))
	commit := must(alice.Commit(group.CommitOptions{
		References: [][]byte{},
		Proposals:  []message.Proposal{group.Add(validated(3))},
	}))
	take(commit.Message)
	for _, m := range []*framing.MLSMessage{{Welcome: commit.Welcome}, {GroupInfo: info}, {KeyPackage: &bundles[3].KeyPackage}} {
		s.others = append(s.others, must(syntax.Marshal(m)))
	}
	joined := must(group.Join(config, commit.Welcome, s.joiner, s.joining, group.JoinOptions{}))
	s.joined = joined.EpochAuthenticator()
	alice.DropPending()
	take(must(alice.Commit(group.CommitOptions{References: [][]byte{}, Proposals: []message.Proposal{group.Remove(1)}})).Message)
	return s
}
