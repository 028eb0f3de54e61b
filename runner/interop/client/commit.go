package client

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// Commit makes a Commit, which stays pending.
func (s *Server) Commit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	return s.commit(r, func(*group.PendingCommit) error { return nil })
}

// commit makes a Commit that has to be what the caller wants.
func (s *Server) commit(r *pb.CommitRequest, check func(*group.PendingCommit) error) (*pb.CommitResponse, error) {
	var resp *pb.CommitResponse
	err := s.change(r.GetStateId(), func(st *state) error {
		o, err := s.commitOptions(st, r)
		if err != nil {
			return err
		}
		p, err := st.group.Commit(o)
		if err != nil {
			return err
		}
		if err = check(p); err == nil {
			resp, err = commitResponse(p, r.GetExternalTree())
		}
		if err != nil {
			st.group.DropPending()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// commitOptions reads a request. What it does not name is not committed, whatever
// else the epoch has brought.
func (s *Server) commitOptions(st *state, r *pb.CommitRequest) (group.CommitOptions, error) {
	o := group.CommitOptions{
		References: make([][]byte, len(r.GetByReference())),
		OmitPath:   !r.GetForcePath(),
		Welcome:    group.GroupInfoOptions{OmitTree: r.GetExternalTree()},
	}
	var err error
	for i, m := range r.GetByReference() {
		if o.References[i], err = st.received(m); err != nil {
			return o, fmt.Errorf("by_reference[%d]: %w", i, err)
		}
	}
	view := s.view(st.group)
	for i, d := range r.GetByValue() {
		p, err := view.describe(d)
		if err != nil {
			return o, fmt.Errorf("by_value[%d]: %w", i, err)
		}
		o.Proposals = append(o.Proposals, p)
	}
	return o, nil
}

func commitResponse(p *group.PendingCommit, externalTree bool) (*pb.CommitResponse, error) {
	resp := new(pb.CommitResponse)
	var err error
	if resp.Commit, err = encode(p.Message); err != nil {
		return nil, err
	}
	if p.Welcome != nil {
		if resp.Welcome, err = encode(&framing.MLSMessage{Welcome: p.Welcome}); err != nil {
			return nil, err
		}
	}
	// Nobody joins a group that the Commit ends.
	if !externalTree || p.Committed().ReInit != nil {
		return resp, nil
	}
	info, err := p.GroupInfo(group.GroupInfoOptions{})
	if err != nil {
		return nil, err
	}
	resp.RatchetTree, _ = info.Extensions.Find(codepoint.ExtensionRatchetTree)
	return resp, nil
}

// HandlePendingCommit applies the state's own Commit.
func (s *Server) HandlePendingCommit(_ context.Context, r *pb.HandlePendingCommitRequest) (*pb.HandleCommitResponse, error) {
	var resp *pb.HandleCommitResponse
	err := s.change(r.GetStateId(), func(st *state) error {
		if err := st.group.ApplyPending(); err != nil {
			return err
		}
		resp = st.advanced()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// HandleCommit takes the Commit of somebody else. A member that it removes gets no
// epoch authenticator.
func (s *Server) HandleCommit(_ context.Context, r *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	var resp *pb.HandleCommitResponse
	err := s.change(r.GetStateId(), func(st *state) error {
		if err := st.process(r); err != nil {
			return err
		}
		resp = st.advanced()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// process takes a Commit and, before it, the proposals that it may refer to.
func (st *state) process(r *pb.HandleCommitRequest) error {
	m, err := parseContent(r.GetCommit(), framing.ContentCommit)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for i, data := range r.GetProposal() {
		if _, err := st.received(data); err != nil {
			return fmt.Errorf("proposal[%d]: %w", i, err)
		}
	}
	_, err = st.group.Process(m)
	return err
}

// advanced says where a Commit has brought the state.
func (st *state) advanced() *pb.HandleCommitResponse {
	st.refs = nil
	return &pb.HandleCommitResponse{StateId: st.id, EpochAuthenticator: st.group.EpochAuthenticator()}
}

func wrongKind(e entry) error {
	return status.Errorf(codes.NotFound, "%d is the handle of a %s", e.base().id, e.kind())
}
