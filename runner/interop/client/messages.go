package client

import (
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

func encode(m *framing.MLSMessage) ([]byte, error) { return syntax.Marshal(m) }

// parseContent reads a message to the group that has to be a proposal or a
// Commit, or application data, as a caller says.
func parseContent(data []byte, want framing.ContentType) (*framing.MLSMessage, error) {
	m, err := framing.Parse(data)
	if err != nil {
		return nil, err
	}
	var got framing.ContentType
	switch {
	case m.PublicMessage != nil:
		got = m.PublicMessage.Content.ContentType
	case m.PrivateMessage != nil:
		got = m.PrivateMessage.ContentType
	default:
		return nil, status.Errorf(codes.InvalidArgument, "a %v, where a message to the group is wanted", m.WireFormat())
	}
	if got != want {
		return nil, status.Errorf(codes.InvalidArgument, "a message with content type %v, want %v", got, want)
	}
	return m, nil
}

func parseWelcome(data []byte) (*message.Welcome, error) {
	m, err := framing.Parse(data)
	if err != nil {
		return nil, err
	}
	if m.Welcome == nil {
		return nil, status.Errorf(codes.InvalidArgument, "a %v, where a Welcome is wanted", m.WireFormat())
	}
	return m.Welcome, nil
}

// lookupSuite finds the suite that a request names.
func lookupSuite(id uint32) (*ciphersuite.Suite, error) {
	if id > math.MaxUint16 {
		return nil, status.Errorf(codes.InvalidArgument, "cipher_suite: %d is no uint16", id)
	}
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(id))
	if err != nil {
		return nil, status.Errorf(codes.Unimplemented, "cipher_suite: %v", err)
	}
	return suite, nil
}

func parseExtensions(list []*pb.Extension) (leaf.Extensions, error) {
	var extensions leaf.Extensions
	for i, e := range list {
		t := e.GetExtensionType()
		if t > math.MaxUint16 {
			return nil, status.Errorf(codes.InvalidArgument, "extensions[%d]: %d is no uint16", i, t)
		}
		extensions = append(extensions, leaf.Extension{Type: codepoint.ExtensionType(t), Data: e.GetExtensionData()})
	}
	return extensions, nil
}
