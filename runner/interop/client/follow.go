package client

import (
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
	"github.com/mlsconform/mlsconform/impl/message"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// ReInitCommit makes a Commit that ends the group (RFC 9420, Section 11.2).
func (s *Server) ReInitCommit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	return s.commit(r, func(p *group.PendingCommit) error {
		if p.Committed().ReInit == nil {
			return status.Error(codes.InvalidArgument, "no ReInit is to be committed")
		}
		return nil
	})
}

// HandlePendingReInitCommit applies the state's own Commit, which ends the group.
func (s *Server) HandlePendingReInitCommit(ctx context.Context, r *pb.HandlePendingCommitRequest) (*pb.HandleReInitCommitResponse, error) {
	return s.end(ctx, r.GetStateId(), func(st *state) error {
		if p := st.group.Pending(); p != nil && p.Committed().ReInit == nil {
			return status.Error(codes.FailedPrecondition, "the pending Commit has no ReInit")
		}
		return st.group.ApplyPending()
	})
}

// HandleReInitCommit takes the Commit of somebody else, which ends the group.
func (s *Server) HandleReInitCommit(ctx context.Context, r *pb.HandleCommitRequest) (*pb.HandleReInitCommitResponse, error) {
	return s.end(ctx, r.GetStateId(), func(st *state) error { return st.process(r) })
}

// end applies a Commit with a ReInit and makes what the member needs in the group
// that follows. The state stays for what is left to be read in the old group.
func (s *Server) end(ctx context.Context, id uint32, apply func(*state) error) (*pb.HandleReInitCommitResponse, error) {
	resp := new(pb.HandleReInitCommitResponse)
	err := s.change(id, func(st *state) error {
		r, err := add(s, func(id uint32) (*reinit, error) {
			if err := apply(st); err != nil {
				return nil, err
			}
			st.refs = nil
			return s.heir(ctx, id, st)
		})
		if err != nil {
			// The Commit itself may have been applied.
			return errors.Join(err, s.file.put(st))
		}
		st.reinit = r
		resp.ReinitId, resp.EpochAuthenticator = r.id, st.group.EpochAuthenticator()
		resp.KeyPackage, err = r.message()
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// heir makes a KeyPackage of a member for the group that its own has announced.
func (s *Server) heir(ctx context.Context, id uint32, st *state) (*reinit, error) {
	announced := st.group.ReInit()
	if announced == nil {
		return nil, status.Error(codes.FailedPrecondition, "the Commit had no ReInit, and the group goes on")
	}
	suite, err := ciphersuite.Lookup(announced.CipherSuite)
	if err != nil {
		return nil, status.Errorf(codes.Unimplemented, "the ReInit: %v", err)
	}
	p, err := s.prospect(ctx, suite, st.group.OwnLeaf().Credential.Identity)
	if err != nil {
		return nil, err
	}
	return &reinit{held: held{id: id}, prospect: p, old: st}, nil
}

// ReInitWelcome makes the group that follows, with everybody else in it. The
// re-init is used up.
func (s *Server) ReInitWelcome(_ context.Context, r *pb.ReInitWelcomeRequest) (*pb.CreateSubgroupResponse, error) {
	e, err := find[*reinit](s, r.GetReinitId())
	if err != nil {
		return nil, err
	}
	defer e.unlock()
	suite, err := ciphersuite.Lookup(e.bundle.KeyPackage.CipherSuite)
	if err != nil {
		return nil, err
	}
	others, err := s.invited(suite, r.GetKeyPackage())
	if err != nil {
		return nil, err
	}
	resp, err := s.found(e.old, e.signer, r.GetExternalTree(), func() (*group.Group, *message.Welcome, error) {
		return e.old.group.Successor(e.bundle, e.signer, others, founding(r.GetForcePath(), r.GetExternalTree()))
	})
	if err != nil {
		return nil, err
	}
	return resp, s.discard(e)
}

// HandleReInitWelcome joins the group that follows. The re-init is used up.
func (s *Server) HandleReInitWelcome(_ context.Context, r *pb.HandleReInitWelcomeRequest) (*pb.JoinGroupResponse, error) {
	e, err := find[*reinit](s, r.GetReinitId())
	if err != nil {
		return nil, err
	}
	defer e.unlock()
	w := welcome{r.GetWelcome(), r.GetRatchetTree(), e.old.group}
	resp, err := s.join(&e.prospect, w, e.old.psks, e.old.encrypt)
	if err != nil {
		return nil, err
	}
	return resp, s.discard(e)
}

// discard drops a re-init whose lock is held.
func (s *Server) discard(r *reinit) error {
	r.old.reinit = nil
	return s.drop(r)
}

// CreateBranch makes a group of some of the members (RFC 9420, Section 11.3).
func (s *Server) CreateBranch(ctx context.Context, r *pb.CreateBranchRequest) (*pb.CreateSubgroupResponse, error) {
	extensions, err := parseExtensions(r.GetExtensions())
	if err != nil {
		return nil, err
	}
	var resp *pb.CreateSubgroupResponse
	err = s.read(r.GetStateId(), func(st *state) error {
		g := st.group
		if g.IsRemoved() {
			return group.ErrRemoved
		}
		others, err := s.invited(g.Suite(), r.GetKeyPackages())
		if err != nil {
			return err
		}
		p, err := s.prospect(ctx, g.Suite(), g.OwnLeaf().Credential.Identity)
		if err != nil {
			return err
		}
		resp, err = s.found(st, p.signer, r.GetExternalTree(), func() (*group.Group, *message.Welcome, error) {
			o := group.CreateOptions{GroupID: r.GetGroupId(), Extensions: extensions}
			return g.Branch(p.bundle, p.signer, others, o, founding(r.GetForcePath(), r.GetExternalTree()))
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// HandleBranch joins a group of some of the members. The transaction is used up
// when that succeeds.
func (s *Server) HandleBranch(_ context.Context, r *pb.HandleBranchRequest) (*pb.HandleBranchResponse, error) {
	resp := new(pb.HandleBranchResponse)
	err := s.read(r.GetStateId(), func(from *state) error {
		t, err := find[*transaction](s, r.GetTransactionId())
		if err != nil {
			return err
		}
		defer t.unlock()
		psks := new(pskTable)
		psks.addAll(from.psks)
		psks.addAll(t.psks)
		joined, err := s.join(&t.prospect, welcome{r.GetWelcome(), r.GetRatchetTree(), from.group}, psks, from.encrypt)
		if err != nil {
			return err
		}
		resp.StateId, resp.EpochAuthenticator = joined.StateId, joined.EpochAuthenticator
		return s.drop(t)
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// invited reads the KeyPackages of the others. The new group validates them once
// more, for itself.
func (s *Server) invited(suite *ciphersuite.Suite, keyPackages [][]byte) ([]*keypackage.Validated, error) {
	checks := &keypackage.Checks{Version: codepoint.MLS10, Suite: suite, Policy: &s.policy, Sending: true}
	list := make([]*keypackage.Validated, len(keyPackages))
	for i, data := range keyPackages {
		kp, err := framing.ParseKeyPackage(data)
		if err == nil {
			list[i], err = kp.Validate(checks)
		}
		if err != nil {
			return nil, fmt.Errorf("key_package[%d]: %w", i, err)
		}
	}
	return list, nil
}

func founding(forcePath, externalTree bool) group.FoundOptions {
	return group.FoundOptions{OmitPath: !forcePath, Welcome: group.GroupInfoOptions{OmitTree: externalTree}}
}

// found makes the state of a new group that follows from another.
func (s *Server) found(from *state, signer *ciphersuite.SignatureKey, externalTree bool, found func() (*group.Group, *message.Welcome, error)) (*pb.CreateSubgroupResponse, error) {
	resp := new(pb.CreateSubgroupResponse)
	_, err := add(s, func(id uint32) (*state, error) {
		g, w, err := found()
		if err != nil {
			return nil, err
		}
		if w != nil {
			if resp.Welcome, err = encode(&framing.MLSMessage{Welcome: w}); err != nil {
				return nil, err
			}
		}
		if externalTree {
			if resp.RatchetTree, err = g.Tree().Marshal(); err != nil {
				return nil, err
			}
		}
		resp.StateId, resp.EpochAuthenticator = id, g.EpochAuthenticator()
		return &state{held: held{id: id}, group: g, signer: signer, psks: from.psks, encrypt: from.encrypt}, nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}
