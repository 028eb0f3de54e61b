//go:build planted

package main

import (
	"bytes"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A bug is there when it is planted, and only then.
func TestBugs(t *testing.T) {
	for bug, shows := range map[rule.Bug]func() bool{
		rule.Varint: func() bool {
			n := 0
			s := cryptobyte.String{0x40, 63}
			return syntax.ReadLength(&s, &n) == nil && n == 63
		},
		rule.UncheckedLength: func() (panics bool) {
			defer func() { panics = recover() != nil }()
			s, v := cryptobyte.String{0x81, 0, 0, 0}, []byte(nil)
			_ = syntax.ReadOpaque(&s, &v)
			return false
		},
		rule.Duplicate: func() bool {
			_, repeated := leaf.Extensions{{Type: 1}, {Type: 2}, {Type: 1}}.Repeated()
			return !repeated
		},
		rule.ReusedGeneration: func() bool {
			tree := secretTree()
			tree.Consume(0, schedule.Application, 1)
			tree.Consume(0, schedule.Application, 0)
			_, err := tree.Peek(0, schedule.Application, 0, 10)
			return err == nil
		},
	} {
		if shows() {
			t.Errorf("%s shows before it is planted", bug)
		}
		restore := rule.Plant(bug)
		if !shows() {
			t.Errorf("%s is planted and does not show", bug)
		}
		restore()
	}
}

func secretTree() *schedule.SecretTree {
	suite := ciphersuite.All()[0]
	return schedule.NewSecretTree(suite, treemath.SizeFor(2), bytes.Repeat([]byte{1}, suite.HashSize()))
}
