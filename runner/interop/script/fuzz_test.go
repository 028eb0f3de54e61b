package script_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/interop/scripts"
)

// Whatever a file holds, it is read or refused with a place; and what is read
// refers to earlier steps only.
func FuzzParse(f *testing.F) {
	files, err := fs.Glob(scripts.Files(), "*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scripts to begin with: %v", err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(scripts.Files(), name)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 10_000 { // long seeds make slow mutations
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := script.Parse("f.json", data)
		if err != nil {
			if _, ok := errors.AsType[*script.Error](err); !ok {
				t.Fatalf("%v has no place", err)
			}
			return
		}
		for _, s := range parsed {
			for i, step := range s.Steps {
				if step.Index != i || step.Args == nil {
					t.Fatalf("step %d: %+v", i, step)
				}
				for _, n := range references(step.Args) {
					if n < 0 || n >= i {
						t.Fatalf("step %d refers to %d", i, n)
					}
				}
			}
		}
	})
}

// references lists the steps that a step refers to.
func references(args any) []int {
	switch a := args.(type) {
	case *script.JoinGroup:
		return []int{a.Welcome}
	case *script.ExternalJoin:
		return a.PSKs
	case *script.AddProposal:
		return []int{a.KeyPackage}
	case *script.ExternalPSKProposal:
		return []int{a.PSK}
	case *script.Commit:
		return ofCommit(a)
	case *script.FullCommit:
		return ofCommit(&a.Commit)
	case *script.HandleCommit:
		return append([]int{a.Commit}, a.ByReference...)
	case *script.Unprotect:
		return []int{a.Ciphertext}
	}
	return nil
}

func ofCommit(c *script.Commit) []int {
	all := c.ByReference
	for _, p := range c.ByValue {
		all = append(all, p.KeyPackage, p.PSK)
	}
	return all
}
