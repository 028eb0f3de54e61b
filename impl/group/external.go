package group

import (
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ErrExternalType reports a proposal that nobody outside of a group may send.
var ErrExternalType = errors.New("group: external senders cannot send this type of proposal")

// An Identity is what a client that joins by an external Commit puts into its
// leaf node.
type Identity struct {
	Credential leaf.Credential
	Signer     ciphersuite.Signer
	// Capabilities are those of the client, with [leaf.Capabilities.OrDefault]. The
	// types of Extensions are added.
	Capabilities leaf.Capabilities
	Extensions   leaf.Extensions
}

// ExternalOptions say how to join by an external Commit.
type ExternalOptions struct {
	JoinOptions
	// Remove is the client's own earlier place in the group, to be removed.
	Remove *treemath.LeafIndex
	// PSKs are injected; their nonces are set.
	PSKs              []schedule.PreSharedKeyID
	AuthenticatedData []byte
}

// JoinExternal joins a group by an external Commit (RFC 9420,
// Section 12.4.3.2). It returns the group in its next epoch, and the Commit that
// brings the others there.
func JoinExternal(config Config, info *message.GroupInfo, id Identity, o ExternalOptions) (*Group, *framing.MLSMessage, error) {
	suite, err := ciphersuite.Lookup(info.GroupContext.CipherSuite)
	if err != nil {
		return nil, nil, fmt.Errorf("cipher_suite: %w", err)
	}
	n, err := id.leaf(&config)
	if err != nil {
		return nil, nil, err
	}
	g, err := newFromInfo(config, info, suite, n, o.JoinOptions)
	if err != nil {
		return nil, nil, rule.Errorf("rfc9420-12.4.3.2-07", "%w", err)
	}
	g.setConfirmationTag(info.ConfirmationTag)
	g.secrets = &schedule.Epoch{}
	d, err := g.draftExternal(info, o)
	if err != nil {
		return nil, nil, err
	}
	defer clear(d.init)
	if err := g.placeExternal(d, n, id.Signer, o); err != nil {
		return nil, nil, err
	}
	p, err := g.finish(d, CommitOptions{AuthenticatedData: o.AuthenticatedData}, framing.Sender{Type: framing.SenderNewMemberCommit})
	if err != nil {
		return nil, nil, err
	}
	g.epoch = p.next
	return g, p.Message, nil
}

// leaf returns the leaf node without keys and signature.
func (id *Identity) leaf(config *Config) (*leaf.LeafNode, error) {
	n := &leaf.LeafNode{
		SignatureKey: id.Signer.Public(),
		Credential:   id.Credential,
		Capabilities: id.Capabilities.OrDefault(),
		Extensions:   id.Extensions.Clone(),
	}
	for _, e := range n.Extensions {
		n.Capabilities.AddExtension(e.Type)
	}
	if config.NoGREASE {
		return n, nil
	}
	if err := n.AddGREASE(config.random()); err != nil {
		return nil, err
	}
	return n, nil
}

// draftExternal makes the proposals of an external Commit.
func (g *Group) draftExternal(info *message.GroupInfo, o ExternalOptions) (*draft, error) {
	external, err := info.Extensions.ExternalPub()
	if err != nil {
		return nil, rule.Errorf("rfc9420-12.4.3.2-06", "group info: %w", err)
	}
	if external == nil {
		return nil, rule.Errorf("rfc9420-12.4.3.2-06", "group info: without external_pub")
	}
	if err := g.suite.CheckKEMPublicKey(external.ExternalPub); err != nil {
		return nil, rule.Errorf("rfc9420-12.4.3.2-06", "group info: external_pub: %w", err)
	}
	kemOutput, secret, err := g.suite.ExternalInitSend(g.config.random(), external.ExternalPub)
	if err != nil {
		return nil, fmt.Errorf("external init: %w", err)
	}
	d := &draft{init: secret}
	proposals := []message.Proposal{{Body: &message.ExternalInit{KEMOutput: kemOutput}}}
	if o.Remove != nil {
		proposals = append(proposals, Remove(*o.Remove))
	}
	for _, psk := range o.PSKs {
		p, err := g.config.pskProposal(g.suite, psk)
		if err != nil {
			return nil, err
		}
		proposals = append(proposals, p)
	}
	from := framing.Sender{Type: framing.SenderNewMemberCommit}
	var list []listed
	for i := range proposals {
		list = append(list, listed{proposal: &proposals[i], from: from})
		d.commit.Proposals = append(d.commit.Proposals, message.ProposalOrRef{Proposal: &proposals[i]})
	}
	if d.changes, err = g.sortOut(list, from, ordinary); err != nil {
		return nil, err
	}
	if d.psks, err = g.resolvePSKs(d.changes.psks); err != nil {
		return nil, err
	}
	d.done = &Committed{Proposals: proposals, Removed: d.changes.removes}
	return d, nil
}

// placeExternal puts the client into the tree and makes its path.
func (g *Group) placeExternal(d *draft, n *leaf.LeafNode, signer ciphersuite.Signer, o ExternalOptions) error {
	d.next = &epoch{suite: g.suite, signer: signer}
	d.next.tree, _ = d.changes.apply(g.tree)
	place := d.next.tree.AssignLeaf()
	var err error
	d.path, err = d.next.tree.NewPath(g.config.random(), place, n, signer, g.ID())
	if err != nil {
		return fmt.Errorf("path: %w", err)
	}
	d.next.private = d.path.Private()
	// The group judges proposals and messages from the client's place.
	g.private = d.next.private
	if err := g.checkTree(d.next.tree, d.changes, []treemath.LeafIndex{place}, true); err != nil {
		return err
	}
	checks := g.leafChecks(leaf.InCommit, place, params{g.context.Extensions, g.required})
	if o.Remove != nil {
		checks.Replaces = g.tree.Leaf(*o.Remove)
	}
	if err := d.path.LeafNode().Validate(checks); err != nil {
		return rule.Errorf("rfc9420-7.5-01", "leaf_node: %w", err)
	}
	return d.next.setContext(g.provisional(d.changes, d.next.tree))
}

// ProposeSelf makes a proposal by which a client asks to be added to a group
// (RFC 9420, Section 12.1.8).
func ProposeSelf(groupID []byte, epoch uint64, kp *keypackage.Validated, signer ciphersuite.Signer) (*framing.MLSMessage, error) {
	p := Add(kp)
	return proposeFromOutside(kp.KeyPackage().CipherSuite, signer, framing.FramedContent{
		GroupID:     groupID,
		Epoch:       epoch,
		Sender:      framing.Sender{Type: framing.SenderNewMemberProposal},
		ContentType: framing.ContentProposal,
		Proposal:    &p,
	})
}

// ProposeExternal makes a proposal of the external sender with the given index
// in the group's external_senders extension (RFC 9420, Section 12.1.8).
func ProposeExternal(suite codepoint.CipherSuite, groupID []byte, epoch uint64, index uint32, signer ciphersuite.Signer, p message.Proposal) (*framing.MLSMessage, error) {
	if !p.Type().FromExternal() {
		return nil, fmt.Errorf("%w: %v", ErrExternalType, p.Type())
	}
	return proposeFromOutside(suite, signer, framing.FramedContent{
		GroupID:     groupID,
		Epoch:       epoch,
		Sender:      framing.Sender{Type: framing.SenderExternal, SenderIndex: index},
		ContentType: framing.ContentProposal,
		Proposal:    &p,
	})
}

func proposeFromOutside(id codepoint.CipherSuite, signer ciphersuite.Signer, c framing.FramedContent) (*framing.MLSMessage, error) {
	suite, err := ciphersuite.Lookup(id)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	a := &framing.AuthenticatedContent{WireFormat: codepoint.WireFormatPublicMessage, Content: c}
	if err := a.Sign(suite, signer, nil); err != nil {
		return nil, err
	}
	m, err := framing.ProtectPublic(suite, a, nil, nil)
	if err != nil {
		return nil, err
	}
	return &framing.MLSMessage{PublicMessage: m}, nil
}
