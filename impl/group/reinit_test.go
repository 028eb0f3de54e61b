package group_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// heirs returns clients with the names of the members, and KeyPackages for the
// suite of the world.
func (w *world) heirs(members []*client) []*client {
	var heirs []*client
	for _, c := range members {
		heirs = append(heirs, w.client(c.name))
	}
	return heirs
}

// invited returns the validated KeyPackages of all clients but one.
func invited(clients []*client, but int) []*keypackage.Validated {
	var kps []*keypackage.Validated
	for _, c := range others(clients, but) {
		kps = append(kps, c.validatedAlone())
	}
	return kps
}

// A group goes on in another suite: the ReInit by value and by reference, and
// another member than the committer makes the new group (RFC 9420,
// Section 11.2).
func TestReInit(t *testing.T) {
	suites := ciphersuite.All()
	for i, from := range suites {
		to, byValue := suites[(i+1)%len(suites)], i%2 == 0
		t.Run(fmt.Sprintf("%d to %d, by value %v", from.ID(), to.ID(), byValue), func(t *testing.T) {
			testReInit(t, newWorld(t, from), newWorld(t, to), byValue)
		})
	}
}

func testReInit(t *testing.T, old, next *world, byValue bool) {
	m := old.found("alice", "bob", "carol")
	r := message.ReInit{
		GroupID:     []byte("next"),
		Version:     codepoint.MLS10,
		CipherSuite: next.suite.ID(),
		Extensions:  leaf.Extensions{externalSenders(next.newSigner(), "server")},
	}
	var o group.CommitOptions
	if byValue {
		o.Proposals = propose(group.ReInit(r))
	} else {
		old.deliver(must(m[2].Propose(group.ReInit(r), nil)), m[0], m[1])
	}
	p := old.commit(m, o)
	if p.Committed().ReInit == nil {
		t.Error("the committer is not told of the ReInit")
	}
	for _, c := range m {
		if c.ReInit() == nil || !bytes.Equal(c.EpochAuthenticator(), m[0].EpochAuthenticator()) {
			t.Errorf("%s: ReInit %v", c.name, c.ReInit())
		}
	}

	heirs := next.heirs(m)
	g, w, err := m[1].Successor(heirs[1].bundle, heirs[1].signer, invited(heirs, 1), group.FoundOptions{})
	if err != nil {
		t.Fatal(err)
	}
	heirs[1].Group = g
	for i, c := range heirs {
		if i != 1 {
			next.join(c, w, group.JoinOptions{From: m[i].Group})
		}
	}
	next.agree(heirs...)
	if got := g.GroupContext(); !bytes.Equal(got.GroupID, r.GroupID) || got.Epoch != 1 || got.CipherSuite != r.CipherSuite || !slices.EqualFunc(got.Extensions, r.Extensions, sameExtension) {
		t.Errorf("the new group is %+v", got)
	}
	next.commit(first(heirs, 2), group.CommitOptions{})
	next.agree(heirs...)
}

func sameExtension(a, b leaf.Extension) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }

// A group that a ReInit has ended takes no more messages from its members, and
// still does so after a pause (rfc9420-12.4.2-08).
func TestReInitEndsGroup(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	next := message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}
	before := m[0].Epoch()
	w.commit(m, group.CommitOptions{Proposals: propose(group.ReInit(next)), OmitPath: true})
	m = append(m, restored(t, m[1]))
	for _, c := range m {
		_, encrypt := c.Encrypt([]byte("text"), nil)
		_, update := c.ProposeUpdate(nil, nil)
		_, remove := c.Propose(group.Remove(0), nil)
		_, commit := c.Commit(group.CommitOptions{})
		_, _, branch := c.Branch(c.bundle, c.signer, nil, group.CreateOptions{}, group.FoundOptions{})
		for what, err := range map[string]error{"encrypt": encrypt, "update": update, "remove": remove, "commit": commit, "branch": branch} {
			if !errors.Is(err, group.ErrReInitialized) {
				t.Errorf("%s: %s: %v", c.name, what, err)
			}
		}
		if r := c.ReInit(); r == nil || string(r.GroupID) != "next" || c.Epoch() != before+1 {
			t.Errorf("%s: epoch %d, ReInit %v", c.name, c.Epoch(), r)
		}
	}
}

// What the maker of a successor cannot do (RFC 9420, Section 11.2).
func TestSuccessorRefused(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob", "carol", "dave")
	heirs := w.heirs(m)
	if _, _, err := m[0].Successor(heirs[0].bundle, heirs[0].signer, nil, group.FoundOptions{}); !errors.Is(err, group.ErrNotReInitialized) {
		t.Errorf("a group that goes on: %v", err)
	}
	w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(3))})
	if _, _, err := m[3].Successor(heirs[3].bundle, heirs[3].signer, nil, group.FoundOptions{}); !errors.Is(err, group.ErrRemoved) {
		t.Errorf("a member that was removed: %v", err)
	}
	m, heirs = m[:3], heirs[:3]
	next := message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}
	w.commit(m, group.CommitOptions{Proposals: propose(group.ReInit(next))})
	before := must(m[0].Snapshot())

	_, _, err := m[0].Successor(heirs[0].bundle, heirs[0].signer, invited(heirs[:2], 0), group.FoundOptions{})
	refused(t, err, "rfc9420-11.2-05")
	w3 := newWorld(t, must(ciphersuite.Lookup(3)))
	c3 := w3.client("alice")
	_, _, err = m[0].Successor(c3.bundle, c3.signer, nil, group.FoundOptions{})
	refused(t, err, "rfc9420-11.2-01")
	_, _, err = m[0].Successor(heirs[0].bundle, heirs[0].signer, []*keypackage.Validated{heirs[1].validatedAlone(), c3.validatedAlone()}, group.FoundOptions{})
	refused(t, err, "rfc9420-10.1-01")
	if !bytes.Equal(must(m[0].Snapshot()), before) {
		t.Error("the old group is not what it was before")
	}

	// Members can bring others along.
	heirs = append(heirs, w.client("grace"))
	g, welcome, err := m[0].Successor(heirs[0].bundle, heirs[0].signer, invited(heirs, 0), group.FoundOptions{})
	if err != nil {
		t.Fatal(err)
	}
	heirs[0].Group = g
	for i, c := range heirs[1:3] {
		w.join(c, welcome, group.JoinOptions{From: m[1+i].Group})
	}
	w.agree(heirs[:3]...)
}

// An originCase is a Welcome of a group that claims to come from another one,
// with one fault.
type originCase struct {
	id   rule.ID
	name string
	// groupID is that of the new group, where it is not the right one.
	groupID string
	// do changes the PSKs and the GroupContext of the new group.
	do func(*origin, *welcomeDraft)
	// from changes what the joiner knows of the old group.
	from func(*origin, *group.JoinOptions)
	// members are those of the new group, the joiner last; nil stands for all.
	members []string
}

// An origin is an old group and what is forged out of it.
type origin struct {
	*world
	t     *testing.T
	old   []*client
	usage schedule.ResumptionPSKUsage
}

// psk returns the resumption PSK of an epoch of the old group.
func (o *origin) psk(d *welcomeDraft, epoch uint64) schedule.PSK {
	secret, ok := o.old[0].Resumption(epoch)
	if !ok {
		o.t.Fatalf("no resumption PSK of epoch %d", epoch)
	}
	return schedule.PSK{
		ID: schedule.PreSharedKeyID{
			Type: schedule.PSKResumption, Usage: o.usage, GroupID: o.old[0].ID(), Epoch: epoch, Nonce: d.random(d.suite.HashSize()),
		},
		Secret: secret,
	}
}

// run has carol join the new group, first with the fault and then without.
func (o *origin) run(c *originCase, context func(*schedule.GroupContext)) {
	names := c.members
	if names == nil {
		names = []string{"alice", "bob", "carol"}
	}
	var members []*client
	for _, name := range names {
		members = append(members, o.client(name))
	}
	carol := members[len(members)-1]
	make := func(groupID string, do func(*origin, *welcomeDraft)) *welcomeDraft {
		f := pair(o.world, members[0], members[1:]...)
		context(&f.context)
		if groupID != "" {
			f.context.GroupID = []byte(groupID)
		}
		return f.forge(beforeKeys, func(d *welcomeDraft) {
			d.psks = []schedule.PSK{o.psk(d, o.old[0].Epoch())}
			if do != nil {
				do(o, d)
			}
		})
	}
	join := group.JoinOptions{From: o.old[2].Group}
	if c.from != nil {
		c.from(o, &join)
	}
	o.world.remember(carol, o.old[0])
	before := must(o.old[2].Snapshot())
	_, err := carol.tryJoin(make(c.groupID, c.do).welcome, join)
	refused(o.t, err, c.id)
	if !bytes.Equal(must(o.old[2].Snapshot()), before) {
		o.t.Error("the old group is not what it was before")
	}
	if c.members != nil || c.from != nil {
		return
	}
	d := make("", nil)
	g, err := carol.tryJoin(d.welcome, join)
	if err != nil {
		o.t.Errorf("genuine Welcome: %v", err)
	} else if !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) {
		o.t.Error("genuine Welcome: another epoch")
	}
}

// remember has a client know the resumption PSKs of a member, under the name of
// every group.
func (w *world) remember(c, member *client) {
	next := c.config.PSK
	c.config.PSK = func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
		if id.Type == schedule.PSKResumption {
			return member.Resumption(id.Epoch)
		}
		return next(id)
	}
}

// Welcomes to what is not the announced successor (RFC 9420, Sections 11.2 and
// 12.4.3.1).
func TestReInitRefused(t *testing.T) {
	announced := message.ReInit{
		GroupID:     []byte("next"),
		Version:     codepoint.MLS10,
		CipherSuite: 1,
		Extensions:  leaf.Extensions{{Type: privateExtension, Data: []byte("data")}, {Type: requiredType}},
	}
	for _, c := range []struct {
		originCase
		reinit func(*message.ReInit)
		none   bool
	}{
		{originCase: originCase{id: "rfc9420-11.2-01", name: "another group_id", groupID: "another"}},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "extension missing", do: func(_ *origin, d *welcomeDraft) {
			d.context.Extensions = d.context.Extensions[:1]
		}}},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "extension added", do: func(_ *origin, d *welcomeDraft) {
			d.context.Extensions = append(d.context.Extensions, externalSenders(d.signer, "server"))
		}}},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "extensions in another order", do: func(_ *origin, d *welcomeDraft) {
			slices.Reverse(d.context.Extensions)
		}}},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "extension with other data", do: func(_ *origin, d *welcomeDraft) {
			d.context.Extensions[0].Data = []byte("other")
		}}},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "another suite announced", members: []string{"alice", "bob", "carol"}},
			reinit: func(r *message.ReInit) { r.CipherSuite = 3 }},
		{originCase: originCase{id: "rfc9420-11.2-01", name: "another version announced", members: []string{"alice", "bob", "carol"}},
			reinit: func(r *message.ReInit) { r.Version = 2 }},
		{originCase: originCase{id: "rfc9420-11.2-02", name: "epoch 2", do: func(_ *origin, d *welcomeDraft) { d.context.Epoch = 2 }}},
		{originCase: originCase{id: "rfc9420-11.2-02", name: "epoch 0", do: func(_ *origin, d *welcomeDraft) { d.context.Epoch = 0 }}},
		{originCase: originCase{id: "rfc9420-11.2-03", name: "PSK of the epoch before", do: func(o *origin, d *welcomeDraft) {
			d.psks = []schedule.PSK{o.psk(d, o.old[0].Epoch()-1)}
		}}},
		{originCase: originCase{id: "rfc9420-11.2-03", name: "PSK of another group", do: func(_ *origin, d *welcomeDraft) {
			d.psks[0].ID.GroupID = []byte("another")
		}}},
		{originCase: originCase{id: "rfc9420-11.2-03", name: "no PSK", do: func(_ *origin, d *welcomeDraft) { d.psks = nil }}},
		{originCase: originCase{id: "rfc9420-11.2-03", name: "PSK of usage application", do: func(_ *origin, d *welcomeDraft) {
			d.psks[0].ID.Usage = schedule.UsageApplication
		}}},
		{originCase: originCase{id: "rfc9420-11.2-03", name: "old group not given", from: func(_ *origin, o *group.JoinOptions) {
			o.From = nil
		}}},
		{originCase: originCase{id: "rfc9420-11.2-05", name: "bob left out", members: []string{"alice", "carol"}}},
		{originCase: originCase{id: "rfc9420-11.2-06", name: "no ReInit before", members: []string{"alice", "bob", "carol"}}, none: true},
		{originCase: originCase{id: "rfc9420-12.4.3.1-06", name: "a branch PSK beside", do: func(o *origin, d *welcomeDraft) {
			second := o.psk(d, o.old[0].Epoch())
			second.ID.Usage = schedule.UsageBranch
			d.psks = append(d.psks, second)
		}}},
		{originCase: originCase{id: "rfc9420-12.4.3.1-06", name: "two reinit PSKs", do: func(o *origin, d *welcomeDraft) {
			d.psks = append(d.psks, o.psk(d, o.old[0].Epoch()-1))
		}}},
	} {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			w := suite1(t)
			w.options.Capabilities = capable()
			o := &origin{world: w, t: t, old: w.found("alice", "bob", "carol"), usage: schedule.UsageReInit}
			r := announced
			r.Extensions = announced.Extensions.Clone()
			if c.reinit != nil {
				c.reinit(&r)
			}
			var proposals []message.Proposal
			if !c.none {
				proposals = propose(group.ReInit(r))
			}
			w.commit(o.old, group.CommitOptions{Proposals: proposals})
			o.run(&c.originCase, func(g *schedule.GroupContext) {
				g.GroupID, g.Extensions = announced.GroupID, announced.Extensions.Clone()
			})
		})
	}
}

// A reinit PSK can stand beside others (rfc9420-12.4.3.1-07).
func TestReInitBesideOtherPSKs(t *testing.T) {
	w := suite1(t)
	o := &origin{world: w, t: t, old: w.found("alice", "bob"), usage: schedule.UsageReInit}
	r := message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}
	w.commit(o.old, group.CommitOptions{Proposals: propose(group.ReInit(r))})
	heirs := w.heirs(o.old)
	f := pair(w, heirs[0], heirs[1])
	f.context.GroupID = r.GroupID
	d := f.forge(beforeKeys, func(d *welcomeDraft) {
		external := d.externalPSK("shared")
		w.psks["shared"] = external.Secret
		d.psks = []schedule.PSK{o.psk(d, o.old[0].Epoch()), external}
	})
	g, err := heirs[1].tryJoin(d.welcome, group.JoinOptions{From: o.old[1].Group})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) {
		t.Error("another epoch")
	}
}

// The application can compare identities in its own way (RFC 9420,
// Section 11.2).
func TestReInitSameIdentity(t *testing.T) {
	w := suite1(t)
	w.config.SameIdentity = func(a, b *leaf.Credential) bool { return a.Identity[0] == b.Identity[0] }
	m := w.found("alice", "bob")
	w.commit(m, group.CommitOptions{Proposals: propose(group.ReInit(message.ReInit{
		GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1,
	}))})
	heirs := []*client{w.client("a. smith"), w.client("b. jones")}
	g, welcome, err := m[0].Successor(heirs[0].bundle, heirs[0].signer, invited(heirs, 0), group.FoundOptions{})
	if err != nil {
		t.Fatal(err)
	}
	heirs[0].Group = g
	w.join(heirs[1], welcome, group.JoinOptions{From: m[1].Group})
	w.agree(heirs...)
}
