package group

import (
	"fmt"
	"iter"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// ValidateKeyPackage verifies a KeyPackage before its client is added to the
// group (RFC 9420, Section 10.1).
func (g *Group) ValidateKeyPackage(kp *keypackage.KeyPackage) (*keypackage.Validated, error) {
	return kp.Validate(&keypackage.Checks{
		Version:         g.context.Version,
		Suite:           g.suite,
		Policy:          &g.config.Policy,
		Sending:         true,
		GroupExtensions: g.context.Extensions,
		Required:        g.required,
	})
}

// Add returns a proposal to add a client (RFC 9420, Section 12.1.1).
func Add(kp *keypackage.Validated) message.Proposal {
	return message.Proposal{Body: &message.Add{KeyPackage: *kp.KeyPackage()}}
}

// Remove returns a proposal to remove a member (RFC 9420, Section 12.1.3).
func Remove(i treemath.LeafIndex) message.Proposal {
	return message.Proposal{Body: &message.Remove{Removed: i}}
}

// ReInit returns a proposal to go on in a new group (RFC 9420, Section 12.1.5).
func ReInit(r message.ReInit) message.Proposal { return message.Proposal{Body: &r} }

// GroupContextExtensions returns a proposal to replace the group's extensions
// (RFC 9420, Section 12.1.7).
func GroupContextExtensions(e leaf.Extensions) message.Proposal {
	return message.Proposal{Body: &message.GroupContextExtensions{Extensions: e}}
}

// Custom returns a proposal of a type that the RFC does not define.
func Custom(t codepoint.ProposalType, data []byte) message.Proposal {
	return message.Proposal{Body: &message.Custom{ProposalType: t, Data: data}}
}

// ExternalPSK returns a proposal to inject the external PSK with the given
// psk_id (RFC 9420, Section 12.1.4).
func (g *Group) ExternalPSK(id []byte) (message.Proposal, error) {
	return g.config.pskProposal(g.suite, schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: id})
}

// ResumptionPSK returns a proposal to inject the resumption PSK of an epoch of
// this or another group, with usage application (RFC 9420, Section 12.1.4).
func (g *Group) ResumptionPSK(groupID []byte, epoch uint64) (message.Proposal, error) {
	return g.config.pskProposal(g.suite, schedule.PreSharedKeyID{
		Type:    schedule.PSKResumption,
		Usage:   schedule.UsageApplication,
		GroupID: groupID,
		Epoch:   epoch,
	})
}

// pskProposal adds the fresh nonce that RFC 9420, Section 8.4 wants.
func (c *Config) pskProposal(suite *ciphersuite.Suite, id schedule.PreSharedKeyID) (message.Proposal, error) {
	nonce, err := randomBytes(c.random(), suite.HashSize())
	if err != nil {
		return message.Proposal{}, fmt.Errorf("psk_nonce: %w", err)
	}
	id.Nonce = nonce
	return message.Proposal{Body: &message.PreSharedKey{PSK: id}}, nil
}

// A LeafChange says what a member's new leaf node has in place of the present
// one's (RFC 9420, Section 7.5). What is left out stays as it is.
type LeafChange struct {
	Signer       ciphersuite.Signer
	Credential   *leaf.Credential
	Capabilities *leaf.Capabilities
	Extensions   *leaf.Extensions
}

// template returns the member's present leaf node with the change, ready to get
// its keys and its signature; and the signer whose key it names. The types of its
// extensions are added to its capabilities (RFC 9420, Section 7.2).
func (g *Group) template(change *LeafChange) (*leaf.LeafNode, ciphersuite.Signer, error) {
	n, signer := g.OwnLeaf().Clone(), g.signer
	if change == nil {
		return n, signer, nil
	}
	if change.Signer != nil {
		signer = change.Signer
		n.SignatureKey = signer.Public()
	}
	if change.Credential != nil {
		n.Credential = *change.Credential
	}
	if change.Extensions != nil {
		n.Extensions = change.Extensions.Clone()
	}
	if change.Capabilities != nil {
		n.Capabilities = change.Capabilities.WithoutDefaults()
		if !g.config.NoGREASE {
			if err := n.Capabilities.AddGREASE(g.config.random()); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, e := range n.Extensions {
		n.Capabilities.AddExtension(e.Type)
	}
	return n, signer, nil
}

// Propose sends a proposal to the group. Use [Group.ProposeUpdate] for an Update.
func (g *Group) Propose(p message.Proposal, authenticatedData []byte) (*framing.MLSMessage, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	from := framing.Member(g.OwnIndex())
	if err := g.checkReceived(&p, from, true); err != nil {
		return nil, err
	}
	a, err := g.sign(framing.FramedContent{
		AuthenticatedData: authenticatedData,
		ContentType:       framing.ContentProposal,
		Proposal:          &p,
	}, g.config.handshakeFormat())
	if err != nil {
		return nil, err
	}
	ref, err := a.ProposalRef(g.suite)
	if err != nil {
		return nil, err
	}
	m, err := g.protect(a)
	if err != nil {
		return nil, err
	}
	g.proposals = append(g.proposals, cached{ref: ref, listed: listed{proposal: &p, from: from, seen: true}})
	return m, nil
}

// ProposeUpdate sends an Update: a new leaf node for this member, with a fresh
// encryption key (RFC 9420, Section 12.1.2).
func (g *Group) ProposeUpdate(change *LeafChange, authenticatedData []byte) (*framing.MLSMessage, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	key, err := g.suite.GenerateKEMKey(g.config.random())
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	n, signer, err := g.template(change)
	if err != nil {
		return nil, err
	}
	// Others judge an Update by the extensions that it is committed with; those of
	// the present are what this member knows.
	present := params{g.context.Extensions, g.required}
	if err := n.CheckGroup(g.leafChecks(leaf.InUpdate, g.OwnIndex(), present)); err != nil {
		return nil, fmt.Errorf("update: %w", err)
	}
	n.EncryptionKey = key.Public()
	n.Source, n.ParentHash, n.Lifetime = leaf.SourceUpdate, nil, leaf.Lifetime{}
	if err := n.Sign(g.suite, signer, g.ID(), g.OwnIndex()); err != nil {
		return nil, err
	}
	m, err := g.Propose(message.Proposal{Body: &message.Update{LeafNode: *n}}, authenticatedData)
	if err != nil {
		return nil, err
	}
	g.updates = append(g.updates, ownUpdate{key, signer})
	return m, nil
}

// Proposals yields the proposals of the epoch in the order of their arrival, with
// the references by which [CommitOptions] and Commits name them. They must not be
// changed.
func (g *Group) Proposals() iter.Seq2[[]byte, *message.Proposal] {
	return func(yield func([]byte, *message.Proposal) bool) {
		for _, c := range g.proposals {
			if !yield(c.ref, c.proposal) {
				return
			}
		}
	}
}

// Encrypt sends application data to the group (RFC 9420, Section 15).
func (g *Group) Encrypt(data, authenticatedData []byte) (*framing.MLSMessage, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	if len(g.proposals) > 0 {
		return nil, ErrPendingProposals
	}
	a, err := g.sign(framing.FramedContent{
		AuthenticatedData: authenticatedData,
		ContentType:       framing.ContentApplication,
		ApplicationData:   data,
	}, codepoint.WireFormatPrivateMessage)
	if err != nil {
		return nil, err
	}
	return g.protect(a)
}

// sign frames a content of this member and signs it for the present epoch.
func (g *Group) sign(c framing.FramedContent, format codepoint.WireFormat) (*framing.AuthenticatedContent, error) {
	c.GroupID, c.Epoch, c.Sender = g.ID(), g.Epoch(), framing.Member(g.OwnIndex())
	a := &framing.AuthenticatedContent{WireFormat: format, Content: c}
	if err := a.Sign(g.suite, g.signer, g.encoded); err != nil {
		return nil, err
	}
	return a, nil
}

// protect makes a signed content ready to be sent.
func (g *Group) protect(a *framing.AuthenticatedContent) (*framing.MLSMessage, error) {
	if a.WireFormat == codepoint.WireFormatPublicMessage {
		m, err := framing.ProtectPublic(g.suite, a, g.secrets.MembershipKey, g.encoded)
		if err != nil {
			return nil, err
		}
		return &framing.MLSMessage{PublicMessage: m}, nil
	}
	m, err := framing.ProtectPrivate(g.config.random(), g.keys(), a, g.config.Padding)
	if err != nil {
		return nil, err
	}
	return &framing.MLSMessage{PrivateMessage: m}, nil
}
