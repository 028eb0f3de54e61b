package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// AddProposal proposes to add somebody.
func (s *Server) AddProposal(_ context.Context, r *pb.AddProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{ProposalType: []byte("add"), KeyPackage: r.GetKeyPackage()})
}

// RemoveProposal proposes to remove a member.
func (s *Server) RemoveProposal(_ context.Context, r *pb.RemoveProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{ProposalType: []byte("remove"), RemovedId: r.GetRemovedId()})
}

// ExternalPSKProposal proposes to inject an external PSK.
func (s *Server) ExternalPSKProposal(_ context.Context, r *pb.ExternalPSKProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{ProposalType: []byte("externalPSK"), PskId: r.GetPskId()})
}

// ResumptionPSKProposal proposes to inject the resumption PSK of an epoch.
func (s *Server) ResumptionPSKProposal(_ context.Context, r *pb.ResumptionPSKProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{ProposalType: []byte("resumptionPSK"), EpochId: r.GetEpochId()})
}

// GroupContextExtensionsProposal proposes other extensions for the group.
func (s *Server) GroupContextExtensionsProposal(_ context.Context, r *pb.GroupContextExtensionsProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{ProposalType: []byte("groupContextExtensions"), Extensions: r.GetExtensions()})
}

// ReInitProposal proposes to go on in another group.
func (s *Server) ReInitProposal(_ context.Context, r *pb.ReInitProposalRequest) (*pb.ProposalResponse, error) {
	return s.proposeDescribed(r.GetStateId(), &pb.ProposalDescription{
		ProposalType: []byte("reinit"),
		CipherSuite:  r.GetCipherSuite(),
		GroupId:      r.GetGroupId(),
		Extensions:   r.GetExtensions(),
	})
}

// UpdateProposal proposes a new encryption key for the member itself.
func (s *Server) UpdateProposal(_ context.Context, r *pb.UpdateProposalRequest) (*pb.ProposalResponse, error) {
	return s.send(r.GetStateId(), func(g *group.Group) (*framing.MLSMessage, error) { return g.ProposeUpdate(nil, nil) })
}

func (s *Server) proposeDescribed(id uint32, d *pb.ProposalDescription) (*pb.ProposalResponse, error) {
	return s.propose(id, func(g *group.Group) (message.Proposal, error) { return s.view(g).describe(d) })
}

func (s *Server) propose(id uint32, build func(*group.Group) (message.Proposal, error)) (*pb.ProposalResponse, error) {
	return s.send(id, func(g *group.Group) (*framing.MLSMessage, error) {
		p, err := build(g)
		if err != nil {
			return nil, err
		}
		return g.Propose(p, nil)
	})
}

func (s *Server) send(id uint32, propose func(*group.Group) (*framing.MLSMessage, error)) (*pb.ProposalResponse, error) {
	resp := new(pb.ProposalResponse)
	err := s.change(id, func(st *state) error {
		m, err := propose(st.group)
		if err != nil {
			return err
		}
		resp.Proposal, err = st.sent(m)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

type members = iter.Seq2[treemath.LeafIndex, *leaf.LeafNode]

// A view of a group is what describing a proposal for it takes.
type view struct {
	suite   *ciphersuite.Suite
	groupID []byte
	members members // nil when they are not known
	rand    io.Reader
}

func (s *Server) view(g *group.Group) *view {
	return &view{suite: g.Suite(), groupID: g.ID(), members: g.Members(), rand: s.rand}
}

// describe makes the proposal that a description asks for. Whether the group takes
// it is another question.
func (v *view) describe(d *pb.ProposalDescription) (message.Proposal, error) {
	switch t := string(d.GetProposalType()); t {
	case "add":
		kp, err := framing.ParseKeyPackage(d.GetKeyPackage())
		if err != nil {
			return message.Proposal{}, fmt.Errorf("key_package: %w", err)
		}
		return message.Proposal{Body: &message.Add{KeyPackage: *kp}}, nil
	case "remove":
		if v.members == nil {
			return message.Proposal{}, status.Error(codes.InvalidArgument, "removed_id: without a ratchet_tree, nobody is found to be removed")
		}
		i, err := findMember(v.members, d.GetRemovedId())
		return group.Remove(i), err
	case "externalPSK":
		return v.psk(schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: bytes.Clone(d.GetPskId())})
	case "resumptionPSK":
		return v.psk(schedule.PreSharedKeyID{
			Type:    schedule.PSKResumption,
			Usage:   schedule.UsageApplication,
			GroupID: v.groupID,
			Epoch:   d.GetEpochId(),
		})
	case "groupContextExtensions":
		extensions, err := parseExtensions(d.GetExtensions())
		return group.GroupContextExtensions(extensions), err
	case "reinit":
		return describeReInit(d)
	default:
		return message.Proposal{}, status.Errorf(codes.Unimplemented, "proposal_type: %q is not known", t)
	}
}

// psk adds the fresh nonce that RFC 9420, Section 8.4 wants.
func (v *view) psk(id schedule.PreSharedKeyID) (message.Proposal, error) {
	id.Nonce = make([]byte, v.suite.HashSize())
	if _, err := io.ReadFull(v.rand, id.Nonce); err != nil {
		return message.Proposal{}, fmt.Errorf("psk_nonce: %w", err)
	}
	return message.Proposal{Body: &message.PreSharedKey{PSK: id}}, nil
}

func describeReInit(d *pb.ProposalDescription) (message.Proposal, error) {
	suite, err := lookupSuite(d.GetCipherSuite())
	if err != nil {
		return message.Proposal{}, err
	}
	extensions, err := parseExtensions(d.GetExtensions())
	return group.ReInit(message.ReInit{
		GroupID:     d.GetGroupId(),
		Version:     codepoint.MLS10,
		CipherSuite: suite.ID(),
		Extensions:  extensions,
	}), err
}
