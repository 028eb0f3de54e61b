package campaign

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// maxReport is how many bytes are kept of what a target says besides its
// progress. A finding can show a message of any size.
const maxReport = 64 << 10

// An output reads what a fuzzing test binary writes.
type output struct {
	began  time.Time
	watch  func(Progress)
	line   []byte // as far as it has been written
	last   Progress
	start  int
	growth []Progress
	ran    bool         // it has begun
	report bytes.Buffer // what is no progress
}

func newOutput(watch func(Progress)) *output { return &output{began: time.Now(), watch: watch} }

// Write takes part of the output.
func (o *output) Write(data []byte) (int, error) {
	for rest := data; len(rest) > 0; {
		part, after, whole := bytes.Cut(rest, []byte{'\n'})
		if room := maxReport - len(o.line); len(part) > room {
			part = part[:room]
		}
		o.line = append(o.line, part...)
		if whole {
			o.take(string(o.line))
			o.line = o.line[:0]
		}
		rest = after
	}
	return len(data), nil
}

var (
	progressLine = regexp.MustCompile(`^fuzz: elapsed: \S+, execs: (\d+) \((\d+)/sec\)(?:, new interesting: (\d+) )?`)
	startLine    = regexp.MustCompile(` DEBUG .* initial coverage bits: (\d+)$`)
	growthLine   = regexp.MustCompile(` DEBUG new interesting input, .* total bits: (\d+),`)
	otherLine    = regexp.MustCompile(`^(fuzz: (elapsed|minimizing)|\d{4}-\d\d-\d\d \S+ DEBUG |=== RUN|testing: warning)`)
)

func (o *output) take(line string) {
	p := o.last
	p.Elapsed = time.Since(o.began)
	switch {
	case progressLine.MatchString(line):
		m := progressLine.FindStringSubmatch(line)
		p.Executions, p.Rate, p.NewInputs = number(m[1]), number(m[2]), int(number(m[3]))
	case startLine.MatchString(line):
		o.start = int(number(startLine.FindStringSubmatch(line)[1]))
		p.Coverage = o.start
		o.growth = append(o.growth, p)
	case growthLine.MatchString(line):
		p.Coverage = int(number(growthLine.FindStringSubmatch(line)[1]))
		p.NewInputs++
		o.growth = append(o.growth, p)
	case otherLine.MatchString(line):
		o.ran = o.ran || strings.HasPrefix(line, "=== RUN")
		return
	default:
		if o.report.Len()+len(line) < maxReport {
			o.report.WriteString(line + "\n")
		}
		return
	}
	o.last = p
	if o.watch != nil {
		o.watch(p)
	}
}

func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

var (
	skipLine    = regexp.MustCompile(`(?m)^--- SKIP: `)
	place       = regexp.MustCompile(`(?m)^\s*[\w.-]+\.go:\d+: `)
	writtenLine = regexp.MustCompile(`(?m)^\s*Failing input written to (\S+)$`)
	seedLine    = regexp.MustCompile(`failure while testing seed corpus entry: (\S+)`)
	againLine   = regexp.MustCompile(`(?m)^\s*go test -run=(\S+)$`)
	failLine    = regexp.MustCompile(`(?m)^\s*(--- FAIL: .*|FAIL|exit status \d+|Failing input written to .*|To re-run:|go test -run=.*)\n?`)
	requirement = regexp.MustCompile(`\brfc\d+-[0-9A-Z][0-9A-Za-z.]*-\d+\b`)
)

// result is what the output says, when it is complete.
func (o *output) result(t fuzz.Target) Result {
	if len(o.line) > 0 {
		o.take(string(o.line))
	}
	o.last.Elapsed = time.Since(o.began)
	r := Result{Progress: o.last, Start: o.start, Growth: o.growth}
	report := o.report.String()
	if at := skipLine.FindStringIndex(report); at != nil {
		r.Skipped = strings.TrimSpace(place.ReplaceAllString(report[:at[0]], ""))
		return r
	}
	f := &result.FuzzFinding{Message: strings.TrimSpace(failLine.ReplaceAllString(report, ""))}
	if m := writtenLine.FindStringSubmatch(report); m != nil {
		f.Input = path.Join(t.Package, m[1])
	} else if m := seedLine.FindStringSubmatch(report); m != nil {
		f.Input = m[1]
	} else {
		return r
	}
	if m := againLine.FindStringSubmatch(report); m != nil {
		f.Again = "go test -run='" + m[1] + "' ./" + t.Package
	}
	for _, id := range requirement.FindAllString(f.Message, -1) {
		if !slices.Contains(f.IDs, rule.ID(id)) {
			f.IDs = append(f.IDs, rule.ID(id))
		}
	}
	r.Finding = f
	return r
}

// endedInTime tells the end of the time, which package testing takes for a
// failure when it comes at the wrong moment, from a failure.
func endedInTime(report string) bool {
	return strings.Contains(report, "\n    context deadline exceeded\n")
}
