package fuzz

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

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

// A scene is a group of three with messages on their way to the receiver.
type scene struct {
	receiver []byte // snapshot
	signer   *ciphersuite.SignatureKey
	messages [][]byte
}

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
	config := group.Config{Rand: rand, PublicHandshake: public}
	var bundles []*keypackage.Bundle
	var signers []*ciphersuite.SignatureKey
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		signer := must(suite.GenerateSignatureKey(rand))
		signers = append(signers, signer)
		bundles = append(bundles, must(keypackage.Build(suite, leaf.Basic([]byte(name)), signer, keypackage.Options{Rand: rand})))
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

	s := &scene{receiver: must(bob.Snapshot()), signer: signers[1]}
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
	alice.DropPending()
	take(must(alice.Commit(group.CommitOptions{References: [][]byte{}, Proposals: []message.Proposal{group.Remove(1)}})).Message)
	return s
}

func (s *scene) restore() *group.Group {
	return must(group.Restore(group.Config{Rand: newStream("receiver")}, s.receiver, func(public []byte) (ciphersuite.Signer, error) {
		return s.signer, nil
	}))
}

// FuzzProcess gives a group changed messages. One that is refused leaves the
// state as it was, and the genuine message is accepted afterwards.
func FuzzProcess(f *testing.F) {
	for i, s := range scenes() {
		for _, m := range s.messages {
			f.Add(i == 1, m)
		}
	}
	f.Fuzz(func(t *testing.T, public bool, data []byte) {
		m, err := framing.Parse(data)
		if err != nil {
			return
		}
		s := scenes()[0]
		if public {
			s = scenes()[1]
		}
		g := s.restore()
		_, refused := g.Process(m)
		genuine := slices.ContainsFunc(s.messages, func(m []byte) bool { return bytes.Equal(m, data) })
		if genuine && refused != nil {
			t.Fatalf("genuine message is refused: %v", refused)
		}
		if refused == nil {
			if !genuine {
				t.Fatalf("changed message is accepted: %x", data)
			}
			return
		}
		if after := must(g.Snapshot()); !bytes.Equal(s.receiver, after) {
			t.Fatalf("the refused message has changed the group: %v", refused)
		}
		for _, i := range []int{0, len(s.messages) - 2} {
			if _, err := g.Process(must(framing.Parse(s.messages[i]))); err != nil {
				t.Fatalf("genuine message %d is refused afterwards: %v", i, err)
			}
		}
	})
}
