package differential

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// newStream returns a reader that the seed decides.
func newStream(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// A Stack is another implementation.
type Stack struct {
	Name    string
	Version string
	Subject subject.Subject
	Known   []baseline.Entry // of its peer.json
}

// A Differ puts questions to stacks. Its methods are for one goroutine.
type Differ struct {
	Stacks  []Stack
	Folder  *Folder
	Timeout time.Duration // for an answer

	// settled are the classes that have been looked into: the name of their
	// finding, or empty for one that is not to be seen again.
	settled map[string]string
	first   []format.Request // that a stack is asked when it was started
}

const (
	// shrinkTries bounds how many questions are put to make one finding small.
	shrinkTries = 300
	// patience is how long one question may be looked into; what is left then will
	// be seen again. Fuzzing takes what lasts for ten seconds for a deadlock.
	patience = 5 * time.Second
)

// Ask puts a question, and returns the files of findings that were not there
// before. An error is a fault of mlsconform, or of the folder.
func (d *Differ) Ask(ctx context.Context, q *Question) (found []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request := q.Request(nil)
	ours, err := judge(request)
	if err != nil || ours.Result == format.Unsupported {
		return nil, err
	}
	d.Folder.count.Questions++
	for i, differences := range d.differences(ctx, request, ours, d.Stacks) {
		for _, difference := range differences {
			file, err := d.report(ctx, q, &d.Stacks[i], &difference)
			if err != nil {
				return found, err
			}
			if file != "" {
				found = append(found, file)
			}
		}
	}
	return found, d.Folder.tick()
}

// WarmUp has all stacks started and their suites loaded, which may take longer
// than an answer.
func (d *Differ) WarmUp(ctx context.Context, seeds *Seeds) {
	d.first = seeds.first()
	var all sync.WaitGroup
	for _, s := range d.Stacks {
		all.Go(func() { d.warmUp(ctx, &s) })
	}
	all.Wait()
}

func (d *Differ) warmUp(ctx context.Context, s *Stack) {
	for _, request := range d.first {
		_, _ = s.Subject.Judge(ctx, request) // what is wrong with the stack will show
	}
}

// judge asks mlsconform, and verifies that what it decodes encodes to the same.
func judge(request format.Request) (format.Verdict, error) {
	answer, err := local.Subject{}.Judge(context.Background(), request)
	if err != nil {
		return format.Verdict{}, err
	}
	if q, ok := request.(*format.DecodingRequest); ok && answer.Result == format.Accept && !bytes.Equal(answer.Encoding, q.Bytes) {
		return answer.Verdict, fmt.Errorf("mlsconform encodes %x anew as %x", []byte(q.Bytes), []byte(answer.Encoding))
	}
	return answer.Verdict, nil
}

// differences asks the stacks, all at once.
func (d *Differ) differences(ctx context.Context, request format.Request, ours format.Verdict, stacks []Stack) [][]difference {
	found := make([][]difference, len(stacks))
	var all sync.WaitGroup
	for i := range stacks {
		all.Go(func() {
			answer, err := d.ask(ctx, &stacks[i], request)
			found[i] = compare(request, ours, answer, err)
		})
	}
	all.Wait()
	if ctx.Err() != nil { // it is over, and what broke is not the stacks
		return nil
	}
	return found
}

func (d *Differ) ask(ctx context.Context, s *Stack, request format.Request) (subject.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	return s.Subject.Judge(ctx, request)
}

// report looks into a difference of a class that was not seen before, and counts
// the others. It returns the file of a new finding.
func (d *Differ) report(ctx context.Context, q *Question, s *Stack, seen *difference) (string, error) {
	if seen.kind == open {
		d.Folder.count.Open++
		return "", nil
	}
	if e := seen.known(s.Known); e != nil && (seen.kind == takes || e.Where == "") {
		d.Folder.count.known(s.Name, e, seen)
		return "", nil
	}
	raw := s.Name + " " + seen.finding()
	if file, ok := d.settled[raw]; ok {
		d.Folder.count.again(file)
		return "", nil
	}
	small, request := d.shrink(ctx, q, s, seen)
	if small == nil {
		d.Folder.count.Unconfirmed++
		return "", nil
	}
	if d.settled == nil {
		d.settled = map[string]string{}
	}
	if e := small.known(s.Known); e != nil {
		d.settled[raw] = ""
		d.Folder.count.known(s.Name, e, small)
		return "", nil
	}
	class := s.Name + " " + small.finding()
	file := fileName(s, small, class)
	d.settled[raw] = file
	d.Folder.count.again(file)
	if d.Folder.has(file) {
		return "", nil
	}
	c, err := d.caseOf(context.WithoutCancel(ctx), request, s, small) // also when small took all of the time
	if err != nil {
		return "", err
	}
	return file, d.Folder.write(file, c)
}

// shrink finds a small request on which the stack differs in the same way. It is
// nil when the stack does not do that again.
func (d *Differ) shrink(ctx context.Context, q *Question, s *Stack, seen *difference) (*difference, format.Request) {
	if seen.kind == breaks && !d.restart(ctx, s) {
		return nil, nil
	}
	var small *difference
	var request format.Request
	q.shrink(shrinkTries, func(r format.Request) bool {
		found := d.again(ctx, r, s, seen)
		if found != nil {
			small, request = found, r
		}
		return found != nil
	})
	return small, request
}

// restart has a stack that broke started anew. It reports whether it is quick
// enough now for its silence to mean something: the machine may be busy.
func (d *Differ) restart(ctx context.Context, s *Stack) bool {
	d.warmUp(ctx, s)
	begun := time.Now()
	d.warmUp(ctx, s)
	return time.Since(begun) < d.Timeout/3
}

// again asks whether the stack differs on another request in the same way.
func (d *Differ) again(ctx context.Context, r format.Request, s *Stack, seen *difference) *difference {
	ours, err := judge(r)
	if err != nil || ours.Result == format.Unsupported {
		return nil
	}
	for _, found := range d.differences(ctx, r, ours, []Stack{*s}) {
		i := slices.IndexFunc(found, func(f difference) bool {
			return f.class() == seen.class() && (seen.kind != takes || f.known(s.Known) == nil)
		})
		if i >= 0 {
			return &found[i]
		}
	}
	return nil
}
