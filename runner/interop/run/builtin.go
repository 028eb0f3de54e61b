package run

import (
	"io"
	"net"

	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/runner/interop/client"
)

// serve makes the service of a builtin client, which is reached like any other:
// what passes between it and the run is what passes on a network.
func (i *instance) serve() (address string, stop func(), err error) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return "", nil, err
	}
	serve := i.client.Serve
	if serve == nil {
		serve = own
	}
	server := serve(i.output)
	go server.Serve(l) // ends with Stop, and says so
	return l.Addr().String(), server.Stop, nil
}

func own(log io.Writer) *grpc.Server { return client.NewServer(client.Options{Log: log}) }
