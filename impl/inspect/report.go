package inspect

import (
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Finding is a check with the path of the node that it is about.
type Finding struct {
	Path string
	Check
}

// Findings returns the checks of a reading, in the order of the fields.
func (r *Reading) Findings() []Finding {
	var all []Finding
	r.Root.walk("", func(path string, n *Node) {
		for _, c := range n.Checks {
			all = append(all, Finding{path, c})
		}
	})
	return all
}

// summary counts the checks and repeats those that found something wrong.
func (p *printer) summary(r *Reading) {
	var count [3]int
	var invalid []Finding
	for _, f := range r.Findings() {
		count[f.Verdict]++
		if f.Verdict == Invalid {
			invalid = append(invalid, f)
		}
	}
	if count == [3]int{} {
		return
	}
	p.line("")
	p.line("checks: %d valid, %d invalid, %d cannot tell", count[Valid], count[Invalid], count[Unknown])
	for _, f := range invalid {
		p.line("%s %s: %s%s", p.color(red, "INVALID"), join(f.Path, f.Name), f.Reason, ids(f.Rules))
		p.rules(f.Rules)
	}
}

// rules tells what requirements ask for.
func (p *printer) rules(rules []rule.ID) {
	if p.o.Rule == nil {
		return
	}
	for _, id := range rules {
		if text := p.o.Rule(id); text != "" {
			p.line("  %s: %s", id, text)
		}
	}
}

// failed prints how far the input decodes, and why no further.
func (p *printer) failed(r *Result) {
	best := r.Attempts[0]
	if r.Partial != nil {
		best = r.Partial
		p.heading(r, best)
		p.line("%s", p.color(faint, "offset length"))
		p.inside(best.Root, 0)
		p.rest(best.Rest)
		p.line("")
	}
	p.failure(r, best)
	var others []string
	for _, a := range r.Attempts {
		if a != best && len(others) < shownOthers {
			others = append(others, fmt.Sprintf("%s (%d)", a.Type, a.Failure.Offset))
		}
	}
	if len(others) > 0 {
		p.line("other types, and the offset at which they end: %s", strings.Join(others, ", "))
	}
}

// shownOthers is the number of other types that are named for what does not
// decode.
const shownOthers = 4

func (p *printer) rest(n *Node) {
	if n.Length > 0 {
		p.printNode(p.place(n), &Node{Name: "(not decoded)", Kind: n.Kind, Bytes: n.Bytes}, 0)
	}
}

func (p *printer) failure(r *Result, reading *Reading) {
	f := reading.Failure
	where := fmt.Sprintf("offset %d of %d", f.Offset, len(r.Input.Data))
	if f.Path != "" {
		where = f.Path + ", " + where
	}
	p.line("%s %s: %s: %s%s", p.color(red, "does not decode as"), reading.Type, where, innermost(f.Err), ids(rule.All(f.Err)))
	p.rules(rule.All(f.Err))
}
