package group_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// newStream returns a reader that the seed decides.
func newStream(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

var present = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A world is a set of clients whose groups share a delivery service that
// delivers everything.
type world struct {
	t     testing.TB
	suite *ciphersuite.Suite
	psks  map[string]ciphersuite.Secret
	// options change the key packages of clients made afterwards.
	options keypackage.Options
	// config is that of clients made afterwards.
	config group.Config
}

func newWorld(t testing.TB, suite *ciphersuite.Suite) *world {
	w := &world{t: t, suite: suite, psks: map[string]ciphersuite.Secret{}}
	rand := newStream(t.Name() + suite.String())
	w.options = keypackage.Options{Rand: rand, Now: func() time.Time { return present }}
	w.config = group.Config{
		Policy: leaf.Policy{Now: func() time.Time { return present }},
		Rand:   rand,
		PSK: func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
			s, ok := w.psks[string(id.ID)]
			return s, ok && id.Type == schedule.PSKExternal
		},
	}
	return w
}

// A client takes part in at most one group at a time.
type client struct {
	*group.Group
	w      *world
	name   string
	signer *ciphersuite.SignatureKey
	bundle *keypackage.Bundle
	config group.Config
}

func (w *world) client(name string) *client {
	w.t.Helper()
	signer, err := w.suite.GenerateSignatureKey(w.config.Rand)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &client{w: w, name: name, signer: signer, config: w.config}
	c.renew()
	return c
}

// renew gives the client another key package.
func (c *client) renew() {
	c.w.t.Helper()
	var err error
	c.bundle, err = keypackage.Build(c.w.suite, leaf.Basic([]byte(c.name)), c.signer, c.w.options)
	if err != nil {
		c.w.t.Fatal(err)
	}
}

// found makes a group of a creator and members that it adds at once.
func (w *world) found(names ...string) []*client {
	w.t.Helper()
	creator := w.client(names[0])
	w.create(creator, group.CreateOptions{GroupID: []byte("group")})
	members := []*client{creator}
	for _, name := range names[1:] {
		members = append(members, w.client(name))
	}
	if len(members) > 1 {
		w.add(members[:1], members[1:]...)
	}
	return members
}

func (w *world) create(c *client, o group.CreateOptions) {
	w.t.Helper()
	g, err := group.Create(c.config, c.bundle, c.signer, o)
	if err != nil {
		w.t.Fatal(err)
	}
	c.Group = g
}

// add has the first member add clients to the group, and tells the others.
func (w *world) add(members []*client, clients ...*client) {
	w.t.Helper()
	var kps []*keypackage.Validated
	for _, c := range clients {
		kps = append(kps, members[0].validated(c))
	}
	p, err := members[0].AddMembers(kps...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.deliver(p.Message, members...)
	for _, c := range clients {
		w.join(c, p.Welcome, group.JoinOptions{})
	}
	w.agree(append(members[:len(members):len(members)], clients...)...)
}

func (w *world) join(c *client, welcome *message.Welcome, o group.JoinOptions) {
	w.t.Helper()
	g, err := group.Join(c.config, reparse(w.t, &framing.MLSMessage{Welcome: welcome}).Welcome, c.bundle, c.signer, o)
	if err != nil {
		w.t.Fatalf("%s joins: %v", c.name, err)
	}
	c.Group = g
}

func (c *client) validated(other *client) *keypackage.Validated {
	c.w.t.Helper()
	v, err := c.ValidateKeyPackage(&other.bundle.KeyPackage)
	if err != nil {
		c.w.t.Fatal(err)
	}
	return v
}

// commit has the first member commit, and tells all.
func (w *world) commit(members []*client, o group.CommitOptions) *group.PendingCommit {
	w.t.Helper()
	p, err := members[0].Commit(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.deliver(p.Message, members...)
	return p
}

// deliver takes a message to members, all of which have to accept it.
func (w *world) deliver(m *framing.MLSMessage, members ...*client) []*group.Received {
	w.t.Helper()
	var received []*group.Received
	for _, c := range members {
		r, err := c.Process(reparse(w.t, m))
		if err != nil {
			w.t.Fatalf("%s: %v", c.name, err)
		}
		received = append(received, r)
	}
	return received
}

// others returns the members but one.
func others(members []*client, i int) []*client {
	var rest []*client
	for j, c := range members {
		if i != j {
			rest = append(rest, c)
		}
	}
	return rest
}

// reparse sends a message over the wire.
func reparse(t testing.TB, m *framing.MLSMessage) *framing.MLSMessage {
	t.Helper()
	encoded, err := syntax.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := framing.Parse(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// agree verifies that members share an epoch and can talk to each other.
func (w *world) agree(members ...*client) {
	w.t.Helper()
	first := members[0]
	for _, c := range members[1:] {
		if c.Epoch() != first.Epoch() || !bytes.Equal(c.EpochAuthenticator(), first.EpochAuthenticator()) {
			w.t.Fatalf("%s in epoch %d and %s in epoch %d do not agree", first.name, first.Epoch(), c.name, c.Epoch())
		}
		if !bytes.Equal(c.Tree().Hash(), first.Tree().Hash()) {
			w.t.Fatalf("%s and %s have different trees", first.name, c.name)
		}
	}
	for i, from := range members {
		text := fmt.Appendf(nil, "from %s", from.name)
		m, err := from.Encrypt(text, []byte("aad"))
		if err != nil {
			w.t.Fatalf("%s: %v", from.name, err)
		}
		for _, r := range w.deliver(m, others(members, i)...) {
			if !bytes.Equal(r.ApplicationData, text) || r.Sender != framing.Member(from.OwnIndex()) {
				w.t.Fatalf("received %q from %v", r.ApplicationData, r.Sender)
			}
		}
	}
}

// eachSuite runs a test for all cipher suites.
func eachSuite(t *testing.T, f func(t *testing.T, w *world)) {
	for _, s := range ciphersuite.All() {
		t.Run(fmt.Sprintf("%#04x", uint16(s.ID())), func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, s))
		})
	}
}

// suite1 returns a world of the suite that every client has.
func suite1(t testing.TB) *world { return newWorld(t, ciphersuite.All()[0]) }

func propose(p ...message.Proposal) []message.Proposal { return p }
