package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/fuzz"
)

// depth runs the same checks with plain mutation and with mutation along the
// presentation language, from the same seeds and for the same time, and tells
// what each reaches.
func (b *bench) depth(ctx context.Context, _ []fuzz.Target) error {
	both := []fuzz.Target{{Package: "fuzz", Name: "FuzzMessage"}, {Package: "fuzz", Name: "FuzzStructure"}}
	b.ownSeeds = true
	found := filepath.Join(b.temp, "found")
	err := b.perPackage(ctx, both, forFuzzing, func(t fuzz.Target, binary string) error {
		return b.fuzzOne(ctx, t, binary, found, b.each)
	})
	if err != nil {
		return err
	}
	var fromSeeds profile
	var reached []profile
	err = b.perPackage(ctx, both, covered, func(t fuzz.Target, binary string) error {
		taken, err := take(filepath.Join(found, t.Name), b.corpus(t))
		defer b.giveBack(t, taken)
		if err != nil {
			return err
		}
		if fromSeeds, err = b.replay(ctx, t, binary, seeds); err != nil {
			return err
		}
		p, err := b.replay(ctx, t, binary, append(taken, seeds)...)
		reached = append(reached, p)
		return err
	})
	if err != nil {
		return err
	}
	return b.compare(fromSeeds, reached[0], reached[1])
}

// giveBack removes inputs that were taken.
func (b *bench) giveBack(t fuzz.Target, taken []string) {
	for _, name := range taken {
		_ = os.Remove(filepath.Join(b.corpus(t), name))
	}
	_ = removeEmpty(b.corpus(t))
}

func (b *bench) compare(fromSeeds, plain, structure profile) error {
	w := tabwriter.NewWriter(b.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "statements reached\tseeds\tplain\tstructure\tonly plain\tonly structure\t")
	for _, a := range append(slices.Clone(areas), area{"all of impl", regexp.MustCompile("")}) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", a.name,
			fromSeeds.reached(a.files), plain.reached(a.files), structure.reached(a.files),
			plain.without(structure).reached(a.files), structure.without(plain).reached(a.files))
	}
	return w.Flush()
}
