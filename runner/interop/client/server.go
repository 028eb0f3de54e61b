package client

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// MaxMessage is the size up to which a request is read, in bytes. A longer one
// is refused with RESOURCE_EXHAUSTED.
const MaxMessage = 16 << 20

// Serve puts a client behind gRPC, with health and reflection. The client can be
// any that wraps a [Server]; a call that panics fails with INTERNAL, and its
// stack goes to log unless that is nil.
func Serve(c pb.MLSClientServer, log io.Writer) *grpc.Server {
	g := grpc.NewServer(grpc.MaxRecvMsgSize(MaxMessage), grpc.UnaryInterceptor(guard(log)))
	pb.RegisterMLSClientServer(g, c)
	checks := health.NewServer()
	checks.SetServingStatus(pb.MLSClient_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(g, checks)
	reflection.Register(g)
	return g
}

// NewServer returns a client of its own behind gRPC.
func NewServer(o Options) *grpc.Server { return Serve(New(o), o.Log) }

// guard gives errors their codes, and keeps a panic from ending the process.
func guard(log io.Writer) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if log != nil {
				fmt.Fprintf(log, "%s: panic: %v\n%s\n", info.FullMethod, p, debug.Stack())
			}
			resp, err = nil, status.Error(codes.Internal, shorten(fmt.Sprintf("panic: %v", p)))
		}()
		if err := ctx.Err(); err != nil {
			return nil, status.FromContextError(err).Err()
		}
		resp, err = handle(ctx, req)
		return resp, toStatus(err)
	}
}
