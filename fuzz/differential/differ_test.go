package differential_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/fuzz/differential"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A deviant is mlsconform but for what is planted in it.
type deviant struct {
	plant func(ctx context.Context, r format.Request, a subject.Answer) (subject.Answer, error)
}

func (d deviant) Judge(ctx context.Context, r format.Request) (subject.Answer, error) {
	a, err := local.Subject{}.Judge(ctx, r)
	if err != nil || d.plant == nil {
		return a, err
	}
	return d.plant(ctx, r, a)
}

// bytesOf returns what a request is about.
func bytesOf(r format.Request) []byte {
	switch r := r.(type) {
	case *format.DecodingRequest:
		return r.Bytes
	case *format.KeyPackageRequest:
		return r.Bytes
	}
	return nil
}

// The plants.

func takesLongLengths(_ context.Context, _ format.Request, a subject.Answer) (subject.Answer, error) {
	if slices.Contains(a.IDs, "rfc9420-2.1.2-02") {
		return subject.Answer{Verdict: format.Verdict{Result: format.Accept}}, nil
	}
	return a, nil
}

func takesAnySuite(_ context.Context, r format.Request, a subject.Answer) (subject.Answer, error) {
	q, ok := r.(*format.KeyPackageRequest)
	if !ok || a.Result != format.Reject {
		return a, nil
	}
	faults, err := local.KeyPackageFaults(q)
	if len(faults) == 1 && rule.Of(faults[0]) == "rfc9420-11.1-02" {
		a = subject.Answer{Verdict: format.Verdict{Result: format.Accept}}
	}
	return a, err
}

// ofRemoves plants something for messages with a Remove proposal.
func ofRemoves(do func(ctx context.Context, a *subject.Answer) error) func(context.Context, format.Request, subject.Answer) (subject.Answer, error) {
	return func(ctx context.Context, r format.Request, a subject.Answer) (subject.Answer, error) {
		if _, ok := r.(*format.DecodingRequest); !ok || a.Result != format.Accept || !isRemove(bytesOf(r)) {
			return a, nil
		}
		err := do(ctx, &a)
		return a, err
	}
}

// isRemove looks for a PublicMessage of member 0 with a Remove proposal: those of
// the project's vectors have an authenticated_data and a group_id of any lengths.
func isRemove(message []byte) bool {
	return bytes.HasPrefix(message, []byte{0, 1, 0, 1}) && bytes.Contains(message, []byte{2, 0, 3, 0, 0, 0})
}

var seeds = sync.OnceValues(func() (*differential.Seeds, error) { return differential.NewSeeds(nil) })

// run puts many questions, which are the same in every run, and returns the new
// findings.
func run(t *testing.T, folder string, s ...differential.Stack) []string {
	t.Helper()
	seeds, err := seeds()
	if err != nil {
		t.Error(err)
		return nil
	}
	f, err := differential.Open(folder)
	if err != nil {
		t.Error(err)
		return nil
	}
	d := &differential.Differ{Stacks: s, Folder: f, Timeout: time.Minute}
	var found []string
	ask := func(how byte, object uint16, program []byte) {
		files, err := d.Ask(t.Context(), seeds.Question(how, object, program))
		if err != nil {
			t.Error(err)
		}
		found = append(found, files...)
	}
	n := 0
	seeds.Each(func(how byte, object uint16) {
		ask(how, object, nil)
		for i := range 4 {
			n++
			ask(how|[]byte{0, 4, 8, 64}[i], object, []byte{byte(n), byte(n * 7), byte(n >> 3), byte(n * 13), byte(n >> 1), byte(n * 5)})
		}
	})
	if err := f.Flush(); err != nil {
		t.Error(err)
	}
	return found
}

func stack(name string, plant func(context.Context, format.Request, subject.Answer) (subject.Answer, error), known ...baseline.Entry) differential.Stack {
	return differential.Stack{Name: name, Version: "1.0", Subject: deviant{plant}, Known: known}
}

// caseIn reads the case of a finding: its bytes and what it expects.
func caseIn[C any](t *testing.T, folder, file string) C {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	var f format.File[C]
	if err := strict.Decode(data, &f); err != nil {
		t.Fatal(err)
	}
	return f.Cases[0]
}

func TestAgreement(t *testing.T) {
	if found := run(t, t.TempDir(), stack("twin", nil)); found != nil {
		t.Errorf("found %q in mlsconform itself", found)
	}
}

func TestADeviationIsFoundOnce(t *testing.T) {
	folder := t.TempDir()
	found := run(t, folder, stack("long", takesLongLengths))
	if len(found) == 0 {
		t.Fatal("nothing is found")
	}
	for _, file := range found {
		if !strings.HasPrefix(file, "long-takes-rfc9420-2.1.2-02-") {
			t.Errorf("found %s", file)
		}
	}
	if again := run(t, folder, stack("long", takesLongLengths)); again != nil {
		t.Errorf("found again: %q", again)
	}
	entry := baseline.Entry{Case: "decoding/*", Rule: "rfc9420-2.1.2-02", Reason: "lengths"}
	if known := run(t, t.TempDir(), stack("long", takesLongLengths, entry)); known != nil {
		t.Errorf("found what is known: %q", known)
	}
	entry.Where = "*no such place*"
	if elsewhere := run(t, t.TempDir(), stack("long", takesLongLengths, entry)); len(elsewhere) != len(found) {
		t.Errorf("an entry about another place: found %q, want as many as %q", elsewhere, found)
	}
	summary, err := differential.Summarize(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(summary.Findings) != len(found) || summary.Findings[0].Seen < 4 || summary.Questions < 1000 {
		t.Errorf("the summary of two runs: %+v", summary)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil || !strings.Contains(string(text), found[0]) {
		t.Errorf("README.md does not name %s: %v", found[0], err)
	}
}

// The case that is written is small, and fails for the stack and for no other.
func TestFindingsAreCases(t *testing.T) {
	folder := t.TempDir()
	found := run(t, folder, stack("lax", takesAnySuite))
	if len(found) != 1 {
		t.Fatalf("found %q, want one", found)
	}
	c := caseIn[format.KeyPackageCase](t, folder, found[0])
	if c.Result != format.Reject || !slices.Contains(c.IDs, "rfc9420-11.1-02") {
		t.Errorf("it expects %s, %s", c.Result, c.IDs)
	}
	// All that could be left out is: no name, no extensions, and of the capabilities
	// what the client itself makes use of.
	k, err := framing.ParseKeyPackage(append([]byte{0, 1, 0, 5}, bytes.TrimPrefix(c.Bytes, []byte{0, 1, 0, 5})...))
	if err != nil {
		t.Fatal(err)
	}
	n := &k.LeafNode
	left := []int{len(n.Credential.Identity), len(n.Extensions), len(k.Extensions), len(n.Capabilities.Versions), len(n.Capabilities.CipherSuites),
		len(n.Capabilities.Extensions), len(n.Capabilities.Proposals), len(n.Capabilities.Credentials)}
	if want := []int{0, 0, 0, 1, 0, 0, 0, 1}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v: %x", left, want, []byte(c.Bytes))
	}
	data, err := os.ReadFile(filepath.Join(folder, found[0]))
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	ask := family.Asked()[slices.IndexFunc(family.Asked(), func(f family.Family) bool { return f.Name == format.KeyPackage })].Ask
	if err := ask(t.Context(), f.Cases[0], deviant{takesAnySuite}); err == nil {
		t.Error("the stack passes the case")
	}
	if err := ask(t.Context(), f.Cases[0], deviant{}); err != nil {
		t.Errorf("mlsconform does not pass the case: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	refuse := ofRemoves(func(_ context.Context, a *subject.Answer) error {
		*a = subject.Answer{Verdict: format.Verdict{Result: format.Reject, Detail: "no removes, at 17"}}
		return nil
	})
	folder := t.TempDir()
	found := run(t, folder, stack("strict", refuse))
	if len(found) == 0 {
		t.Fatal("nothing is found")
	}
	c := caseIn[format.DecodingCase](t, folder, found[0])
	if c.Result != format.Accept || !isRemove(c.Bytes) || len(c.Bytes) > 100 {
		t.Errorf("it expects %s of %x", c.Result, []byte(c.Bytes))
	}
	known := baseline.Entry{Case: "decoding/*", Detail: "subject: no removes*", Reason: "removes"}
	if found := run(t, t.TempDir(), stack("strict", refuse, known)); found != nil {
		t.Errorf("found what is known: %q", found)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(ctx context.Context, a *subject.Answer) error
		want string
	}{
		"crash": {func(context.Context, *subject.Answer) error {
			return errors.New("the subject gave no answer: exit status 3")
		}, "breaks"},
		"panic": {func(_ context.Context, a *subject.Answer) error {
			*a = subject.Answer{Verdict: format.Verdict{Result: format.Reject, Detail: "panic: index 4 is out of range"}}
			return nil
		}, "breaks"},
		"other": {func(_ context.Context, a *subject.Answer) error {
			a.Encoding = append(slices.Clone(a.Encoding), 0)
			return nil
		}, "encodes"},
		"unsupported": {func(_ context.Context, a *subject.Answer) error {
			*a = subject.Answer{Verdict: format.Verdict{Result: format.Unsupported}}
			return nil
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := run(t, t.TempDir(), stack("s", ofRemoves(test.do)))
			for _, file := range found {
				if test.want == "" || !strings.HasPrefix(file, "s-"+test.want+"-") {
					t.Errorf("found %s", file)
				}
			}
			if test.want != "" && len(found) == 0 {
				t.Error("nothing is found")
			}
		})
	}
}

// A stack that hangs costs a bounded time, whatever it hangs on.
func TestHangs(t *testing.T) {
	seeds, err := seeds()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := differential.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hang := stack("slow", func(ctx context.Context, _ format.Request, a subject.Answer) (subject.Answer, error) {
		<-ctx.Done()
		return a, ctx.Err()
	})
	d := &differential.Differ{Stacks: []differential.Stack{hang, hang}, Folder: folder, Timeout: 200 * time.Millisecond}
	begun := time.Now()
	found, err := d.Ask(t.Context(), seeds.Question(0, 0, nil))
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("a question took %v", took)
	}
	if err != nil || len(found) != 1 {
		t.Errorf("found %q, want one: %v", found, err)
	}
}

// Several processes write to one folder: each finding is there once, and whole.
func TestOneFolderForMany(t *testing.T) {
	folder := t.TempDir()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { run(t, folder, stack("lax", takesAnySuite)) })
	}
	all.Wait()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) != 3 { // the finding, the counts, the summary
		t.Errorf("the folder has %q", names)
	}
	s, err := differential.Summarize(folder)
	if err != nil {
		t.Fatal(err)
	}
	if s.Questions == 0 || s.Questions%3 != 0 || s.Findings[0].Seen < 3 {
		t.Errorf("%d questions and %d sightings in three runs that are the same", s.Questions, s.Findings[0].Seen)
	}
}

func BenchmarkAsk(b *testing.B) {
	seeds, err := seeds()
	if err != nil {
		b.Fatal(err)
	}
	folder, err := differential.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for how, name := range []string{"decoding", "key-package"} {
		b.Run(name, func(b *testing.B) {
			d := &differential.Differ{Folder: folder}
			for i := 0; b.Loop(); i++ {
				if _, err := d.Ask(b.Context(), seeds.Question(byte(how), uint16(i), []byte(fmt.Sprint(i)))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
