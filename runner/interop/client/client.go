// Package client is the MLS working group's interop API over this project's
// implementation: one process that plays any number of members of any number of
// groups, for any runner that speaks the API of package mlsclient.
//
// Everything that a client keeps has a handle: states, transactions, re-inits and
// signers. They are all different, begin at 1 and are never used again, so that
// Free takes any of them. A transaction and a re-init are gone when they have been
// used to join; a state keeps its handle through all epochs. Each has a lock of
// its own, and calls for different ones run side by side.
//
// Errors are told apart by their code: NOT_FOUND for an unknown handle,
// INVALID_ARGUMENT for a message or an argument that is wrong, FAILED_PRECONDITION
// for what the group's state does not allow, UNIMPLEMENTED for what this client
// does not know, RESOURCE_EXHAUSTED at a limit, INTERNAL for a fault of the client
// itself. A message that breaks a requirement of RFC 9420 has its id in the text,
// and in an ErrorInfo all ids.
package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// DefaultMaxStates is how many handles a client keeps unless [Options] say so.
const DefaultMaxStates = 100_000

// rememberedSignatures is how many signatures are not verified again; each takes
// some 60 bytes.
const rememberedSignatures = 16_384

// Options say how a client works. The zero value is useful.
type Options struct {
	// Name is what the client calls itself; empty means mlsconform.
	Name string
	// MaxStates bounds the handles, of whatever kind, that are there at a time;
	// zero means [DefaultMaxStates].
	MaxStates int
	// Log gets the stack of every panic; nil means that nobody sees it.
	Log  io.Writer
	Rand io.Reader        // used by many goroutines at once; nil means crypto/rand.Reader
	Now  func() time.Time // nil means time.Now
}

// A Server is the service. [NewServer] puts it behind gRPC.
type Server struct {
	pb.UnimplementedMLSClientServer

	name    string
	rand    io.Reader
	policy  leaf.Policy
	handles handles
	// file outlives the process; nil for a client that does not.
	file *file
}

// New returns a client that forgets everything with the process.
func New(o Options) *Server {
	s := &Server{
		name: cmp.Or(o.Name, "mlsconform"),
		// Members of the same group, all of them here, get the same messages.
		policy: leaf.Policy{Now: o.Now, Verified: ciphersuite.NewVerified(rememberedSignatures)},
		handles: handles{
			limit:   cmp.Or(o.MaxStates, DefaultMaxStates),
			entries: make(map[uint32]entry),
		},
	}
	if s.rand = rand.Reader; o.Rand != nil {
		s.rand = source{o.Rand}
	}
	return s
}

var errRandomness = errors.New("client: no randomness")

// A source of randomness tells its own failures from what is wrong with a request.
type source struct{ io.Reader }

func (s source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errRandomness, err)
	}
	return n, err
}

// Name returns the name of the stack.
func (s *Server) Name(context.Context, *pb.NameRequest) (*pb.NameResponse, error) {
	return &pb.NameResponse{Name: s.name}, nil
}

// SupportedCiphersuites returns all suites of RFC 9420, Section 17.1.
func (s *Server) SupportedCiphersuites(context.Context, *pb.SupportedCiphersuitesRequest) (*pb.SupportedCiphersuitesResponse, error) {
	resp := new(pb.SupportedCiphersuitesResponse)
	for _, suite := range ciphersuite.All() {
		resp.Ciphersuites = append(resp.Ciphersuites, uint32(suite.ID()))
	}
	return resp, nil
}

// Free forgets whatever the handle stands for, and with a state the re-init that
// came from it.
func (s *Server) Free(_ context.Context, r *pb.FreeRequest) (*pb.FreeResponse, error) {
	e, err := lookup[entry](&s.handles, r.GetStateId())
	if err != nil {
		return nil, err
	}
	return &pb.FreeResponse{}, s.forget(e)
}

// config is that of every group of the client.
func (s *Server) config(psks *pskTable, encryptHandshake bool) group.Config {
	return group.Config{
		Policy:          s.policy,
		PublicHandshake: !encryptHandshake,
		PSK:             psks.find,
		Rand:            s.rand,
	}
}
