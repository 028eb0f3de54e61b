package group

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// An epoch is what a Commit replaces as a whole. The next one is built beside
// the present one and takes its place when every check has passed.
type epoch struct {
	suite   *ciphersuite.Suite
	context *schedule.GroupContext
	// encoded is the encoded context.
	encoded []byte
	// required is the required_capabilities extension of the context, if any.
	required        *leaf.RequiredCapabilities
	tree            *tree.RatchetTree
	private         *tree.PrivateTree
	signer          ciphersuite.Signer
	secrets         *schedule.Epoch
	secretTree      *schedule.SecretTree
	confirmationTag []byte
	// interim is the interim transcript hash.
	interim []byte
}

// setContext sets the context and what is derived from it alone. The epoch has a
// copy of its own, because c may be part of a much longer message.
func (e *epoch) setContext(c *schedule.GroupContext) error {
	encoded, err := syntax.Marshal(c)
	if err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	c = new(schedule.GroupContext)
	if err := syntax.Unmarshal(encoded, c); err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	required, err := c.Extensions.RequiredCapabilities()
	if err != nil {
		return fmt.Errorf("group context: %w", err)
	}
	e.context, e.encoded, e.required = c, encoded, required
	return nil
}

// setSecrets starts the epoch's key material.
func (e *epoch) setSecrets(s *schedule.Epoch) {
	e.secrets = s
	e.secretTree = s.SecretTree(e.suite, e.tree.Size())
}

// setConfirmationTag sets the tag and the interim transcript hash that follows
// from it (RFC 9420, Section 8.2).
func (e *epoch) setConfirmationTag(tag []byte) {
	e.confirmationTag = bytes.Clone(tag)
	e.interim = schedule.InterimTranscriptHash(e.suite, e.context.ConfirmedTranscriptHash, tag)
}

// expectedTag returns the confirmation tag of the epoch
// (RFC 9420, Section 6.1).
func (e *epoch) expectedTag() []byte {
	return e.suite.MAC(e.secrets.ConfirmationKey, e.context.ConfirmedTranscriptHash)
}

func (e *epoch) keys() *framing.Keys {
	return &framing.Keys{Suite: e.suite, SecretTree: e.secretTree, SenderDataSecret: e.secrets.SenderDataSecret}
}

func (e *epoch) signatureKey(i treemath.LeafIndex) []byte {
	if l := e.tree.Leaf(i); l != nil {
		return l.SignatureKey
	}
	return nil
}

// A pastEpoch holds what late application messages of an epoch need.
type pastEpoch struct {
	epoch            uint64
	encoded          []byte
	senderDataSecret ciphersuite.Secret
	secretTree       *schedule.SecretTree
	senders          []sender // by leaf index
}

// A sender is a member of a past epoch.
type sender struct {
	index treemath.LeafIndex
	key   []byte
}

func (p *pastEpoch) keys(suite *ciphersuite.Suite) *framing.Keys {
	return &framing.Keys{Suite: suite, SecretTree: p.secretTree, SenderDataSecret: p.senderDataSecret}
}

func (p *pastEpoch) signatureKey(i treemath.LeafIndex) []byte {
	n, ok := slices.BinarySearchFunc(p.senders, i, func(s sender, i treemath.LeafIndex) int { return cmp.Compare(s.index, i) })
	if !ok {
		return nil
	}
	return p.senders[n].key
}

// retire makes a past epoch of e, which is not used any more.
func (e *epoch) retire() pastEpoch {
	p := pastEpoch{
		epoch:            e.context.Epoch,
		encoded:          e.encoded,
		senderDataSecret: e.secrets.SenderDataSecret,
		secretTree:       e.secretTree,
		senders:          make([]sender, 0, e.tree.MemberCount()),
	}
	for i, l := range e.tree.Leaves() {
		p.senders = append(p.senders, sender{i, l.SignatureKey})
	}
	return p
}

// erase deletes the key material of the past epoch.
func (p *pastEpoch) erase() {
	p.secretTree.Erase()
	clear(p.senderDataSecret)
}

// advance makes next the present epoch, and keeps of the one before what the
// configuration wants kept (RFC 9420, Sections 8.6 and 9.2).
func (g *Group) advance(next *epoch) {
	last := g.epoch
	g.resumption = slices.Insert(g.resumption, 0, resumption{
		epoch:    last.context.Epoch,
		psk:      bytes.Clone(last.secrets.ResumptionPSK),
		turnover: newTurnover(last.tree, next.tree),
	})
	if n := g.config.resumptionEpochs(); len(g.resumption) > n {
		for _, r := range g.resumption[n:] {
			clear(r.psk)
		}
		g.resumption = g.resumption[:n]
	}
	kept := last.retire()
	kept.senderDataSecret = slices.Clone(kept.senderDataSecret)
	g.past = slices.Insert(g.past, 0, kept)
	if n := g.config.pastEpochs(); len(g.past) > n {
		for i := range g.past[n:] {
			g.past[n+i].erase()
		}
		g.past = g.past[:n]
	}
	last.secrets.Erase()
	g.epoch = next
	g.proposals, g.updates, g.pending = nil, nil, nil
}
