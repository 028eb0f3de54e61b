package group

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A Received message was accepted. Exactly one of ApplicationData, Proposal and
// Commit is meaningful, as ContentType tells.
type Received struct {
	Sender            framing.Sender
	Epoch             uint64
	AuthenticatedData []byte
	ContentType       framing.ContentType
	ApplicationData   []byte
	Proposal          *message.Proposal
	// Ref is the reference by which a Commit can cover the proposal.
	Ref    []byte
	Commit *Committed
}

// Committed says what a Commit did to the group.
type Committed struct {
	Proposals []message.Proposal
	// Added are the places of new members, that of the sender of an external
	// Commit included.
	Added []treemath.LeafIndex
	// Removed are the places of the members that left.
	Removed []treemath.LeafIndex
	// SelfRemoved tells that this member is one of those that left.
	SelfRemoved bool
	// ReInit is set when the Commit ends the group.
	ReInit *message.ReInit
}

// Process takes a message to the group. A message that is refused changes
// nothing, and the error names the requirement that it breaks.
func (g *Group) Process(m *framing.MLSMessage) (*Received, error) {
	if g.removed {
		return nil, ErrRemoved
	}
	if own, err := g.isPending(m); err != nil {
		return nil, err
	} else if own {
		return g.processOwn()
	}
	o, err := g.open(m)
	if err != nil {
		return nil, err
	}
	c := &o.Content
	r := &Received{
		Sender:            c.Sender,
		Epoch:             c.Epoch,
		AuthenticatedData: c.AuthenticatedData,
		ContentType:       c.ContentType,
	}
	switch c.ContentType {
	case framing.ContentApplication:
		r.ApplicationData = c.ApplicationData
		o.consume()
	case framing.ContentProposal:
		r.Proposal = c.Proposal
		if r.Ref, err = g.processProposal(o); err != nil {
			return nil, err
		}
	case framing.ContentCommit:
		if r.Commit, err = g.processCommit(o); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// isPending reports whether the message is the Commit that this member itself
// waits to apply.
func (g *Group) isPending(m *framing.MLSMessage) (bool, error) {
	if g.pending == nil || m.WireFormat() != g.pending.Message.WireFormat() {
		return false, nil
	}
	encoded, err := syntax.Marshal(m)
	if err != nil {
		return false, fmt.Errorf("message: %w", err)
	}
	return bytes.Equal(encoded, g.pending.encoded), nil
}

func (g *Group) processOwn() (*Received, error) {
	r := &Received{
		Sender:      framing.Member(g.OwnIndex()),
		Epoch:       g.Epoch(),
		ContentType: framing.ContentCommit,
		Commit:      g.pending.committed,
	}
	return r, g.ApplyPending()
}

// processProposal keeps a proposal for a later Commit (RFC 9420, Section 12.1).
func (g *Group) processProposal(o *opened) ([]byte, error) {
	c := &o.Content
	ref, err := o.ProposalRef(g.suite)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(g.proposals, func(k cached) bool { return bytes.Equal(k.ref, ref) }) {
		o.consume()
		return ref, nil
	}
	if c.Sender.Type != framing.SenderMember && g.config.Authorize != nil {
		if err := g.config.Authorize(c.Sender, c.Proposal); err != nil {
			return nil, rule.Errorf("rfc9420-12.1.8-04", "%w", err)
		}
	}
	if err := g.checkReceived(c.Proposal, c.Sender, false); err != nil {
		return nil, err
	}
	o.consume()
	g.proposals = append(g.proposals, cached{ref: ref, listed: listed{proposal: c.Proposal, from: c.Sender, seen: true}})
	return ref, nil
}

// processCommit takes the steps of RFC 9420, Section 12.4.2, in their order. Its
// first three, on epoch, protection and signature, were taken by open.
func (g *Group) processCommit(o *opened) (*Committed, error) {
	c := &o.Content
	if c.Sender.Type == framing.SenderMember && c.Sender.LeafIndex == g.OwnIndex() {
		return nil, ErrOwnMessage
	}
	list, err := g.resolve(c.Commit, c.Sender)
	if err != nil {
		return nil, err
	}
	changes, err := g.sortOut(list, c.Sender, ordinary)
	if err != nil {
		return nil, err
	}
	done := newCommitted(list, changes, g.OwnIndex())
	d := &draft{commit: *c.Commit, changes: changes, done: done}
	// A member that leaves needs no PSKs: it does not get into the new epoch.
	if !done.SelfRemoved {
		if d.psks, err = g.resolvePSKs(changes.psks); err != nil {
			return nil, err
		}
	}
	if err := g.checkPathPresence(c.Commit, changes); err != nil {
		return nil, err
	}
	if err := g.receive(d, o); err != nil {
		return nil, err
	}
	o.consume()
	if done.SelfRemoved {
		g.leave()
		return done, nil
	}
	g.DropPending()
	g.advance(d.next)
	g.reinit = changes.reinit
	return done, nil
}

// resolve lists the proposals that a Commit covers. Those by reference keep
// their senders.
func (g *Group) resolve(c *message.Commit, committer framing.Sender) ([]listed, error) {
	list := make([]listed, 0, len(c.Proposals))
	for i, p := range c.Proposals {
		if p.Proposal != nil {
			list = append(list, listed{proposal: p.Proposal, from: committer})
			continue
		}
		if committer.Type == framing.SenderNewMemberCommit {
			return nil, rule.Errorf("rfc9420-12.4.3.2-02", "proposal %d: reference in an external Commit", i)
		}
		n := slices.IndexFunc(g.proposals, func(k cached) bool { return bytes.Equal(k.ref, p.Reference) })
		if n < 0 {
			return nil, rule.Errorf("rfc9420-12.4-10", "proposal %d: there is none with reference %x", i, p.Reference)
		}
		list = append(list, g.proposals[n].listed)
	}
	return list, nil
}

func newCommitted(list []listed, c *changes, self treemath.LeafIndex) *Committed {
	done := &Committed{Removed: c.removes, ReInit: c.reinit, SelfRemoved: slices.Contains(c.removes, self)}
	for _, l := range list {
		done.Proposals = append(done.Proposals, *l.proposal)
	}
	return done
}

// checkPathPresence verifies that a Commit has a path where it needs one
// (RFC 9420, Section 12.4).
func (g *Group) checkPathPresence(c *message.Commit, changes *changes) error {
	if c.Path != nil || !changes.needsPath {
		return nil
	}
	if changes.extensions != nil {
		return rule.Errorf("rfc9420-12.4-06", "%w", rule.Errorf("rfc9420-12.4-07", "GroupContextExtensions without path"))
	}
	return rule.Errorf("rfc9420-12.4-06", "commit without path")
}

// receive builds the next epoch from a Commit of somebody else. For a member
// that is removed by it, it goes as far as that member can follow.
func (g *Group) receive(d *draft, o *opened) error {
	d.next = &epoch{suite: g.suite, signer: g.signer}
	d.next.tree, d.added = d.changes.apply(g.tree)
	d.done.Added = d.added
	changed := d.changes.changedLeaves(d.added)
	committer := o.Content.Sender.LeafIndex
	if o.Content.Sender.Type == framing.SenderNewMemberCommit {
		committer = d.next.tree.AssignLeaf()
		d.done.Added = append(slices.Clone(d.added), committer)
	}
	path := d.commit.Path
	if path != nil {
		if err := g.checkPath(d, o, committer); err != nil {
			return err
		}
		if err := d.next.tree.MergePath(committer, path); err != nil {
			return fmt.Errorf("path: %w", err)
		}
		changed = append(changed, committer)
	}
	if err := g.checkTree(d.next.tree, d.changes, changed, path != nil); err != nil {
		return err
	}
	if d.done.SelfRemoved {
		return nil
	}
	if err := d.next.setContext(g.provisional(d.changes, d.next.tree)); err != nil {
		return err
	}
	g.adoptUpdate(d)
	d.commitSecret = make(ciphersuite.Secret, g.suite.HashSize())
	if path != nil {
		if err := g.decryptPath(d, committer); err != nil {
			return err
		}
	}
	defer clear(d.commitSecret)
	return g.enter(d, o)
}

// checkPath verifies the path of a Commit before it is merged
// (RFC 9420, Section 12.4.2).
func (g *Group) checkPath(d *draft, o *opened, committer treemath.LeafIndex) error {
	p, err := g.params(d.changes.extensions)
	if err != nil {
		return err
	}
	checks := g.leafChecks(leaf.InCommit, committer, p)
	external := o.Content.Sender.Type == framing.SenderNewMemberCommit
	switch {
	case !external:
		checks.Replaces = g.tree.Leaf(committer)
	case len(d.changes.removes) == 1:
		checks.Replaces = g.tree.Leaf(d.changes.removes[0])
	}
	if err := d.commit.Path.LeafNode.Validate(checks); err != nil {
		if external {
			err = joinerFault(err, committer, checks.Replaces)
		}
		return rule.Errorf("rfc9420-7.5-01", "path: leaf_node: %w", err)
	}
	if err := d.next.tree.CheckPath(committer, d.commit.Path, d.added); err != nil {
		return fmt.Errorf("path: %w", err)
	}
	return nil
}

// joinerFault names what the leaf of an external Commit breaks beyond the rules
// for every leaf (RFC 9420, Sections 12.2 and 12.4.2).
func joinerFault(err error, place treemath.LeafIndex, replaces *leaf.LeafNode) error {
	switch rule.Of(err) {
	case "rfc9420-7.3-01":
		// Its signature is all that shows which place the joiner has taken.
		err = rule.Errorf("rfc9420-12.4.2-10", "not signed for leaf %d: %w", place, err)
	case "rfc9420-5.3.1-02":
		err = rule.Errorf("rfc9420-12.2-21", "%w", err)
	}
	if replaces != nil {
		return rule.Errorf("rfc9420-12.2-20", "%w", err)
	}
	return err
}

// adoptUpdate gives the member the private key of its own Update, if the Commit
// covers one, and drops the keys of nodes that the proposals have blanked.
func (g *Group) adoptUpdate(d *draft) {
	d.next.private = g.private.Clone()
	own := d.next.tree.Leaf(g.OwnIndex())
	for _, u := range g.updates {
		if bytes.Equal(u.encryptionKey.Public(), own.EncryptionKey) {
			d.next.private.Set(g.OwnIndex().Node(), u.encryptionKey)
			d.next.signer = u.signer
		}
	}
	d.next.private.Prune(d.next.tree)
}

func (g *Group) decryptPath(d *draft, committer treemath.LeafIndex) error {
	private, pathSecret, commitSecret, err := d.next.private.Decrypt(d.next.tree, committer, d.commit.Path, d.next.encoded, d.added)
	if err != nil {
		return fmt.Errorf("path: %w", err)
	}
	clear(pathSecret)
	d.next.private, d.commitSecret = private, commitSecret
	return nil
}

// enter computes the new epoch's secrets and compares the confirmation tag.
func (g *Group) enter(d *draft, o *opened) error {
	d.init = g.secrets.InitSecret
	if d.changes.externalInit != nil {
		secret, err := g.externalInit(d.changes.externalInit)
		if err != nil {
			return err
		}
		defer clear(secret)
		d.init = secret
	}
	joiner, err := g.start(d, o.AuthenticatedContent)
	if err != nil {
		return err
	}
	clear(joiner)
	if err := g.suite.VerifyMAC(d.next.secrets.ConfirmationKey, d.next.context.ConfirmedTranscriptHash, o.Auth.ConfirmationTag); err != nil {
		if d.changes.externalInit != nil {
			// The tag is what shows that the sender began with that secret.
			err = rule.Errorf("rfc9420-12.4.3.2-04", "epoch of another external init secret: %w", err)
		}
		err = rule.Errorf("rfc9420-12.4.2-06", "confirmation_tag: %w", err)
		if o.WireFormat == codepoint.WireFormatPublicMessage {
			return rule.Errorf("rfc9420-6.2-03", "%w", err)
		}
		return rule.Errorf("rfc9420-6.3.1-05", "%w", err)
	}
	d.next.setConfirmationTag(o.Auth.ConfirmationTag)
	return nil
}

func (g *Group) externalInit(p *message.ExternalInit) (ciphersuite.Secret, error) {
	key, err := g.secrets.ExternalKey(g.suite)
	if err != nil {
		return nil, fmt.Errorf("external key: %w", err)
	}
	secret, err := g.suite.ExternalInitReceive(key, p.KEMOutput)
	if err != nil {
		return nil, rule.Errorf("rfc9420-8.3-01", "external_init: kem_output: %w", err)
	}
	return secret, nil
}

// leave ends the membership: all key material is deleted
// (RFC 9420, Section 12.4.2).
func (g *Group) leave() {
	g.DropPending()
	g.removed = true
	g.secrets.Erase()
	g.secretTree.Erase()
	for i := range g.past {
		g.past[i].erase()
	}
	for _, r := range g.resumption {
		clear(r.psk)
	}
	g.private = tree.NewPrivateTree(g.OwnIndex(), nil)
	g.proposals, g.updates, g.past, g.resumption = nil, nil, nil, nil
}
