package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strconv"
	"time"

	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/runner/interop/client"
)

// Exit statuses.
const (
	statusGood  = 0
	statusUsage = 2
	statusFault = 3
)

// grace is how long calls that are under way may take when the service ends.
const grace = 5 * time.Second

// settings are what the command line says.
type settings struct {
	host, store string
	port        uint
	maxStates   int
	version     bool
}

// run does what the arguments ask for and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusGood
	case err != nil:
		return statusUsage
	case s.version:
		fmt.Fprintln(stdout, "interop-client", version())
		return statusGood
	}
	if err := serve(ctx, s, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "interop-client:", err)
		return statusFault
	}
	return statusGood
}

// parse reads the arguments. It reports what is wrong with them.
func parse(args []string, stderr io.Writer) (*settings, error) {
	s := new(settings)
	flags := flag.NewFlagSet("interop-client", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.host, "host", "127.0.0.1", "address to listen on")
	flags.UintVar(&s.port, "port", 50001, "TCP port to listen on; 0 has one chosen")
	flags.UintVar(&s.port, "p", 50001, "the same as -port")
	flags.UintVar(&s.port, "live", 50001, "the same as -port")
	flags.StringVar(&s.store, "store", "memory", "where states are kept: memory, or the name of a file")
	flags.IntVar(&s.maxStates, "max-states", client.DefaultMaxStates, "how many states, transactions and signers are kept at a time")
	flags.BoolVar(&s.version, "version", false, "print the version and end")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	err := s.check(flags.Args())
	if err != nil {
		fmt.Fprintln(stderr, "interop-client:", err)
	}
	return s, err
}

func (s *settings) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case s.port > 65535:
		return fmt.Errorf("%d is no TCP port", s.port)
	case s.maxStates <= 0:
		return errors.New("-max-states has to be positive")
	case s.store == "":
		return errors.New("-store is empty: memory, or the name of a file")
	}
	return nil
}

// serve answers calls until the context ends.
func serve(ctx context.Context, s *settings, stdout, stderr io.Writer) (err error) {
	o := client.Options{Name: "mlsconform " + version(), MaxStates: s.maxStates, Log: stderr}
	c := client.New(o)
	if s.store != "memory" {
		if c, err = client.Open(s.store, o); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	address := net.JoinHostPort(s.host, strconv.FormatUint(uint64(s.port), 10))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	g := client.Serve(c, stderr)
	fmt.Fprintln(stdout, "interop-client: listening on", listener.Addr())
	stopped := context.AfterFunc(ctx, func() { stop(g) })
	defer stopped()
	if err := g.Serve(listener); !errors.Is(err, grpc.ErrServerStopped) {
		return err
	}
	return nil
}

// stop ends the service when the calls that are under way have been answered, and
// after some time in any case.
func stop(g *grpc.Server) {
	timer := time.AfterFunc(grace, g.Stop)
	defer timer.Stop()
	g.GracefulStop()
}

// version is that of the module, which the go command derives from the
// repository that it builds from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}
