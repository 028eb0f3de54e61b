package client_test

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A direct connection has calls served as gRPC does, but without its transport,
// which does a little more or less at each call: a fuzzer would take that for
// news. Requests and answers are copied, as by a network.
type direct struct {
	grpc.ClientConnInterface
	client pb.MLSClientServer
	guard  grpc.UnaryServerInterceptor
}

func (d *direct) Invoke(ctx context.Context, path string, req, answer any, _ ...grpc.CallOption) error {
	type result struct {
		answer any
		err    error
	}
	done := make(chan result, 1)
	go func() {
		a, err := d.serve(ctx, path, req.(proto.Message))
		done <- result{a, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return r.err
		}
		return copyTo(answer, r.answer)
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

func (d *direct) serve(ctx context.Context, path string, req proto.Message) (any, error) {
	for _, m := range pb.MLSClient_ServiceDesc.Methods {
		if strings.HasSuffix(path, "/"+m.MethodName) {
			return m.Handler(d.client, ctx, func(q any) error { return copyTo(q, req) }, d.guard)
		}
	}
	return nil, status.Error(codes.Unimplemented, path)
}

// copyTo copies a message by its encoding.
func copyTo(to, from any) error {
	data, err := proto.Marshal(from.(proto.Message))
	if err != nil {
		return err
	}
	return proto.Unmarshal(data, to.(proto.Message))
}
