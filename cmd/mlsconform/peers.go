package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mlsconform/mlsconform/runner/peer"
)

// PeersCmd builds implementations that have a peer.json, and lists them.
type PeersCmd struct {
	Dirs []string `arg:"" name:"DIR" help:"Folders with a peer.json."`
}

// Run builds one after the other, and goes on when one cannot be built.
func (c *PeersCmd) Run(a *app) error {
	var peers []peer.Peer
	for _, dir := range c.Dirs {
		p, err := peer.Read(dir)
		if err != nil {
			return usageError{err}
		}
		peers = append(peers, p)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PEER\tLIBRARY\tVERSION\tSUITES\tSTATE")
	failed := false
	for i := range peers {
		p := &peers[i]
		state := "ready"
		if err := a.build(a.ctx, p); err != nil {
			failed = true
			state, _, _ = strings.Cut("not available: "+err.Error(), "\n")
		}
		if a.ctx.Err() != nil {
			return exitStatus(statusInterrupted)
		}
		suites := strings.Trim(fmt.Sprintf("%d", p.Suites), "[]")
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Library, p.Version, suites, state)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if failed {
		return exitStatus(statusFailed)
	}
	return nil
}

// build builds a peer where that is needed, and says so: it may take minutes. On
// a terminal, what the build writes is shown as it comes; elsewhere only the end
// of it, when it fails.
func (a *app) build(ctx context.Context, p *peer.Peer) error {
	out := a.stderr
	if !isTerminal(out) {
		out = nil
	}
	start := time.Now()
	err := p.Ensure(ctx, out)
	failed, isBuild := errors.AsType[*peer.BuildError](err)
	const long = 2 * time.Second
	switch took := time.Since(start); {
	case isBuild && out == nil:
		fmt.Fprintf(a.stderr, "mlsconform: building %s: %v\n%s", p.Name, failed.Err, failed.Output)
	case err == nil && took > long:
		fmt.Fprintf(a.stderr, "mlsconform: built %s in %v\n", p.Name, took.Round(time.Second))
	}
	return err
}
