package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/vectors"
)

// RequirementsCmd lists the catalogue of requirements.
type RequirementsCmd struct {
	Results string `help:"Show, by section, what the run in this JSON file covered; - is the standard input." placeholder:"FILE"`
}

// Run prints the catalogue, or how much of it a run covered.
func (c *RequirementsCmd) Run(a *app) error {
	if c.Results == "" {
		return listRequirements(a.stdout)
	}
	run, err := a.readResults(c.Results)
	if err != nil {
		return usagef("%s: %w", c.Results, err)
	}
	return showCoverage(a.stdout, run)
}

func (a *app) readResults(path string) (*result.Run, error) {
	var data []byte
	var err error
	if path == "-" {
		data, err = io.ReadAll(a.stdin)
	} else {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	return reports.ParseJSON(data)
}

func listRequirements(w io.Writer) error {
	enforced := vectors.Enforced()
	families, err := familiesByRequirement()
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range vectors.Catalogue() {
		e := enforced[r.ID]
		fmt.Fprintf(&b, "%s  %s  %s\n", r.ID, r.Level, testedBy(&r))
		fmt.Fprintf(&b, "  %s\n", r.Summary)
		for _, place := range e.Checks {
			fmt.Fprintf(&b, "  check   %s\n", place)
		}
		for _, name := range families[r.ID] {
			fmt.Fprintf(&b, "  cases   %s\n", name)
		}
		for _, place := range e.Tests {
			fmt.Fprintf(&b, "  test    %s\n", place)
		}
		b.WriteByte('\n')
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func testedBy(r *vectors.Requirement) string {
	kinds := make([]string, len(r.TestBy))
	for i, k := range r.TestBy {
		kinds[i] = string(k)
	}
	s := strings.Join(kinds, ", ")
	if r.MayAccept() {
		s += "; both verdicts are taken"
	}
	return s
}

// familiesByRequirement names the families whose cases show a requirement.
func familiesByRequirement() (map[rule.ID][]string, error) {
	families := map[rule.ID][]string{}
	for _, f := range family.All() {
		ids, err := requirementsOf(&f)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			families[id] = append(families[id], f.Name)
		}
	}
	return families, nil
}

// requirementsOf lists the requirements that the cases of a family show.
func requirementsOf(f *family.Family) ([]rule.ID, error) {
	if f.Schema == "" {
		return f.Requirements, nil
	}
	return vectors.Shown(f.Name)
}

// A section is how much of a section of the RFC a run covered.
type section struct {
	name                         string
	requirements, covered, wrong int
}

// showCoverage shows which requirements the families that passed something are
// about, and which of them the cases that failed say are broken.
func showCoverage(w io.Writer, run *result.Run) error {
	covered := map[rule.ID]bool{}
	for _, f := range run.Families {
		known, ok := family.Lookup(f.Name)
		if !ok || f.Passed == 0 {
			continue
		}
		ids, err := requirementsOf(&known)
		if err != nil {
			return err
		}
		for _, id := range ids {
			covered[id] = true
		}
	}
	wrong := map[rule.ID][]string{}
	for _, c := range run.Cases {
		if c.Outcome == result.Fail {
			for _, id := range c.Requirements {
				wrong[id] = append(wrong[id], c.ID)
			}
		}
	}

	sections := coverage(covered, wrong)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "SECTION\tREQUIREMENTS\tCOVERED\tBROKEN\t")
	total := section{name: "all"}
	for _, s := range sections {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", s.name, s.requirements, s.covered, s.wrong)
		total.requirements += s.requirements
		total.covered += s.covered
		total.wrong += s.wrong
	}
	fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", total.name, total.requirements, total.covered, total.wrong)
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range vectors.Catalogue() {
		if cases := wrong[r.ID]; cases != nil {
			fmt.Fprintf(w, "\n%s: %s\n  %s\n", r.ID, strings.Join(cases, ", "), r.Summary)
		}
	}
	return nil
}

// coverage counts by section, in the order of the catalogue.
func coverage(covered map[rule.ID]bool, wrong map[rule.ID][]string) []section {
	var sections []section
	for _, r := range vectors.Catalogue() {
		i := slices.IndexFunc(sections, func(s section) bool { return s.name == r.Section })
		if i < 0 {
			i = len(sections)
			sections = append(sections, section{name: r.Section})
		}
		s := &sections[i]
		s.requirements++
		if covered[r.ID] {
			s.covered++
		}
		if wrong[r.ID] != nil {
			s.wrong++
		}
	}
	return sections
}
