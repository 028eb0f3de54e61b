package client

import (
	"context"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// GroupInfo describes the group to those who want to join or to propose, with what
// an external Commit takes.
func (s *Server) GroupInfo(_ context.Context, r *pb.GroupInfoRequest) (*pb.GroupInfoResponse, error) {
	resp := new(pb.GroupInfoResponse)
	err := s.read(r.GetStateId(), func(st *state) error {
		info, err := st.group.GroupInfo(group.GroupInfoOptions{OmitTree: r.GetExternalTree(), ExternalPub: true})
		if err != nil {
			return err
		}
		if resp.GroupInfo, err = encode(&framing.MLSMessage{GroupInfo: info}); err != nil || !r.GetExternalTree() {
			return err
		}
		resp.RatchetTree, err = st.group.Tree().Marshal()
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// StateAuth returns the epoch authenticator.
func (s *Server) StateAuth(_ context.Context, r *pb.StateAuthRequest) (*pb.StateAuthResponse, error) {
	resp := new(pb.StateAuthResponse)
	err := s.read(r.GetStateId(), func(st *state) error {
		if st.group.IsRemoved() {
			return group.ErrRemoved
		}
		resp.StateAuthSecret = st.group.EpochAuthenticator()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Export derives a secret for use outside of MLS.
func (s *Server) Export(_ context.Context, r *pb.ExportRequest) (*pb.ExportResponse, error) {
	resp := new(pb.ExportResponse)
	err := s.read(r.GetStateId(), func(st *state) error {
		secret, err := st.group.Export(r.GetLabel(), r.GetContext(), int(r.GetKeyLength()))
		resp.ExportedSecret = secret
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Protect encrypts application data.
func (s *Server) Protect(_ context.Context, r *pb.ProtectRequest) (*pb.ProtectResponse, error) {
	resp := new(pb.ProtectResponse)
	err := s.change(r.GetStateId(), func(st *state) error {
		m, err := st.group.Encrypt(r.GetPlaintext(), r.GetAuthenticatedData())
		if err != nil {
			return err
		}
		resp.Ciphertext, err = encode(m)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Unprotect decrypts application data, of this epoch or one of the last.
func (s *Server) Unprotect(_ context.Context, r *pb.UnprotectRequest) (*pb.UnprotectResponse, error) {
	m, err := parseContent(r.GetCiphertext(), framing.ContentApplication)
	if err != nil {
		return nil, err
	}
	resp := new(pb.UnprotectResponse)
	err = s.change(r.GetStateId(), func(st *state) error {
		received, err := st.group.Process(m)
		if err != nil {
			return err
		}
		resp.AuthenticatedData, resp.Plaintext = received.AuthenticatedData, received.ApplicationData
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// StorePSK gives an external PSK to a member, or to somebody who is to be one.
func (s *Server) StorePSK(_ context.Context, r *pb.StorePSKRequest) (*pb.StorePSKResponse, error) {
	e, err := find[entry](s, r.GetStateOrTransactionId())
	if err != nil {
		return nil, err
	}
	defer e.unlock()
	switch e := e.(type) {
	case *state:
		e.psks.add(r.GetPskId(), r.GetPskSecret())
	case *transaction:
		e.psks.add(r.GetPskId(), r.GetPskSecret())
	default:
		return nil, wrongKind(e)
	}
	return &pb.StorePSKResponse{}, s.file.put(e)
}
