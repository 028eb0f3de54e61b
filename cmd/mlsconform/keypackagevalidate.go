package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// KeypackageValidateCmd validates key packages.
type KeypackageValidateCmd struct {
	File string `arg:"" optional:"" default:"-" help:"The key packages, one, or one on each line; - is the standard input."`
	readFlags
	Suite        uint16   `placeholder:"N" help:"The cipher suite of the group. Without it, and without a group context, the key package's own."`
	Time         *instant `placeholder:"TIME" help:"The time to validate at, in Unix seconds or as 2027-01-15T08:00:00Z. Without it, now."`
	Receive      bool     `help:"Validate as a member who receives it, not as one who fetched it in order to add the client."`
	GroupContext string   `placeholder:"FILE" help:"The GroupContext of the group that the client would join."`
	RatchetTree  string   `placeholder:"FILE" help:"The ratchet tree of that group."`
	MaxLifetime  span     `placeholder:"TIME" help:"The longest lifetime to accept, such as 100d."`
	JSON         bool     `help:"Print JSON: for each key package an object in a line of its own."`
}

// Run validates. The exit status is 1 when a rule is broken.
func (c *KeypackageValidateCmd) Run(a *app) error {
	items, err := c.readItems(a, c.File)
	if err != nil {
		return err
	}
	g, err := c.target(a)
	if err != nil {
		return usageError{err}
	}
	failed := false
	for n := range items {
		v, err := g.validate(&items[n])
		if err != nil {
			return err
		}
		v.Source, v.Index = c.File, n
		failed = failed || !v.Valid
		if c.JSON {
			err = v.writeJSON(a.stdout)
		} else {
			err = v.writeText(a.stdout, len(items), colored(a.stdout))
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return exitStatus(statusFailed)
	}
	return nil
}

// A target is what key packages are validated for.
type target struct {
	suite   *ciphersuite.Suite // nil: the key package's own
	context *schedule.GroupContext
	members []byte // the encoded ratchet tree; nil when not known
	policy  leaf.Policy
	sending bool
}

func (c *KeypackageValidateCmd) target(a *app) (*target, error) {
	g := &target{
		policy:  leaf.Policy{CheckLifetime: true, MaxLifetime: time.Duration(c.MaxLifetime)},
		sending: !c.Receive,
	}
	if c.Time != nil {
		if *c.Time > math.MaxInt64 {
			return nil, fmt.Errorf("--time %d: clocks do not go that far", *c.Time)
		}
		g.policy.Now = func() time.Time { return time.Unix(int64(*c.Time), 0) }
	}
	var err error
	if c.GroupContext != "" {
		if err := a.readInto(c.GroupContext, func(data []byte) error {
			g.context = &schedule.GroupContext{}
			return syntax.Unmarshal(data, g.context)
		}); err != nil {
			return nil, fmt.Errorf("--group-context: %w", err)
		}
		if g.suite, err = ciphersuite.Lookup(g.context.CipherSuite); err != nil {
			return nil, fmt.Errorf("--group-context: %w", err)
		}
	}
	if c.Suite != 0 {
		suite, err := lookupSuite(c.Suite)
		if err != nil {
			return nil, err
		}
		if g.suite != nil && g.suite != suite {
			return nil, fmt.Errorf("--suite %d: the group context is of %v", c.Suite, g.suite)
		}
		g.suite = suite
	}
	if c.RatchetTree == "" {
		return g, nil
	}
	if g.suite == nil {
		return nil, errors.New("--ratchet-tree: its --suite or --group-context is missing")
	}
	if err := a.readInto(c.RatchetTree, func(data []byte) error {
		g.members = data
		_, err := tree.Parse(g.suite, data)
		return err
	}); err != nil {
		return nil, fmt.Errorf("--ratchet-tree: %w", err)
	}
	return g, nil
}

// readInto reads an object in any encoding.
func (a *app) readInto(file string, parse func(data []byte) error) error {
	raw, err := a.readObject(file)
	if err != nil {
		return err
	}
	inputs, err := inspect.Decode(raw, "auto")
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var errs []error
	for _, input := range inputs {
		err := parse(input.Data)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("%s: %w", file, errs[0])
}

// checks returns the checks of a key package for the target, and the members.
func (g *target) checks(suite *ciphersuite.Suite) (*keypackage.Checks, *tree.RatchetTree, error) {
	var members *tree.RatchetTree
	if g.members != nil {
		var err error
		if members, err = tree.Parse(suite, g.members); err != nil {
			return nil, nil, err
		}
	}
	context := cmp.Or(g.context, &schedule.GroupContext{Version: codepoint.MLS10, CipherSuite: suite.ID()})
	checks, err := group.AddChecks(context, members, &g.policy)
	if err != nil {
		return nil, nil, usageError{err}
	}
	checks.Sending = g.sending
	return checks, members, nil
}

// The rules that decoding enforces. Those of the second list are about the
// message around a KeyPackage.
var (
	decoding = []rule.ID{
		"rfc9420-2.1-01", "rfc9420-2.1-03", "rfc9420-2.1.2-02", "rfc9420-2.1.2-03", "rfc9420-2.1.2-05", "rfc9420-2.1.2-06",
		"rfc9420-2.1.2-08", "rfc9420-7.2-10",
	}
	unwrapping = []rule.ID{"rfc9420-6-04", "rfc9420-6-05", "rfc9420-10-07"}
	// against lists the rules that compare a leaf with the members of a group.
	against = []rule.ID{"rfc9420-7.3-09", "rfc9420-7.3-10", "rfc9420-7.3-03", "rfc9420-7.3-04"}
	// warned lists the rules that bind the sender only.
	warned = []rule.ID{"rfc9420-17.3-01", "rfc9420-10-09", "rfc9420-7.2-01"}
)

// The objects that rules are about.
const (
	objectMessage    = "MLSMessage"
	objectKeyPackage = "KeyPackage"
	objectLeaf       = "LeafNode"
)

// validate looks at every rule.
func (g *target) validate(i *item) (*validation, error) {
	v := &validation{Form: i.form, Encoding: i.encoding, size: len(i.data)}
	v.decoded(i)
	if i.err != nil {
		v.unexamined("it does not decode")
		v.count()
		return v, nil
	}
	v.CipherSuite = uint16(i.CipherSuite)
	own, err := ciphersuite.Lookup(i.CipherSuite)
	if err == nil {
		v.Reference = fmt.Sprintf("%x", own.KeyPackageRef(i.bare()))
	}
	if g.suite == nil && err != nil {
		v.add(objectKeyPackage, rule.Finding{ID: "rfc9420-10.1-01", Err: rule.Errorf("rfc9420-10.1-01", "cipher_suite: %w", err)})
		v.unexamined("the cipher suite is not known")
	} else if err := g.examine(v, i, own); err != nil {
		return nil, err
	}
	v.count()
	return v, nil
}

// examine looks at the rules about what is decoded.
func (g *target) examine(v *validation, i *item, own *ciphersuite.Suite) error {
	checks, members, err := g.checks(cmp.Or(g.suite, own))
	if err != nil {
		return err
	}
	if checks.Received, err = i.signed(); err != nil {
		return err
	}
	findings := i.Examine(checks)
	if g.suite == nil {
		setOpen(findings, "rfc9420-10.1-01", "neither --suite nor --group-context is given")
	}
	v.examined(findings)
	if members == nil {
		v.open(objectLeaf, "no --ratchet-tree is given", against...)
	} else {
		for _, f := range group.ExamineAdd(members, &i.LeafNode) {
			v.add(objectLeaf, f)
		}
	}
	v.warnings(i.Warnings())
	return nil
}

func setOpen(findings []rule.Finding, id rule.ID, why string) {
	i := slices.IndexFunc(findings, func(f rule.Finding) bool { return f.ID == id })
	findings[i].Open = why
}
