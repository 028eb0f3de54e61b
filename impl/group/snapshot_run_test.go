package group_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// At any point of a group's life, a member taken from its snapshot does what the
// member itself does: with the same messages both get to the same state, byte by
// byte, or refuse them for the same rules.
func TestSnapshotAtAnyPoint(t *testing.T) {
	base := newRun(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := base.fork(rt)
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(slices.Sorted(maps.Keys(happenings))), 1, 8).Draw(rt, "happenings") {
			happenings[name](r)
		}
		r.settle()
	})
}

// A run is a group in which anything may happen.
type run struct {
	*rapid.T
	w       *world
	members []*client
	// invited are clients that an Add names.
	invited []*client
	// late are application messages that were held back.
	late      []*framing.MLSMessage
	snapshots [][]byte
}

func newRun(t *testing.T) *run {
	w := suite1(t)
	w.options.NoGREASE, w.config.NoGREASE = true, true
	w.psks["shared"] = ciphersuite.Secret("a secret of some length")
	r := &run{w: w, members: w.found("alice", "bob", "carol")}
	for _, c := range r.members {
		r.snapshots = append(r.snapshots, must(c.Snapshot()))
	}
	return r
}

// fork returns the run from its beginning.
func (r *run) fork(t *rapid.T) *run {
	f := &run{T: t, w: r.w}
	for i, c := range r.members {
		f.members = append(f.members, f.restore(c, r.snapshots[i]))
	}
	return f
}

func (r *run) restore(c *client, snapshot []byte) *client {
	restored := *c
	var err error
	if restored.Group, err = group.Restore(c.config, snapshot, signers(c.signer)); err != nil {
		r.Fatalf("%s: %v", c.name, err)
	}
	if again := must(restored.Snapshot()); !bytes.Equal(again, snapshot) {
		r.Fatalf("%s: the snapshot of the restored group differs", c.name)
	}
	return &restored
}

// happenings are what may happen to the group.
var happenings = map[string]func(*run){
	"update": func(r *run) {
		i := r.pick("updater")
		r.deliver(r.members[i], must(r.members[i].ProposeUpdate(nil, nil)))
	},
	"add": func(r *run) {
		i := r.pick("adder")
		c := r.w.client("added")
		r.invited = append(r.invited, c)
		r.propose(i, group.Add(r.members[i].validated(c)))
	},
	"remove": func(r *run) {
		if len(r.members) > 2 {
			r.propose(r.pick("remover"), group.Remove(r.members[r.pick("removed")].OwnIndex()))
		}
	},
	"psk": func(r *run) {
		i := r.pick("injector")
		r.propose(i, must(r.members[i].ExternalPSK([]byte("shared"))))
	},
	"text": func(r *run) {
		i := r.pick("writer")
		m, err := r.members[i].Encrypt([]byte("text"), nil)
		switch {
		case errors.Is(err, group.ErrPendingProposals):
		case err != nil:
			r.Fatal(err)
		case rapid.Bool().Draw(r.T, "late"):
			r.late = append(r.late, m)
		default:
			r.deliver(r.members[i], m)
		}
	},
	"late": func(r *run) {
		for _, m := range slices.Backward(r.late) {
			r.deliver(nil, m)
		}
		r.late = nil
	},
	"changed": func(r *run) {
		i := r.pick("writer")
		m, err := r.members[i].Encrypt([]byte("text"), nil)
		if err == nil {
			m.PrivateMessage.Ciphertext = toggled(m.PrivateMessage.Ciphertext)
			r.deliver(r.members[i], m)
		}
	},
	"commit":   func(r *run) { r.commit(group.CommitOptions{}) },
	"pathless": func(r *run) { r.commit(group.CommitOptions{OmitPath: true}) },
	"drop": func(r *run) {
		c := r.members[r.pick("waverer")]
		if _, err := c.Commit(group.CommitOptions{}); err != nil && !errors.Is(err, group.ErrPendingCommit) {
			r.Fatal(err)
		}
		if rapid.Bool().Draw(r.T, "drop") {
			c.DropPending()
		}
	},
	"external": func(r *run) {
		c := r.w.client("external")
		g, m, err := c.tryExternal(must(r.members[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true})), group.ExternalOptions{})
		if err != nil {
			r.Fatal(err)
		}
		r.deliver(nil, m)
		c.Group = g
		r.members = append(r.members, c)
	},
}

func (r *run) pick(role string) int { return rapid.IntRange(0, len(r.members)-1).Draw(r.T, role) }

func (r *run) propose(i int, p message.Proposal) {
	m, err := r.members[i].Propose(p, nil)
	if err != nil {
		r.Fatal(err)
	}
	r.deliver(r.members[i], m)
}

// commit has a member commit, and those that it adds join.
func (r *run) commit(o group.CommitOptions) {
	c := r.members[r.pick("committer")]
	p := c.Pending()
	if p == nil {
		var err error
		if p, err = c.Commit(o); err != nil {
			r.Fatal(err)
		}
	}
	r.deliver(nil, p.Message)
	for _, n := range r.invited {
		if p.Welcome == nil || !p.Welcome.Names(must(n.bundle.KeyPackage.Ref())) {
			continue
		}
		g, err := n.tryJoin(p.Welcome, group.JoinOptions{})
		if err != nil {
			r.Fatal(err)
		}
		n.Group = g
		r.members = append(r.members, n)
	}
}

// deliver takes a message to all members but one, and to what their snapshots
// give. One of both goes on.
func (r *run) deliver(but *client, m *framing.MLSMessage) {
	for _, c := range r.members {
		if c == but {
			continue
		}
		twin := r.restore(c, must(c.Snapshot()))
		got, err := c.Process(reparse(r.w.t, m))
		gotTwin, errTwin := twin.Process(reparse(r.w.t, m))
		if (err == nil) != (errTwin == nil) || !slices.Equal(rule.All(err), rule.All(errTwin)) {
			r.Fatalf("%s: %v, from its snapshot %v", c.name, err, errTwin)
		}
		if diff := cmp.Diff(got, gotTwin); diff != "" {
			r.Fatalf("%s: received (-member +from its snapshot):\n%s", c.name, diff)
		}
		if c.IsRemoved() != twin.IsRemoved() {
			r.Fatalf("%s: removed %v, from its snapshot %v", c.name, c.IsRemoved(), twin.IsRemoved())
		}
		if !c.IsRemoved() && !bytes.Equal(must(c.Snapshot()), must(twin.Snapshot())) {
			r.Fatalf("%s: another state from its snapshot", c.name)
		}
		if rapid.Bool().Draw(r.T, "from its snapshot") {
			c.Group = twin.Group
		}
	}
	r.members = slices.DeleteFunc(r.members, func(c *client) bool { return c.IsRemoved() })
}

// settle ends the epoch and has all talk to each other.
func (r *run) settle() {
	for _, c := range r.members {
		c.DropPending()
	}
	r.commit(group.CommitOptions{})
	r.w.agree(r.members...)
}

// A member that was removed has no state left to keep.
func TestSnapshotOfRemoved(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(1))})
	if _, err := m[1].Snapshot(); !errors.Is(err, group.ErrRemoved) {
		t.Error(err)
	}
}

// New signature keys that wait in an Update and in a pending Commit.
func TestSnapshotNewSignatureKeys(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	alice, bob := w.newSigner(), w.newSigner()
	w.deliver(must(m[1].ProposeUpdate(&group.LeafChange{Signer: bob}, nil)), m[0])
	p, err := m[0].Commit(group.CommitOptions{Leaf: &group.LeafChange{Signer: alice}})
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range []*ciphersuite.SignatureKey{alice, bob} {
		m[i].Group, err = group.Restore(m[i].config, must(m[i].Snapshot()), signers(m[i].signer, key))
		if err != nil {
			t.Fatal(err)
		}
		m[i].signer = key
	}
	if m[0].Pending() == nil || m[0].Pending().Committed() == nil {
		t.Fatal("the pending commit is lost")
	}
	w.deliver(p.Message, m...)
	w.agree(m...)
	for i, c := range m {
		if !bytes.Equal(c.OwnLeaf().SignatureKey, c.signer.Public()) {
			t.Errorf("member %d has its old signature key", i)
		}
	}
	w.agree(restored(t, m[0]), restored(t, m[1]))
}

// What a pending Commit gives is the same after a pause: the Welcome, the
// GroupInfo, and what is said about it.
func TestSnapshotPendingCommit(t *testing.T) {
	c := full(t)
	c.config.NoGREASE = true
	r := restored(t, c)
	before, after := c.Pending(), r.Pending()
	if diff := cmp.Diff(before.Committed(), after.Committed()); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	if !bytes.Equal(encoded(before.Welcome), encoded(after.Welcome)) || !bytes.Equal(encoded(before.Message), encoded(after.Message)) {
		t.Error("another message or Welcome")
	}
	info := must(after.GroupInfo(group.GroupInfoOptions{}))
	if info.GroupContext.Epoch != c.Epoch()+1 {
		t.Errorf("group info of epoch %d", info.GroupContext.Epoch)
	}
	if err := r.ApplyPending(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(info.ConfirmationTag, must(r.GroupInfo(group.GroupInfoOptions{})).ConfirmationTag) {
		t.Error("another epoch")
	}
	r = restored(t, c)
	r.DropPending()
	if _, err := r.Commit(group.CommitOptions{}); err != nil {
		t.Error(err)
	}
}
