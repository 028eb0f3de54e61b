package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// NewMemberAddProposal makes a proposal by which somebody asks to be added
// (RFC 9420, Section 12.1.8).
func (s *Server) NewMemberAddProposal(ctx context.Context, r *pb.NewMemberAddProposalRequest) (*pb.NewMemberAddProposalResponse, error) {
	o, err := s.look(r.GetGroupInfo(), nil)
	if err != nil {
		return nil, err
	}
	t, err := s.transaction(ctx, o.suite, r.GetIdentity())
	if err != nil {
		return nil, err
	}
	proposal, err := s.proposeSelf(o, t)
	if err != nil {
		return nil, errors.Join(err, s.forget(t))
	}
	return &pb.NewMemberAddProposalResponse{
		TransactionId:  t.id,
		Proposal:       proposal,
		InitPriv:       t.bundle.InitKey.Private(),
		EncryptionPriv: t.bundle.EncryptionKey.Private(),
		SignaturePriv:  t.signer.Private(),
	}, nil
}

func (s *Server) proposeSelf(o *onlooker, t *transaction) ([]byte, error) {
	kp, err := o.validate(&t.bundle.KeyPackage)
	if err != nil {
		return nil, err
	}
	m, err := group.ProposeSelf(o.info.GroupContext.GroupID, o.info.GroupContext.Epoch, kp, t.signer)
	if err != nil {
		return nil, err
	}
	return encode(m)
}

// CreateExternalSigner makes somebody who can become an external sender.
func (s *Server) CreateExternalSigner(_ context.Context, r *pb.CreateExternalSignerRequest) (*pb.CreateExternalSignerResponse, error) {
	suite, err := lookupSuite(r.GetCipherSuite())
	if err != nil {
		return nil, err
	}
	e, err := add(s, func(id uint32) (*signer, error) {
		key, err := suite.GenerateSignatureKey(s.rand)
		if err != nil {
			return nil, err
		}
		return &signer{held: held{id: id}, suite: suite, key: key}, nil
	})
	if err != nil {
		return nil, err
	}
	sender, err := syntax.Marshal(&leaf.ExternalSender{SignatureKey: e.key.Public(), Credential: leaf.Basic(r.GetIdentity())})
	if err != nil {
		return nil, errors.Join(err, s.forget(e))
	}
	return &pb.CreateExternalSignerResponse{SignerId: e.id, ExternalSender: sender}, nil
}

// AddExternalSigner proposes the group's extensions as they are, with one more
// external sender.
func (s *Server) AddExternalSigner(_ context.Context, r *pb.AddExternalSignerRequest) (*pb.ProposalResponse, error) {
	sender, err := syntax.Parse[leaf.ExternalSender](r.GetExternalSender())
	if err != nil {
		return nil, fmt.Errorf("external_sender: %w", err)
	}
	return s.propose(r.GetStateId(), func(g *group.Group) (message.Proposal, error) {
		extensions := g.Extensions().Clone()
		senders, err := extensions.ExternalSenders()
		if err != nil {
			return message.Proposal{}, err
		}
		list := leaf.ExternalSenders(append(senders[:len(senders):len(senders)], *sender))
		added, err := leaf.Encode(codepoint.ExtensionExternalSenders, &list)
		if err != nil {
			return message.Proposal{}, err
		}
		for i := range extensions {
			if extensions[i].Type == codepoint.ExtensionExternalSenders {
				extensions[i] = added
				return group.GroupContextExtensions(extensions), nil
			}
		}
		return group.GroupContextExtensions(append(extensions, added)), nil
	})
}

// ExternalSignerProposal makes a proposal of an external sender (RFC 9420,
// Section 12.1.8). Where signer_index is zero, which is also how it is left out,
// the signer's place is found by its key.
func (s *Server) ExternalSignerProposal(_ context.Context, r *pb.ExternalSignerProposalRequest) (*pb.ProposalResponse, error) {
	e, err := find[*signer](s, r.GetSignerId())
	if err != nil {
		return nil, err
	}
	defer e.unlock()
	o, err := s.look(r.GetGroupInfo(), r.GetRatchetTree())
	if err != nil {
		return nil, err
	}
	if o.suite != e.suite {
		return nil, status.Errorf(codes.InvalidArgument, "the group has cipher suite %v, the signer %v", o.suite, e.suite)
	}
	index, err := o.place(e.key.Public(), r.GetSignerIndex())
	if err != nil {
		return nil, err
	}
	p, err := o.describe(r.GetDescription())
	if err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	c := &o.info.GroupContext
	m, err := group.ProposeExternal(c.CipherSuite, c.GroupID, c.Epoch, index, e.key, p)
	if err != nil {
		return nil, err
	}
	proposal, err := encode(m)
	if err != nil {
		return nil, err
	}
	return &pb.ProposalResponse{Proposal: proposal}, nil
}

// An onlooker knows a group by its GroupInfo.
type onlooker struct {
	suite  *ciphersuite.Suite
	info   *message.GroupInfo
	tree   *tree.RatchetTree // nil when it is not known
	server *Server
}

// look reads a GroupInfo and, where there is one, its ratchet tree. With the tree,
// the signature can be verified, and is.
func (s *Server) look(groupInfo, ratchetTree []byte) (*onlooker, error) {
	info, err := parseGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	suite, err := ciphersuite.Lookup(info.GroupContext.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("group_info: %w", err)
	}
	o := &onlooker{suite: suite, info: info, server: s}
	if o.tree, err = treeOf(info, suite, ratchetTree); err != nil || o.tree == nil {
		return o, err
	}
	signer := o.tree.Leaf(info.Signer)
	if signer == nil {
		return nil, status.Errorf(codes.InvalidArgument, "group_info: signer: leaf %d is blank", info.Signer)
	}
	if err := info.VerifySignature(suite, signer.SignatureKey); err != nil {
		return nil, fmt.Errorf("group_info: %w", err)
	}
	return o, nil
}

func parseGroupInfo(data []byte) (*message.GroupInfo, error) {
	m, err := framing.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("group_info: %w", err)
	}
	if m.GroupInfo == nil {
		return nil, status.Errorf(codes.InvalidArgument, "group_info: a %v, where a GroupInfo is wanted", m.WireFormat())
	}
	return m.GroupInfo, nil
}

// treeOf reads the tree that a GroupInfo has or that came beside it. It is nil
// when there is none.
func treeOf(info *message.GroupInfo, suite *ciphersuite.Suite, ratchetTree []byte) (*tree.RatchetTree, error) {
	if data, ok := info.Extensions.Find(codepoint.ExtensionRatchetTree); ok {
		ratchetTree = data
	}
	if len(ratchetTree) == 0 {
		return nil, nil
	}
	t, err := tree.Parse(suite, ratchetTree)
	if err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	return t, nil
}

// findPrior finds the place of somebody who wants to join once more.
func findPrior(info *message.GroupInfo, suite *ciphersuite.Suite, ratchetTree, identity []byte) (treemath.LeafIndex, error) {
	t, err := treeOf(info, suite, ratchetTree)
	if err != nil {
		return 0, err
	}
	if t == nil {
		return 0, status.Error(codes.InvalidArgument, "without a ratchet_tree, nobody is found to be removed")
	}
	return findMember(t.Leaves(), identity)
}

// place returns the index of the key among the group's external senders.
func (o *onlooker) place(key []byte, index uint32) (uint32, error) {
	senders, err := o.info.GroupContext.Extensions.ExternalSenders()
	if err != nil {
		return 0, fmt.Errorf("group_info: %w", err)
	}
	for i := range senders {
		if (index == 0 || index == uint32(i)) && bytes.Equal(senders[i].SignatureKey, key) {
			return uint32(i), nil
		}
	}
	return 0, status.Errorf(codes.FailedPrecondition, "the signer is not among the %d external senders of the group, or not at signer_index %d", len(senders), index)
}

// validate verifies a KeyPackage before it is proposed: unlike a member's, the
// proposal of somebody outside is not checked by a group.
func (o *onlooker) validate(kp *keypackage.KeyPackage) (*keypackage.Validated, error) {
	checks, err := group.AddChecks(&o.info.GroupContext, o.tree, &o.server.policy)
	if err != nil {
		return nil, err
	}
	checks.Sending = true
	return kp.Validate(checks)
}

// describe makes a proposal for the group.
func (o *onlooker) describe(d *pb.ProposalDescription) (message.Proposal, error) {
	v := view{suite: o.suite, groupID: o.info.GroupContext.GroupID, rand: o.server.rand}
	if o.tree != nil {
		v.members = o.tree.Leaves()
	}
	p, err := v.describe(d)
	if err != nil {
		return p, err
	}
	if add, ok := p.Body.(*message.Add); ok {
		_, err = o.validate(&add.KeyPackage)
	}
	return p, err
}
