// Command faulty-client is interop-client with faults, for tests of runners. It is
// not part of any release.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	"github.com/mlsconform/mlsconform/runner/interop/client/faulty"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "faulty-client:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var f faulty.Faults
	flags := flag.NewFlagSet("faulty-client", flag.ExitOnError)
	port := flags.Uint("port", 50001, "TCP port to listen on")
	flags.BoolVar(&f.ParentHash, "parent-hash", false, "external Commits have a wrong parent hash")
	flags.BoolVar(&f.Authenticator, "authenticator", false, "epoch authenticators are wrong")
	flags.BoolVar(&f.PanicReInit, "panic-reinit", false, "a ReInit ends the process")
	flags.BoolVar(&f.HangExport, "hang-export", false, "Export gives no answer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	fmt.Println("faulty-client: listening on", listener.Addr())
	return client.Serve(faulty.New(client.Options{}, f), fatal{}).Serve(listener)
}

// fatal gets the stack of a panic and ends the process, as a panic does in clients
// that do not look for it.
type fatal struct{}

func (fatal) Write(stack []byte) (int, error) {
	os.Stderr.Write(stack)
	os.Exit(2)
	return 0, nil
}
