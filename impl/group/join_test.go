package group_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// first returns the members with one of them in front.
func first(members []*client, i int) []*client {
	return append([]*client{members[i]}, others(members, i)...)
}

// Joins with the tree in the GroupInfo and from elsewhere, with and without a
// path in the Commit, and into blanks in the middle (RFC 9420, Sections 12.4.3.1
// and 12.4.3.3).
func TestJoin(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob", "carol", "dave", "erin")
		w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(1), group.Remove(2))})
		m = []*client{m[0], m[3], m[4]}
		for i, o := range []group.CommitOptions{
			{Welcome: group.GroupInfoOptions{OmitTree: true}},
			{OmitPath: true},
			{OmitPath: true, Welcome: group.GroupInfoOptions{OmitTree: true}},
			{},
		} {
			c := w.client("joiner")
			o.Proposals = propose(group.Add(m[2].validated(c)))
			p := w.commit(first(m, 2), o)
			var join group.JoinOptions
			if o.Welcome.OmitTree {
				// rfc9420-12.4.3.3-01
				join.RatchetTree = sketchOf(m[2].Tree(), nil, nil).marshal()
				if !bytes.Equal(must(m[2].Tree().Marshal()), join.RatchetTree) {
					t.Error("another encoding of the tree")
				}
			}
			w.join(c, p.Welcome, join)
			if want := leafIndex([]int{1, 2, 5, 6}[i]); c.OwnIndex() != want {
				t.Errorf("joined at %d, want %d", c.OwnIndex(), want)
			}
			if len(c.Extensions()) != 0 { // rfc9420-12.4.3.3-08
				t.Errorf("GroupContext with %v", c.Extensions())
			}
			m = append(m, c)
			w.commit(first(m, len(m)-1), group.CommitOptions{})
		}
		w.agree(m...)
	})
}

// External and resumption PSKs in the Commit that adds a member (RFC 9420,
// Sections 8.4, 8.6 and 12.4.3.1).
func TestJoinWithPSKs(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		w.psks["shared"] = ciphersuite.Secret("a secret of some length")
		m := w.found("alice", "bob")
		resumption, _ := m[0].Resumption(1)
		w.commit(m, group.CommitOptions{})
		carol := w.client("carol")
		external := must(m[0].ExternalPSK([]byte("shared")))
		earlier := must(m[0].ResumptionPSK(m[0].ID(), 1))
		p := w.commit(m, group.CommitOptions{Proposals: propose(external, group.Add(m[0].validated(carol)), earlier)})

		_, err := carol.tryJoin(p.Welcome, group.JoinOptions{})
		refused(t, err, "rfc9420-12.4.3.1-05")
		store := carol.config.PSK
		carol.config.PSK = func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
			if id.Type == schedule.PSKResumption && bytes.Equal(id.GroupID, m[0].ID()) && id.Epoch == 1 {
				return resumption, true
			}
			return store(id)
		}
		w.join(carol, p.Welcome, group.JoinOptions{})
		w.agree(append(m, carol)...)
	})
}

// A client that knows an old epoch of the group itself needs no store for its
// resumption PSK (RFC 9420, Section 12.4.3.1).
func TestJoinAgainWithResumptionPSK(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob", "carol")
	w.commit([]*client{m[0], m[2]}, group.CommitOptions{Proposals: propose(group.Remove(1))})
	bob := *m[1]
	bob.renew()
	earlier := must(m[0].ResumptionPSK(m[0].ID(), 1))
	p := w.commit([]*client{m[0], m[2]}, group.CommitOptions{Proposals: propose(group.Add(m[0].validated(&bob)), earlier)})
	w.join(&bob, p.Welcome, group.JoinOptions{From: m[1].Group})
	w.agree(m[0], &bob, m[2])
}

// A staged join says what the client would get into, and is no step yet.
func TestStageWelcome(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob", "carol")
	dave := w.client("dave")
	p := w.commit(first(m, 1), group.CommitOptions{Proposals: propose(group.Add(m[1].validated(dave)))})
	for range 2 {
		s, err := group.StageWelcome(dave.config, p.Welcome, dave.bundle, dave.signer, group.JoinOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.GroupContext(); string(got.GroupID) != "group" || got.Epoch != m[0].Epoch() {
			t.Errorf("context %x, epoch %d", got.GroupID, got.Epoch)
		}
		if !bytes.Equal(s.Tree().Hash(), m[0].Tree().Hash()) {
			t.Error("another tree")
		}
		by, l := s.AddedBy()
		if by != 1 || !l.Equal(m[0].Member(1)) || s.OwnIndex() != 3 {
			t.Errorf("added by %d at %d", by, s.OwnIndex())
		}
		dave.Group = must(s.Join())
	}
	w.agree(append(m, dave)...)
}

// One client in several groups: group_ids must differ (RFC 9420,
// Section 12.4.3).
func TestJoinSeveralGroups(t *testing.T) {
	w := suite1(t)
	groups := map[string]*group.Group{}
	var founders []*client
	for _, id := range []string{"one", "two", "two"} {
		c := w.client("founder")
		w.create(c, group.CreateOptions{GroupID: []byte(id)})
		founders = append(founders, c)
	}
	o := group.JoinOptions{IsMember: func(id []byte) bool { return groups[string(id)] != nil }}
	bob := w.client("bob")
	for i, c := range founders {
		bob.renew()
		p := w.commit([]*client{c}, group.CommitOptions{Proposals: propose(group.Add(c.validated(bob)))})
		if i == 2 {
			_, err := bob.tryJoin(p.Welcome, o)
			refused(t, err, "rfc9420-12.4.3-03")
			info := must(c.GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
			_, _, err = bob.tryExternal(info, group.ExternalOptions{JoinOptions: o})
			refused(t, err, "rfc9420-12.4.3-03")
			break
		}
		w.join(bob, p.Welcome, o)
		groups[string(bob.ID())] = bob.Group
		w.agree(c, bob)
	}
	if len(groups) != 2 {
		t.Errorf("in %d groups", len(groups))
	}
	bob.Group = groups["one"]
	w.agree(founders[0], bob)
}

// A message of one group says nothing to another (RFC 9420, Section 6).
func TestJoinedGroupsAreApart(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	other := w.client("carol")
	w.create(other, group.CreateOptions{GroupID: []byte("another")})
	message := must(m[0].Encrypt([]byte("text"), nil))
	_, err := other.Process(reparse(t, message))
	refused(t, err, "rfc9420-6-08")
	w.deliver(message, m[1])
}

// A Welcome is for one KeyPackage of the client, which has to be one that can be
// used (RFC 9420, Section 12.4.3.1).
func TestJoinNeedsItsOwnKeyPackage(t *testing.T) {
	w := suite1(t)
	m := w.found("alice")
	bob := w.client("bob")
	p := w.commit(m, group.CommitOptions{Proposals: propose(group.Add(m[0].validated(bob)))})
	genuine := *bob.bundle
	bob.renew()
	_, err := bob.tryJoin(p.Welcome, group.JoinOptions{})
	refused(t, err, "rfc9420-12.4.3.1-02")

	unknown, welcome := genuine, *p.Welcome
	unknown.KeyPackage.CipherSuite, welcome.CipherSuite = grease, grease
	bob.bundle = &unknown
	_, err = bob.tryJoin(&welcome, group.JoinOptions{})
	refused(t, err, "rfc9420-17.1-03")

	broken := genuine
	broken.KeyPackage.LeafNode.Source = 0
	bob.bundle = &broken
	_, err = bob.tryJoin(p.Welcome, group.JoinOptions{})
	refused(t, err, "rfc9420-7.2-10")

	bob.bundle = &genuine
	w.join(bob, p.Welcome, group.JoinOptions{})
	w.agree(m[0], bob)
}
