package client_test

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A seen is a connection with what has come along in answers, by the names of the
// fields.
type seen struct {
	grpc.ClientConnInterface
	handles map[protoreflect.Name][]uint32
	bytes   map[protoreflect.Name][][]byte
}

func newSeen(conn grpc.ClientConnInterface) *seen {
	return &seen{
		ClientConnInterface: conn,
		handles:             make(map[protoreflect.Name][]uint32),
		bytes:               make(map[protoreflect.Name][][]byte),
	}
}

func (s *seen) Invoke(ctx context.Context, method string, req, resp any, opts ...grpc.CallOption) error {
	err := s.ClientConnInterface.Invoke(ctx, method, req, resp, opts...)
	if err == nil {
		s.keep(resp.(proto.Message))
	}
	return err
}

// clone returns one that goes its own way from here.
func (s *seen) clone() *seen {
	c := newSeen(s.ClientConnInterface)
	for name, ids := range s.handles {
		c.handles[name] = slices.Clone(ids)
	}
	for name, values := range s.bytes {
		c.bytes[name] = slices.Clone(values)
	}
	return c
}

// keep keeps what is in an answer.
func (s *seen) keep(answer proto.Message) {
	answer.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch name := f.Name(); {
		case f.Kind() == protoreflect.BytesKind:
			s.bytes[name] = append(s.bytes[name], v.Bytes())
		case isHandle(f) && !slices.Contains(s.handles[name], uint32(v.Uint())):
			s.handles[name] = append(s.handles[name], uint32(v.Uint()))
		}
		return true
	})
}

// isHandle tells handles from other numbers.
func isHandle(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.Uint32Kind && strings.HasSuffix(string(f.Name()), "_id")
}

// The names of the fields with handles. What stands for a state or a transaction
// comes along in none.
var handleFields = []protoreflect.Name{"state_id", "transaction_id", "reinit_id", "signer_id"}

// all returns all handles that were there at some time.
func (s *seen) all() []uint32 {
	var all []uint32
	for _, name := range handleFields {
		all = append(all, s.handles[name]...)
	}
	return all
}

// free forgets them all. It returns the first error other than that one is gone
// already.
func (s *seen) free(ctx context.Context) error {
	rpc := pb.NewMLSClientClient(s.ClientConnInterface)
	for _, id := range s.all() {
		if _, err := rpc.Free(ctx, &pb.FreeRequest{StateId: id}); err != nil && status.Code(err) != codes.NotFound {
			return err
		}
	}
	return nil
}

// promised tells whether a call may fail like that.
func promised(err error) bool {
	return slices.Contains([]codes.Code{
		codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.ResourceExhausted, codes.Unimplemented,
	}, status.Code(err))
}
