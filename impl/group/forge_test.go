package group_test

import (
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A recipe says how an insider forges a message: what goes into it, and at which
// stages of its making a hook changes something. All that comes after a hook is
// computed from what the hook has left, so a message has the faults that its
// hooks make and no other.
//
// The forge does not use the code of the group that makes honest messages. It
// knows no tests and no groups either, only the [group.Insider].
type recipe struct {
	by *group.Insider
	// content is what the message is about. For a Commit the proposals are those
	// of list.
	content framing.FramedContent
	signer  ciphersuite.Signer
	list    []covered
	// leaf is the template of the path's leaf; nil stands for no path.
	leaf *leaf.LeafNode
	// psk finds the secrets of pre-shared keys.
	psk   func(*schedule.PreSharedKeyID) ciphersuite.Secret
	rand  io.Reader
	hooks []hook
}

// A covered proposal stands in a Commit by reference when it has one.
type covered struct {
	proposal *message.Proposal
	from     framing.Sender
	ref      []byte
}

// A stage is a moment in the making of a message.
type stage int

// The stages in their order. Those up to pathEncrypted and those of the next
// epoch belong to Commits, sealing and sealed to PrivateMessages.
const (
	listed        stage = iota // proposals are in the Commit
	applied                    // proposals are applied to the tree
	keyed                      // the path has secrets and keys
	leafReady                  // the path's leaf lacks only its signature
	leafSigned                 // the path's leaf is ready to be put into the tree
	provisional                // the provisional GroupContext is there
	pathEncrypted              // the Commit has its path
	framed                     // the FramedContent is complete
	toSign                     // the FramedContentTBS is encoded
	signed                     // the signature is there
	keysChosen                 // the inputs of the next epoch's key schedule are there
	tagged                     // the confirmation_tag is there
	toTag                      // the membership_tag is about to be computed
	sealing                    // the plaintext and its key are there
	sealed                     // the ciphertext is there, the sender data not encrypted
	protected                  // the message is complete
)

// A hook changes a draft at a stage.
type hook struct {
	stage stage
	do    func(*draft)
}

// at returns the recipe with one more hook.
func (r *recipe) at(s stage, do func(*draft)) *recipe {
	c := *r
	c.hooks = append(slices.Clip(r.hooks), hook{s, do})
	return &c
}

// A draft is a message in the making. Hooks may change all of it.
type draft struct {
	*recipe
	commit message.Commit
	// tree and added are the tree with the proposals applied, and the new places.
	tree  *tree.RatchetTree
	added []treemath.LeafIndex
	// committer is the leaf that the path belongs to.
	committer treemath.LeafIndex
	path      *pathDraft
	// context is the provisional GroupContext, later that of the next epoch.
	context *schedule.GroupContext
	// pathContext is the context of the path's ciphertexts.
	pathContext []byte

	auth framing.AuthenticatedContent
	// signContext is the encoded GroupContext in the FramedContentTBS, tbs the
	// latter's encoding.
	signContext, tbs []byte

	init, commitSecret ciphersuite.Secret
	psks               []schedule.PSK
	next               *schedule.Epoch

	membershipKey ciphersuite.Secret
	seal          sealDraft
	message       framing.MLSMessage
}

// A making makes what its stage is named after.
type making struct {
	stage stage
	make  func(*draft) error
}

// forge makes the message in the given wire format.
func (r *recipe) forge(format codepoint.WireFormat) (*framing.MLSMessage, error) {
	own := *r
	d := &draft{recipe: &own, membershipKey: r.by.Secrets.MembershipKey}
	d.auth = framing.AuthenticatedContent{WireFormat: format, Content: r.content}
	var steps []making
	isCommit := r.content.ContentType == framing.ContentCommit
	if isCommit {
		steps = append(steps, making{listed, (*draft).cover}, making{applied, (*draft).apply})
		if r.leaf != nil {
			steps = append(steps, making{keyed, (*draft).makeKeys}, making{leafReady, (*draft).makeLeaf}, making{leafSigned, (*draft).signLeaf})
		}
		steps = append(steps, making{provisional, (*draft).makeContext}, making{pathEncrypted, (*draft).encryptPath})
	}
	steps = append(steps, making{framed, (*draft).frame}, making{toSign, (*draft).encodeTBS}, making{signed, (*draft).sign})
	if isCommit {
		steps = append(steps, making{keysChosen, (*draft).chooseKeys}, making{tagged, (*draft).tag})
	}
	if format == codepoint.WireFormatPublicMessage {
		steps = append(steps, making{toTag, (*draft).encodeTBS}, making{protected, (*draft).protectPublic})
	} else {
		steps = append(steps, making{sealing, (*draft).chooseSeal}, making{sealed, (*draft).sealContent}, making{protected, (*draft).protectPrivate})
	}
	for _, s := range steps {
		if err := s.make(d); err != nil {
			return nil, fmt.Errorf("stage %d: %w", s.stage, err)
		}
		for _, h := range r.hooks {
			if h.stage == s.stage {
				h.do(d)
			}
		}
	}
	return &d.message, nil
}

// cover lists the proposals in the Commit.
func (d *draft) cover() error {
	for _, c := range d.list {
		p := message.ProposalOrRef{Reference: c.ref}
		if c.ref == nil {
			p.Proposal = c.proposal
		}
		d.commit.Proposals = append(d.commit.Proposals, p)
	}
	return nil
}

// apply changes the tree as the proposals say, as far as that can be done.
func (d *draft) apply() error {
	d.tree = d.by.Tree.Clone()
	each(d, func(u *message.Update, from framing.Sender) {
		if d.tree.Leaf(from.LeafIndex) != nil {
			d.tree.Update(from.LeafIndex, &u.LeafNode)
		}
	})
	each(d, func(r *message.Remove, _ framing.Sender) {
		if d.tree.Leaf(r.Removed) != nil {
			d.tree.Remove(r.Removed)
		}
	})
	each(d, func(a *message.Add, _ framing.Sender) {
		d.added = append(d.added, d.tree.Add(&a.KeyPackage.LeafNode))
	})
	d.committer = d.content.Sender.LeafIndex
	if d.content.Sender.Type != framing.SenderMember {
		d.committer = d.tree.AssignLeaf()
	}
	return nil
}

// each calls f for the proposals of one type, in the order of the Commit.
func each[B message.Body](d *draft, f func(body B, from framing.Sender)) {
	for _, c := range d.list {
		if body, ok := c.proposal.Body.(B); ok {
			f(body, c.from)
		}
	}
}

func (d *draft) makeContext() error {
	context := *d.by.Context
	context.Epoch++
	context.TreeHash = d.tree.Hash()
	each(d, func(g *message.GroupContextExtensions, _ framing.Sender) { context.Extensions = g.Extensions })
	d.context = &context
	var err error
	d.pathContext, err = syntax.Marshal(&context)
	return err
}

func (d *draft) frame() error {
	if d.auth.Content.ContentType == framing.ContentCommit {
		d.auth.Content.Commit = &d.commit
	}
	var err error
	d.signContext, err = syntax.Marshal(d.by.Context)
	return err
}

func (d *draft) encodeTBS() error {
	var err error
	d.tbs, err = syntax.Marshal(&framing.FramedContentTBS{
		WireFormat: d.auth.WireFormat,
		Content:    &d.auth.Content,
		Context:    d.signContext,
	})
	return err
}

func (d *draft) sign() error {
	var err error
	d.auth.Auth.Signature, err = d.by.Suite.SignWithLabel(d.signer, "FramedContentTBS", d.tbs)
	return err
}

func (d *draft) chooseKeys() error {
	d.init = d.by.Secrets.InitSecret
	d.commitSecret = make(ciphersuite.Secret, d.by.Suite.HashSize())
	if d.path != nil {
		d.commitSecret = d.path.commitSecret
	}
	each(d, func(p *message.PreSharedKey, _ framing.Sender) {
		d.psks = append(d.psks, schedule.PSK{ID: p.PSK, Secret: d.psk(&p.PSK)})
	})
	return nil
}

// tag takes the steps from the Commit to the next epoch's secrets.
func (d *draft) tag() error {
	input, err := d.auth.ConfirmedTranscriptHashInput()
	if err != nil {
		return err
	}
	suite := d.by.Suite
	interim := schedule.InterimTranscriptHash(suite, d.by.Context.ConfirmedTranscriptHash, d.by.ConfirmationTag)
	d.context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(suite, interim, input)
	context, err := syntax.Marshal(d.context)
	if err != nil {
		return err
	}
	pskSecret, err := schedule.PSKSecret(suite, d.psks)
	if err != nil {
		return err
	}
	joiner := schedule.JoinerSecret(suite, d.init, d.commitSecret, context)
	d.next, _ = schedule.NewEpoch(suite, joiner, pskSecret, context)
	d.auth.Auth.ConfirmationTag = suite.MAC(d.next.ConfirmationKey, d.context.ConfirmedTranscriptHash)
	return nil
}

// appendAuth appends the FramedContentAuthData.
func (d *draft) appendAuth(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, d.auth.Auth.Signature)
	if d.auth.Content.ContentType == framing.ContentCommit {
		syntax.AddOpaque(b, d.auth.Auth.ConfirmationTag)
	}
}

// protectPublic makes a PublicMessage with a membership_tag, where its sender
// has to have one.
func (d *draft) protectPublic() error {
	m := &framing.PublicMessage{Content: d.auth.Content, Auth: d.auth.Auth}
	d.message.PublicMessage = m
	if m.Content.Sender.Type != framing.SenderMember {
		return nil
	}
	b := cryptobyte.NewBuilder(slices.Clone(d.tbs))
	d.appendAuth(b)
	tbm, err := b.Bytes()
	m.MembershipTag = d.by.Suite.MAC(d.membershipKey, tbm)
	return err
}

// random returns fresh bytes.
func (d *draft) random(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.rand, b); err != nil {
		panic(err)
	}
	return b
}

// toggled returns a copy with one bit of the last byte changed.
func toggled(b []byte) []byte {
	c := slices.Clone(b)
	c[len(c)-1] ^= 1
	return c
}
