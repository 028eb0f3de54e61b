package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/mlsconform/mlsconform/fuzz"
)

// merge puts what targets found into their corpora, and leaves there what
// reaches code that neither the seeds of the target nor smaller inputs reach.
// Inputs with a name that somebody gave them stay.
func (k *keeper) merge(ctx context.Context, targets []fuzz.Target) error {
	var sum int64
	err := k.forEach(ctx, targets, covered, func(t fuzz.Target, binary string) error {
		m := &merger{keeper: k, target: t, binary: binary}
		size, err := m.run(ctx)
		sum += size
		return err
	})
	fmt.Fprintf(k.stdout, "the corpora of these targets have %d bytes\n", sum)
	return err
}

// generated is how the go command names inputs.
var generated = regexp.MustCompile(`^[0-9a-f]{16}$`)

// A merger makes the corpus of one target small.
type merger struct {
	*keeper
	target  fuzz.Target
	binary  string
	reached profile
}

type input struct {
	name string
	size int64
}

func (m *merger) run(ctx context.Context) (size int64, err error) {
	corpus := m.Corpus(m.target)
	if _, err := take(filepath.Join(m.Found(m.target), m.target.Name), corpus); err != nil {
		return 0, err
	}
	inputs, err := list(corpus)
	if err != nil {
		return 0, err
	}
	var named []string
	var others []input
	for _, in := range inputs {
		if generated.MatchString(in.name) {
			others = append(others, in)
		} else {
			named = append(named, regexp.QuoteMeta(in.name))
			size += in.size
		}
	}
	if m.reached, err = m.replay(ctx, m.target, m.binary, append(named, seeds)...); err != nil {
		return 0, err
	}
	kept, err := m.needed(ctx, others)
	if err != nil {
		return 0, err
	}
	for _, in := range others {
		if !slices.Contains(kept, in) {
			if err := os.Remove(filepath.Join(corpus, in.name)); err != nil {
				return 0, err
			}
			continue
		}
		size += in.size
	}
	fmt.Fprintf(m.stdout, "%v: %d of %d inputs are needed, %d bytes\n", m.target, len(kept), len(others), size)
	return size, removeEmpty(corpus)
}

// needed returns the inputs that reach more than those before them. It looks at
// many at once: a set that reaches nothing new needs no closer look.
func (m *merger) needed(ctx context.Context, inputs []input) ([]input, error) {
	if len(inputs) == 0 {
		return nil, nil
	}
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.name
	}
	reached, err := m.replay(ctx, m.target, m.binary, names...)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 1 {
		if m.reached.merge(reached) {
			return inputs, nil
		}
		return nil, nil
	}
	if !maps.Clone(m.reached).merge(reached) {
		return nil, nil
	}
	half := len(inputs) / 2
	first, err := m.needed(ctx, inputs[:half])
	if err != nil {
		return nil, err
	}
	second, err := m.needed(ctx, inputs[half:])
	return append(first, second...), err
}

// take copies inputs to a corpus, and returns the names of those that are new.
func take(found, corpus string) (taken []string, err error) {
	inputs, err := list(found)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(corpus, 0o777); err != nil {
		return nil, err
	}
	for _, in := range inputs {
		to := filepath.Join(corpus, in.name)
		if _, err := os.Stat(to); err == nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join(found, in.name))
		if err != nil {
			return taken, err
		}
		taken = append(taken, in.name)
		if err := os.WriteFile(to, data, 0o666); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// list returns the files of a folder, the smallest first. A folder that is not
// there has none.
func list(folder string) ([]input, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var inputs []input
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, input{e.Name(), info.Size()})
	}
	slices.SortStableFunc(inputs, func(a, b input) int { return cmp.Compare(a.size, b.size) })
	return inputs, nil
}

// removeEmpty removes a folder in which nothing is left.
func removeEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.Remove(folder)
}
