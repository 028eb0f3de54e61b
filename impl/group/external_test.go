package group_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// External joins into a tree with blanks in the middle, with the tree in the
// GroupInfo and from elsewhere, with PSKs, and in place of the joiner's old leaf
// (RFC 9420, Section 12.4.3.2).
func TestJoinExternal(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		w.psks["shared"] = ciphersuite.Secret("a secret of some length")
		m := w.found("alice", "bob", "carol", "dave", "erin")
		w.commit(m, group.CommitOptions{Proposals: propose(group.Remove(1), group.Remove(2))})
		m = []*client{m[0], m[3], m[4]}

		frank := w.client("frank")
		w.joinExternal(frank, m, group.GroupInfoOptions{ExternalPub: true}, group.ExternalOptions{
			PSKs: []schedule.PreSharedKeyID{{Type: schedule.PSKExternal, ID: []byte("shared")}},
		})
		m = append(m, frank)
		if frank.OwnIndex() != 1 {
			t.Errorf("joined at %d, want 1", frank.OwnIndex())
		}
		w.agree(m...)

		grace := w.client("grace")
		w.joinExternal(grace, first(m, 1), group.GroupInfoOptions{ExternalPub: true, OmitTree: true}, group.ExternalOptions{
			JoinOptions:       group.JoinOptions{RatchetTree: must(m[0].Tree().Marshal())},
			AuthenticatedData: []byte("aad"),
		})
		m = append(m, grace)
		w.agree(m...)

		// Dave, who is at leaf 3, comes back with the key that he had.
		dave := *m[1]
		dave.config.PSK = dave.store()
		at := dave.OwnIndex()
		w.joinExternal(&dave, others(m, 1), group.GroupInfoOptions{ExternalPub: true}, group.ExternalOptions{
			Remove: &at,
			PSKs: []schedule.PreSharedKeyID{{
				Type: schedule.PSKResumption, Usage: schedule.UsageApplication, GroupID: dave.ID(), Epoch: dave.Epoch(),
			}},
		})
		if dave.OwnIndex() != 3 {
			t.Errorf("joined again at %d, want 3", dave.OwnIndex())
		}
		m[1] = &dave
		w.agree(m...)
		w.commit(first(m, 1), group.CommitOptions{})
		w.add(first(m, 4), w.client("heidi"))
		w.agree(m...)
	})
}

// store finds what the client's configuration does, and the resumption PSKs of
// the group that it is in now.
func (c *client) store() func(*schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	old, next := c.Group, c.config.PSK
	return func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
		if id.Type == schedule.PSKResumption && bytes.Equal(id.GroupID, old.ID()) {
			return old.Resumption(id.Epoch)
		}
		return next(id)
	}
}

// The old appearance of a member that came back learns that it is out.
func TestJoinExternalRemovesOld(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	bob := *m[1]
	at := bob.OwnIndex()
	g, commit, err := bob.tryExternal(info, group.ExternalOptions{Remove: &at})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range w.deliver(commit, m...) {
		if r.Commit.SelfRemoved != (i == 1) || len(r.Commit.Added) != 1 || r.Commit.Added[0] != 1 {
			t.Errorf("%s: %+v", m[i].name, r.Commit)
		}
	}
	bob.Group = g
	w.agree(m[0], &bob)
	if _, err := m[1].Encrypt(nil, nil); !errors.Is(err, group.ErrRemoved) {
		t.Errorf("the old bob sends: %v", err)
	}
}

// An external Commit ends what the members had in preparation.
func TestJoinExternalDropsPending(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	if _, err := m[1].ProposeUpdate(nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m[0].Commit(group.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	carol := w.client("carol")
	w.joinExternal(carol, m, group.GroupInfoOptions{ExternalPub: true}, group.ExternalOptions{})
	if m[0].Pending() != nil {
		t.Error("a commit is still pending")
	}
	w.agree(append(m, carol)...)
}

// One GroupInfo serves one external join: the epoch is over then.
func TestJoinExternalOncePerEpoch(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	carol, dave := w.client("carol"), w.client("dave")
	_, one, err := carol.tryExternal(info, group.ExternalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g, two, err := dave.tryExternal(info, group.ExternalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.deliver(two, m...)
	dave.Group = g
	for _, c := range []*client{m[0], m[1], dave} {
		_, err := c.Process(reparse(t, one))
		refused(t, err, "rfc9420-12.4.2-01")
	}
	w.agree(m[0], m[1], dave)
}

// What a joiner needs of a GroupInfo, and what it may not ask for
// (RFC 9420, Section 12.4.3.2).
func TestJoinExternalRefuses(t *testing.T) {
	w := suite1(t)
	f, _ := eight(w)
	eve := w.client("eve")
	pub := func(change func([]byte) []byte) func(*welcomeDraft) {
		return func(d *welcomeDraft) { changeExtension(&d.info.Extensions, codepoint.ExtensionExternalPub, change) }
	}
	for name, do := range map[string]func(*welcomeDraft){
		"none":       pub(func([]byte) []byte { return nil }),
		"31 bytes":   pub(func(b []byte) []byte { return append([]byte{31}, b[2:]...) }),
		"no key":     pub(func([]byte) []byte { return []byte{0} }),
		"cut off":    pub(func(b []byte) []byte { return b[:20] }),
		"byte after": pub(func(b []byte) []byte { return append(b, 0) }),
	} {
		_, _, err := eve.tryExternal(f.forge(beforeSigning, do).info, group.ExternalOptions{})
		t.Run("external_pub "+name, func(t *testing.T) { refused(t, err, "rfc9420-12.4.3.2-06") })
	}
	lowOrder := f.forge(beforeSigning, pub(func([]byte) []byte { return append([]byte{32}, make([]byte, 32)...) })).info
	_, _, err := eve.tryExternal(lowOrder, group.ExternalOptions{})
	refused(t, err, "rfc9420-5.1.3-02")
	grease := f.forge(beforeKeys, func(d *welcomeDraft) { d.context.CipherSuite = greaseType }).info
	_, _, err = eve.tryExternal(grease, group.ExternalOptions{})
	refused(t, err, "rfc9420-17.1-03")

	info := f.forge(genuine, nil).info
	blank := leafIndex(3)
	_, _, err = eve.tryExternal(info, group.ExternalOptions{Remove: &blank})
	refused(t, err, "rfc9420-12.1.3-01")
	_, _, err = eve.tryExternal(info, group.ExternalOptions{PSKs: []schedule.PreSharedKeyID{{Type: schedule.PSKExternal, ID: []byte("unknown")}}})
	refused(t, err, "rfc9420-12.4.2-02")
	_, _, err = eve.tryExternal(info, group.ExternalOptions{PSKs: []schedule.PreSharedKeyID{{Type: schedule.PSKResumption, Usage: schedule.UsageReInit}}})
	refused(t, err, "rfc9420-11.2-04")
}

// A joiner's own leaf has to be one that the group accepts (RFC 9420,
// Section 7.5).
func TestJoinExternalOwnLeaf(t *testing.T) {
	w := suite1(t)
	f, _ := eight(w)
	info := f.forge(genuine, nil).info
	for _, c := range []struct {
		name string
		id   rule.ID
		do   func(*group.Identity)
	}{
		{"lacks what the group requires", "rfc9420-13.5-06", func(id *group.Identity) {
			id.Capabilities.Extensions = drop(id.Capabilities.Extensions, requiredType)
		}},
		{"lacks an extension of the group", "rfc9420-12.4.3-02", func(id *group.Identity) {
			id.Capabilities.Extensions = drop(id.Capabilities.Extensions, privateExtension)
		}},
		{"lists nothing but what the RFC has", "rfc9420-12.4.3-02", func(id *group.Identity) {
			id.Capabilities = leaf.Capabilities{}
		}},
		{"has a key that a member has", "rfc9420-7.3-09", func(id *group.Identity) {
			id.Signer = f.signers[6]
		}},
		{"has a credential type that the members do not list", "rfc9420-7.3-03", func(id *group.Identity) {
			id.Credential = leaf.Credential{Type: 0xf003}
			id.Capabilities.Credentials = append(id.Capabilities.Credentials, 0xf003)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			eve := w.client("eve")
			eve.config.Policy.CredentialTypes = []codepoint.CredentialType{0xf003}
			id := eve.identity()
			c.do(&id)
			_, _, err := group.JoinExternal(eve.config, info, id, group.ExternalOptions{})
			refused(t, err, c.id)
		})
	}
}

// A joiner asks its own authentication service as well, also for the leaf that
// it replaces (RFC 9420, Section 5.3.1).
func TestJoinExternalOwnCredential(t *testing.T) {
	w := suite1(t)
	f, _ := eight(w)
	info := f.forge(genuine, nil).info
	at := leafIndex(6)
	for _, c := range []struct {
		name   string
		remove *leafIndex
		want   rule.ID
	}{
		{"mallory", nil, "rfc9420-5.3.1-01"},
		{"mallet", &at, "rfc9420-5.3.1-02"},
		{"mallet", nil, ""},
		{"eve", &at, ""},
	} {
		eve := w.client(c.name)
		eve.config.Policy.Authenticate = authenticate
		_, _, err := eve.tryExternal(info, group.ExternalOptions{Remove: c.remove})
		if c.want != "" {
			refused(t, err, c.want)
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Without capabilities of its own, an identity lists what this implementation
// supports, and reserved values unless told otherwise.
func TestJoinExternalDefaultCapabilities(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	for _, noGREASE := range []bool{true, false} {
		c := w.client("joiner")
		c.config.NoGREASE = noGREASE
		id := c.identity()
		id.Capabilities, id.Extensions = leaf.Capabilities{}, leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("\x01x")}}
		info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
		g, commit, err := group.JoinExternal(c.config, info, id, group.ExternalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(commit, m...)
		c.Group = g
		m = append(m, c)
		w.agree(m...)
		l := c.OwnLeaf()
		if got := len(l.Capabilities.WithoutGREASE().Extensions) == len(l.Capabilities.Extensions); got != noGREASE {
			t.Errorf("NoGREASE %v: lists %v", noGREASE, l.Capabilities.Extensions)
		}
		if _, ok := l.Extensions.Find(codepoint.ExtensionApplicationID); !ok {
			t.Error("application_id is lost")
		}
	}
}
