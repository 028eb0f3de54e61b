package script

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// A product is what a step makes, for later steps to refer to.
type product uint

const (
	keyPackage product = 1 << iota
	proposal
	commit
	welcome
	psk
	ciphertext
)

func (m product) String() string {
	switch m {
	case keyPackage:
		return "KeyPackage"
	case proposal:
		return "proposal"
	case commit:
		return "Commit"
	case welcome:
		return "Welcome"
	case psk:
		return "external PSK"
	case ciphertext:
		return "ciphertext"
	}
	return "product(" + strconv.Itoa(int(m)) + ")"
}

// reference reads the index of an earlier step that makes what is wanted.
func (p *parser) reference(o *object, key string, want product) int {
	raw, ok := o.must(key)
	if !ok {
		return 0
	}
	return p.checkReference(o, key, raw, want)
}

func (p *parser) references(o *object, key string, want product) []int {
	var indices []int
	for i, raw := range o.list(key) {
		indices = append(indices, p.checkReference(o, at(key, i), raw, want))
	}
	return indices
}

func (p *parser) checkReference(o *object, path string, raw json.RawMessage, want product) int {
	i, err := strconv.Atoi(string(raw))
	switch {
	case err != nil:
		o.fail(path, fmt.Errorf("want the index of a step, got %s", shown(raw)))
	case i < 0 || i >= p.steps:
		o.fail(path, fmt.Errorf("there is no step %d; the script has steps 0 to %d", i, p.steps-1))
	case i == p.step.Index:
		o.fail(path, fmt.Errorf("step %d is this step itself", i))
	case i > p.step.Index:
		o.fail(path, fmt.Errorf("step %d comes later", i))
	case p.script.Steps[i].ExpectError:
		o.fail(path, fmt.Errorf("step %d is to fail, so it makes nothing", i))
	case p.made[i]&want == 0:
		o.fail(path, fmt.Errorf("step %d (%s) makes no %s", i, p.script.Steps[i].Action, want))
	}
	return i
}
