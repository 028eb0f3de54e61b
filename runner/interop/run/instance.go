package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/program"
)

const (
	// loopback is where clients that are started listen.
	loopback = "127.0.0.1"

	// maxAnswer bounds a response. The largest that there are hold ratchet
	// trees of some hundred members.
	maxAnswer = 64 << 20

	// maxOutput bounds what is kept of what a client writes during a case.
	maxOutput = 64 << 10
)

// An instance is a client that answers: a process, or a part of this one.
type instance struct {
	client *party
	rpc    mlsclient.MLSClientClient
	conn   *grpc.ClientConn
	child  *child // of one that was started
	output *program.Tail
	stop   func() // ends the service of a builtin one

	mu     sync.Mutex
	served int  // cases
	worn   bool // it is not to be used again
	silent bool // it did not answer the last time, though it may again
}

// An introduction is what a client says of itself.
type introduction struct {
	stack  string
	suites []codepoint.CipherSuite
	note   string
}

// enter makes the first instance, when the client is prepared.
func (c *party) enter(ctx context.Context) (*instance, introduction, error) {
	if c.Prepare != nil {
		if err := c.Prepare(ctx); err != nil {
			return nil, introduction{}, err
		}
	}
	return c.open(ctx)
}

// open makes an instance and waits until it has introduced itself. A port that
// was free may be taken before the process listens on it; then it gets another.
func (c *party) open(ctx context.Context) (*instance, introduction, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.pool.limits.start(c.Kind), errLate)
	defer cancel()
	const attempts = 3
	for n := 1; ; n++ {
		i, err := c.launch()
		if err != nil {
			return nil, introduction{}, err
		}
		who, err := i.introduce(ctx)
		if err == nil {
			return i, who, nil
		}
		raced := i.child != nil && errors.Is(err, errDied) && (taken(i.child.port) || i.saysInUse())
		i.end()
		if !raced || n == attempts {
			return nil, who, err
		}
	}
}

// saysInUse reports whether the process complains that somebody has its port, who
// may be gone by now. Go, Rust and Node all use these words of the system's.
func (i *instance) saysInUse() bool {
	return strings.Contains(strings.ToLower(i.output.String()), "address already in use")
}

func (c *party) launch() (*instance, error) {
	i := &instance{client: c, output: program.NewTail(maxOutput)}
	dial, address := dialHost, c.Address
	switch c.Kind {
	case Started:
		port, err := c.pool.ports.take()
		if err != nil {
			return nil, err
		}
		if i.child, err = startChild(c.Command, c.Dir, port, i.output); err != nil {
			c.pool.ports.give(port)
			return nil, err
		}
		dial, address = dialSelf, fmt.Sprint(port)
		c.mu.Lock()
		c.starts++
		c.mu.Unlock()
	case Builtin:
		var err error
		if address, i.stop, err = i.serve(); err != nil {
			return nil, err
		}
	}
	// Nothing is connected yet, so that only an address that is none can fail.
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(dial),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.5, MaxDelay: 250 * time.Millisecond},
			MinConnectTimeout: 2 * time.Second,
		}),
	)
	if err != nil {
		i.end()
		return nil, err
	}
	i.conn, i.rpc = conn, mlsclient.NewMLSClientClient(conn)
	return i, nil
}

func dialHost(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

// dialSelf connects to a port of this machine. Most clients listen on all
// addresses, some on one that stands for the name localhost.
func dialSelf(ctx context.Context, port string) (net.Conn, error) {
	conn, err := dialHost(ctx, net.JoinHostPort(loopback, port))
	if err != nil {
		if conn, err6 := dialHost(ctx, net.JoinHostPort("::1", port)); err6 == nil {
			return conn, nil
		}
	}
	return conn, err
}

// introduce waits until the client answers, and asks what it is. A process
// that dies is not waited for.
func (i *instance) introduce(ctx context.Context) (introduction, error) {
	var who introduction
	if i.child != nil {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer cancel(nil)
		go func() {
			select {
			case <-i.child.dead:
				cancel(errDied)
			case <-ctx.Done():
			}
		}()
	}
	name, err := i.rpc.Name(ctx, &mlsclient.NameRequest{}, grpc.WaitForReady(i.client.Kind != Builtin))
	if err != nil {
		return who, i.unreachable(ctx, "Name", err)
	}
	const longest = 200
	who.stack = name.GetName()
	if len(who.stack) > longest {
		who.stack = strings.ToValidUTF8(who.stack[:longest], "") + "..."
	}
	offer, err := i.rpc.SupportedCiphersuites(ctx, &mlsclient.SupportedCiphersuitesRequest{})
	if err != nil {
		return who, i.unreachable(ctx, "SupportedCiphersuites", err)
	}
	who.offer(offer.GetCiphersuites())
	return who, nil
}

// offer takes note of the suites, which are numbers of 16 bits.
func (who *introduction) offer(suites []uint32) {
	for _, n := range suites {
		if n == 0 || n > math.MaxUint16 {
			who.note = fmt.Sprintf("it offers %d, which is no cipher suite", n)
			continue
		}
		who.suites = append(who.suites, codepoint.CipherSuite(n))
	}
	slices.Sort(who.suites)
	who.suites = slices.Compact(who.suites)
	if len(who.suites) == 0 && who.note == "" {
		who.note = "it offers no cipher suite"
	}
}

var (
	errDied = errors.New("it ended")
	errLate = errors.New("it did not answer in time")
)

// unreachable says why a client could not introduce itself.
func (i *instance) unreachable(ctx context.Context, rpc string, err error) error {
	s := status.Convert(err)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errDied), cause == nil && s.Code() == codes.Unavailable && i.child != nil && i.child.died():
		return fmt.Errorf("%w before it answered: %s%s", errDied, i.child.end(), i.wrote())
	case errors.Is(cause, errLate):
		return fmt.Errorf("no answer to %s within %v: %s%s", rpc, i.client.pool.limits.start(i.client.Kind), innermost(s.Message()), i.wrote())
	case cause != nil:
		return cause
	case s.Code() == codes.Unavailable:
		return fmt.Errorf("%s: %s%s", rpc, s.Message(), i.wrote())
	}
	return fmt.Errorf("%s: %s: %s%s", rpc, codeName(s.Code()), s.Message(), i.wrote())
}

// innermost is the part of a message of gRPC that says what happened.
func innermost(message string) string {
	if at := strings.LastIndex(message, `desc = "`); at >= 0 {
		return strings.Trim(message[at+len("desc = "):], `"`)
	}
	return message
}

// wrote is the end of what a process wrote, to follow a message.
func (i *instance) wrote() string {
	const shown = 2 << 10
	s := i.output.String()
	if s == "" {
		return ""
	}
	return "\nit wrote:\n" + s[max(0, len(s)-shown):]
}

// begin makes the instance ready for a case. One that was silent, and that
// cannot be started again, is asked whether it answers.
func (i *instance) begin(ctx context.Context) error {
	i.output.Reset()
	i.mu.Lock()
	silent := i.silent
	i.mu.Unlock()
	if !silent {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, i.client.pool.limits.probe())
	defer cancel()
	if _, err := i.rpc.Name(ctx, &mlsclient.NameRequest{}, grpc.WaitForReady(true)); err != nil {
		return fmt.Errorf("%s has not answered since it failed", i.client.Name)
	}
	i.mu.Lock()
	i.silent = false
	i.mu.Unlock()
	return nil
}

// blame notes that a case on the instance did not pass. One that is worn is
// not used again, where it can be replaced.
func (i *instance) blame(worn, silent bool) {
	i.mu.Lock()
	i.worn = i.worn || worn
	i.silent = i.silent || silent
	i.mu.Unlock()
	i.client.mu.Lock()
	defer i.client.mu.Unlock()
	i.client.failed = true
}

// cast notes that the instance serves a case, and reports whether what goes
// wrong in it may come from cases before: the client has failed something, and
// the instance has done something else.
func (i *instance) cast() (suspect bool) {
	i.client.mu.Lock()
	suspect = i.client.failed
	i.client.mu.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.served++
	return suspect && i.served > 1
}

func (i *instance) spent() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.worn
}

func (i *instance) cases() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.served
}

// end frees what the instance holds, and ends what was started for it.
func (i *instance) end() { i.close((*child).kill) }

// finish ends an instance that did nothing wrong, which may take its time.
func (i *instance) finish() { i.close((*child).finish) }

func (i *instance) close(stop func(*child)) {
	if i.conn != nil {
		i.conn.Close() // fails only when it is closed already
	}
	if i.stop != nil {
		i.stop()
	}
	if i.child != nil {
		stop(i.child)
		i.child.end()
		i.client.pool.ports.give(i.child.port)
	}
}
