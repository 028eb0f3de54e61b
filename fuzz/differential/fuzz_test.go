package differential_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/fuzz/differential"
	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// timeout is how long a stack may take for an answer. The machine may be busy.
const timeout = 1500 * time.Millisecond

// FuzzDifferential puts questions to all stacks that are built.
func FuzzDifferential(f *testing.F) {
	stacks := stacks(f)
	defer differential.Close(stacks)
	others, err := others()
	if err != nil {
		f.Fatal(err)
	}
	seeds, err := differential.NewSeeds(others)
	if err != nil {
		f.Fatal(err)
	}
	folder, err := differential.Open(cmp.Or(os.Getenv("MLSCONFORM_DIFFERENTIAL"), "../../reports/out/differential"))
	if err != nil {
		f.Fatal(err)
	}
	defer tell(f, folder)
	d := &differential.Differ{Stacks: stacks, Folder: folder, Timeout: timeout}
	if !coordinating() {
		ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
		d.WarmUp(ctx, seeds)
		cancel()
	}
	seeds.Each(func(how byte, object uint16) { f.Add(how, object, []byte{}) })
	a := &asker{differ: d, busy: make(chan struct{}, 1)}
	defer func() { a.busy <- struct{}{} }() // when nothing is asked any more
	f.Fuzz(func(t *testing.T, how byte, object uint16, program []byte) {
		found, err := a.ask(t.Context(), seeds.Question(how, object, program))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			if os.Getenv("MLSCONFORM_DIFFERENTIAL_STRICT") == "1" {
				t.Errorf("new finding: %s", file)
			}
		}
	})
}

// An asker puts one question at a time. Where the machine is so busy that fuzzing
// would take it for a deadlock, the question is left to itself, and none is put
// before it has come to its end.
type asker struct {
	differ *differential.Differ
	busy   chan struct{}
}

func (a *asker) ask(ctx context.Context, q *differential.Question) ([]string, error) {
	limit := time.After(8 * time.Second)
	select {
	case a.busy <- struct{}{}:
	case <-limit:
		return nil, nil
	}
	type outcome struct {
		found []string
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-a.busy }()
		found, err := a.differ.Ask(context.WithoutCancel(ctx), q)
		done <- outcome{found, err}
	}()
	select {
	case o := <-done:
		return o.found, o.err
	case <-limit:
		return nil, nil
	}
}

// others are the official vectors, and what went over the wire in interop runs,
// where they are on the machine and wanted.
func others() ([]seed.Object, error) {
	if os.Getenv("MLSCONFORM_FUZZ_SEEDS") == "own" {
		return nil, nil
	}
	official, err := seed.Official()
	if err != nil {
		return nil, err
	}
	sent, err := seed.Interop("../../reports/out")
	return append(official, sent...), err
}

// stacks finds the stacks, or skips the test with what to do.
func stacks(f *testing.F) []differential.Stack {
	names := filepath.SplitList(os.Getenv("MLSCONFORM_DIFFERENTIAL_PEERS"))
	if len(names) == 0 {
		files, err := filepath.Glob("../../peers/*/peer.json")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			names = append(names, filepath.Dir(file))
		}
	}
	stacks, missing, err := differential.Find(names)
	if err != nil {
		f.Fatal(err)
	}
	if len(stacks) == 0 {
		why := "not run: no peer is built (make peers builds them)\n" + strings.Join(missing, "\n")
		if syntaxtest.Fuzzing() {
			fmt.Println(f.Name(), why) // the go command keeps it to itself
		}
		f.Skip(why)
	}
	for _, what := range missing {
		f.Log(what)
	}
	return stacks
}

// coordinating reports whether others do the fuzzing for this process.
func coordinating() bool {
	worker := flag.Lookup("test.fuzzworker")
	return syntaxtest.Fuzzing() && worker != nil && worker.Value.String() != "true"
}

// tell writes what is left to be written, and prints what is new. Nobody sees
// what the processes print that do the fuzzing.
func tell(f *testing.F, folder *differential.Folder) {
	if err := folder.Flush(); err != nil {
		f.Fatal(err)
	}
	news, err := folder.News()
	if err != nil {
		f.Fatal(err)
	}
	fmt.Print(news)
}
