package main

import (
	"context"
	"fmt"
	"regexp"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/fuzz"
)

// wanted is the least part of the statements that the corpora have to reach.
const wanted = 0.9

// An area is what has to be reached, and the files that it is in.
type area struct {
	name  string
	files *regexp.Regexp
}

var areas = []area{
	// But for skipped.go, which does something in builds with the tag mutation only.
	{"syntax", regexp.MustCompile(`/impl/syntax/(codec|scratch|varint|vector)\.go$`)},
	{"leaf", regexp.MustCompile(`/impl/leaf/[^/]*$`)},
	{"keypackage", regexp.MustCompile(`/impl/keypackage/[^/]*$`)},
	{"message", regexp.MustCompile(`/impl/message/[^/]*$`)},
	{"framing", regexp.MustCompile(`/impl/framing/[^/]*$`)},
	{"tree, decoding", regexp.MustCompile(`/impl/tree/(encoding|node|updatepath)\.go$`)},
}

// coverage replays the corpora, and fails when an area is reached too little.
func (k *keeper) coverage(ctx context.Context, targets []fuzz.Target) error {
	all := profile{}
	err := k.forEach(ctx, targets, covered, func(t fuzz.Target, binary string) error {
		reached, err := k.replay(ctx, t, binary, ".*")
		if err == nil {
			all.merge(reached)
		}
		return err
	})
	if err != nil {
		return err
	}
	tooLittle := 0
	w := tabwriter.NewWriter(k.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "area\tstatements\treached\tpart\t")
	for _, a := range areas {
		reached, statements := all.reached(a.files), all.statements(a.files)
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f %%\t\n", a.name, statements, reached, 100*float64(reached)/float64(statements))
		if float64(reached) < wanted*float64(statements) {
			tooLittle++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if tooLittle > 0 {
		return fmt.Errorf("the corpora reach less than %.0f %% of %d areas", 100*wanted, tooLittle)
	}
	return nil
}
