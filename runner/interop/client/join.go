package client

import (
	"bytes"
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// CreateGroup starts a group with one member.
func (s *Server) CreateGroup(ctx context.Context, r *pb.CreateGroupRequest) (*pb.CreateGroupResponse, error) {
	suite, err := lookupSuite(r.GetCipherSuite())
	if err != nil {
		return nil, err
	}
	st, err := add(s, func(id uint32) (*state, error) {
		p, err := s.prospect(ctx, suite, r.GetIdentity())
		if err != nil {
			return nil, err
		}
		psks := new(pskTable)
		o := group.CreateOptions{GroupID: r.GetGroupId()}
		g, err := group.Create(s.config(psks, r.GetEncryptHandshake()), p.bundle, p.signer, o)
		if err != nil {
			return nil, err
		}
		return &state{held: held{id: id}, group: g, signer: p.signer, psks: psks, encrypt: r.GetEncryptHandshake()}, nil
	})
	if err != nil {
		return nil, err
	}
	return &pb.CreateGroupResponse{StateId: st.id}, nil
}

// CreateKeyPackage hands out a KeyPackage with all of its private keys.
func (s *Server) CreateKeyPackage(ctx context.Context, r *pb.CreateKeyPackageRequest) (*pb.CreateKeyPackageResponse, error) {
	suite, err := lookupSuite(r.GetCipherSuite())
	if err != nil {
		return nil, err
	}
	t, err := s.transaction(ctx, suite, r.GetIdentity())
	if err != nil {
		return nil, err
	}
	kp, err := t.message()
	if err != nil {
		return nil, err
	}
	return &pb.CreateKeyPackageResponse{
		TransactionId:  t.id,
		KeyPackage:     kp,
		InitPriv:       t.bundle.InitKey.Private(),
		EncryptionPriv: t.bundle.EncryptionKey.Private(),
		SignaturePriv:  t.signer.Private(),
	}, nil
}

func (s *Server) transaction(ctx context.Context, suite *ciphersuite.Suite, identity []byte) (*transaction, error) {
	return add(s, func(id uint32) (*transaction, error) {
		p, err := s.prospect(ctx, suite, identity)
		if err != nil {
			return nil, err
		}
		return &transaction{held: held{id: id}, prospect: p, psks: new(pskTable)}, nil
	})
}

// JoinGroup joins by a Welcome. The transaction is used up when that succeeds.
func (s *Server) JoinGroup(_ context.Context, r *pb.JoinGroupRequest) (*pb.JoinGroupResponse, error) {
	t, err := find[*transaction](s, r.GetTransactionId())
	if err != nil {
		return nil, err
	}
	defer t.unlock()
	if own := t.bundle.KeyPackage.LeafNode.Credential.Identity; len(r.GetIdentity()) > 0 && !bytes.Equal(r.GetIdentity(), own) {
		return nil, status.Errorf(codes.InvalidArgument, "identity is %q, that of the transaction is %q", r.GetIdentity(), own)
	}
	resp, err := s.join(&t.prospect, welcome{r.GetWelcome(), r.GetRatchetTree(), nil}, t.psks, r.GetEncryptHandshake())
	if err != nil {
		return nil, err
	}
	return resp, s.drop(t)
}

// A welcome is what lets a prospect join.
type welcome struct {
	message     []byte
	ratchetTree []byte // empty when the message has it
	// from is the group that the new one follows from, or nil.
	from *group.Group
}

// join makes the state of somebody who is welcomed.
func (s *Server) join(p *prospect, w welcome, psks *pskTable, encryptHandshake bool) (*pb.JoinGroupResponse, error) {
	m, err := parseWelcome(w.message)
	if err != nil {
		return nil, fmt.Errorf("welcome: %w", err)
	}
	o := group.JoinOptions{From: w.from}
	if len(w.ratchetTree) > 0 {
		o.RatchetTree = w.ratchetTree
	}
	resp := new(pb.JoinGroupResponse)
	_, err = add(s, func(id uint32) (*state, error) {
		g, err := group.Join(s.config(psks, encryptHandshake), m, p.bundle, p.signer, o)
		if err != nil {
			return nil, err
		}
		resp.StateId, resp.EpochAuthenticator = id, g.EpochAuthenticator()
		used, err := p.bundle.KeyPackage.Ref()
		if err != nil {
			return nil, err
		}
		return &state{held: held{id: id}, group: g, signer: p.signer, psks: psks, encrypt: encryptHandshake, used: used}, nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// ExternalJoin joins by an external Commit (RFC 9420, Section 12.4.3.2).
func (s *Server) ExternalJoin(ctx context.Context, r *pb.ExternalJoinRequest) (*pb.ExternalJoinResponse, error) {
	info, err := parseGroupInfo(r.GetGroupInfo())
	if err != nil {
		return nil, err
	}
	suite, err := ciphersuite.Lookup(info.GroupContext.CipherSuite)
	if err != nil {
		return nil, err
	}
	o := group.ExternalOptions{}
	if len(r.GetRatchetTree()) > 0 {
		o.RatchetTree = r.GetRatchetTree()
	}
	psks := new(pskTable)
	for _, psk := range r.GetPsks() {
		psks.add(psk.GetPskId(), psk.GetPskSecret())
		o.PSKs = append(o.PSKs, schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: psk.GetPskId()})
	}
	if r.GetRemovePrior() {
		i, err := findPrior(info, suite, r.GetRatchetTree(), r.GetIdentity())
		if err != nil {
			return nil, err
		}
		o.Remove = &i
	}
	resp := new(pb.ExternalJoinResponse)
	_, err = add(s, func(id uint32) (*state, error) {
		key, err := suite.GenerateSignatureKey(s.rand)
		if err != nil {
			return nil, err
		}
		identity := group.Identity{Credential: leaf.Basic(r.GetIdentity()), Signer: key}
		config := s.config(psks, r.GetEncryptHandshake())
		config.NoGREASE = !wantsGREASE(ctx)
		g, m, err := group.JoinExternal(config, info, identity, o)
		if err != nil {
			return nil, err
		}
		if resp.Commit, err = encode(m); err != nil {
			return nil, err
		}
		resp.StateId, resp.EpochAuthenticator = id, g.EpochAuthenticator()
		return &state{held: held{id: id}, group: g, signer: key, psks: psks, encrypt: r.GetEncryptHandshake()}, nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// findMember returns the first leaf with the identity.
func findMember(members members, identity []byte) (treemath.LeafIndex, error) {
	for i, l := range members {
		if bytes.Equal(l.Credential.Identity, identity) {
			return i, nil
		}
	}
	return 0, status.Errorf(codes.InvalidArgument, "no member has the identity %q", identity)
}
