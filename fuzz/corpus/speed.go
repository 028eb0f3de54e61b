package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/mlsconform/mlsconform/fuzz"
	"github.com/mlsconform/mlsconform/fuzz/campaign"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// speed runs the bodies of codec targets from what a campaign would begin with,
// and then nothing in their place. It tells how many executions there are in a
// second of processor time, which does not depend on how busy the machine is: what
// remains is what the body leaves.
func (k *keeper) speed(ctx context.Context, targets []fuzz.Target) error {
	w := tabwriter.NewWriter(k.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "executions per second\tempty\ttarget\tremains\t")
	err := k.forEach(ctx, targets, campaign.ForFuzzing, func(t fuzz.Target, binary string) error {
		if t.Kind != fuzz.Codec {
			return fmt.Errorf("%v is of kind %s, not %s: it has no empty body", t, t.Kind, fuzz.Codec)
		}
		fmt.Fprintf(k.stderr, "%v, %v twice\n", t, k.each)
		full, err := k.rate(ctx, t, binary)
		if err != nil {
			return err
		}
		empty, err := k.rate(ctx, t, binary, syntaxtest.Empty+"=1")
		fmt.Fprintf(w, "%v\t%.0f\t%.0f\t%.0f %%\t\n", t, empty, full, 100*full/empty)
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

func (k *keeper) rate(ctx context.Context, t fuzz.Target, binary string, env ...string) (float64, error) {
	r, err := k.Run(ctx, t, binary, campaign.Options{Limit: k.each, Workers: 1, Env: env})
	if err == nil && r.Finding != nil {
		err = fmt.Errorf("%v fails with %s: %s", t, r.Finding.Input, r.Finding.Message)
	}
	return float64(r.Executions) / r.CPU.Seconds(), err
}
