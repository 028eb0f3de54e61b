package group_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A refusal is a message with one fault. All members but its sender have to
// refuse it, and to accept an honest message of the same epoch afterwards.
type refusal struct {
	id   rule.ID
	name string
	// as is the requirement that is named where the fault shows only as a breach of
	// another one: no AEAD and no MAC tells why it does not verify.
	as   rule.ID
	make func(*scene) *recipe
	// to are those who can notice; nil stands for all.
	to func(*scene) []*client
	// only is the one wire format that the case is about; 0 stands for both.
	only codepoint.WireFormat
}

const (
	public  = codepoint.WireFormatPublicMessage
	private = codepoint.WireFormatPrivateMessage
)

func (c *refusal) want() rule.ID {
	if c.as != "" {
		return c.as
	}
	return c.id
}

// formats returns the wire formats in which the message can be sent.
func (c *refusal) formats(r *recipe) []codepoint.WireFormat {
	switch {
	case c.only != 0:
		return []codepoint.WireFormat{c.only}
	case r.content.Sender.Type != framing.SenderMember:
		return []codepoint.WireFormat{public}
	case r.content.ContentType == framing.ContentApplication:
		return []codepoint.WireFormat{private}
	}
	return []codepoint.WireFormat{public, private}
}

func runRefusals(t *testing.T, cases []refusal) {
	t.Helper()
	base := newScene(t)
	for _, c := range cases {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			c.run(base.fork(t))
		})
	}
}

func (c *refusal) run(s *scene) {
	s.t.Helper()
	r := c.make(s)
	from := s.sentBy(r)
	to := s.except(from)
	if c.to != nil {
		to = c.to(s)
	}
	for _, format := range c.formats(r) {
		m, err := r.forge(format)
		if err != nil {
			s.t.Fatal(err)
		}
		s.refused(c.want(), m, to...)
	}
	s.honest(r, from)
}

// sentBy returns the member that a message claims to come from, if it is one.
func (s *scene) sentBy(r *recipe) *client {
	for _, c := range s.members {
		if r.content.Sender == framing.Member(c.OwnIndex()) {
			return c
		}
	}
	return nil
}

// honest has the sender, or alice, send what the faulty message pretended to be.
func (s *scene) honest(r *recipe, from *client) {
	s.t.Helper()
	if from == nil {
		from = s.alice
	}
	switch r.content.ContentType {
	case framing.ContentApplication:
		s.talk(from)
	case framing.ContentProposal:
		m, err := from.Propose(custom("honest"), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		s.arrives(from, m, s.except(from)...)
	}
	s.goesOn(from)
}

// talk has a member send application data that all others read.
func (s *scene) talk(from *client) {
	s.t.Helper()
	m, err := from.Encrypt([]byte("honest"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range s.deliver(m, s.except(from)...) {
		if !bytes.Equal(r.ApplicationData, []byte("honest")) {
			s.t.Errorf("received %q", r.ApplicationData)
		}
	}
}
