package group

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A listed proposal is covered by a Commit.
type listed struct {
	proposal *message.Proposal
	from     framing.Sender
	// seen is set for a proposal that was verified when it arrived; what it
	// demands of itself alone is not verified again.
	seen bool
}

// A cached proposal has arrived in the present epoch.
type cached struct {
	ref []byte
	listed
}

// A purpose tells what a Commit is for. Resumption PSKs with usage reinit and
// branch belong to the first Commit of a new group (RFC 9420, Section 12.1.4).
type purpose int

const (
	ordinary purpose = iota
	reinitialization
	branching
)

// changes are the proposals of a Commit, sorted by what they do.
type changes struct {
	extensions   *leaf.Extensions
	updates      []update
	removes      []treemath.LeafIndex
	adds         []*keypackage.KeyPackage
	psks         []schedule.PreSharedKeyID
	externalInit *message.ExternalInit
	reinit       *message.ReInit
	custom       []*message.Custom
	needsPath    bool
}

type update struct {
	index treemath.LeafIndex
	leaf  *leaf.LeafNode
}

// sortOut verifies the proposal list of a Commit and sorts it
// (RFC 9420, Section 12.2). What the list as a whole does to the tree is
// verified when it has been applied.
func (g *Group) sortOut(list []listed, committer framing.Sender, why purpose) (*changes, error) {
	c := &changes{needsPath: len(list) == 0}
	for i, l := range list {
		if err := c.take(l); err != nil {
			return nil, rule.Errorf("rfc9420-12.2-01", "proposal %d: %w", i, err)
		}
	}
	check := g.checkMemberList
	if committer.Type == framing.SenderNewMemberCommit {
		check = g.checkExternalList
	}
	if err := check(list, c, committer); err != nil {
		return nil, rule.Errorf("rfc9420-12.2-01", "%w", err)
	}
	params, err := g.params(c.extensions)
	if err != nil {
		return nil, rule.Errorf("rfc9420-12.2-01", "%w", err)
	}
	for i, l := range list {
		if err := g.checkProposal(l, params, why, false); err != nil {
			return nil, rule.Errorf("rfc9420-12.2-01", "proposal %d: %w", i, err)
		}
	}
	return c, nil
}

// take sorts one proposal in.
func (c *changes) take(l listed) error {
	c.needsPath = c.needsPath || l.proposal.Type().NeedsPath()
	switch b := l.proposal.Body.(type) {
	case *message.Add:
		c.adds = append(c.adds, &b.KeyPackage)
	case *message.Update:
		c.updates = append(c.updates, update{l.from.LeafIndex, &b.LeafNode})
	case *message.Remove:
		c.removes = append(c.removes, b.Removed)
	case *message.PreSharedKey:
		if slices.ContainsFunc(c.psks, func(id schedule.PreSharedKeyID) bool { return id.Equal(&b.PSK) }) {
			return rule.Errorf("rfc9420-12.2-09", "the same PreSharedKeyID a second time")
		}
		c.psks = append(c.psks, b.PSK)
	case *message.ReInit:
		c.reinit = b
	case *message.ExternalInit:
		if c.externalInit != nil {
			return rule.Errorf("rfc9420-12.2-18", "a second ExternalInit")
		}
		c.externalInit = b
	case *message.GroupContextExtensions:
		if c.extensions != nil {
			return rule.Errorf("rfc9420-12.2-11", "a second GroupContextExtensions")
		}
		c.extensions = &b.Extensions
	case *message.Custom:
		c.custom = append(c.custom, b)
	}
	return nil
}

// checkMemberList verifies the rules of RFC 9420, Section 12.2 for the Commit of
// a member.
func (g *Group) checkMemberList(list []listed, c *changes, committer framing.Sender) error {
	if c.externalInit != nil {
		return rule.Errorf("rfc9420-12.2-14", "ExternalInit in the Commit of a member")
	}
	if c.reinit != nil && len(list) > 1 {
		return rule.Errorf("rfc9420-12.2-12", "ReInit together with other proposals")
	}
	changed := make(map[treemath.LeafIndex]bool, len(c.updates)+len(c.removes))
	for _, u := range c.updates {
		if u.index == committer.LeafIndex {
			return rule.Errorf("rfc9420-12.2-02", "Update of the committer")
		}
		if changed[u.index] {
			return rule.Errorf("rfc9420-12.2-04", "a second Update of leaf %d", u.index)
		}
		changed[u.index] = true
	}
	for _, i := range c.removes {
		if i == committer.LeafIndex {
			return rule.Errorf("rfc9420-12.2-03", "Remove of the committer")
		}
		if changed[i] {
			return rule.Errorf("rfc9420-12.2-04", "Remove of leaf %d together with another Remove or an Update", i)
		}
		changed[i] = true
	}
	if err := g.checkAddedClients(c); err != nil {
		return err
	}
	return g.checkCustom(c)
}

// checkAddedClients verifies that no client is added twice or is a member
// already. Members removed by the same Commit do not count.
func (g *Group) checkAddedClients(c *changes) error {
	for i, a := range c.adds {
		for _, b := range c.adds[:i] {
			if g.config.sameClient(&a.LeafNode, &b.LeafNode) {
				return rule.Errorf("rfc9420-12.2-06", "two Adds of the same client")
			}
		}
	}
	if len(c.adds) == 0 {
		return nil
	}
	for i, member := range g.tree.Leaves() {
		if slices.Contains(c.removes, i) {
			continue
		}
		for _, a := range c.adds {
			if g.config.sameClient(&a.LeafNode, member) {
				return rule.Errorf("rfc9420-12.2-08", "Add of the client at leaf %d", i)
			}
		}
	}
	return nil
}

// checkCustom verifies that every member that processes the Commit supports the
// proposal types that the RFC does not define. Members that the Commit removes do
// not have to.
func (g *Group) checkCustom(c *changes) error {
	for _, p := range c.custom {
		if !slices.Contains(c.removes, g.OwnIndex()) {
			if err := g.checkKnown(p); err != nil {
				return err
			}
		}
		for i, member := range g.tree.Leaves() {
			if !slices.Contains(c.removes, i) && !member.Capabilities.SupportsProposal(p.ProposalType) {
				return rule.Errorf("rfc9420-12.2-15", "leaf %d does not support proposal type %v", i, p.ProposalType)
			}
		}
	}
	return nil
}

// checkKnown verifies that this member itself supports the type.
func (g *Group) checkKnown(p *message.Custom) error {
	supported := g.config.supported(g.OwnLeaf())
	if !supported.SupportsProposal(p.ProposalType) {
		return rule.Errorf("rfc9420-12.1-02", "unknown proposal type %v", p.ProposalType)
	}
	return nil
}

// checkExternalList verifies the rules of RFC 9420, Section 12.2 for an external
// Commit.
func (g *Group) checkExternalList(list []listed, c *changes, _ framing.Sender) error {
	for i, l := range list {
		switch t := l.proposal.Type(); t {
		case codepoint.ProposalExternalInit, codepoint.ProposalRemove, codepoint.ProposalPSK:
		default:
			return rule.Errorf("rfc9420-12.2-22", "proposal %d: %v in an external Commit", i, t)
		}
	}
	if c.externalInit == nil {
		return rule.Errorf("rfc9420-12.2-18", "external Commit without ExternalInit")
	}
	if len(c.removes) > 1 {
		return rule.Errorf("rfc9420-12.2-19", "external Commit with %d Removes", len(c.removes))
	}
	return nil
}

// params are the group parameters that proposals are judged by: those of the new
// epoch, if the Commit changes them (RFC 9420, Section 12.3).
type params struct {
	extensions leaf.Extensions
	required   *leaf.RequiredCapabilities
}

func (g *Group) params(changed *leaf.Extensions) (params, error) {
	if changed == nil {
		return params{g.context.Extensions, g.required}, nil
	}
	required, err := changed.RequiredCapabilities()
	if err != nil {
		return params{}, fmt.Errorf("group_context_extensions: %w", err)
	}
	return params{*changed, required}, nil
}

// checkReceived verifies a proposal when it arrives or before it is sent: all
// that does not depend on which other proposals are committed with it.
func (g *Group) checkReceived(p *message.Proposal, from framing.Sender, sending bool) error {
	if b, ok := p.Body.(*message.Custom); ok {
		return g.checkKnown(b)
	}
	return g.checkProposal(listed{proposal: p, from: from}, params{}, ordinary, sending)
}

// checkProposal verifies one proposal of a type that the RFC defines
// (RFC 9420, Section 12.1). Sending is set for what the member itself is about to
// send.
func (g *Group) checkProposal(l listed, p params, why purpose, sending bool) error {
	switch b := l.proposal.Body.(type) {
	case *message.Add:
		return g.checkAdd(b, l.seen, p, sending)
	case *message.Update:
		return g.checkUpdate(b, l, p)
	case *message.Remove:
		if g.tree.Leaf(b.Removed) == nil {
			return rule.Errorf("rfc9420-12.1.3-01", "remove: leaf %d is blank", b.Removed)
		}
	case *message.PreSharedKey:
		return g.checkPSK(&b.PSK, why)
	case *message.ReInit:
		return g.checkReInit(b)
	case *message.GroupContextExtensions:
		return g.checkGroupExtensions(g.context.Extensions, b.Extensions)
	}
	return nil
}

func (g *Group) checkAdd(a *message.Add, seen bool, p params, sending bool) error {
	kp := &a.KeyPackage
	checks := &keypackage.Checks{
		Version:         g.context.Version,
		Suite:           g.suite,
		Policy:          &g.config.Policy,
		Sending:         sending,
		GroupExtensions: p.extensions,
		Required:        p.required,
	}
	if seen {
		if err := kp.CheckGroup(checks); err != nil {
			return fmt.Errorf("add: %w", err)
		}
		return nil
	}
	if _, err := kp.Validate(checks); err != nil {
		return fmt.Errorf("add: %w", err)
	}
	return nil
}

// checkUpdate verifies an Update. Its sender is a member: nobody else gets so far.
func (g *Group) checkUpdate(u *message.Update, l listed, p params) error {
	checks := g.leafChecks(leaf.InUpdate, l.from.LeafIndex, p)
	checks.Replaces = g.tree.Leaf(l.from.LeafIndex)
	check := u.LeafNode.Validate
	if l.seen {
		check = u.LeafNode.CheckGroup
	}
	if err := check(checks); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

func (g *Group) leafChecks(stage leaf.Stage, i treemath.LeafIndex, p params) *leaf.Checks {
	return &leaf.Checks{
		Stage:           stage,
		Version:         g.context.Version,
		Suite:           g.suite,
		Policy:          &g.config.Policy,
		GroupID:         g.context.GroupID,
		LeafIndex:       i,
		GroupExtensions: p.extensions,
		Required:        p.required,
	}
}

func (g *Group) checkPSK(id *schedule.PreSharedKeyID, why purpose) error {
	if id.Type == schedule.PSKResumption {
		switch {
		case id.Usage == schedule.UsageReInit && why != reinitialization:
			return rule.Errorf("rfc9420-11.2-04", "psk: usage reinit outside of a reinitialization")
		case id.Usage == schedule.UsageBranch && why != branching:
			return rule.Errorf("rfc9420-11.3-04", "psk: usage branch outside of a branching")
		}
	}
	if len(id.Nonce) != g.suite.HashSize() {
		return rule.Errorf("rfc9420-12.1.4-01", "psk: psk_nonce has %d bytes, want %d", len(id.Nonce), g.suite.HashSize())
	}
	return nil
}

func (g *Group) checkReInit(r *message.ReInit) error {
	if r.Version < g.context.Version {
		return rule.Errorf("rfc9420-12.1.5-01", "reinit: version %v is lower than %v", r.Version, g.context.Version)
	}
	if t, ok := r.Extensions.Repeated(); ok {
		return rule.Errorf("rfc9420-13.4-06", "reinit: extension %v occurs twice", t)
	}
	return nil
}

// checkGroupExtensions verifies a new list of GroupContext extensions by itself.
// External senders that were not there before are shown to the authentication
// service (RFC 9420, Section 5.3.1).
func (g *Group) checkGroupExtensions(before, after leaf.Extensions) error {
	if t, ok := after.Repeated(); ok {
		return rule.Errorf("rfc9420-13.4-06", "group context: extension %v occurs twice", t)
	}
	if _, err := after.RequiredCapabilities(); err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	senders, err := after.ExternalSenders()
	if err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	known, err := before.ExternalSenders()
	if err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	for i := range senders {
		s := &senders[i]
		if slices.ContainsFunc(known, func(k leaf.ExternalSender) bool {
			return bytes.Equal(k.SignatureKey, s.SignatureKey) && k.Credential.Equal(&s.Credential)
		}) {
			continue
		}
		if err := g.config.Policy.AuthenticateCredential(&s.Credential, s.SignatureKey, nil); err != nil {
			return rule.Errorf("rfc9420-5.3.1-03", "external_senders[%d]: %w", i, err)
		}
	}
	return nil
}
