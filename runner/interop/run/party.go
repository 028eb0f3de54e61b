package run

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A Kind says how a client comes to run.
type Kind string

// The kinds, as in [result.InteropClient].
const (
	Builtin Kind = "builtin" // in this process
	Running Kind = "client"  // was started by somebody else
	Started Kind = "exec"    // a command that is started, and again after a failure
)

// A Client is an MLS stack that takes part.
type Client struct {
	Name    string
	Kind    Kind
	Address string   // of one that runs, as HOST:PORT
	Command []string // of one to start, with [peer.PortPlaceholder] in it
	Dir     string   // in which it is started; empty for the working directory

	// Prepare, if not nil, is what has to be done before it is started.
	Prepare func(context.Context) error
	// Optional has the run go on without a client that cannot take part.
	Optional bool
	// RestartAfter is how many cases a process that was started serves before
	// another one takes its place; zero means no limit.
	RestartAfter int

	About result.About // for the report

	// Serve makes the service of a builtin one, which may write to log. Nil is
	// this project's own client.
	Serve func(log io.Writer) *grpc.Server
}

// A party is a Client that has said what it is.
type party struct {
	Client
	pool   *Pool
	stack  string
	suites []codepoint.CipherSuite // in ascending order
	notes  string                  // why it cannot take part

	mu     sync.Mutex
	idle   []*instance
	starts int
	failed bool  // something
	gone   error // why it can no longer be used
}

// lease gives a case an instance that no other case uses meanwhile. One that
// was started by somebody else serves all cases.
func (c *party) lease(ctx context.Context) (*instance, error) {
	i, err := c.take()
	switch {
	case err != nil:
		return nil, err
	case i == nil:
		return c.fresh(ctx)
	case i.child != nil && i.child.ended():
		// It died when no case was there to notice.
		i.end()
		return c.lease(ctx)
	}
	return i, i.begin(ctx)
}

// take finds an instance that is idle, or nil when there is none.
func (c *party) take() (*instance, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.idle) - 1
	if c.gone != nil || last < 0 {
		return nil, c.gone
	}
	i := c.idle[last]
	if c.Kind != Running {
		c.idle = c.idle[:last]
	}
	return i, nil
}

// fresh starts an instance that has served no case.
func (c *party) fresh(ctx context.Context) (*instance, error) {
	i, _, err := c.open(ctx)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s cannot be started again: %w", c.Name, err)
		c.mu.Lock()
		c.gone = err
		c.mu.Unlock()
	}
	return i, err
}

// release takes an instance back. One that failed is ended, and so is one that
// has served its time; the next case gets a new one.
func (c *party) release(i *instance) {
	if c.Kind == Running {
		return
	}
	switch {
	case i.spent():
		i.end()
		return
	case i.child != nil && c.RestartAfter > 0 && i.cases() >= c.RestartAfter:
		i.finish()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, i)
}

// freesAll reports whether Free takes handles of all kinds. The API has it for
// states alone, and elsewhere another kind may have the same numbers. This
// project's client says that it does by its name.
func (c *party) freesAll() bool { return strings.HasPrefix(c.stack, "mlsconform") }

// report says what became of the client.
func (c *party) report() result.InteropClient {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := result.InteropClient{
		Name:   c.Name,
		Kind:   string(c.Kind),
		Stack:  c.stack,
		About:  c.About,
		Suites: slices.Clone(c.suites),
		Error:  c.notes,
	}
	if r.Suites == nil {
		r.Suites = []codepoint.CipherSuite{}
	}
	if c.Kind == Started {
		r.Starts = c.starts
	}
	if c.gone != nil {
		r.Error = c.gone.Error()
	}
	return r
}
