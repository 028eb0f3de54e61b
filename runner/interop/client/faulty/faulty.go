// Package faulty is an interop client that is wrong on purpose, in ways that can be
// chosen. It is for tests of runners: they have to report exactly these faults.
package faulty

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// Faults are what is wrong with a client.
type Faults struct {
	// ParentHash has the leaf of every external Commit name a wrong parent hash
	// (RFC 9420, Section 7.9), though all signatures are right.
	ParentHash bool
	// Authenticator has every state name an epoch authenticator that no other has.
	Authenticator bool
	// PanicReInit has the RPCs that end a group panic.
	PanicReInit bool
	// HangExport has Export give no answer.
	HangExport bool
}

// A Server is a client with faults.
type Server struct {
	*client.Server
	faults Faults
}

// New returns a client with faults.
func New(o client.Options, f Faults) *Server { return &Server{client.New(o), f} }

// NewServer returns a client with faults behind gRPC. It answers a panic with
// INTERNAL, like an honest client.
func NewServer(o client.Options, f Faults) *grpc.Server { return client.Serve(New(o, f), o.Log) }

// ExternalJoin has the fault ParentHash.
func (s *Server) ExternalJoin(ctx context.Context, r *pb.ExternalJoinRequest) (*pb.ExternalJoinResponse, error) {
	resp, err := s.Server.ExternalJoin(ctx, r)
	if err != nil {
		return nil, err
	}
	if s.faults.ParentHash {
		if resp.Commit, err = wrongParentHash(r); err != nil {
			return nil, err
		}
	}
	resp.EpochAuthenticator = s.authenticator(resp.StateId, resp.EpochAuthenticator)
	return resp, nil
}

// Export has the fault HangExport. It ends when its caller gives up.
func (s *Server) Export(ctx context.Context, r *pb.ExportRequest) (*pb.ExportResponse, error) {
	if s.faults.HangExport {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Server.Export(ctx, r)
}

// authenticator is what the state names as its epoch authenticator.
func (s *Server) authenticator(id uint32, right []byte) []byte {
	if !s.faults.Authenticator || len(right) == 0 {
		return right
	}
	wrong := sha256.Sum256(binary.BigEndian.AppendUint32(right[:len(right):len(right)], id))
	return wrong[:]
}

// JoinGroup has the fault Authenticator.
func (s *Server) JoinGroup(ctx context.Context, r *pb.JoinGroupRequest) (*pb.JoinGroupResponse, error) {
	resp, err := s.Server.JoinGroup(ctx, r)
	if err != nil {
		return nil, err
	}
	resp.EpochAuthenticator = s.authenticator(resp.StateId, resp.EpochAuthenticator)
	return resp, nil
}

// StateAuth has the fault Authenticator.
func (s *Server) StateAuth(ctx context.Context, r *pb.StateAuthRequest) (*pb.StateAuthResponse, error) {
	resp, err := s.Server.StateAuth(ctx, r)
	if err != nil {
		return nil, err
	}
	resp.StateAuthSecret = s.authenticator(r.GetStateId(), resp.StateAuthSecret)
	return resp, nil
}

// HandleCommit has the fault Authenticator.
func (s *Server) HandleCommit(ctx context.Context, r *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	return s.advanced(s.Server.HandleCommit(ctx, r))
}

// HandlePendingCommit has the fault Authenticator.
func (s *Server) HandlePendingCommit(ctx context.Context, r *pb.HandlePendingCommitRequest) (*pb.HandleCommitResponse, error) {
	return s.advanced(s.Server.HandlePendingCommit(ctx, r))
}

func (s *Server) advanced(resp *pb.HandleCommitResponse, err error) (*pb.HandleCommitResponse, error) {
	if err != nil {
		return nil, err
	}
	resp.EpochAuthenticator = s.authenticator(resp.StateId, resp.EpochAuthenticator)
	return resp, nil
}

// ReInitCommit has the fault PanicReInit.
func (s *Server) ReInitCommit(ctx context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	s.end()
	return s.Server.ReInitCommit(ctx, r)
}

// HandleReInitCommit has the fault PanicReInit.
func (s *Server) HandleReInitCommit(ctx context.Context, r *pb.HandleCommitRequest) (*pb.HandleReInitCommitResponse, error) {
	s.end()
	return s.Server.HandleReInitCommit(ctx, r)
}

func (s *Server) end() {
	if s.faults.PanicReInit {
		panic("faulty: a ReInit")
	}
}
