package run

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A world is what a case knows while it runs: who is a member of what, and what
// the steps so far have made.
type world struct {
	ctx     context.Context
	limit   time.Duration // of an RPC
	c       *plan.Case
	players map[string]*instance // by role
	suite   codepoint.CipherSuite

	seats        map[seat]*member
	pending      map[seat]*epoch   // to which a commit leads that is not applied yet
	transactions map[string]uint32 // of roles that have made a KeyPackage
	signers      map[string]signer
	made         []product              // by step
	handles      map[*instance][]uint32 // states
	begun        map[held]bool          // transactions that nobody has joined with, and signers
	places       []string               // the groups of the script, as they came up
	groups       []*group
	epochs       int

	step      *script.Step
	rpcs      int
	last      struct{ rpc, role string } // of the RPCs
	record    *recorder                  // nil when nothing is kept
	agreement agreement
	arrived   []*member // in an epoch that is new for them
	mute      map[mute]bool
}

// A seat is the place of a role in a group of the script.
type seat struct{ group, role string }

// A member is a role with a state in a group.
type member struct {
	role  string
	state uint32
	group *group
	epoch *epoch
}

// A group is one that a step made. The groups that follow each other in a seat
// are different ones.
type group struct {
	id      []byte
	newest  *epoch
	ended   bool   // by a ReInit
	signers uint32 // how many external senders steps have added
}

// An epoch begins with a commit.
type epoch struct {
	group         *group
	number        int     // in the order in which the commits were made
	authenticator []byte  // what StateAuth gave first
	witness       *member // to whom
}

// A signer may send external proposals.
type signer struct{ id, index uint32 }

// A product is what a step made, for steps after it.
type product struct {
	group *group
	epoch *epoch // to which its commit leads

	keyPackage, proposal             []byte
	commit, welcome, tree            []byte
	successor                        []byte // id of the group that a ReInit announces
	pskID, pskSecret                 []byte
	ciphertext, plaintext, authentic []byte
}

func newWorld(ctx context.Context, c *plan.Case, players map[string]*instance, limit time.Duration) *world {
	return &world{
		ctx:          ctx,
		limit:        limit,
		c:            c,
		players:      players,
		suite:        c.Suite,
		seats:        map[seat]*member{},
		pending:      map[seat]*epoch{},
		transactions: map[string]uint32{},
		signers:      map[string]signer{},
		made:         make([]product, len(c.Script.Steps)),
		handles:      map[*instance][]uint32{},
		begun:        map[held]bool{},
		mute:         map[mute]bool{},
	}
}

// play carries out the script. Its error is a *failure, or the tool's fault.
func (w *world) play() (steps int, err error) {
	for n := range w.c.Script.Steps {
		w.step = &w.c.Script.Steps[n]
		if err := w.expected(w.act()); err != nil {
			return n, err
		}
		w.settle()
	}
	n := len(w.c.Script.Steps)
	w.step = nil
	w.conclude()
	return n, nil
}

// call sends a request to the client that plays a role.
func call[Q, R proto.Message](w *world, role, rpc string, method func(mlsclient.MLSClientClient, context.Context, Q, ...grpc.CallOption) (R, error), request Q) (R, error) {
	i := w.players[role]
	ctx, cancel := context.WithTimeout(w.ctx, w.limit)
	defer cancel()
	if w.step != nil && w.step.GREASE {
		ctx = client.WithGREASE(ctx)
	}
	w.rpcs++
	w.last.rpc, w.last.role = rpc, role
	start := time.Now()
	response, err := method(i.rpc, ctx, request)
	var f *failure
	if err != nil {
		f = explain(w.ctx, ctx, i, role, rpc, w.limit, err)
	}
	if w.record != nil {
		w.record.add(w.step, role, i, rpc, request, response, f, time.Since(start))
	}
	if f != nil {
		return response, f // as an error it must not be a nil *failure
	}
	return response, nil
}

// enter notes that a role has a state in an epoch.
func (w *world) enter(s seat, state uint32, e *epoch) {
	m := &member{role: s.role, state: state, group: e.group, epoch: e}
	if before := w.seats[s]; before == nil || before.state != state {
		w.hold(s.role, state)
	}
	w.seats[s] = m
	if !slices.Contains(w.places, s.group) {
		w.places = append(w.places, s.group)
	}
	w.arrived = append(w.arrived, m)
	if g := e.group; g.newest == nil || g.newest.number < e.number {
		g.newest = e
	}
}

// hold notes that a state is to be freed.
func (w *world) hold(role string, state uint32) {
	i := w.players[role]
	w.handles[i] = append(w.handles[i], state)
}

// start notes that a role has begun something that is no state.
func (w *world) start(role string, handle uint32) { w.begun[held{w.players[role], handle}] = true }

// used notes that nothing is left of a transaction.
func (w *world) used(role string, transaction uint32) {
	delete(w.begun, held{w.players[role], transaction})
}

// begin makes a group, and the epoch in which it begins.
func (w *world) begin(id []byte) *epoch {
	g := &group{id: id}
	w.groups = append(w.groups, g)
	return w.after(g)
}

// after is a new epoch of the group. It may become the newest when a member
// enters it.
func (w *world) after(g *group) *epoch {
	w.epochs++
	return &epoch{group: g, number: w.epochs}
}

// seatsOf lists what a role is a member of.
func (w *world) seatsOf(role string) []*member {
	var list []*member
	for _, group := range w.places {
		if m := w.seats[seat{group, role}]; m != nil {
			list = append(list, m)
		}
	}
	return list
}

// seat is the place of a role in the group of the step.
func (w *world) seat(role string) seat { return seat{w.step.Group, role} }

// member is a role that has a state in the group of the step. A role without
// one, as a member that a failed expectation has not made, has state zero.
func (w *world) member(role string) *member {
	if m := w.seats[w.seat(role)]; m != nil {
		return m
	}
	return &member{role: role, group: &group{}, epoch: &epoch{}}
}

// product is what the step makes.
func (w *world) product() *product { return &w.made[w.step.Index] }

func (w *world) private() bool { return w.c.Framing == plan.Private }

// name makes an id that nothing else has.
func name() []byte {
	return []byte(hex.EncodeToString(random(16)))
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// expected turns the outcome of a step that has to fail around. An answer that
// is wrong is an answer.
func (w *world) expected(err error) error {
	if !w.step.ExpectError {
		return err
	}
	f, failed := errors.AsType[*failure](err)
	switch {
	case err == nil, failed && f.outcome == result.Fail && f.code == "":
		return failf(w.players[w.last.role], w.last.rpc, "%s to %s (%s): it succeeded, and had to be refused",
			w.last.rpc, w.last.role, w.player(w.last.role))
	case failed && f.refused:
		return nil
	}
	return err
}

func (w *world) player(role string) string {
	if i := w.players[role]; i != nil {
		return i.client.Name
	}
	return ""
}
