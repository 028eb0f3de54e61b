// Planted shows that the fuzz targets find bugs: make fuzz-planted calls it.
//
// It builds the targets with the tag "planted" and has each bug of the table found
// three times, with different seeds, from the committed corpus. Before that, all
// corpora are replayed with the bug, which must pass: they do not know it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/mlsconform/mlsconform/fuzz/campaign"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	g := &garden{stdout: stdout}
	flags := flag.NewFlagSet("planted", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&g.limit, "limit", 3*time.Minute, "how long a target may look for a bug")
	flags.IntVar(&g.workers, "parallel", 0, "workers of a target; 0 is one for each core")
	pattern := flags.String("bug", "", "only bugs that this regular expression matches")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	matches, err := regexp.Compile(*pattern)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	chosen := slices.DeleteFunc(slices.Clone(plantings), func(p planting) bool { return !matches.MatchString(string(p.bug)) })
	if len(chosen) == 0 {
		fmt.Fprintf(stderr, "no bug matches %q\n", *pattern)
		return 2
	}
	if g.Bench, err = campaign.Open(ctx, ".", stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer g.Close()
	if err := g.show(ctx, chosen); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// show has all bugs found, and prints the table. One that is not found does not
// keep the others from being looked for.
func (g *garden) show(ctx context.Context, chosen []planting) error {
	var sum time.Duration
	missed := 0
	rows := make([]string, 0, len(chosen))
	for _, p := range chosen {
		fmt.Fprintf(g.stdout, "%s: %s [%s]\n", p.bug, p.wrong, p.requirement)
		times, err := g.find(ctx, p)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			missed++
			fmt.Fprintf(g.stdout, "  %v\n", err)
			rows = append(rows, fmt.Sprintf("%s\t%s\tnot shown", p.bug, p.target))
			continue
		}
		row := fmt.Sprintf("%s\t%s", p.bug, p.target)
		for _, t := range times {
			row += fmt.Sprintf("\t%.1f s", t.Seconds())
		}
		slices.Sort(times)
		median := times[len(times)/2]
		sum += median
		rows = append(rows, fmt.Sprintf("%s\t%.1f s", row, median.Seconds()))
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nbug\ttarget")
	for _, seed := range seeds {
		fmt.Fprintf(w, "\tseed %d", seed)
	}
	fmt.Fprintln(w, "\tmedian")
	for _, row := range rows {
		fmt.Fprintln(w, row)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "The medians add up to %.0f s.\n", sum.Seconds())
	if missed > 0 {
		return fmt.Errorf("%d of %d bugs were not shown to be found", missed, len(chosen))
	}
	return nil
}
