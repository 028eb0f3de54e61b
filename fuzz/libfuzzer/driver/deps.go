package driver

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"time"
)

// An entry is an input of a target, as package testing has it.
type entry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

// deps is what package testing leaves to the go command's code. One of the two
// functions is called, by the part that package testing plays.
type deps struct {
	coordinate func(seeds []entry, types []reflect.Type)
	work       func(run func(entry) error) error
}

func (d *deps) CoordinateFuzzing(_ time.Duration, _ int64, _ time.Duration, _ int64, _ int, seeds []entry, types []reflect.Type, _, _ string) error {
	d.coordinate(seeds, types)
	return nil
}

func (d *deps) RunFuzzWorker(run func(entry) error) error { return d.work(run) }

// ReadCorpus reads the inputs in a folder, which may be missing.
func (d *deps) ReadCorpus(folder string, types []reflect.Type) ([]entry, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, file := range files {
		name := filepath.Join(folder, file.Name())
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		values, err := parse(data)
		if err == nil {
			err = d.CheckCorpus(values, types)
		}
		if err != nil {
			return nil, &fs.PathError{Op: "reading input", Path: name, Err: err}
		}
		entries = append(entries, entry{Path: name, Data: data, Values: values})
	}
	return entries, nil
}

// CheckCorpus checks that values have the types of a target's arguments.
func (d *deps) CheckCorpus(values []any, types []reflect.Type) error {
	if len(values) != len(types) {
		return errors.New("wrong number of values")
	}
	for i, v := range values {
		if reflect.TypeOf(v) != types[i] {
			return errors.New("a value has the type " + reflect.TypeOf(v).String() + ", not " + types[i].String())
		}
	}
	return nil
}

func (d *deps) MatchString(pattern, s string) (bool, error) { return regexp.MatchString(pattern, s) }

// What is not needed for fuzzing, or is the engine's.

func (d *deps) ImportPath() string                          { return "" }
func (d *deps) ModulePath() string                          { return "" }
func (d *deps) SetPanicOnExit0(bool)                        {}
func (d *deps) StartCPUProfile(io.Writer) error             { return errors.ErrUnsupported }
func (d *deps) StopCPUProfile()                             {}
func (d *deps) StartTestLog(io.Writer)                      {}
func (d *deps) StopTestLog() error                          { return nil }
func (d *deps) WriteProfileTo(string, io.Writer, int) error { return errors.ErrUnsupported }
func (d *deps) ResetCoverage()                              {}
func (d *deps) SnapshotCoverage()                           {}

func (d *deps) InitRuntimeCoverage() (mode string, tearDown func(string, string) (string, error), snapshot func() float64) {
	return "", nil, nil
}
