package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// Offsets in a PublicMessage of a member of the scene's group, which has a
// group_id of five bytes, when there is no authenticated_data.
const (
	offsetWireFormat  = 2
	offsetSenderType  = 4 + 1 + 5 + 8
	offsetContentType = offsetSenderType + 1 + 4 + 1
)

// Messages that end where they are decoded, and do not get to the group.
func TestMessageEncoding(t *testing.T) {
	s := newScene(t)
	proposal := s.encodedMessage(s.proposal(s.bob, custom("one")))
	commit := s.encodedMessage(s.committing(s.alice))
	external := s.encodedMessage(s.joining(s.frank))
	const tag = 1 + 32 // a MAC vector of suite 1
	patched := func(b []byte, at int, v ...byte) []byte {
		c := slices.Clone(b)
		copy(c[at:], v)
		return c
	}
	mac := append([]byte{32}, make([]byte, 32)...)
	for _, c := range []struct {
		want rule.ID
		name string
		data []byte
	}{
		{"rfc9420-6-04", "version 0", patched(proposal, 0, 0, 0)},
		{"rfc9420-6-04", "version 2", patched(proposal, 0, 0, 2)},
		{"rfc9420-6-04", "version 0xffff", patched(proposal, 0, 0xff, 0xff)},
		{"rfc9420-6-05", "wire_format 0", patched(proposal, offsetWireFormat, 0, 0)},
		{"rfc9420-6-05", "wire_format 6", patched(proposal, offsetWireFormat, 0, 6)},
		{"rfc9420-6-05", "wire_format 0xf000", patched(proposal, offsetWireFormat, 0xf0, 0)},
		{"rfc9420-6-06", "sender_type 0", patched(proposal, offsetSenderType, 0)},
		{"rfc9420-6-06", "sender_type 5", patched(proposal, offsetSenderType, 5)},
		{"rfc9420-6-07", "content_type 0", patched(proposal, offsetContentType, 0)},
		{"rfc9420-6-07", "content_type 4", patched(proposal, offsetContentType, 4)},
		{"rfc9420-6.1-13", "external Commit without confirmation_tag", external[:len(external)-tag]},
		// Here the membership_tag passes for the confirmation_tag, and is missing itself.
		{"rfc9420-2.1-01", "Commit without confirmation_tag", slices.Concat(commit[:len(commit)-2*tag], commit[len(commit)-tag:])},
		{"rfc9420-2.1-03", "proposal with a confirmation_tag", slices.Concat(proposal[:len(proposal)-tag], mac, proposal[len(proposal)-tag:])},
		// What outsiders append is not a membership_tag but left over (rfc9420-6.2-05).
		{"rfc9420-2.1-03", "external Commit with a membership_tag", slices.Concat(external, mac)},
		{"rfc9420-2.1-03", "new member's proposal with a membership_tag", slices.Concat(s.encodedMessage(s.fromNewMember(s.frank, s.addition(s.frank))), mac)},
		{"rfc9420-2.1-03", "external sender's proposal with a membership_tag", slices.Concat(s.encodedMessage(s.fromExternal(0, custom("one"))), mac)},
		{"rfc9420-2.1-01", "proposal of a member without membership_tag", proposal[:len(proposal)-tag]},
	} {
		_, err := framing.Parse(c.data)
		if !slices.Contains(rule.All(err), c.want) {
			t.Errorf("%s: %v, want %s: %v", c.name, rule.All(err), c.want, err)
		}
	}
}

func (s *scene) encodedMessage(r *recipe) []byte {
	s.t.Helper()
	m, err := r.forge(public)
	if err != nil {
		s.t.Fatal(err)
	}
	return encoded(m)
}

func TestCommitEncoding(t *testing.T) {
	s := newScene(t)
	list := encoded(&message.Commit{Proposals: []message.ProposalOrRef{{Reference: []byte("reference")}}})
	for _, typ := range []byte{0, 3} {
		data := slices.Clone(list)
		data[1] = typ
		if _, err := syntax.Parse[message.Commit](data); rule.Of(err) != "rfc9420-12.4-09" {
			t.Errorf("type %d of ProposalOrRef: %v", typ, err)
		}
	}
	p := s.externalPSK("known")
	psk := encoded(&p)
	p = s.resumptionPSK([]byte("group"), 1)
	resumption := encoded(&p)
	for _, c := range []struct {
		want rule.ID
		name string
		data []byte
		at   int
		v    byte
	}{
		{"rfc9420-8.4-04", "psktype 0", psk, 2, 0},
		{"rfc9420-8.4-04", "psktype 3", psk, 2, 3},
		{"rfc9420-8.4-05", "usage 0", resumption, 3, 0},
		{"rfc9420-8.4-05", "usage 4", resumption, 3, 4},
	} {
		data := bytes.Clone(c.data)
		data[c.at] = c.v
		if _, err := syntax.Parse[message.Proposal](data); rule.Of(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// In a PrivateMessage the decrypted content is decoded by the group.
func TestPrivateContentEncoding(t *testing.T) {
	commit := func(change func([]byte) []byte) func(*scene) *recipe {
		return commitFault(sealing, func(d *draft) { d.seal.plaintext = change(d.seal.plaintext) })
	}
	proposal := func(change func([]byte) []byte) func(*scene) *recipe {
		return proposalFault(sealing, func(d *draft) { d.seal.plaintext = change(d.seal.plaintext) })
	}
	const tag = 1 + 32
	runRefusals(t, []refusal{
		{id: "rfc9420-6.1-13", name: "Commit without confirmation_tag", only: private, make: commit(func(b []byte) []byte { return b[:len(b)-tag] })},
		{id: "rfc9420-6.1-13", name: "Commit with half a confirmation_tag", only: private, make: commit(func(b []byte) []byte { return b[:len(b)-16] })},
		{id: "rfc9420-6.1-13", name: "proposal with a confirmation_tag", as: "rfc9420-6.3.1-02", only: private, make: proposal(func(b []byte) []byte {
			return append(append(b, 32), make([]byte, 32)...)
		})},
		{id: "rfc9420-12.4-09", name: "type of ProposalOrRef", only: private, make: commit(func(b []byte) []byte {
			return append([]byte{1, 3}, b[1:]...)
		})},
		{id: "rfc9420-2.1-01", name: "nothing at all", only: private, make: proposal(func([]byte) []byte { return nil })},
		{id: "rfc9420-2.1.1-01", name: "presence of the path", only: private, make: commit(func(b []byte) []byte {
			return append([]byte{0, 2}, b[2:]...)
		})},
	})
}
