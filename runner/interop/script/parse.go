package script

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Parse reads the scripts of a file, in the order in which they stand there.
// The name of the file is for errors and ids. An error is an [*Error].
func Parse(name string, data []byte) ([]*Script, error) {
	var first *Error
	report := func(field string, err error) {
		if first == nil {
			first = &Error{File: name, Step: -1, Field: field, Err: err}
		}
	}
	top := newObject("", data, report)
	top.text("comment")
	top.text("mode") // the official runner reads it, and goes by its flags
	raw, _ := top.must("scripts")
	top.end()
	if first != nil {
		return nil, first
	}
	scripts, err := readFields(raw)
	if err == nil && len(scripts) == 0 {
		err = errors.New("there are none")
	}
	if err != nil {
		report("scripts", err)
		return nil, first
	}

	var parsed []*Script
	seen := map[string]bool{} // names are no keys: how they are spelled matters
	for _, f := range scripts {
		if seen[f.key] {
			return nil, &Error{File: name, Script: f.key, Step: -1, Err: errors.New("given twice")}
		}
		seen[f.key] = true
		s, err := parseScript(name, f)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, s)
	}
	return parsed, nil
}

// A parser reads one script, and follows what its roles have at each step.
type parser struct {
	script *Script
	step   *Step // that is being read
	err    *Error

	roles        map[string]bool
	states       map[place]bool
	transactions map[string]bool // of roles that have made a KeyPackage
	signers      map[string]bool
	made         []product // by the steps before
	steps        int       // in the whole script
}

// A place is where a role has a state.
type place struct{ group, role string }

func parseScript(file string, f field) (*Script, error) {
	p := &parser{
		script:       &Script{File: strings.TrimSuffix(filepath.Base(file), ".json"), Name: f.key},
		roles:        map[string]bool{},
		states:       map[place]bool{},
		transactions: map[string]bool{},
		signers:      map[string]bool{},
	}
	report := func(path string, err error) { p.report(file, path, err) }
	if f.key == "" {
		report("", errors.New("a script has no name"))
	}
	whole := &object{report: report, fields: []field{{key: f.key, value: f.value}}}
	steps := whole.list(f.key)
	if p.err == nil && len(steps) == 0 {
		report("", errors.New("has no steps"))
	}
	p.steps = len(steps)
	for i, raw := range steps {
		p.step = &Step{Index: i, Raw: raw}
		p.made = append(p.made, 0)
		p.parseStep(newObject("", raw, report))
		if p.err != nil {
			return nil, p.err
		}
		p.script.Steps = append(p.script.Steps, *p.step)
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.script, nil
}

func (p *parser) report(file, path string, err error) {
	if p.err != nil {
		return
	}
	p.err = &Error{File: file, Script: p.script.Name, Step: -1, Field: path, Err: err}
	if p.step != nil {
		p.err.Step, p.err.Action = p.step.Index, p.step.Action
	}
}

func (p *parser) parseStep(o *object) {
	s := p.step
	name := Action(o.name("action"))
	i := slices.IndexFunc(actions, func(a action) bool { return a.name == name })
	if i < 0 {
		o.fail("action", fmt.Errorf("unknown action %q", name))
		return
	}
	a := &actions[i]
	s.Action = name
	s.Comment = o.text("comment")
	if raw, ok := o.take("x-group"); ok {
		s.Group = decode[string](o, "x-group", "a string", raw)
	}
	s.GREASE = o.flag("x-grease")
	s.ExpectError = o.flag("x-expectError")
	if s.ExpectError && !name.OneCall() {
		o.fail("x-expectError", errors.New("the action makes several RPCs; which one is to fail is not clear"))
	}
	if s.Actor = o.text("actor"); s.Actor != "" {
		p.meet(s.Actor)
	}
	p.checkActor(o, a.actor)
	s.Args = a.parse(p, o)
	o.end()
	if !s.ExpectError {
		p.made[s.Index] = a.makes
	}
}

// checkActor makes sure that the actor has what the action needs of it.
func (p *parser) checkActor(o *object, need need) {
	role := p.step.Actor
	if role == "" && need != nobody {
		o.fail("actor", errors.New("missing"))
		return
	}
	switch need {
	case member:
		p.checkMember(o, "actor", role)
	case joiner:
		p.checkJoiner(o, "actor", role)
	case signer:
		if !p.signers[role] {
			o.fail("actor", fmt.Errorf("no earlier step makes %s an external signer", role))
		}
	}
}

// meet adds a role to the script.
func (p *parser) meet(role string) {
	if !p.roles[role] {
		p.roles[role] = true
		p.script.Roles = append(p.script.Roles, role)
	}
}

func (p *parser) checkMember(o *object, path, role string) {
	if p.states[place{p.step.Group, role}] {
		return
	}
	if p.step.Group != "" {
		o.fail(path, fmt.Errorf("no earlier step brings %s into the group %q", role, p.step.Group))
		return
	}
	o.fail(path, fmt.Errorf("no earlier step brings %s into a group", role))
}

func (p *parser) checkJoiner(o *object, path, role string) {
	if !p.transactions[role] {
		o.fail(path, fmt.Errorf("no earlier step makes a KeyPackage of %s", role))
	}
}

// enter brings a role into the group of the step.
func (p *parser) enter(role string) { p.enterGroup(p.step.Group, role) }

func (p *parser) enterGroup(group, role string) {
	if p.step.ExpectError {
		return
	}
	p.states[place{group, role}] = true
}

// begin begins the transaction in which a role joins.
func (p *parser) begin(role string) {
	if !p.step.ExpectError {
		p.transactions[role] = true
	}
}

// members reads a list of roles that are in the group of the step.
func (p *parser) members(o *object, key string) []string {
	names := o.names(key)
	for i, name := range names {
		p.checkMember(o, at(key, i), name)
	}
	return names
}

// others is members without the actor, whose part is another one.
func (p *parser) others(o *object, key string) []string {
	names := p.members(o, key)
	if i := slices.Index(names, p.step.Actor); i >= 0 {
		o.fail(at(key, i), fmt.Errorf("%s is the actor", p.step.Actor))
	}
	return names
}

// newRoles reads a list of roles that a step may bring into the script.
func (p *parser) newRoles(o *object, key string) []string {
	names := o.names(key)
	for _, name := range names {
		p.meet(name)
	}
	return names
}

// newRole is newRoles for one.
func (p *parser) newRole(o *object, key string) string {
	name := o.name(key)
	if name != "" {
		p.meet(name)
	}
	return name
}

// member reads one role that is in the group of the step.
func (p *parser) member(o *object, key string) string {
	name := o.name(key)
	p.checkMember(o, key, name)
	return name
}

// known reads a role of which the script has spoken.
func (p *parser) known(o *object, key string) string {
	name := o.name(key)
	if !p.roles[name] {
		o.fail(key, fmt.Errorf("no earlier step names %s", name))
	}
	return name
}
