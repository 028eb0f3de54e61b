package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/runner/family"
)

// FamiliesCmd lists the families of test vectors.
type FamiliesCmd struct{}

// Run prints the list.
func (*FamiliesCmd) Run(a *app) error {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAMILY\tOFFICIAL CASES\tRFC 9420\tTITLE")
	for _, f := range family.All() {
		cases := "none"
		if f.Cases > 0 {
			cases = strconv.Itoa(f.Cases)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Name, cases, f.Section, f.Title)
	}
	return table.Flush()
}

// SuitesCmd lists the cipher suites.
type SuitesCmd struct{}

// Run prints the list.
func (*SuitesCmd) Run(a *app) error {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SUITE\tVALUE\tNAME")
	for _, s := range ciphersuite.All() {
		fmt.Fprintf(table, "%d\t0x%04x\t%s\n", uint16(s.ID()), uint16(s.ID()), s)
	}
	return table.Flush()
}
