package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/plan"
	interop "github.com/mlsconform/mlsconform/runner/interop/run"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/interop/scripts"
	"github.com/mlsconform/mlsconform/runner/result"
)

// InteropCmd lets MLS stacks talk to each other.
type InteropCmd struct {
	InteropClients

	Script  []string `help:"Run the scripts of this file or folder, in the format of the MLS working group's interop tests; may be repeated. Without it mlsconform's own run." placeholder:"FILE|DIR" sep:"none"`
	Case    []string `help:"Only cases of this id, in which * stands for anything; may be repeated." placeholder:"ID" sep:"none"`
	Suite   []uint16 `help:"Only this cipher suite; may be repeated." placeholder:"N"`
	Framing string   `help:"How handshake messages are sent: public, private, both, or alternate, which is one in a suite and the other in the next." enum:"public,private,both,alternate" default:"both"`
	Roles   []string `help:"Which clients play which roles: all, pairwise or sample:N. By default all for up to four roles, and pairwise above. SCRIPT=ROLES is for the scripts FILE/NAME of that name, in which * stands for anything; may be repeated." placeholder:"ROLES" sep:"none"`
	Mix     int      `help:"At most N different clients in a case: every two, and up to every N of them, get assignments of their own." placeholder:"N"`
	Seed    *uint64  `help:"What --roles sample:N begins with." placeholder:"S"`
	Shard   string   `help:"Run only part I of N of the cases." placeholder:"I/N"`
	List    bool     `help:"Print the ids of the cases, and run nothing."`

	Jobs        int           `help:"Cases at once; 0 is one for each core, and one in all with a --client." placeholder:"N"`
	RPCTimeout  time.Duration `name:"rpc-timeout" help:"Time for each answer of a client." default:"30s"`
	CaseTimeout time.Duration `help:"Time for each case." default:"10m"`
	Timeout     time.Duration `help:"Time for all cases together; 0 is no limit." default:"0"`
	FailFast    bool          `help:"Begin no case after one that failed."`

	InteropBaseline
	InteropReports
}

// Run makes the plan, carries it out and writes the reports.
func (c *InteropCmd) Run(a *app) error {
	started := time.Now()
	if err := c.check(); err != nil {
		return err
	}
	list, err := c.scripts()
	if err != nil {
		return usageError{err}
	}
	options, err := c.plan()
	if err != nil {
		return err
	}
	peers, err := c.peers()
	if err != nil {
		return err
	}
	known, err := c.known(peers)
	if err != nil {
		return err
	}
	pool, err := c.open(a, peers)
	if err != nil {
		return err
	}
	defer pool.Close()
	p, err := plan.Make(list, pool.Plannable(), options)
	if err != nil {
		return usageError{err}
	}
	if c.List {
		return c.list(a, p)
	}
	bar := a.caseBar(len(p.Cases))
	found, runErr := interop.Run(a.ctx, interop.Options{
		Pool:     pool,
		Plan:     p,
		Jobs:     c.jobs(),
		Timeout:  c.Timeout,
		FailFast: c.FailFast,
		Out:      c.Out,
		Replay:   c.replay,
		Known:    known.matcher.Judge,
		Version:  version(),
		Started:  started,
		Progress: bar.cases,
	})
	bar.finish()
	c.describe(found, options)
	known.describe(found, len(c.Case) > 0, c.partial(&options) || found.Summary.Skipped > 0)
	if err := c.InteropReports.write(a, found, []string{c.Out}); err != nil {
		return err
	}
	if err := errors.Join(runErr, known.write(a, found)); err != nil {
		return err
	}
	if s := &found.Summary; c.WriteBaseline && s.Skipped == 0 && s.Broken == 0 {
		return nil // the failures are known from now on
	}
	return interopStatus(a, found)
}

func (c *InteropCmd) check() error {
	switch {
	case c.Jobs < 0:
		return usagef("--jobs %d: want 0 or more", c.Jobs)
	case c.RPCTimeout <= 0:
		return usagef("--rpc-timeout %v: want more than 0", c.RPCTimeout)
	case c.CaseTimeout <= 0:
		return usagef("--case-timeout %v: want more than 0", c.CaseTimeout)
	case c.Timeout < 0:
		return usagef("--timeout %v: want 0 or more", c.Timeout)
	case c.RestartAfter < 0:
		return usagef("--restart-after %d: want 0 or more", c.RestartAfter)
	case c.Mix < 0:
		return usagef("--mix %d: want 0 or more", c.Mix)
	}
	if err := c.InteropReports.check(); err != nil {
		return err
	}
	if c.Out == "" || c.List {
		return nil
	}
	return writable(c.Out)
}

// writable makes a folder, and sees to it that a long run is not in vain.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("--out: %w", err)
	}
	f, err := os.CreateTemp(dir, ".mlsconform-*")
	if err != nil {
		return usagef("--out: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (c *InteropCmd) scripts() ([]*script.Script, error) {
	if len(c.Script) == 0 {
		return scripts.All()
	}
	var list []*script.Script
	for _, path := range c.Script {
		more, err := script.Load(path)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func (c *InteropCmd) plan() (plan.Options, error) {
	o := plan.Options{CaseGlobs: c.Case, Mix: c.Mix}
	for _, roles := range c.Roles {
		if err := o.ParseRoles(roles); err != nil {
			return o, usagef("--roles: %w", err)
		}
	}
	if c.Seed != nil {
		if !o.Samples() {
			return o, usagef("--seed is for --roles sample:N")
		}
		o.Seed = *c.Seed
	}
	err := o.ParseFraming(c.Framing)
	if err != nil {
		return o, usagef("--framing: %w", err)
	}
	if c.Shard != "" {
		if o.Shard, err = plan.ParseShard(c.Shard); err != nil {
			return o, usagef("--shard: %w", err)
		}
	}
	for _, n := range c.Suite {
		o.Suites = append(o.Suites, codepoint.CipherSuite(n))
	}
	return o, nil
}

// partial reports whether the run leaves out cases that may be all those in which
// a peer fails as it is known to.
func (c *InteropCmd) partial(o *plan.Options) bool {
	return len(c.Suite) > 0 || len(o.Framings) == 1 || o.Roles.Mode == plan.ModeSample
}

// list prints the plan.
func (c *InteropCmd) list(a *app, p *plan.Plan) error {
	for _, note := range p.Notes {
		fmt.Fprintf(a.stderr, "mlsconform: %s\n", note)
	}
	for _, planned := range p.Cases {
		if _, err := fmt.Fprintln(a.stdout, planned.ID); err != nil {
			return err
		}
	}
	if len(p.Cases) == 0 {
		return exitStatus(statusNothing)
	}
	return nil
}

// describe says in the report how the plan was made.
func (c *InteropCmd) describe(found *result.Interop, o plan.Options) {
	if o.Shard.Count > 0 {
		found.Plan.Shard = &result.InteropShard{Index: o.Shard.Index, Count: o.Shard.Count}
	}
	if o.Samples() {
		found.Plan.Seed = &o.Seed
	}
}

// jobs is how many cases run at once. Whether a client that was started by
// somebody else stands more than one is not known.
func (c *InteropCmd) jobs() int {
	if c.Jobs == 0 && len(c.Client) > 0 {
		return 1
	}
	return c.Jobs
}
