package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mlsconform/mlsconform/runner"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	interop "github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/peer"
)

// InteropClients are the flags that say who takes part.
type InteropClients struct {
	Client  []string `help:"A client that is running; may be repeated." placeholder:"NAME=HOST:PORT" sep:"none"`
	Exec    []string `help:"A client to start, and to start again after it failed: a command with {port} for the port to listen on; may be repeated." placeholder:"NAME=COMMAND" sep:"none"`
	Peer    []string `help:"A client that is built, if need be, and started as the peer.json of its folder says. Where that cannot be done, the run goes on without it. May be repeated." placeholder:"DIR" sep:"none"`
	Builtin bool     `help:"mlsconform's own client takes part. It does so alone when no other is named."`

	RestartAfter int `help:"Start each client that is started anew after N cases; 0 is never, and what peer.json says." placeholder:"N"`
}

// builtinName is what the client of this program is called.
const builtinName = "builtin"

// clients are those that the flags name. What peers have to say while they are
// built goes to the standard error.
func (c *InteropClients) clients(a *app, peers []peer.Peer) ([]interop.Client, error) {
	var list []interop.Client
	add := func(flag, value string, client interop.Client) error {
		if err := plan.CheckName(client.Name); err != nil {
			return usagef("%s %s: %w", flag, value, err)
		}
		if slices.ContainsFunc(list, func(other interop.Client) bool { return other.Name == client.Name }) {
			return usagef("%s %s: there are two clients of the name %s", flag, value, client.Name)
		}
		client.RestartAfter = cmp.Or(c.RestartAfter, client.RestartAfter)
		list = append(list, client)
		return nil
	}
	if c.Builtin || len(c.Client)+len(c.Exec)+len(c.Peer) == 0 {
		list = append(list, interop.Client{Name: builtinName, Kind: interop.Builtin})
	}
	for _, value := range c.Client {
		name, address, ok := strings.Cut(value, "=")
		if _, _, err := net.SplitHostPort(address); !ok || err != nil {
			return nil, usagef("--client %s: want NAME=HOST:PORT", value)
		}
		if err := add("--client", value, interop.Client{Name: name, Kind: interop.Running, Address: address}); err != nil {
			return nil, err
		}
	}
	for _, value := range c.Exec {
		name, command, ok := strings.Cut(value, "=")
		if !ok || !strings.Contains(command, peer.PortPlaceholder) {
			return nil, usagef("--exec %s: want NAME=COMMAND, with %s in the command", value, peer.PortPlaceholder)
		}
		words, err := peer.Words(command)
		if err != nil {
			return nil, usagef("--exec %s: %w", value, err)
		}
		if err := add("--exec", value, interop.Client{Name: name, Kind: interop.Started, Command: words}); err != nil {
			return nil, err
		}
	}
	for i := range peers {
		p := &peers[i]
		if err := add("--peer", p.Dir, interop.Client{
			Name: p.Name, Kind: interop.Started, Command: p.Interop.Command, Dir: p.Dir,
			About:        p.About(),
			Prepare:      func(ctx context.Context) error { return a.build(ctx, p) },
			Optional:     true,
			RestartAfter: p.Interop.RestartAfter,
		}); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// peers reads what the folders say.
func (c *InteropClients) peers() ([]peer.Peer, error) {
	var peers []peer.Peer
	for _, dir := range c.Peer {
		p, err := peer.Read(dir)
		if err != nil {
			return nil, usagef("--peer: %w", err)
		}
		if p.Interop.Command == nil {
			return nil, usagef("--peer %s: it does not serve the interop API: its peer.json has no interop.command", dir)
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// open reaches all clients.
func (c *InteropCmd) open(a *app, peers []peer.Peer) (*interop.Pool, error) {
	list, err := c.clients(a, peers)
	if err != nil {
		return nil, err
	}
	pool, err := interop.Open(a.ctx, list, interop.Limits{RPC: c.RPCTimeout, Case: c.CaseTimeout})
	if a.ctx.Err() != nil {
		if err == nil {
			pool.Close()
		}
		return nil, exitStatus(statusInterrupted)
	}
	if e, ok := errors.AsType[*interop.OpenError](err); ok {
		return nil, usageError{e}
	}
	return pool, err
}

// replay is the command that runs one case again.
func (c *InteropCmd) replay(id string) string {
	words := []string{"mlsconform", "interop"}
	add := func(flag string, values ...string) {
		for _, value := range values {
			words = append(words, flag, runner.Quote(value))
		}
	}
	if c.Builtin {
		words = append(words, "--builtin")
	}
	add("--client", c.Client...)
	add("--exec", c.Exec...)
	add("--peer", c.Peer...)
	add("--script", c.Script...)
	add("--roles", c.Roles...)
	if c.Mix != 0 {
		add("--mix", strconv.Itoa(c.Mix))
	}
	if c.Seed != nil {
		add("--seed", strconv.FormatUint(*c.Seed, 10))
	}
	for _, limit := range []struct {
		flag       string
		is, unless time.Duration
	}{{"--rpc-timeout", c.RPCTimeout, interop.DefaultRPC}, {"--case-timeout", c.CaseTimeout, interop.DefaultCase}} {
		if limit.is != limit.unless {
			add(limit.flag, limit.is.String())
		}
	}
	add("--case", id)
	return strings.Join(words, " ")
}

// caseBar is a progress that says how many cases a second are done.
func (a *app) caseBar(total int) *progress {
	p := a.progress("running")
	if p.shown && total > 0 {
		p.bar = p.newBar(int64(total), p.what)
		progressbar.OptionShowIts()(p.bar)
		progressbar.OptionSetItsString("cases")(p.bar)
	}
	return p
}
