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
	"github.com/mlsconform/mlsconform/fuzz/campaign"
)

// depth runs the same checks with plain mutation and with mutation along the
// presentation language, from the same seeds and for the same time, and tells
// what each reaches.
func (k *keeper) depth(ctx context.Context, _ []fuzz.Target) error {
	both := []fuzz.Target{{Package: "fuzz", Name: "FuzzMessage"}, {Package: "fuzz", Name: "FuzzStructure"}}
	found := filepath.Join(k.Temp(), "found")
	err := k.forEach(ctx, both, campaign.ForFuzzing, func(t fuzz.Target, binary string) error {
		fmt.Fprintf(k.stderr, "%v, %v\n", t, k.each)
		r, err := k.Run(ctx, t, binary, campaign.Options{Limit: k.each, Found: found, Env: []string{ownSeeds}})
		if err == nil && r.Finding != nil {
			err = fmt.Errorf("%v fails with %s: %s", t, r.Finding.Input, r.Finding.Message)
		}
		return err
	})
	if err != nil {
		return err
	}
	var fromSeeds profile
	var reached []profile
	err = k.forEach(ctx, both, covered, func(t fuzz.Target, binary string) error {
		taken, err := take(filepath.Join(found, t.Name), k.Corpus(t))
		defer k.giveBack(t, taken)
		if err != nil {
			return err
		}
		if fromSeeds, err = k.replay(ctx, t, binary, seeds); err != nil {
			return err
		}
		p, err := k.replay(ctx, t, binary, append(taken, seeds)...)
		reached = append(reached, p)
		return err
	})
	if err != nil {
		return err
	}
	return k.compare(fromSeeds, reached[0], reached[1])
}

// giveBack removes inputs that were taken.
func (k *keeper) giveBack(t fuzz.Target, taken []string) {
	for _, name := range taken {
		_ = os.Remove(filepath.Join(k.Corpus(t), name))
	}
	_ = removeEmpty(k.Corpus(t))
}

func (k *keeper) compare(fromSeeds, plain, structure profile) error {
	w := tabwriter.NewWriter(k.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "statements reached\tseeds\tplain\tstructure\tonly plain\tonly structure\t")
	for _, a := range append(slices.Clone(areas), area{"all of impl", regexp.MustCompile("")}) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", a.name,
			fromSeeds.reached(a.files), plain.reached(a.files), structure.reached(a.files),
			plain.without(structure).reached(a.files), structure.without(plain).reached(a.files))
	}
	return w.Flush()
}
