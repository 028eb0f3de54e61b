package group

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ErrSnapshot reports bytes that are no intact snapshot of a group.
var ErrSnapshot = errors.New("group: not an intact snapshot")

// snapshotMagic begins every snapshot; its last byte is the version.
const snapshotMagic = "mlsconform group\x02"

// Snapshot returns the whole state of the group, private keys included, apart
// from signature keys and the configuration. Store it before anything that
// depends on it is sent: a state that goes back in time uses keys twice
// (RFC 9420, Section 6.3.1).
func (g *Group) Snapshot() ([]byte, error) {
	if g.removed {
		return nil, ErrRemoved
	}
	var b cryptobyte.Builder
	b.AddBytes([]byte(snapshotMagic))
	g.marshal(&b)
	body, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	sum := sha256.Sum256(body)
	return append(body, sum[:]...), nil
}

// Restore returns the group of a snapshot. Signers finds the member's signature
// keys by their public keys. A damaged snapshot is refused with [ErrSnapshot].
func Restore(config Config, snapshot []byte, signers func(public []byte) (ciphersuite.Signer, error)) (*Group, error) {
	n := len(snapshot) - sha256.Size
	if n < len(snapshotMagic) || string(snapshot[:len(snapshotMagic)]) != snapshotMagic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrSnapshot)
	}
	body := bytes.Clone(snapshot[:n])
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], snapshot[n:]) {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrSnapshot)
	}
	r := &reader{s: body[len(snapshotMagic):], signers: signers}
	g := &Group{config: config}
	r.group(g)
	if r.err == nil && !r.s.Empty() {
		r.fail(fmt.Errorf("%d bytes are left over", len(r.s)))
	}
	if r.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, r.err)
	}
	return g, nil
}

func (g *Group) marshal(b *cryptobyte.Builder) {
	b.AddUint16(uint16(g.suite.ID()))
	g.epoch.marshal(b)
	addList(b, g.proposals, func(c *cached) {
		syntax.AddOpaque(b, c.ref)
		c.proposal.MarshalMLS(b)
		c.from.MarshalMLS(b)
	})
	addList(b, g.updates, func(u *ownUpdate) {
		syntax.AddOpaque(b, u.encryptionKey.Private())
		syntax.AddOpaque(b, u.signer.Public())
	})
	addList(b, g.past, func(p *pastEpoch) {
		b.AddUint64(p.epoch)
		syntax.AddOpaque(b, p.encoded)
		syntax.AddOpaque(b, p.senderDataSecret)
		p.secretTree.MarshalMLS(b)
		addList(b, p.senders, func(s *sender) {
			b.AddUint32(uint32(s.index))
			syntax.AddOpaque(b, s.key)
		})
	})
	addList(b, g.resumption, func(r *resumption) {
		b.AddUint64(r.epoch)
		syntax.AddOpaque(b, r.psk)
		for _, list := range [][]leaf.Credential{r.left, r.came} {
			addList(b, list, func(c *leaf.Credential) { c.MarshalMLS(b) })
		}
	})
	syntax.AddOptional(b, g.reinit)
	var pending []*PendingCommit
	if g.pending != nil {
		pending = append(pending, g.pending)
	}
	addList(b, pending, func(p **PendingCommit) { (*p).marshal(b) })
}

func addList[T any](b *cryptobyte.Builder, list []T, add func(*T)) {
	b.AddUint32(uint32(len(list)))
	for i := range list {
		add(&list[i])
	}
}

func (e *epoch) marshal(b *cryptobyte.Builder) {
	e.context.MarshalMLS(b)
	encoded, err := e.tree.Marshal()
	if err != nil {
		b.SetError(err)
		return
	}
	b.AddBytes(encoded)
	b.AddUint32(uint32(e.private.Index))
	count := uint32(0)
	for range e.private.Keys() {
		count++
	}
	b.AddUint32(count)
	for n, key := range e.private.Keys() {
		b.AddUint32(uint32(n))
		syntax.AddOpaque(b, key.Private())
	}
	syntax.AddOpaque(b, e.signer.Public())
	e.secrets.MarshalMLS(b)
	e.secretTree.MarshalMLS(b)
	syntax.AddOpaque(b, e.confirmationTag)
}

func (p *PendingCommit) marshal(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, p.encoded)
	syntax.AddOptional(b, p.Welcome)
	p.next.marshal(b)
	syntax.AddVector(b, p.committed.Proposals)
	syntax.AddUint32s(b, p.committed.Added)
	syntax.AddUint32s(b, p.committed.Removed)
	syntax.AddOptional(b, p.committed.ReInit)
}

// A reader reads a snapshot. Its methods do nothing once one has failed.
type reader struct {
	s       cryptobyte.String
	suite   *ciphersuite.Suite
	signers func(public []byte) (ciphersuite.Signer, error)
	err     error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) read(v syntax.Unmarshaler) {
	if r.err == nil {
		r.fail(v.UnmarshalMLS(&r.s))
	}
}

func (r *reader) opaque() (v []byte) {
	if r.err == nil {
		r.fail(syntax.ReadOpaque(&r.s, &v))
	}
	return v
}

func (r *reader) uint32() (v uint32) {
	if r.err == nil {
		r.fail(syntax.ReadUint32(&r.s, &v))
	}
	return v
}

func (r *reader) uint64() (v uint64) {
	if r.err == nil {
		r.fail(syntax.ReadUint64(&r.s, &v))
	}
	return v
}

// list reads entries until one fails. Each takes at least one byte, so that what
// is kept of them is bounded by the input.
func list[T any](r *reader, read func() T) (v []T) {
	n := r.uint32()
	for i := uint32(0); i < n && r.err == nil; i++ {
		v = append(v, read())
	}
	return v
}

func optional[T any, P interface {
	*T
	syntax.Marshaler
	syntax.Unmarshaler
}](r *reader) (v *T) {
	if r.err == nil {
		r.fail(syntax.ReadOptional[T, P](&r.s, &v))
	}
	return v
}

func (r *reader) signer() (s ciphersuite.Signer) {
	public := r.opaque()
	if r.err != nil {
		return nil
	}
	s, err := r.signers(public)
	if err != nil {
		r.fail(fmt.Errorf("signature key %x: %w", public, err))
	}
	return s
}

func (r *reader) kemKey() (k *ciphersuite.KEMKey) {
	private := r.opaque()
	if r.err != nil {
		return nil
	}
	k, err := r.suite.ParseKEMKey(private)
	if err != nil {
		r.fail(fmt.Errorf("private key: %w", err))
	}
	return k
}

func (r *reader) group(g *Group) {
	var id codepoint.CipherSuite
	if r.fail(syntax.ReadUint16(&r.s, &id)); r.err != nil {
		return
	}
	var err error
	if r.suite, err = ciphersuite.Lookup(id); err != nil {
		r.fail(err)
		return
	}
	g.epoch = r.epoch()
	g.proposals = list(r, r.cached)
	if r.err != nil {
		return
	}
	for _, c := range g.proposals {
		r.fail(g.checkSender(c))
	}
	g.updates = list(r, func() ownUpdate { return ownUpdate{r.kemKey(), r.signer()} })
	g.past = list(r, r.pastEpoch)
	g.resumption = list(r, func() resumption {
		return resumption{r.uint64(), r.opaque(), turnover{list(r, r.credential), list(r, r.credential)}}
	})
	g.reinit = optional[message.ReInit](r)
	for i, p := range list(r, r.pending) {
		if i > 0 {
			r.fail(errors.New("two pending commits"))
		}
		p.config = &g.config
		g.pending = p
	}
}

func (r *reader) epoch() *epoch {
	e := &epoch{suite: r.suite}
	var context schedule.GroupContext
	r.read(&context)
	if r.err != nil {
		return e
	}
	r.fail(e.setContext(&context))
	r.fail(r.tree(e))
	e.private = tree.NewPrivateTree(treemath.LeafIndex(r.uint32()), nil)
	list(r, func() struct{} {
		n := treemath.NodeIndex(r.uint32())
		e.private.Set(n, r.kemKey())
		return struct{}{}
	})
	e.signer = r.signer()
	e.secrets = new(schedule.Epoch)
	r.read(e.secrets)
	e.secretTree = new(schedule.SecretTree)
	r.read(e.secretTree)
	tag := r.opaque()
	if r.err != nil {
		return e
	}
	e.setConfirmationTag(tag)
	r.fail(e.check())
	return e
}

// tree reads a ratchet_tree.
func (r *reader) tree(e *epoch) error {
	if r.err != nil {
		return nil
	}
	rest := r.s
	var nodes []byte
	if err := syntax.ReadOpaque(&r.s, &nodes); err != nil {
		return fmt.Errorf("ratchet_tree: %w", err)
	}
	var err error
	e.tree, err = tree.Parse(r.suite, rest[:len(rest)-len(r.s)])
	return err
}

// check verifies that the parts of an epoch fit together.
func (e *epoch) check() error {
	own := e.tree.Leaf(e.private.Index)
	switch {
	case e.context.CipherSuite != e.suite.ID():
		return errors.New("cipher suites differ")
	case !bytes.Equal(e.context.TreeHash, e.tree.Hash()):
		return errors.New("the tree does not have the tree_hash")
	case own == nil || !bytes.Equal(own.SignatureKey, e.signer.Public()):
		return errors.New("the member's leaf does not have its signature key")
	case e.secretTree.Suite() != e.suite || e.secretTree.Size() != e.tree.Size():
		return errors.New("the secret tree is that of another group")
	case !bytes.Equal(e.confirmationTag, e.expectedTag()):
		return errors.New("the confirmation_tag is not that of the epoch")
	}
	if err := e.secrets.Check(e.suite); err != nil {
		return err
	}
	return e.private.Verify(e.tree)
}

func (r *reader) credential() (c leaf.Credential) {
	r.read(&c)
	return c
}

func (r *reader) cached() cached {
	c := cached{ref: r.opaque(), listed: listed{proposal: new(message.Proposal), seen: true}}
	r.read(c.proposal)
	r.read(&c.from)
	return c
}

// checkSender verifies that somebody can have sent a proposal of the epoch: only
// members update, and members are in the tree.
func (e *epoch) checkSender(c cached) error {
	member := c.from.Type == framing.SenderMember
	if member && e.tree.Leaf(c.from.LeafIndex) == nil || !member && c.proposal.Type() == codepoint.ProposalUpdate {
		return errors.New("a proposal is from nobody")
	}
	return nil
}

func (r *reader) pastEpoch() pastEpoch {
	p := pastEpoch{epoch: r.uint64(), encoded: r.opaque(), senderDataSecret: r.opaque(), secretTree: new(schedule.SecretTree)}
	r.read(p.secretTree)
	p.senders = list(r, func() sender { return sender{treemath.LeafIndex(r.uint32()), r.opaque()} })
	if r.err == nil && p.secretTree.Suite() != r.suite {
		r.fail(errors.New("the secret tree of a past epoch is that of another group"))
	}
	return p
}

func (r *reader) pending() *PendingCommit {
	p := &PendingCommit{encoded: r.opaque(), Welcome: optional[message.Welcome](r), Message: new(framing.MLSMessage)}
	if r.err == nil {
		r.fail(syntax.Unmarshal(p.encoded, p.Message))
	}
	p.next = r.epoch()
	p.committed = new(Committed)
	if r.err == nil {
		r.fail(syntax.ReadVector(&r.s, &p.committed.Proposals))
		r.fail(syntax.ReadUint32s(&r.s, &p.committed.Added))
		r.fail(syntax.ReadUint32s(&r.s, &p.committed.Removed))
	}
	p.committed.ReInit = optional[message.ReInit](r)
	return p
}
