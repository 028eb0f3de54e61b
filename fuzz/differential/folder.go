package differential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mlsconform/mlsconform/runner/baseline"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A Folder holds the findings, a file each, and how often each was seen. Several
// processes may use it at once: a file is written once, as a whole, and each
// process has its own file of counts.
type Folder struct {
	path    string
	before  map[string]bool // findings of earlier runs
	count   Counts
	counts  string // the file
	written time.Time
}

// Counts are what one process has seen.
type Counts struct {
	Questions   int               `json:"questions"`
	Open        int               `json:"open"`        // differences where either verdict is right
	Unconfirmed int               `json:"unconfirmed"` // those that were not to be seen again
	Seen        map[string]int    `json:"seen"`        // findings, by file
	Known       map[string]int    `json:"known"`       // differences with an entry, by stack and entry
	Example     map[string]string `json:"example"`     // of each of these, the first that was seen
}

func newCounts() Counts {
	return Counts{Seen: map[string]int{}, Known: map[string]int{}, Example: map[string]string{}}
}

func (c *Counts) known(stack string, e *baseline.Entry, d *difference) {
	what := fmt.Sprintf("%s, %s: %s", stack, e.Case, e.Reason)
	if c.Known[what]++; c.Known[what] == 1 {
		c.Example[what] = fmt.Sprintf("%s: %s", d.kind, d.detail)
	}
}

func (c *Counts) again(file string) {
	if file != "" {
		c.Seen[file]++
	}
}

// Open makes the folder, if need be.
func Open(path string) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(path, "counts"), 0o755); err != nil {
		return nil, err
	}
	earlier, err := Summarize(path)
	if err != nil {
		return nil, err
	}
	before := map[string]bool{}
	for _, f := range earlier.Findings {
		before[f.File] = true
	}
	return &Folder{
		path:   path,
		before: before,
		count:  newCounts(),
		counts: filepath.Join("counts", fmt.Sprintf("%d-%d.json", time.Now().UnixNano(), os.Getpid())),
	}, nil
}

func (f *Folder) has(file string) bool {
	_, err := os.Lstat(filepath.Join(f.path, file))
	return err == nil
}

// write writes a finding, unless another process has done so before, and the
// summary.
func (f *Folder) write(file string, finding any) error {
	data, err := encode(finding)
	if err != nil {
		return err
	}
	temp, err := f.temp(data)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, filepath.Join(f.path, file)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.Flush()
}

// replace writes a file anew.
func (f *Folder) replace(file string, data []byte) error {
	temp, err := f.temp(data)
	if err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(f.path, file))
}

func (f *Folder) temp(data []byte) (string, error) {
	temp, err := os.CreateTemp(f.path, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = temp.Write(data)
	return temp.Name(), errors.Join(err, temp.Chmod(0o644), temp.Close())
}

func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // people read this
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return out.Bytes(), err
}

// flushEvery is how long counts may be kept in memory.
const flushEvery = 5 * time.Second

func (f *Folder) tick() error {
	if time.Since(f.written) < flushEvery {
		return nil
	}
	return f.Flush()
}

// Flush writes the counts, and the summary of all that is in the folder.
func (f *Folder) Flush() error {
	f.written = time.Now()
	if f.count.Questions > 0 {
		data, err := encode(&f.count)
		if err != nil {
			return err
		}
		if err := f.replace(f.counts, data); err != nil {
			return err
		}
	}
	s, err := Summarize(f.path)
	if err != nil {
		return err
	}
	return f.replace("README.md", []byte(s.Text()))
}

// News tells which findings the folder did not have when it was opened.
func (f *Folder) News() (string, error) {
	s, err := Summarize(f.path)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	news := 0
	for _, finding := range s.Findings {
		if !f.before[finding.File] {
			news++
			fmt.Fprintf(&b, "new: %s\n  %s\n", finding.File, finding.Comment)
		}
	}
	fmt.Fprintf(&b, "%d of %d findings are new; see %s\n", news, len(s.Findings), filepath.Join(f.path, "README.md"))
	return b.String(), nil
}

// fileName names the file of a finding by what it is.
func fileName(s *Stack, d *difference, class string) string {
	what := string(d.kind)
	if d.kind == takes {
		what += "-" + string(d.rules[len(d.rules)-1])
	}
	return fmt.Sprintf("%s-%s-%s.json", s.Name, what, name(class))
}

// caseOf makes a case of a finding. It expects what mlsconform says.
func (d *Differ) caseOf(ctx context.Context, request format.Request, s *Stack, found *difference) (any, error) {
	ours, err := judge(request)
	if err != nil {
		return nil, err
	}
	id, comment := found.caseID(s), d.comment(ctx, request, ours, s, found)
	expected := format.Expectation{Result: ours.Result, IDs: ours.IDs}
	switch q := request.(type) {
	case *format.DecodingRequest:
		return file(format.DecodingSchema, format.Decoding, format.DecodingCase{
			ID: format.Decoding + "/" + id, Comment: comment, DecodingInput: q.DecodingInput, Expectation: expected,
		}), nil
	case *format.KeyPackageRequest:
		return file(format.KeyPackageSchema, format.KeyPackage, format.KeyPackageCase{
			ID: format.KeyPackage + "/" + id + suffix(request), Comment: comment, KeyPackageInput: q.KeyPackageInput,
			Expectation: expected, Expected: ours.Parsed,
		}), nil
	}
	return nil, fmt.Errorf("no cases of a %T", request)
}

func (d *difference) caseID(s *Stack) string {
	file := fileName(s, d, s.Name+" "+d.finding())
	return file[:len(file)-len(".json")]
}

func file[C any](schema, family string, c C) *format.File[C] {
	return &format.File[C]{Schema: schema, Family: family, Generator: "fuzz/differential", Cases: []C{c}}
}

// comment tells what all say.
func (d *Differ) comment(ctx context.Context, request format.Request, ours format.Verdict, s *Stack, found *difference) string {
	text := fmt.Sprintf("%s %s: %s.", s.Name, found.kind, brief(found.detail))
	if found.review != nil && len(found.review.remarks) > 0 {
		text += fmt.Sprintf(" Unusual is: %s.", strings.Join(found.review.remarks, ", "))
	}
	text += " mlsconform says " + said(ours) + "."
	others := make([]string, len(d.Stacks))
	var all sync.WaitGroup
	for i, stack := range d.Stacks {
		if found.kind == breaks && stack.Name == s.Name {
			continue // it would break again
		}
		all.Go(func() {
			answer, err := d.ask(ctx, &stack, request)
			others[i] = said(answer.Verdict)
			if err != nil {
				others[i] = "nothing (" + broken(err) + ")"
			}
			others[i] = fmt.Sprintf(" %s %s says %s.", stack.Name, stack.Version, others[i])
		})
	}
	all.Wait()
	return text + strings.Join(others, "") + " Judge it by the text of RFC 9420 before calling anything a fault."
}

func said(v format.Verdict) string {
	if v.Detail == "" {
		return string(v.Result)
	}
	return fmt.Sprintf("%s (%s)", v.Result, brief(v.Detail))
}

// brief is as much of a text as people want to read.
func brief(text string) string {
	const most = 300
	text, _, more := strings.Cut(text, "\n")
	if more || len(text) > most {
		return text[:min(len(text), most)] + "..."
	}
	return text
}
