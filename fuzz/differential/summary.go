package differential

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Summary is what a folder of findings holds.
type Summary struct {
	Counts             // of all processes
	Findings []Finding // the most frequent first
}

// A Finding is one disagreement.
type Finding struct {
	File    string
	Family  string
	Comment string
	Seen    int
}

// Summarize reads a folder.
func Summarize(folder string) (*Summary, error) {
	s := &Summary{Counts: newCounts()}
	counts, err := filepath.Glob(filepath.Join(folder, "counts", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range counts {
		var c Counts
		if err := read(path, &c); err != nil {
			return nil, err
		}
		s.add(&c)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		var f struct {
			Family string
			Cases  []struct{ Comment string }
		}
		if err := read(path, &f); err != nil {
			return nil, err
		}
		if len(f.Cases) == 0 {
			return nil, fmt.Errorf("%s: no case", path)
		}
		file := filepath.Base(path)
		s.Findings = append(s.Findings, Finding{file, f.Family, f.Cases[0].Comment, s.Seen[file]})
	}
	slices.SortFunc(s.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(a.File, b.File))
	})
	return s, nil
}

func (c *Counts) add(o *Counts) {
	c.Questions += o.Questions
	c.Open += o.Open
	c.Unconfirmed += o.Unconfirmed
	for file, n := range o.Seen {
		c.Seen[file] += n
	}
	for what, n := range o.Known {
		c.Known[what] += n
		c.Example[what] = o.Example[what]
	}
}

func read(path string, v any) error {
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Text tells about the findings, for people.
func (s *Summary) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Disagreements\n\n%d questions, %d findings.\n", s.Questions, len(s.Findings))
	fmt.Fprintf(&b, "Besides, %d disagreements in which RFC 9420 leaves the verdict open, and %d that were not to be\nseen again.\n\n", s.Open, s.Unconfirmed)
	b.WriteString("A finding is a case that expects what mlsconform says. The text of RFC 9420 decides whether\nthat is right. To ask a stack again:\n\n")
	b.WriteString("    mlsconform conformance FAMILY=FILE --subject peers/NAME\n")
	for _, f := range s.Findings {
		fmt.Fprintf(&b, "\n## %s\n\n%s, seen %d times. %s\n", f.File, f.Family, f.Seen, f.Comment)
	}
	if len(s.Known) > 0 {
		b.WriteString("\n# Known\n\n")
	}
	for _, what := range slices.Sorted(maps.Keys(s.Known)) {
		fmt.Fprintf(&b, "- %d times: %s\n  (%s)\n", s.Known[what], what, s.Example[what])
	}
	return b.String()
}
