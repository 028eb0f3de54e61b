package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// A family holds the scenarios of one file. Those of a family with suites
// become a case for each suite.
type family struct {
	name      string
	suites    bool
	scenarios []scenario
}

// A scenario makes a case. The reason says what the case has that no other
// case of its family has.
type scenario struct {
	id     string
	reason string
	make   func(*maker) any
}

// A job is one case to be made.
type job struct {
	family, id, reason string
	suite              *ciphersuite.Suite
	make               func(*maker) any

	encoded []byte
	err     error
}

// jobs lists the cases of a family: its scenarios in order, suite after suite.
func (f *family) jobs() []*job {
	var jobs []*job
	if !f.suites {
		for _, s := range f.scenarios {
			jobs = append(jobs, &job{family: f.name, id: s.id, reason: s.reason, make: s.make})
		}
		return jobs
	}
	for _, suite := range ciphersuite.All() {
		for _, s := range f.scenarios {
			id := fmt.Sprintf("suite%d-%s", suite.ID(), s.id)
			jobs = append(jobs, &job{family: f.name, id: id, reason: s.reason, suite: suite, make: s.make})
		}
	}
	return jobs
}

// A mistake is an error in a scenario, on its way up to the job.
type mistake struct{ error }

// must returns v. Scenarios depend on nothing outside of the program, so an
// error is a mistake in one of them, or in impl.
func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(mistake{err})
	}
}

func (j *job) run() {
	defer func() {
		if p := recover(); p != nil {
			m, ok := p.(mistake)
			if !ok {
				panic(p)
			}
			j.err = fmt.Errorf("%s/%s: %w", j.family, j.id, m.error)
		}
	}()
	j.encoded = must(json.Marshal(j.make(newMaker(j.family+"/"+j.id, j.suite))))
}

// A file is one of the files in vectors, or in a folder there.
type file struct {
	name string
	data []byte
}

// An entry describes a case in cases.json. The entries of a family are in the
// order of its cases.
type entry struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// generate makes all cases, on all cores, and packs them into their files.
func generate(families []family) ([]file, error) {
	lists := make([][]*job, len(families))
	queue := make(chan *job)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range queue {
				j.run()
			}
		})
	}
	for i := range families {
		lists[i] = families[i].jobs()
		for _, j := range lists[i] {
			queue <- j
		}
	}
	close(queue)
	workers.Wait()

	var files []file
	var index bytes.Buffer
	for i, jobs := range lists {
		for _, j := range jobs {
			if j.err != nil {
				return nil, j.err
			}
		}
		packed, err := pack(jobs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", families[i].name, err)
		}
		files = append(files, file{families[i].name + ".json.gz", packed})
		if err := describe(&index, families[i].name, jobs); err != nil {
			return nil, fmt.Errorf("%s: %w", families[i].name, err)
		}
	}
	index.WriteString("\n}\n")
	return append(files, file{"cases.json", index.Bytes()}), nil
}

// pack writes the cases as a JSON array, one to a line, and compresses it. The
// header of the result holds no time and no name.
func pack(jobs []*job) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	before := "[\n"
	for _, j := range jobs {
		if _, err := fmt.Fprintf(z, "%s%s", before, j.encoded); err != nil {
			return nil, err
		}
		before = ",\n"
	}
	if _, err := fmt.Fprint(z, "\n]\n"); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// describe appends the entries of a family to the index, one to a line.
func describe(index *bytes.Buffer, family string, jobs []*job) error {
	before := ",\n"
	if index.Len() == 0 {
		before = "{\n"
	}
	fmt.Fprintf(index, "%s%q: [", before, family)
	before = "\n"
	for _, j := range jobs {
		line, err := json.Marshal(entry{j.id, j.reason})
		if err != nil {
			return err
		}
		fmt.Fprintf(index, "%s  %s", before, line)
		before = ",\n"
	}
	index.WriteString("\n]")
	return nil
}

// hexBytes is binary data, written as hexadecimal digits.
type hexBytes []byte

// MarshalText returns the digits.
func (h hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }
