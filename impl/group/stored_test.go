package group_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
)

// A keeper is a client that keeps everything in a store.
type keeper struct {
	*client
	store *faulty
}

var errDisk = errors.New("disk full")

// A faulty store fails where it is told to, and otherwise works.
type faulty struct {
	store.Memory
	fails string // the name of a method
}

func (f *faulty) broken(method string) error {
	if f.fails == method {
		return errDisk
	}
	return nil
}

func (f *faulty) Bundle(ref []byte) (*keypackage.Bundle, error) {
	if err := f.broken("Bundle"); err != nil {
		return nil, err
	}
	return f.Memory.Bundle(ref)
}

func (f *faulty) SignatureKey(public []byte) (*ciphersuite.SignatureKey, error) {
	if err := f.broken("SignatureKey"); err != nil {
		return nil, err
	}
	return f.Memory.SignatureKey(public)
}

func (f *faulty) Group(groupID []byte) ([]byte, error) {
	if err := f.broken("Group"); err != nil {
		return nil, err
	}
	return f.Memory.Group(groupID)
}

func (f *faulty) Joined(groupID, snapshot, ref []byte) error {
	if err := f.broken("Joined"); err != nil {
		return err
	}
	return f.Memory.Joined(groupID, snapshot, ref)
}

// keeper returns a client that has made a signature key and a KeyPackage.
func (w *world) keeper(name string) *keeper {
	w.t.Helper()
	k := &keeper{store: new(faulty)}
	signer := must(keypackage.NewSigner(k.store, w.suite, w.config.Rand))
	k.client = &client{w: w, name: name, signer: signer, config: w.config}
	k.publish(false)
	return k
}

// publish makes another KeyPackage, whose keys are stored. It returns the
// reference.
func (k *keeper) publish(lastResort bool) []byte {
	k.w.t.Helper()
	o := &k.w.options
	o.Store, o.LastResort = k.store, lastResort
	k.renew()
	o.Store, o.LastResort = nil, false
	return k.ref()
}

// ref is that of the client's latest KeyPackage.
func (k *keeper) ref() []byte { return must(k.bundle.KeyPackage.Ref()) }

// has reports whether the store has the bundle.
func (k *keeper) has(ref []byte) bool {
	k.w.t.Helper()
	_, err := k.store.Memory.Bundle(ref)
	if err != nil && !errors.Is(err, keypackage.ErrNotFound) {
		k.w.t.Fatal(err)
	}
	return err == nil
}

func (k *keeper) stage(w *message.Welcome, o group.JoinOptions) (*group.StagedJoin, error) {
	k.w.t.Helper()
	return group.StageStored(k.config, k.store, reparse(k.w.t, &framing.MLSMessage{Welcome: w}).Welcome, o)
}

// mayStage stages a Welcome that has to be accepted.
func (k *keeper) mayStage(w *message.Welcome) *group.StagedJoin {
	k.w.t.Helper()
	s, err := k.stage(w, group.JoinOptions{})
	if err != nil {
		k.w.t.Fatalf("%s joins: %v", k.name, err)
	}
	return s
}

// reload sets the client's group to that in the store.
func (k *keeper) reload(groupID string) {
	k.w.t.Helper()
	snapshot, err := k.store.Group([]byte(groupID))
	if err != nil {
		k.w.t.Fatal(err)
	}
	k.Group, err = group.Restore(k.config, snapshot, func(public []byte) (ciphersuite.Signer, error) { return k.store.SignatureKey(public) })
	if err != nil {
		k.w.t.Fatal(err)
	}
}

// invited has a new client found a group and add the others.
func (w *world) invited(groupID string, to ...*client) (founder *client, welcome *message.Welcome) {
	w.t.Helper()
	founder = w.client("founder of " + groupID)
	w.create(founder, group.CreateOptions{GroupID: []byte(groupID)})
	var kps []*keypackage.Validated
	for _, c := range to {
		kps = append(kps, founder.validated(c))
	}
	p := must(founder.AddMembers(kps...))
	w.deliver(p.Message, founder)
	return founder, p.Welcome
}

// The reference of a KeyPackage is the key in the store, and the name in the
// Welcome. What it finds serves once (RFC 9420, Sections 5.2, 12.4.3.1 and 16.8).
func TestStageStored(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		bob := w.keeper("bob")
		other, ref := bob.ref(), bob.publish(false)
		if bytes.Equal(other, ref) || len(ref) != w.suite.HashSize() {
			t.Fatalf("references %x and %x", other, ref)
		}
		alice, welcome := w.invited("group", w.client("carol"), bob.client, w.client("dave"))
		if len(welcome.Secrets) != 3 || !bytes.Equal(welcome.Secrets[1].NewMember, ref) {
			t.Errorf("the Welcome does not name %x", ref)
		}
		s := bob.mayStage(welcome)
		if !bytes.Equal(s.Ref(), ref) || !bob.has(ref) {
			t.Errorf("staged with %x, want %x, which is still there: %v", s.Ref(), ref, bob.has(ref))
		}
		if ids := must(bob.store.GroupIDs()); len(ids) != 0 {
			t.Errorf("groups %q before the join", ids)
		}
		g := must(s.Join())
		if bob.has(ref) || !bob.has(other) {
			t.Errorf("the used bundle is there: %v, the other: %v", bob.has(ref), bob.has(other))
		}
		bob.Group = g
		w.agree(alice, bob.client)
		w.commit([]*client{alice, bob.client}, group.CommitOptions{})

		// What was stored is the group as it was joined.
		bob.reload("group")
		if bob.Epoch() != 1 || bob.OwnIndex() != 2 {
			t.Errorf("stored in epoch %d at %d", bob.Epoch(), bob.OwnIndex())
		}
	})
}

// A KeyPackage of last resort serves in any number of groups (rfc9420-16.8-02).
func TestStageStoredLastResort(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		bob := w.keeper("bob")
		ref := bob.publish(true)
		for i, id := range []string{"one", "two", "three"} {
			founder, welcome := w.invited(id, bob.client)
			s := bob.mayStage(welcome)
			if !bytes.Equal(s.Ref(), ref) || !s.KeyPackage().IsLastResort() {
				t.Errorf("staged with %x", s.Ref())
			}
			must(s.Join())
			bob.reload(id)
			w.agree(founder, bob.client)
			if n := len(must(bob.store.GroupIDs())); !bob.has(ref) || n != i+1 {
				t.Errorf("bundle there: %v, in %d groups", bob.has(ref), n)
			}
		}
	})
}

// The store of a large client, and a Welcome for many: the bundle is found. Where
// two entries fit, the first counts.
func TestStageStoredAmongMany(t *testing.T) {
	w := suite1(t)
	var added []*client
	for i := range 20 {
		added = append(added, w.client(fmt.Sprint("client ", i)))
	}
	bob := w.keeper("bob")
	for range 20 {
		bob.publish(false)
	}
	first := *bob.client
	// A second signature key of the same store makes another member of it.
	twin := w.client("bob")
	if err := errors.Join(bob.store.PutSignatureKey(w.suite, twin.signer), bob.store.PutBundles(twin.bundle)); err != nil {
		t.Fatal(err)
	}
	founder, welcome := w.invited("group", append(added, &first, twin)...)
	s := bob.mayStage(welcome)
	if !bytes.Equal(s.Ref(), bob.ref()) || s.OwnIndex() != 21 {
		t.Errorf("joins with %x at %d", s.Ref(), s.OwnIndex())
	}
	first.Group = must(s.Join())
	w.agree(founder, &first)
	slices.Reverse(welcome.Secrets)
	bob.store = new(faulty)
	if err := errors.Join(bob.store.PutSignatureKey(w.suite, first.signer), bob.store.PutSignatureKey(w.suite, twin.signer),
		bob.store.PutBundles(first.bundle, twin.bundle)); err != nil {
		t.Fatal(err)
	}
	if s := bob.mayStage(welcome); s.OwnIndex() != 22 {
		t.Errorf("joins at %d", s.OwnIndex())
	}
}

// A staged join says what is to be decided on.
func TestStagedJoinTells(t *testing.T) {
	w := suite1(t)
	w.psks["known"] = ciphersuite.Secret("a secret that all know")
	m := w.found("alice", "carol")
	bob := w.keeper("bob")
	psk := must(m[1].ExternalPSK([]byte("known")))
	p := w.commit(first(m, 1), group.CommitOptions{Proposals: propose(psk, group.Add(m[1].validated(bob.client)))})
	s := bob.mayStage(p.Welcome)
	if c := s.GroupContext(); string(c.GroupID) != "group" || c.Epoch != 2 || c.CipherSuite != w.suite.ID() {
		t.Errorf("context %+v", c)
	}
	if by, l := s.AddedBy(); by != 1 || string(l.Credential.Identity) != "carol" || s.OwnIndex() != 2 {
		t.Errorf("added at %d by %d", s.OwnIndex(), by)
	}
	if !bytes.Equal(s.Tree().Hash(), m[0].Tree().Hash()) {
		t.Error("another tree")
	}
	if want := psk.Body.(*message.PreSharedKey).PSK; len(s.PSKs()) != 1 || !s.PSKs()[0].Equal(&want) {
		t.Errorf("PSKs %+v", s.PSKs())
	}
	if kp := s.KeyPackage(); !bytes.Equal(must(kp.Ref()), bob.ref()) || !bytes.Equal(s.Ref(), bob.ref()) || kp.IsLastResort() {
		t.Errorf("joins with %+v", kp)
	}
}

// What is refused changes nothing, and a fault of the store is passed on.
func TestStageStoredRefuses(t *testing.T) {
	for _, c := range []struct {
		want  rule.ID // empty where nothing is wrong with the Welcome
		is    error
		name  string
		fault func(*world, *keeper, *message.Welcome)
	}{
		{"rfc9420-12.4.3.1-02", keypackage.ErrNotFound, "for somebody else", func(w *world, _ *keeper, welcome *message.Welcome) {
			_, other := w.invited("group", w.client("grace"))
			*welcome = *other
		}},
		{"rfc9420-12.4.3.1-02", keypackage.ErrNotFound, "for nobody", func(_ *world, _ *keeper, w *message.Welcome) { w.Secrets = nil }},
		{"rfc9420-12.4.3.1-02", keypackage.ErrNotFound, "bit of the reference", func(_ *world, _ *keeper, w *message.Welcome) {
			w.Secrets[0].NewMember[0] ^= 1
		}},
		{"rfc9420-12.4.3.1-03", nil, "another suite", func(_ *world, _ *keeper, w *message.Welcome) {
			w.CipherSuite = codepoint.X25519ChaCha20Poly1305SHA256Ed25519
		}},
		{"rfc9420-12.4.3.1-04", nil, "bit of the secrets", func(_ *world, _ *keeper, w *message.Welcome) {
			w.Secrets[0].EncryptedGroupSecrets.Ciphertext[0] ^= 1
		}},
		{"rfc9420-12.4.3.1-05", nil, "unknown PSK", func(w *world, k *keeper, welcome *message.Welcome) {
			w.psks["id"] = ciphersuite.Secret("a secret")
			founder := w.client("founder")
			w.create(founder, group.CreateOptions{GroupID: []byte("group")})
			psk := must(founder.ExternalPSK([]byte("id")))
			*welcome = *must(founder.Commit(group.CommitOptions{Proposals: propose(psk, group.Add(founder.validated(k.client)))})).Welcome
			k.config.PSK = nil
		}},
		{"rfc9420-7.3-06", nil, "expired meanwhile", func(_ *world, k *keeper, _ *message.Welcome) {
			k.config.Policy.CheckLifetime = true
			k.config.Policy.Now = func() time.Time { return present.Add(keypackage.DefaultLifetime + time.Second) }
		}},
		{"rfc9420-12.4.3-03", nil, "group that the store has", func(_ *world, k *keeper, _ *message.Welcome) {
			if err := k.store.PutGroup([]byte("group"), []byte("snapshot")); err != nil {
				panic(err)
			}
		}},
		{"", keypackage.ErrNotFound, "no signature key", func(_ *world, k *keeper, _ *message.Welcome) {
			k.store = new(faulty)
			if err := k.store.PutBundles(k.bundle); err != nil {
				panic(err)
			}
		}},
		{"", errDisk, "bundle cannot be read", func(_ *world, k *keeper, _ *message.Welcome) { k.store.fails = "Bundle" }},
		{"", errDisk, "signature key cannot be read", func(_ *world, k *keeper, _ *message.Welcome) { k.store.fails = "SignatureKey" }},
		{"", errDisk, "group cannot be read", func(_ *world, k *keeper, _ *message.Welcome) { k.store.fails = "Group" }},
	} {
		t.Run(string(c.want)+"/"+c.name, func(t *testing.T) {
			w := suite1(t)
			bob := w.keeper("bob")
			founder, welcome := w.invited("group", bob.client)
			changed, faulted := *reparse(t, &framing.MLSMessage{Welcome: welcome}).Welcome, *bob
			client := *bob.client
			faulted.client = &client
			c.fault(w, &faulted, &changed)
			before := fmt.Sprint(&faulted.store.Memory)
			_, err := faulted.stage(&changed, group.JoinOptions{})
			if err == nil || rule.Of(err) != "" && c.want == "" {
				t.Errorf("refused with %v", err)
			}
			if c.want != "" {
				refused(t, err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("refused with %v, want %v", err, c.is)
			}
			if after := fmt.Sprint(&faulted.store.Memory); after != before || !faulted.has(bob.ref()) {
				t.Errorf("the store has changed from %q to %q", before, after)
			}
			bob.store = new(faulty)
			if err := errors.Join(bob.store.PutSignatureKey(w.suite, bob.signer), bob.store.PutBundles(bob.bundle)); err != nil {
				t.Fatal(err)
			}
			bob.Group = must(bob.mayStage(welcome).Join())
			w.agree(founder, bob.client)
		})
	}
}

// A Welcome can be read when the KeyPackage has expired meanwhile, unless the
// client is strict (rfc9420-7.3-06).
func TestStageStoredLate(t *testing.T) {
	w := suite1(t)
	bob := w.keeper("bob")
	founder, welcome := w.invited("group", bob.client)
	later := present.Add(keypackage.DefaultLifetime + time.Second)
	bob.config.Policy.Now = func() time.Time { return later }
	s := bob.mayStage(welcome)
	if s.KeyPackage().LeafNode.Lifetime.Covers(later) {
		t.Error("not expired")
	}
	bob.Group = must(s.Join())
	w.agree(founder, bob.client)
}

// A KeyPackage that was published for one use serves once, whoever uses it again,
// and in whatever order the client looks at the Welcomes (rfc9420-10-01).
func TestJoinStoredOnce(t *testing.T) {
	w := suite1(t)
	bob := w.keeper("bob")
	_, one := w.invited("one", bob.client)
	_, two := w.invited("two", bob.client)
	first, second, again := bob.mayStage(one), bob.mayStage(two), bob.mayStage(one)
	must(first.Join())
	before := fmt.Sprint(bob.store)

	if _, err := first.Join(); !errors.Is(err, group.ErrJoined) {
		t.Errorf("the same staged join: %v", err)
	}
	_, err := second.Join()
	refused(t, err, "rfc9420-10-01")
	if !errors.Is(err, keypackage.ErrNotFound) {
		t.Errorf("the same bundle in another group: %v", err)
	}
	_, err = again.Join()
	refused(t, err, "rfc9420-12.4.3-03")
	for _, welcome := range []*message.Welcome{one, two} {
		_, err := bob.stage(welcome, group.JoinOptions{})
		refused(t, err, "rfc9420-12.4.3.1-02")
	}
	if after := fmt.Sprint(bob.store); after != before {
		t.Errorf("the store has changed from %q to %q", before, after)
	}
}

// A client does not get into two groups of one name, and no group that goes on is
// overwritten by one that begins (RFC 9420, Section 12.4.3).
func TestJoinStoredSameGroup(t *testing.T) {
	w := suite1(t)
	bob := w.keeper("bob")
	bob.publish(true)
	founder, one := w.invited("group", bob.client)
	first, again := bob.mayStage(one), bob.mayStage(one)
	bob.publish(false)
	rival, two := w.invited("group", bob.client)
	second := bob.mayStage(two)
	bob.Group = must(first.Join())
	stored := must(bob.store.Group([]byte("group")))
	for _, s := range []*group.StagedJoin{again, second} {
		_, err := s.Join()
		refused(t, err, "rfc9420-12.4.3-03")
	}
	_, err := bob.stage(two, group.JoinOptions{})
	refused(t, err, "rfc9420-12.4.3-03")
	if !bytes.Equal(must(bob.store.Group([]byte("group"))), stored) || !bob.has(bob.ref()) {
		t.Error("the store has changed")
	}
	w.agree(founder, bob.client)

	// The caller may know better: that was left.
	in := false
	s, err := bob.stage(two, group.JoinOptions{IsMember: func([]byte) bool { return in }})
	if err != nil {
		t.Fatal(err)
	}
	in = true
	_, err = s.Join()
	refused(t, err, "rfc9420-12.4.3-03")
	in = false
	must(s.Join())
	bob.reload("group")
	w.agree(rival, bob.client)
}

// A join that could not be stored has not taken place, and can be tried again.
func TestJoinStoredTriedAgain(t *testing.T) {
	w := suite1(t)
	bob := w.keeper("bob")
	founder, welcome := w.invited("group", bob.client)
	s := bob.mayStage(welcome)
	for _, method := range []string{"Joined", "Group"} {
		bob.store.fails = method
		if g, err := s.Join(); !errors.Is(err, errDisk) || g != nil || rule.Of(err) != "" {
			t.Errorf("%s fails: %v", method, err)
		}
		bob.store.fails = ""
		if ids := must(bob.store.GroupIDs()); len(ids) != 0 || !bob.has(bob.ref()) {
			t.Errorf("%s fails: groups %q, bundle there: %v", method, ids, bob.has(bob.ref()))
		}
	}
	bob.Group = must(s.Join())
	w.agree(founder, bob.client)
}

// Without a store, a staged join is used once as well.
func TestStageWelcomeOnce(t *testing.T) {
	w := suite1(t)
	bob := w.client("bob")
	_, welcome := w.invited("group", bob)
	s := must(group.StageWelcome(bob.config, welcome, bob.bundle, bob.signer, group.JoinOptions{}))
	must(s.Join())
	if _, err := s.Join(); !errors.Is(err, group.ErrJoined) {
		t.Error(err)
	}
	in := false
	s = must(group.StageWelcome(bob.config, welcome, bob.bundle, bob.signer, group.JoinOptions{IsMember: func([]byte) bool { return in }}))
	in = true
	_, err := s.Join()
	refused(t, err, "rfc9420-12.4.3-03")
}

// The successor of a group is joined from a store like any other (RFC 9420,
// Section 11.2).
func TestStageStoredSuccessor(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	next := message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1}
	w.commit(m, group.CommitOptions{Proposals: propose(group.ReInit(next))})
	alice, bob := w.client("alice"), w.keeper("bob")
	g, welcome, err := m[0].Successor(alice.bundle, alice.signer, []*keypackage.Validated{bob.validatedAlone()}, group.FoundOptions{})
	if err != nil {
		t.Fatal(err)
	}
	alice.Group = g
	_, err = bob.stage(welcome, group.JoinOptions{})
	refused(t, err, "rfc9420-12.4.3.1-05")
	s, err := bob.stage(welcome, group.JoinOptions{From: m[1].Group})
	if err != nil {
		t.Fatal(err)
	}
	if psks := s.PSKs(); len(psks) != 1 || !bytes.Equal(psks[0].GroupID, m[0].ID()) {
		t.Errorf("PSKs %+v", psks)
	}
	bob.Group = must(s.Join())
	w.agree(alice, bob.client)
}

// watching remembers the init key that it has handed out.
type watching struct {
	group.Store
	initKey weak.Pointer[ciphersuite.KEMKey]
}

func (w *watching) Bundle(ref []byte) (*keypackage.Bundle, error) {
	b, err := w.Store.Bundle(ref)
	if err == nil {
		w.initKey = weak.Make(b.InitKey)
	}
	return b, err
}

// Nothing holds the private init key any more when a Welcome has been opened.
func TestStagedJoinKeepsNoInitKey(t *testing.T) {
	w := suite1(t)
	bob := w.keeper("bob")
	_, welcome := w.invited("group", bob.client)
	s := &watching{Store: bob.store}
	staged := must(group.StageStored(bob.config, s, welcome, group.JoinOptions{}))
	runtime.GC()
	if s.initKey.Value() != nil {
		t.Error("the staged join keeps the init key")
	}
	must(staged.Join())
}
