package group

import (
	"bytes"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// CommitOptions say what a Commit does. The zero value commits the proposals of
// the epoch and brings new keys for the committer's path.
type CommitOptions struct {
	// Proposals are covered by value.
	Proposals []message.Proposal
	// References are those of the proposals to cover by reference. Nil means
	// every proposal of the epoch that fits (RFC 9420, Section 12.4).
	References [][]byte
	// OmitPath leaves out the path where RFC 9420, Section 12.4 allows that.
	OmitPath bool
	// Leaf changes the committer's leaf node; it implies a path.
	Leaf *LeafChange
	// AuthenticatedData goes with the Commit, not encrypted.
	AuthenticatedData []byte
	// Welcome says what goes into the GroupInfo for new members.
	Welcome GroupInfoOptions
}

// A PendingCommit waits for the delivery service to accept it. Then
// [Group.ApplyPending] brings the group into the new epoch; until then, the group
// stays as it is, and neither the Welcome nor what [PendingCommit.GroupInfo]
// returns is given away (RFC 9420, Section 14).
type PendingCommit struct {
	// Message is the Commit, for the group.
	Message *framing.MLSMessage
	// Welcome is for the members that the Commit adds, all of them; nil without
	// such. It holds the GroupInfo.
	Welcome *message.Welcome
	// encoded is the encoded Message.
	encoded   []byte
	next      *epoch
	committed *Committed
	config    *Config
}

// AddMembers commits the addition of clients, together with the proposals of the
// epoch. The KeyPackages are validated once more: for this group, in its present
// state and at the present time.
func (g *Group) AddMembers(kps ...*keypackage.Validated) (*PendingCommit, error) {
	o := CommitOptions{}
	for _, kp := range kps {
		o.Proposals = append(o.Proposals, Add(kp))
	}
	return g.Commit(o)
}

// Commit makes a Commit (RFC 9420, Section 12.4.1). It stays pending.
func (g *Group) Commit(o CommitOptions) (*PendingCommit, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	if g.pending != nil {
		return nil, ErrPendingCommit
	}
	p, err := g.commit(o, ordinary)
	if err != nil {
		return nil, err
	}
	g.pending = p
	return p, nil
}

// ApplyPending brings the group into the epoch that its pending Commit starts.
func (g *Group) ApplyPending() error {
	if g.pending == nil {
		return ErrNoPendingCommit
	}
	p := g.pending
	g.advance(p.next)
	g.reinit = p.committed.ReInit
	return nil
}

// DropPending forgets the pending Commit, if there is one.
func (g *Group) DropPending() {
	if g.pending != nil {
		g.pending.next.secrets.Erase()
		g.pending.next.secretTree.Erase()
		g.pending = nil
	}
}

// GroupInfo describes the group as it is after the Commit, as the one in the
// Welcome does. The latter is made with [CommitOptions]. Nobody joins a group that
// the Commit ends, so that there is none then.
func (p *PendingCommit) GroupInfo(o GroupInfoOptions) (*message.GroupInfo, error) {
	if p.committed.ReInit != nil {
		return nil, ErrReInitialized
	}
	return p.next.groupInfo(p.config, o)
}

// A draft is a Commit in the making.
type draft struct {
	commit  message.Commit
	changes *changes
	done    *Committed
	next    *epoch
	added   []treemath.LeafIndex
	path    *tree.PathUpdate
	psks    []schedule.PSK
	// init is the init_secret that the new epoch starts from.
	init         ciphersuite.Secret
	commitSecret ciphersuite.Secret
}

func (g *Group) commit(o CommitOptions, why purpose) (*PendingCommit, error) {
	list, covered, err := g.gather(o, why)
	if err != nil {
		return nil, err
	}
	from := framing.Member(g.OwnIndex())
	c, err := g.sortOut(list, from, why)
	if err != nil {
		return nil, err
	}
	d := &draft{changes: c, done: newCommitted(list, c, g.OwnIndex()), init: g.secrets.InitSecret}
	d.commit.Proposals = covered
	if d.psks, err = g.resolvePSKs(c.psks); err != nil {
		return nil, err
	}
	if err := g.prepare(d, o); err != nil {
		return nil, err
	}
	return g.finish(d, o, from)
}

// Committed says what the Commit does.
func (p *PendingCommit) Committed() *Committed { return p.committed }

// prepare applies the proposals and makes the path, if there is to be one. It
// sets up the next epoch as far as the provisional GroupContext.
func (g *Group) prepare(d *draft, o CommitOptions) error {
	d.next = &epoch{suite: g.suite, signer: g.signer}
	d.next.tree, d.added = d.changes.apply(g.tree)
	changed := d.changes.changedLeaves(d.added)
	if d.changes.needsPath || !o.OmitPath || o.Leaf != nil {
		n, signer, err := g.template(o.Leaf)
		if err != nil {
			return err
		}
		d.next.signer = signer
		d.path, err = d.next.tree.NewPath(g.config.random(), g.OwnIndex(), n, signer, g.ID())
		if err != nil {
			return fmt.Errorf("path: %w", err)
		}
		d.next.private = d.path.Private()
		changed = append(changed, g.OwnIndex())
	} else {
		// What goes without a path blanks no node.
		d.next.private = g.private.Clone()
	}
	if err := g.checkTree(d.next.tree, d.changes, changed, d.path != nil); err != nil {
		return err
	}
	if err := d.next.setContext(g.provisional(d.changes, d.next.tree)); err != nil {
		return err
	}
	if o.Leaf != nil {
		return g.checkOwnLeaf(d)
	}
	return nil
}

// provisional returns the provisional GroupContext of RFC 9420, Section 12.4.1.
func (g *Group) provisional(c *changes, t *tree.RatchetTree) *schedule.GroupContext {
	context := *g.context
	context.Epoch++
	context.TreeHash = t.Hash()
	if c.extensions != nil {
		if rule.Planted(rule.LostRollback) { // into the array of the present ones
			context.Extensions = append(context.Extensions[:0], *c.extensions...)
		}
		context.Extensions = *c.extensions
	}
	return &context
}

// checkOwnLeaf verifies the committer's new leaf as the others will.
func (g *Group) checkOwnLeaf(d *draft) error {
	checks := g.leafChecks(leaf.InCommit, g.OwnIndex(), params{d.next.context.Extensions, d.next.required})
	checks.Replaces = g.OwnLeaf()
	if err := d.path.LeafNode().Validate(checks); err != nil {
		return rule.Errorf("rfc9420-7.5-01", "leaf_node: %w", err)
	}
	return nil
}

// finish encrypts the path, signs the Commit, and starts the next epoch.
func (g *Group) finish(d *draft, o CommitOptions, from framing.Sender) (*PendingCommit, error) {
	random := g.config.random()
	d.commitSecret = make(ciphersuite.Secret, g.suite.HashSize())
	if d.path != nil {
		defer d.path.Erase()
		var err error
		d.commit.Path, err = d.path.Encrypt(random, d.next.tree, d.next.encoded, d.added)
		if err != nil {
			return nil, fmt.Errorf("path: %w", err)
		}
		d.commitSecret = d.path.CommitSecret()
	}
	defer clear(d.commitSecret)
	a := &framing.AuthenticatedContent{
		WireFormat: g.config.handshakeFormat(),
		Content: framing.FramedContent{
			GroupID:           g.ID(),
			Epoch:             g.Epoch(),
			Sender:            from,
			AuthenticatedData: o.AuthenticatedData,
			ContentType:       framing.ContentCommit,
			Commit:            &d.commit,
		},
	}
	signer := g.signer
	if from.Type == framing.SenderNewMemberCommit {
		a.WireFormat, signer = codepoint.WireFormatPublicMessage, d.next.signer
	}
	if err := a.Sign(g.suite, signer, g.encoded); err != nil {
		return nil, err
	}
	joiner, err := g.start(d, a)
	if err != nil {
		return nil, err
	}
	defer clear(joiner)
	a.Auth.ConfirmationTag = d.next.expectedTag()
	d.next.setConfirmationTag(a.Auth.ConfirmationTag)
	d.done.Added = d.added
	p := &PendingCommit{next: d.next, committed: d.done, config: &g.config}
	if p.Welcome, err = g.welcome(d, o, joiner); err != nil {
		return nil, err
	}
	if p.Message, err = g.protect(a); err != nil {
		return nil, err
	}
	if p.encoded, err = syntax.Marshal(p.Message); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return p, nil
}

// start computes the transcript hash and the key schedule of the next epoch.
// It returns the joiner secret.
func (g *Group) start(d *draft, a *framing.AuthenticatedContent) (ciphersuite.Secret, error) {
	input, err := a.ConfirmedTranscriptHashInput()
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	context := *d.next.context
	context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(g.suite, g.interim, input)
	if err := d.next.setContext(&context); err != nil {
		return nil, err
	}
	pskSecret, err := schedule.PSKSecret(g.suite, d.psks)
	if err != nil {
		return nil, err
	}
	defer clear(pskSecret)
	joiner := schedule.JoinerSecret(g.suite, d.init, d.commitSecret, d.next.encoded)
	secrets, welcomeSecret := schedule.NewEpoch(g.suite, joiner, pskSecret, d.next.encoded)
	clear(welcomeSecret)
	d.next.setSecrets(secrets)
	return joiner, nil
}

// resolvePSKs finds the secrets of pre-shared keys, in their order.
func (g *Group) resolvePSKs(ids []schedule.PreSharedKeyID) ([]schedule.PSK, error) {
	psks := make([]schedule.PSK, len(ids))
	for i, id := range ids {
		secret, err := g.resolvePSK(&id)
		if err != nil {
			return nil, err
		}
		psks[i] = schedule.PSK{ID: id, Secret: secret}
	}
	return psks, nil
}

func (g *Group) resolvePSK(id *schedule.PreSharedKeyID) (ciphersuite.Secret, error) {
	if id.Type == schedule.PSKResumption && bytes.Equal(id.GroupID, g.ID()) {
		if secret, ok := g.Resumption(id.Epoch); ok {
			return secret, nil
		}
	}
	if secret, ok := g.config.psk(id); ok {
		return secret, nil
	}
	return nil, rule.Errorf("rfc9420-12.4.2-02", "psk: %v", describePSK(id))
}

func describePSK(id *schedule.PreSharedKeyID) string {
	if id.Type == schedule.PSKExternal {
		return fmt.Sprintf("external PSK %x is not known", id.ID)
	}
	return fmt.Sprintf("resumption PSK of group %x, epoch %d is not known", id.GroupID, id.Epoch)
}
