package group_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// elsewhere validates a KeyPackage as somebody does who knows nothing of the
// group: with the KeyPackage's own version and suite, and without a clock.
func (s *scene) elsewhere(kp *keypackage.KeyPackage) *keypackage.Validated {
	s.t.Helper()
	v, err := kp.Validate(&keypackage.Checks{
		Version: kp.Version,
		Suite:   must(ciphersuite.Lookup(kp.CipherSuite)),
		Policy:  &leaf.Policy{CredentialTypes: s.config.Policy.CredentialTypes},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// franks is frank's KeyPackage with a changed leaf, validated elsewhere.
func franks(change func(*scene, *leaf.LeafNode)) func(*scene) []*keypackage.Validated {
	return func(s *scene) []*keypackage.Validated {
		kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { change(s, n) })
		return []*keypackage.Validated{s.elsewhere(&kp)}
	}
}

// of validates the KeyPackages of clients elsewhere.
func of(clients func(*scene) []*client) func(*scene) []*keypackage.Validated {
	return func(s *scene) []*keypackage.Validated {
		var kps []*keypackage.Validated
		for _, c := range clients(s) {
			kps = append(kps, s.elsewhere(&c.bundle.KeyPackage))
		}
		return kps
	}
}

// sharing returns a new client whose leaf has the encryption key of another.
func (s *scene) sharing(other *leaf.LeafNode) *client {
	c := s.client("grace")
	kp := s.keyPackage(c, func(n *leaf.LeafNode) { n.EncryptionKey = other.EncryptionKey })
	c.bundle = &keypackage.Bundle{KeyPackage: kp}
	return c
}

// A KeyPackage that somebody has validated, some time, is added only if it fits
// this group now (RFC 9420, Sections 7.3, 10.1 and 12.2).
func TestAddMembersRefuses(t *testing.T) {
	base := newScene(t)
	later := present.Add(365 * 24 * time.Hour)
	for _, c := range []struct {
		want rule.ID
		name string
		make func(*scene) []*keypackage.Validated
	}{
		{"rfc9420-10.1-01", "of another suite", of(func(s *scene) []*client {
			return []*client{newWorld(s.t, must(ciphersuite.Lookup(3))).client("grace")}
		})},
		{"rfc9420-10.1-02", "of another version", func(s *scene) []*keypackage.Validated {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Capabilities.Versions = append(n.Capabilities.Versions, 2) })
			kp.Version = 2
			if err := kp.Sign(s.suite, s.frank.signer); err != nil {
				s.t.Fatal(err)
			}
			return []*keypackage.Validated{s.elsewhere(&kp)}
		}},
		{"rfc9420-7.3-05", "expired since it was validated", func(s *scene) []*keypackage.Validated {
			v := s.alice.validated(s.frank)
			s.reconfigure(func(c *group.Config) { c.Policy.Now = func() time.Time { return later } })
			return []*keypackage.Validated{v}
		}},
		{"rfc9420-7.3-05", "expired when it was received", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Lifetime.NotAfter = uint64(present.Unix()) - 1
		})},
		{"rfc9420-7.3-05", "not yet valid", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Lifetime.NotBefore = uint64(present.Unix()) + 1
		})},
		{"rfc9420-7.2-07", "valid for too long", func(s *scene) []*keypackage.Validated {
			s.reconfigure(func(c *group.Config) { c.Policy.MaxLifetime = 24 * time.Hour })
			return []*keypackage.Validated{s.elsewhere(&s.frank.bundle.KeyPackage)}
		}},
		{"rfc9420-7.3-02", "without a required extension", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extRequired)
		})},
		{"rfc9420-7.3-02", "without a required proposal type", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Capabilities.Proposals = drop(n.Capabilities.Proposals, proposalRequired)
		})},
		{"rfc9420-7.3-02", "without a required credential type", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, codepoint.CredentialX509)
		})},
		{"rfc9420-13.4-07", "without the group's extension", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extInUse)
		})},
		{"rfc9420-13.4-07", "validated before the group had its extension", func(s *scene) []*keypackage.Validated {
			s.commit(s.members, group.CommitOptions{Proposals: propose(group.GroupContextExtensions(s.groupExtensions()))})
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) {
				n.Capabilities.Extensions = drop(n.Capabilities.Extensions, extInUse)
			})
			v := must(s.alice.ValidateKeyPackage(&kp))
			s.commit(s.members, group.CommitOptions{Proposals: propose(group.GroupContextExtensions(s.groupExtensions(extInUse)))})
			return []*keypackage.Validated{v}
		}},
		{"rfc9420-12.2-06", "the same KeyPackage twice", of(func(s *scene) []*client { return []*client{s.frank, s.frank} })},
		{"rfc9420-12.2-06", "two KeyPackages of a client", of(func(s *scene) []*client { return []*client{s.frank, s.double(s.frank)} })},
		{"rfc9420-12.2-08", "of a member", of(func(s *scene) []*client { return []*client{s.double(s.carol)} })},
		{"rfc9420-12.2-08", "of the committer", of(func(s *scene) []*client { return []*client{s.double(s.alice)} })},
		{"rfc9420-12.2-08", "of a client that was added meanwhile", func(s *scene) []*keypackage.Validated {
			v := s.alice.validated(s.frank)
			s.commit(first(s.members, 1), group.CommitOptions{Proposals: propose(s.addition(s.frank))})
			return []*keypackage.Validated{v}
		}},
		{"rfc9420-7.3-09", "another client with a member's signature key", func(s *scene) []*keypackage.Validated {
			s.tellByName()
			return of(func(s *scene) []*client { return []*client{s.double(s.carol)} })(s)
		}},
		{"rfc9420-7.3-09", "two clients with one signature key", func(s *scene) []*keypackage.Validated {
			s.tellByName()
			return of(func(s *scene) []*client { return []*client{s.frank, s.double(s.frank)} })(s)
		}},
		{"rfc9420-7.3-10", "another client with a member's encryption key", of(func(s *scene) []*client {
			return []*client{s.sharing(s.bob.OwnLeaf())}
		})},
		{"rfc9420-7.3-10", "two clients with one encryption key", of(func(s *scene) []*client {
			return []*client{s.frank, s.sharing(&s.frank.bundle.KeyPackage.LeafNode)}
		})},
		{"rfc9420-7.3-03", "credential type that bob does not support", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Credential = leaf.Credential{Type: credRare}
		})},
		{"rfc9420-7.3-04", "without the credential type of dave", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Capabilities.Credentials = drop(n.Capabilities.Credentials, credInUse)
		})},
		{"rfc9420-5.3.1-01", "somebody whom alice does not trust", franks(func(_ *scene, n *leaf.LeafNode) {
			n.Credential = leaf.Basic([]byte("mallory"))
		})},
		{"rfc9420-10.1-05", "changed since it was validated", func(s *scene) []*keypackage.Validated {
			kp := s.frank.bundle.KeyPackage
			v := must(s.alice.ValidateKeyPackage(&kp))
			v.KeyPackage().InitKey = s.double(s.frank).bundle.KeyPackage.InitKey
			return []*keypackage.Validated{v}
		}},
	} {
		t.Run(string(c.want)+"/"+c.name, func(t *testing.T) {
			s := base.fork(t)
			kps := c.make(s)
			before := s.snapshot(s.alice)
			p, err := s.alice.AddMembers(kps...)
			if p != nil || s.alice.Pending() != nil {
				t.Error("there is a Commit")
			}
			if !slices.Contains(rule.All(err), c.want) {
				t.Errorf("%v, want %s: %v", rule.All(err), c.want, err)
			}
			if !bytes.Equal(s.snapshot(s.alice), before) {
				t.Error("the group has changed")
			}
		})
	}
}

// What was validated elsewhere and fits is added: to have the name of a member is
// no fault by itself (rfc9420-12.2-07).
func TestAddMembersFromElsewhere(t *testing.T) {
	s := newScene(t)
	s.options.Capabilities = capabilities("")
	namesake := s.client("carol")
	p := must(s.alice.AddMembers(s.elsewhere(&s.frank.bundle.KeyPackage), s.elsewhere(&namesake.bundle.KeyPackage)))
	s.deliver(p.Message, s.members...)
	for i, c := range []*client{s.frank, namesake} {
		if ref := must(c.bundle.KeyPackage.Ref()); !bytes.Equal(p.Welcome.Secrets[i].NewMember, ref) {
			t.Errorf("the Welcome names %x, want %x", p.Welcome.Secrets[i].NewMember, ref)
		}
		s.join(c, p.Welcome, group.JoinOptions{})
	}
	s.agree(append(s.members, s.frank, namesake)...)
}

// A Commit that adds comes with a Welcome and a GroupInfo of the epoch that it
// starts, which are of use when it was applied (rfc9420-14-03).
func TestAddMembersGives(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob")
		carol, dave, erin := w.client("carol"), w.client("dave"), w.client("erin")
		p := must(m[0].AddMembers(m[0].validated(carol), m[0].validated(dave)))
		info := must(p.GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
		if c := info.GroupContext; c.Epoch != 2 || m[0].Epoch() != 1 || !bytes.Equal(c.GroupID, m[0].ID()) {
			t.Errorf("GroupInfo of epoch %d, present is %d", c.Epoch, m[0].Epoch())
		}
		if err := info.VerifySignature(w.suite, m[0].signer.Public()); err != nil {
			t.Error(err)
		}
		if len(p.Welcome.Secrets) != 2 {
			t.Errorf("Welcome for %d", len(p.Welcome.Secrets))
		}
		w.deliver(p.Message, m...)
		w.join(carol, p.Welcome, group.JoinOptions{})
		w.join(dave, p.Welcome, group.JoinOptions{})
		m = append(m, carol, dave)
		if !bytes.Equal(info.ConfirmationTag, must(dave.GroupInfo(group.GroupInfoOptions{})).ConfirmationTag) {
			t.Error("GroupInfo of another epoch")
		}
		g, commit, err := erin.tryExternal(info, group.ExternalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(commit, m...)
		erin.Group = g
		w.agree(append(m, erin)...)

		// Without new members there is no Welcome.
		if p := must(m[1].AddMembers()); p.Welcome != nil {
			t.Error("a Welcome for nobody")
		}
	})
}
