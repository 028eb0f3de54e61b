package group_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// What a committer refuses to do: the rules for lists hold for senders as well
// (rfc9420-12.2-01).
func TestCommitRefuses(t *testing.T) {
	base := newScene(t)
	later := present.Add(365 * 24 * time.Hour)
	for _, c := range []struct {
		want rule.ID
		name string
		make func(*scene) group.CommitOptions
	}{
		{"rfc9420-7.3-05", "lifetime over", func(s *scene) group.CommitOptions {
			add := group.Add(s.alice.validated(s.frank))
			s.reconfigure(func(c *group.Config) { c.Policy.Now = func() time.Time { return later } })
			return group.CommitOptions{Proposals: propose(add)}
		}},
		{"rfc9420-7.3-05", "lifetime not begun", func(s *scene) group.CommitOptions {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Lifetime.NotBefore = uint64(later.Unix()) })
			return group.CommitOptions{Proposals: propose(message.Proposal{Body: &message.Add{KeyPackage: kp}})}
		}},
		{"rfc9420-7.5-01", "leaf without a required capability", withLeaf(func(c *leaf.Capabilities) { c.Proposals = nil })},
		{"rfc9420-7.3-02", "leaf without a required capability", withLeaf(func(c *leaf.Capabilities) { c.Proposals = nil })},
		{"rfc9420-7.3-04", "leaf without a credential type in use", withLeaf(func(c *leaf.Capabilities) {
			c.Credentials = drop(c.Credentials, credInUse)
		})},
		{"rfc9420-13.4-08", "leaf without the group's extension", withLeaf(func(c *leaf.Capabilities) {
			c.Extensions = drop(c.Extensions, extInUse)
		})},
		{"rfc9420-7.3-09", "leaf with the signature key of another member", func(s *scene) group.CommitOptions {
			return group.CommitOptions{Leaf: &group.LeafChange{Signer: s.bob.signer}}
		}},
		{"rfc9420-5.3.1-02", "leaf for somebody else", func(s *scene) group.CommitOptions {
			mallet := leaf.Basic([]byte("mallet"))
			return group.CommitOptions{Leaf: &group.LeafChange{Credential: &mallet}}
		}},
		{"rfc9420-12.1.3-01", "Remove of nobody", byValue(func(*scene) message.Proposal { return group.Remove(5) })},
		{"rfc9420-12.1-02", "a type that alice does not know", byValue(func(*scene) message.Proposal { return group.Custom(proposalUnknown, nil) })},
		{"rfc9420-12.1.4-01", "short nonce", byValue(func(s *scene) message.Proposal {
			p := s.externalPSK("known")
			p.Body.(*message.PreSharedKey).PSK.Nonce = []byte("short")
			return p
		})},
		{"rfc9420-12.1.7-04", "extension that bob does not support", byValue(func(s *scene) message.Proposal {
			return group.GroupContextExtensions(s.groupExtensions(extRare))
		})},
		{"rfc9420-12.2-02", "own Update", byValue(func(s *scene) message.Proposal { return s.updateOf(s.alice, unchanged) })},
		{"rfc9420-12.2-03", "Remove of oneself", byValue(func(*scene) message.Proposal { return group.Remove(0) })},
		{"rfc9420-12.2-04", "two Removes", func(*scene) group.CommitOptions {
			return group.CommitOptions{Proposals: propose(group.Remove(2), group.Remove(2))}
		}},
		{"rfc9420-12.2-06", "one client twice", func(s *scene) group.CommitOptions {
			return group.CommitOptions{Proposals: propose(s.addition(s.frank), s.addition(s.double(s.frank)))}
		}},
		{"rfc9420-12.2-08", "a member", byValue(func(s *scene) message.Proposal { return s.addition(s.double(s.bob)) })},
		{"rfc9420-12.2-09", "a PSK twice", func(s *scene) group.CommitOptions {
			p := s.externalPSK("known")
			return group.CommitOptions{Proposals: propose(p, p)}
		}},
		{"rfc9420-12.2-11", "two lists of extensions", func(s *scene) group.CommitOptions {
			p := group.GroupContextExtensions(s.groupExtensions())
			return group.CommitOptions{Proposals: propose(p, p)}
		}},
		{"rfc9420-12.2-12", "ReInit and more", func(s *scene) group.CommitOptions {
			return group.CommitOptions{Proposals: propose(successor(), s.externalPSK("known"))}
		}},
		{"rfc9420-12.2-14", "ExternalInit", byValue(func(s *scene) message.Proposal {
			init, _ := s.externalInit()
			return *init.proposal
		})},
		{"rfc9420-12.2-15", "a type that bob does not know", byValue(func(*scene) message.Proposal { return group.Custom(proposalRare, nil) })},
		{"rfc9420-12.2-16", "credential that bob does not support", byValue(func(s *scene) message.Proposal {
			kp := s.keyPackage(s.frank, func(n *leaf.LeafNode) { n.Credential = leaf.Credential{Type: credRare} })
			return message.Proposal{Body: &message.Add{KeyPackage: kp}}
		})},
		{"rfc9420-12.4.2-02", "unknown PSK", byValue(func(s *scene) message.Proposal { return s.externalPSK("unknown") })},
		{"rfc9420-13.4-06", "extension twice", byValue(func(s *scene) message.Proposal {
			return group.GroupContextExtensions(append(s.groupExtensions(), s.groupExtensions()...))
		})},
	} {
		t.Run(string(c.want)+"/"+c.name, func(t *testing.T) {
			s := base.fork(t)
			o := c.make(s)
			before := s.snapshot(s.alice)
			_, err := s.alice.Commit(o)
			if !slices.Contains(rule.All(err), c.want) {
				t.Errorf("%v, want %s: %v", rule.All(err), c.want, err)
			}
			if !bytes.Equal(s.snapshot(s.alice), before) {
				t.Error("the group has changed")
			}
		})
	}
}

// withLeaf has alice's new leaf list other capabilities.
func withLeaf(change func(*leaf.Capabilities)) func(*scene) group.CommitOptions {
	return func(s *scene) group.CommitOptions {
		c := capabilities("alice")
		change(&c)
		return group.CommitOptions{Leaf: &group.LeafChange{Capabilities: &c}}
	}
}

func byValue(p func(*scene) message.Proposal) func(*scene) group.CommitOptions {
	return func(s *scene) group.CommitOptions { return group.CommitOptions{Proposals: propose(p(s))} }
}

func TestCommitOfUnknownReference(t *testing.T) {
	s := newScene(t)
	if _, err := s.alice.Commit(group.CommitOptions{References: [][]byte{{1, 2, 3}}}); !errors.Is(err, group.ErrUnknownProposal) {
		t.Error(err)
	}
}

// OmitPath has its way only where a path is not needed (rfc9420-12.4-06,
// rfc9420-12.4-08).
func TestOmitPath(t *testing.T) {
	base := newScene(t)
	for _, c := range []struct {
		name string
		want bool // a path
		o    func(*scene) group.CommitOptions
	}{
		{"nothing", true, func(*scene) group.CommitOptions { return group.CommitOptions{} }},
		{"Add", false, byValue(func(s *scene) message.Proposal { return s.addition(s.frank) })},
		{"PSK", false, byValue(func(s *scene) message.Proposal { return s.externalPSK("known") })},
		{"ReInit", false, byValue(func(*scene) message.Proposal { return successor() })},
		{"Remove", true, byValue(func(*scene) message.Proposal { return group.Remove(2) })},
		{"extensions", true, byValue(func(s *scene) message.Proposal { return group.GroupContextExtensions(s.groupExtensions()) })},
		{"custom", true, byValue(func(*scene) message.Proposal { return custom("one") })},
		{"Add with another leaf", true, func(s *scene) group.CommitOptions {
			return group.CommitOptions{Proposals: propose(s.addition(s.frank)), Leaf: &group.LeafChange{Signer: s.newSigner()}}
		}},
		{"Update", true, func(s *scene) group.CommitOptions {
			s.updated(s.bob, nil)
			return group.CommitOptions{}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base.fork(t).inPublic()
			o := c.o(s)
			for _, o.OmitPath = range []bool{true, false} {
				p := s.mayCommit(s.alice, o)
				if got := p.Message.PublicMessage.Content.Commit.Path != nil; got != (c.want || !o.OmitPath) {
					t.Errorf("OmitPath %v: path %v", o.OmitPath, got)
				}
				s.alice.DropPending()
			}
		})
	}
}

// When randomness ends in the middle, nothing has changed, and no key of a ratchet
// is used up.
func TestRandomnessEnds(t *testing.T) {
	base := newScene(t)
	for name, act := range map[string]func(*scene) error{
		"commit": func(s *scene) error {
			_, err := s.alice.Commit(group.CommitOptions{Proposals: propose(s.addition(s.frank))})
			return err
		},
		"commit of new capabilities": func(s *scene) error {
			c := capabilities("alice")
			_, err := s.alice.Commit(group.CommitOptions{Leaf: &group.LeafChange{Capabilities: &c}})
			return err
		},
		"update": func(s *scene) error {
			_, err := s.alice.ProposeUpdate(nil, nil)
			return err
		},
		"update of new capabilities": func(s *scene) error {
			c := capabilities("alice")
			_, err := s.alice.ProposeUpdate(&group.LeafChange{Capabilities: &c}, nil)
			return err
		},
		"application data": func(s *scene) error {
			_, err := s.alice.Encrypt([]byte("data"), nil)
			return err
		},
		"psk": func(s *scene) error {
			_, err := s.alice.ExternalPSK([]byte("known"))
			return err
		},
		"group info": func(s *scene) error {
			_, err := s.alice.GroupInfo(group.GroupInfoOptions{})
			return err
		},
		"creation": func(s *scene) error {
			_, err := group.Create(s.config, s.frank.bundle, s.frank.signer, group.CreateOptions{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := base.fork(t)
			before := s.snapshot(s.alice)
			for n := int64(0); ; n += 4 {
				s.reconfigure(func(c *group.Config) { c.Rand = io.LimitReader(newStream(name), n) })
				err := act(s)
				if err == nil && n > 0 {
					break
				}
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%d bytes: %v", n, err)
				}
				if !bytes.Equal(s.snapshot(s.alice), before) {
					t.Fatalf("%d bytes: the group has changed", n)
				}
			}
		})
	}
}
