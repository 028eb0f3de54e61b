package run

import (
	"net"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// serve makes the service of a builtin client, which is reached like any other:
// what passes between it and the run is what passes on a network.
func (i *instance) serve() (address string, stop func(), err error) {
	var service mlsclient.MLSClientServer
	if i.client.Server != nil {
		service = i.client.Server()
	} else {
		service = client.New(client.Options{})
	}
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return "", nil, err
	}
	server := client.Serve(service, i.output)
	go server.Serve(l) // ends with Stop, and says so
	return l.Addr().String(), server.Stop, nil
}
