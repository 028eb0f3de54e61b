package run

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/runner/program"
)

// patience is how long a process has to end after it was asked to, and how
// long its children may hold on to its output after its end.
const patience = time.Second

// A child is one run of a client's program.
type child struct {
	cmd  *exec.Cmd
	port int
	dead chan struct{} // closed when it has ended

	mu     sync.Mutex
	buried bool // nothing is to be killed any more
}

// startChild runs the command with port in the place of the placeholder.
func startChild(command []string, dir string, port int, out *program.Tail) (*child, error) {
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = strings.ReplaceAll(arg, peer.PortPlaceholder, strconv.Itoa(port))
	}
	c := &child{cmd: exec.Command(args[0], args[1:]...), port: port, dead: make(chan struct{})}
	c.cmd.Dir = dir
	c.cmd.Stdout, c.cmd.Stderr = out, out
	c.cmd.WaitDelay = patience
	program.OwnGroup(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		awaitDeath(c.cmd.Process)
		close(c.dead)
	}()
	return c, nil
}

// kill ends the process and what it started.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.buried {
		program.KillGroup(c.cmd.Process)
	}
}

// end kills what is left of the process, reads what it wrote to the end, and
// says how it ended. Its status is only looked up after that, so that the
// system gives its id to no other process before.
func (c *child) end() string {
	c.kill()
	<-c.dead
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.buried {
		c.buried = true
		c.cmd.Wait() // fails when the status is not zero, as the state says too
	}
	if c.cmd.ProcessState == nil {
		return "it ended"
	}
	return c.cmd.ProcessState.String()
}

// finish asks the process to end, and ends it when it does not.
func (c *child) finish() {
	c.mu.Lock()
	if !c.buried {
		program.AskToEnd(c.cmd.Process)
	}
	c.mu.Unlock()
	select {
	case <-c.dead:
	case <-time.After(patience):
	}
	c.end()
}

// ended reports whether the process has ended.
func (c *child) ended() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// died reports whether the process ends within a moment, as one does whose
// connection just broke.
func (c *child) died() bool {
	select {
	case <-c.dead:
		return true
	case <-time.After(patience):
		return false
	}
}

// ports are those that children listen on, so that no two get the same.
type ports struct {
	mu    sync.Mutex
	taken map[int]bool
}

// take finds a port that nobody listens on.
func (p *ports) take() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const attempts = 100
	for range attempts {
		port, err := freePort()
		if err != nil {
			return 0, fmt.Errorf("no free port: %w", err)
		}
		if !p.taken[port] {
			if p.taken == nil {
				p.taken = map[int]bool{}
			}
			p.taken[port] = true
			return port, nil
		}
	}
	return 0, errors.New("no free port: all that the system offers are taken by clients")
}

func (p *ports) give(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, port)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// taken reports whether somebody listens on the port.
func taken(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return true
	}
	l.Close()
	return false
}
