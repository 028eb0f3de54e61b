// Package driver lets a fuzz function of Go be run by another fuzzing engine,
// input by input. The function is run by package testing itself, as a worker
// that the go command would have started: the driver is in the place of the
// process that gives inputs to workers. So a function needs no change, and does
// what it does with go test.
package driver

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"testing"
)

// A Target is a fuzz function.
type Target struct {
	Name string // of the function
	Func func(*testing.F)
}

// A Runner runs a target with inputs.
type Runner struct {
	run   func(entry) error
	types []reflect.Type
}

// Open runs a target up to where it asks for inputs. It waits there for the rest
// of the process.
func Open(t Target) (*Runner, error) {
	types, _, err := describe(t)
	if err != nil {
		return nil, err
	}
	if err := setFlags(t, true); err != nil {
		return nil, err
	}
	asks := make(chan func(entry) error)
	ended := make(chan int)
	go func() {
		ended <- start(t, &deps{work: func(run func(entry) error) error {
			asks <- run
			select {}
		}})
	}()
	select {
	case run := <-asks:
		return &Runner{run, types}, nil
	case status := <-ended:
		return nil, fmt.Errorf("%s took inputs only once, status %d", t.Name, status)
	}
}

// Run runs the target with an input. The error is what the target reports.
func (r *Runner) Run(data []byte) error {
	return r.run(entry{Values: decode(data, r.types)})
}

// Seeds returns the inputs that a target adds itself, and those of its corpus,
// which is looked for in the current folder as package testing does.
func Seeds(t Target) ([][]byte, error) {
	_, entries, err := describe(t)
	if err != nil {
		return nil, err
	}
	seeds := make([][]byte, len(entries))
	for i, e := range entries {
		if seeds[i], err = seedOf(e); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", t.Name, e.Path, err)
		}
	}
	return seeds, nil
}

// seedOf encodes an entry. Of those in files package testing keeps no values.
func seedOf(e entry) ([]byte, error) {
	if e.Values != nil {
		return encode(e.Values)
	}
	values, err := parse(e.Data)
	if err != nil {
		return nil, err
	}
	return encode(values)
}

// describe runs a target up to its call of Fuzz, which returns at once then.
func describe(t Target) (types []reflect.Type, seeds []entry, err error) {
	called := false
	d := &deps{coordinate: func(s []entry, ts []reflect.Type) {
		called, seeds, types = true, s, ts
	}}
	if err := setFlags(t, false); err != nil {
		return nil, nil, err
	}
	printed, err := captured(func() { start(t, d) })
	if err == nil && !called {
		err = fmt.Errorf("%s takes no inputs: %s", t.Name, printed)
	}
	return types, seeds, err
}

// captured returns what f prints.
func captured(f func()) (printed []byte, err error) {
	file, err := os.CreateTemp("", "fuzz-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	stdout := os.Stdout
	os.Stdout = file
	defer func() { os.Stdout = stdout }()
	f()
	return os.ReadFile(file.Name())
}

// setFlags sets flags as the go command does for fuzzing.
func setFlags(t Target, worker bool) error {
	testing.Init()
	if !flag.Parsed() {
		// The arguments of the process are the engine's.
		if err := flag.CommandLine.Parse(nil); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"test.run":          "^$",
		"test.fuzz":         "^" + t.Name + "$",
		"test.fuzzworker":   fmt.Sprint(worker),
		"test.fuzzcachedir": os.DevNull, // required, and not used by this package
		"test.testlogfile":  "",         // that of another test, in which this happens
	} {
		if err := flag.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// start starts a target. An input is to mean the same on all machines, whatever
// objects are there for targets to begin with.
func start(t Target, d *deps) (status int) {
	if err := os.Setenv("MLSCONFORM_FUZZ_SEEDS", "own"); err != nil {
		panic(err) // the name and the value are good
	}
	return testing.MainStart(d, nil, nil, []testing.InternalFuzzTarget{{Name: t.Name, Fn: t.Func}}, nil).Run()
}
