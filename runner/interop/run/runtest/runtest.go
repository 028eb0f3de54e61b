// Package runtest is a client for tests of interop runs: this project's own,
// with faults that its command line names.
package runtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// argument makes a test binary the client.
const argument = "be-the-client"

// Main makes a program of a test binary that is to be the client. It belongs
// at the beginning of TestMain, and does nothing in an ordinary test.
func Main() {
	if len(os.Args) > 2 && os.Args[1] == argument {
		os.Exit(serve(os.Args[2], os.Args[3:]))
	}
}

// Command is the running test binary as a client with faults. A fault is one of
//
//	exit, silent, noise      instead of listening, answering, and speaking gRPC
//	no-suites, odd-suites    what it offers
//	die:RPC, hang:RPC, panic:RPC, junk:RPC, lack:RPC, refuse:RPC
//	                         when it is asked for the RPC
//	poison:RPC               it does not implement the RPC, and fails all but Free from then on
//	hang-again:RPC and so on the same, but only when the client refuses the request
//	again:RPC                it answers what it should refuse with nothing
//	other:RPC                it answers with another epoch authenticator, secret or text
//
// where exit, silent, noise, die and panic need a process of their own.
func Command(faults ...string) []string {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return append([]string{program, argument, "{port}"}, faults...)
}

// Serve makes the client a part of this process.
func Serve(faults ...string) func(io.Writer) *grpc.Server {
	return func(log io.Writer) *grpc.Server {
		f := &faulty{faults: faults, log: log}
		server := grpc.NewServer(grpc.UnaryInterceptor(f.intercept))
		mlsclient.RegisterMLSClientServer(server, client.New(client.Options{}))
		return server
	}
}

func serve(port string, faults []string) int {
	fmt.Printf("client of a test with %v\n", faults)
	if has(faults, "exit") {
		fmt.Fprintln(os.Stderr, "no mood to serve")
		return 3
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	switch {
	case has(faults, "silent"):
		select {}
	case has(faults, "noise"):
		for {
			conn, err := l.Accept()
			if err != nil {
				return 1
			}
			io.WriteString(conn, "220 mail.example ESMTP\r\n")
			conn.Close()
		}
	}
	if err := Serve(faults...)(os.Stderr).Serve(l); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func has(faults []string, fault string) bool {
	for _, f := range faults {
		if f == fault {
			return true
		}
	}
	return false
}

// A faulty client has faults.
type faulty struct {
	faults   []string
	log      io.Writer
	poisoned atomic.Bool
}

func (f *faulty) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	rpc := path.Base(info.FullMethod)
	if f.poisoned.Load() && rpc != "Name" && rpc != "Free" {
		return nil, status.Error(codes.Internal, "the lock is poisoned")
	}
	for _, fault := range f.faults {
		what, where, _ := strings.Cut(fault, ":")
		if where == rpc {
			fmt.Fprintf(f.log, "%s: %s\n", rpc, what)
			if response, err, done := f.fail(ctx, what); done {
				return response, err
			}
		}
	}
	response, err := handle(ctx, request)
	if err == nil {
		f.spoil(rpc, response)
		return response, nil
	}
	for _, fault := range f.faults {
		if what, where, _ := strings.Cut(fault, ":"); where == rpc {
			if what == "again" {
				return new(mlsclient.NameResponse), nil // which is empty, as any response may be
			}
			if response, err, done := f.fail(ctx, strings.TrimSuffix(what, "-again")); done {
				return response, err
			}
		}
	}
	return nil, err
}

// fail is the answer to an RPC that goes wrong, if it does.
func (f *faulty) fail(ctx context.Context, what string) (response any, err error, done bool) {
	switch what {
	case "die":
		os.Exit(7)
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err(), true
	case "panic":
		panic("a test wants this")
	case "junk":
		// What is unknown is sent as it is, and this is no field at all.
		junk := new(mlsclient.NameResponse)
		junk.ProtoReflect().SetUnknown([]byte{0xff, 0xff})
		return proto.Message(junk), nil, true
	case "lack":
		return nil, status.Error(codes.Unimplemented, "not yet"), true
	case "poison":
		f.poisoned.Store(true)
		return nil, status.Error(codes.Unimplemented, "not yet"), true
	case "refuse":
		s, err := status.New(codes.InvalidArgument, "bad parent hash").WithDetails(&errdetails.ErrorInfo{
			Reason: "rfc9420-7.9-01", Domain: "mlsconform",
			Metadata: map[string]string{"requirements": "rfc9420-7.9-01,rfc9420-7.9.2-01"},
		})
		if err != nil {
			return nil, err, true
		}
		return nil, s.Err(), true
	}
	return nil, nil, false
}

// spoil changes a right answer.
func (f *faulty) spoil(rpc string, response any) {
	if r, ok := response.(*mlsclient.SupportedCiphersuitesResponse); ok {
		switch {
		case has(f.faults, "no-suites"):
			r.Ciphersuites = nil
		case has(f.faults, "odd-suites"):
			r.Ciphersuites = []uint32{0, 99999, 77}
		case has(f.faults, "one-suite"):
			r.Ciphersuites = []uint32{1}
		}
	}
	if !has(f.faults, "other:"+rpc) {
		return
	}
	switch r := response.(type) {
	case *mlsclient.HandleCommitResponse:
		r.EpochAuthenticator = []byte("another")
	case *mlsclient.JoinGroupResponse:
		r.EpochAuthenticator = []byte("another")
	case *mlsclient.StateAuthResponse:
		r.StateAuthSecret = []byte("another")
	case *mlsclient.ExportResponse:
		r.ExportedSecret = make([]byte, len(r.ExportedSecret))
	case *mlsclient.UnprotectResponse:
		r.Plaintext = []byte("another")
	}
}
