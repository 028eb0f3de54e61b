package syntaxtest

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

const (
	// maxGrowth and slack bound what decoding may allocate: so many times its
	// input, and so many bytes besides.
	maxGrowth = 64
	slack     = 64 << 10

	// One in so many runs of a fuzz target is thorough.
	thoroughEvery = 256
	// How many prefixes are decoded of one input: when it is replayed, where all
	// are but those of very long inputs, and in a thorough run.
	replayedPrefixes = 2048
	sampledPrefixes  = 8
)

// Empty is the variable of the environment with which a target does nothing, to
// show how much of the time is the fuzzer's own.
const Empty = "MLSCONFORM_FUZZ_EMPTY"

// FuzzCodec fuzzes the codec of a structure of the RFC, beginning with the
// encoded seeds. The function that calls it is named after the type.
func FuzzCodec[T any, P Pair[T]](f *testing.F, seeds ...T) { Target[T, P]{}.Fuzz(f, seeds...) }

// A Target is how a codec is fuzzed when it has something of its own.
type Target[T any, P Pair[T]] struct {
	// Local says that the structure is none of the RFC, so that a refusal need not
	// name a requirement.
	Local bool
	// Padding returns how many bytes at the end of an encoding may be left out.
	Padding func(P) int
	// Use does more with what has been decoded.
	Use func(testing.TB, P)
}

// Fuzz has any bytes decoded. What decodes encodes to the same bytes. When the
// corpus is replayed, and in a sample of the runs, the memory for decoding is
// bounded and prefixes of a valid encoding are refused.
func (g Target[T, P]) Fuzz(f *testing.F, seeds ...T) {
	if want := "Fuzz" + reflect.TypeFor[T]().Name(); !strings.EqualFold(f.Name(), want) {
		f.Fatalf("%s fuzzes what %s should", f.Name(), want)
	}
	for i := range seeds {
		encoded, err := syntax.Marshal(P(&seeds[i]))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	runs, replay, empty := 0, !Fuzzing(), os.Getenv(Empty) != ""
	f.Fuzz(func(t *testing.T, data []byte) {
		runs++
		switch {
		case empty:
		case replay:
			g.Thorough(t, data, 0, replayedPrefixes)
		case runs%thoroughEvery == 0:
			g.Thorough(t, data, runs, sampledPrefixes)
		default:
			g.Check(t, data)
		}
	})
}

// Fuzzing tells generated inputs from a corpus that is replayed.
func Fuzzing() bool {
	pattern := flag.Lookup("test.fuzz")
	return pattern != nil && pattern.Value.String() != ""
}

// longest is how long one run of a target may take, on a busy machine too.
const longest = 10 * time.Second

// InTime ends the program when the test takes too long, which a fuzzer takes for a
// crash. It waits for what it runs as long as that takes.
func InTime(t testing.TB) {
	timer := time.AfterFunc(longest, func() { panic("this input takes too long") })
	t.Cleanup(func() { timer.Stop() })
}

// Check checks that data is either refused, with the requirement that it breaks,
// or decodes to a value that encodes to the same bytes. It returns the value.
func (g Target[T, P]) Check(t testing.TB, data []byte) P {
	t.Helper()
	v, err := syntax.Parse[T, P](data)
	if err != nil {
		if rule.Of(err) == "" && !g.Local {
			t.Errorf("error without requirement: %v", err)
		}
		return nil
	}
	encoded, err := syntax.Marshal(P(v))
	switch {
	case err != nil:
		t.Errorf("decoded value does not encode: %v", err)
	case !bytes.Equal(encoded, data):
		t.Errorf("encodes to %x, was %x", encoded, data)
	case g.Use != nil:
		g.Use(t, v)
	}
	return v
}

// Thorough also checks the memory for decoding and, when data is a valid
// encoding, prints the value and decodes up to so many prefixes of data, which are
// spread over its length beginning at an offset.
func (g Target[T, P]) Thorough(t testing.TB, data []byte, offset, count int) {
	t.Helper()
	used := Allocated(func() { _, _ = syntax.Parse[T, P](data) })
	if limit := uint64(maxGrowth*len(data) + slack); used > limit {
		t.Errorf("decoding %d bytes allocates %d, at most %d may be", len(data), used, limit)
	}
	v := g.Check(t, data)
	if v == nil {
		return
	}
	fmt.Fprint(io.Discard, *v) // what can be decoded can be printed
	needed := len(data)
	if g.Padding != nil {
		needed -= g.Padding(v)
	}
	for i := range min(count, needed) {
		n := i * needed / min(count, needed)
		if count < needed {
			n = (n + offset) % needed
		}
		if !g.refusesPrefix(t, data[:n], len(data)) {
			return
		}
	}
}

func (g Target[T, P]) refusesPrefix(t testing.TB, prefix []byte, of int) bool {
	t.Helper()
	switch _, err := syntax.Parse[T, P](prefix); {
	case err == nil:
		t.Errorf("%T: %d of %d bytes are accepted: %x", *new(T), len(prefix), of, prefix)
		return false
	case rule.Of(err) == "" && !g.Local:
		t.Errorf("%T: %d of %d bytes: error without requirement: %v", *new(T), len(prefix), of, err)
		return false
	}
	return true
}

// Allocated returns how many bytes f allocates in all.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
