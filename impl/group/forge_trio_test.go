package group_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A trio is a small scene, for speed: a group of alice, bob and carol, to which
// anybody sends what alice, frank or an external sender could. All support the same.
// Bob has proposed an Update, and alice something else.
type trio struct {
	*scene
	pool      mutate.Pool
	proposals []covered
	genuine   *framing.MLSMessage
	// states are those of bob and carol, the receivers.
	states    [2][]byte
	receivers [2]*client
	runs      int
}

func newTrio(t testing.TB) *trio {
	t.Helper()
	s := &scene{world: suite1(t)}
	s.config.Policy.CredentialTypes = []codepoint.CredentialType{credInUse, credRare, credSpare}
	s.config.Policy.Authenticate = authenticate
	s.psks["known"] = ciphersuite.Secret("a secret that all members know")
	for i := range s.external {
		s.external[i] = s.newSigner()
	}
	s.alice, s.bob, s.carol, s.frank = s.member("alice"), s.member("robert"), s.member("carol"), s.member("frank")
	s.members = []*client{s.alice, s.bob, s.carol}
	s.create(s.alice, group.CreateOptions{GroupID: []byte("group"), Extensions: s.groupExtensions(extInUse)})
	s.add(s.members[:1], s.members[1:]...)
	for i := range s.members {
		s.commit([]*client{s.members[i], s.members[(i+1)%3], s.members[(i+2)%3]}, group.CommitOptions{})
	}
	x := &trio{scene: s}
	update := must(s.bob.ProposeUpdate(nil, nil))
	other := must(s.alice.Propose(custom("pending"), nil))
	x.proposals = []covered{s.arrives(s.bob, update, s.except(s.bob)...), s.arrives(s.alice, other, s.except(s.alice)...)}
	for i, c := range []*client{s.bob, s.carol} {
		x.states[i], x.receivers[i] = s.snapshot(c), c
	}
	x.genuine = must(s.committing(s.alice, x.proposals...).forge(public))
	x.fill()
	return x
}

// fill puts parts of all kinds into the pool.
func (x *trio) fill() {
	x.t.Helper()
	for _, r := range recipes {
		m := must(syntax.Marshal(must(r(x).forge(public))))
		if err := x.pool.AddParts("message", m); err != nil {
			x.t.Fatal(err)
		}
	}
	for _, o := range must(seed.Own()) {
		if o.Type == "message" {
			continue // those of other groups have little that is of use here
		}
		if err := x.pool.AddParts(o.Type, o.Data); err != nil {
			x.t.Fatal(err)
		}
	}
}

// recipes are the kinds of messages. Without faults all are accepted.
var recipes = []func(*trio) *recipe{
	func(x *trio) *recipe { return x.application(x.alice, "data") },
	func(x *trio) *recipe { return x.proposal(x.alice, x.addition(x.frank)) },
	func(x *trio) *recipe { return x.proposal(x.alice, x.updateOf(x.alice, func(*leaf.LeafNode) {})) },
	func(x *trio) *recipe { return x.proposal(x.alice, group.Remove(2)) },
	func(x *trio) *recipe { return x.proposal(x.alice, x.externalPSK("known")) },
	func(x *trio) *recipe {
		return x.proposal(x.alice, group.ReInit(message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}))
	},
	func(x *trio) *recipe {
		return x.proposal(x.alice, group.GroupContextExtensions(x.groupExtensions(extInUse)))
	},
	func(x *trio) *recipe { return x.proposal(x.alice, custom("data")) },
	func(x *trio) *recipe { return x.committing(x.alice) },
	func(x *trio) *recipe { return x.committing(x.alice, x.proposals...) },
	func(x *trio) *recipe { return x.committing(x.alice, inline(x.addition(x.frank))) },
	func(x *trio) *recipe { return x.committing(x.alice, inline(x.addition(x.frank))).withoutPath() },
	func(x *trio) *recipe { return x.committing(x.alice, inline(group.Remove(2))) },
	func(x *trio) *recipe {
		return x.committing(x.alice, inline(x.externalPSK("known")), inline(x.resumptionPSK(x.alice.ID(), x.alice.Epoch()))).withoutPath()
	},
	func(x *trio) *recipe {
		return x.committing(x.alice, inline(group.GroupContextExtensions(x.groupExtensions(extInUse))))
	},
	func(x *trio) *recipe {
		return x.committing(x.alice, inline(group.ReInit(message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}))).withoutPath()
	},
	func(x *trio) *recipe { return x.joining(x.frank) },
	func(x *trio) *recipe { return x.joining(x.frank, inline(x.externalPSK("known"))) },
	func(x *trio) *recipe { return x.fromExternal(0, x.addition(x.frank)) },
	func(x *trio) *recipe { return x.fromExternal(1, group.Remove(1)) },
	func(x *trio) *recipe { return x.fromNewMember(x.frank, x.addition(x.frank)) },
}

// reset gives a receiver its state back.
func (x *trio) reset(i int) { x.receivers[i] = x.restore(x.receivers[i], x.states[i]) }

// verdict has a receiver take the message.
func (x *trio) verdict(i int, m *framing.MLSMessage) (*group.Received, error) {
	x.t.Helper()
	r, err := x.receivers[i].Process(m)
	if err == nil {
		return r, nil
	}
	if rule.Of(err) == "" && !errors.Is(err, group.ErrOwnMessage) && !errors.Is(err, group.ErrUnexpectedMessage) {
		x.t.Errorf("%s refuses without requirement: %v", x.receivers[i].name, err)
	}
	if !bytes.Equal(x.snapshot(x.receivers[i]), x.states[i]) {
		x.t.Errorf("%s has refused the message and is not what it was before: %v", x.receivers[i].name, err)
		x.reset(i)
	}
	return nil, err
}
